/**
 * Local stacks: the committed stack file plus what only this machine knows, in a file of its own under the state folder. The committed
 * files are never written: Pulumi would add the salt of the local passphrase to them.
 */
import { execFile } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, link, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import type { Engine } from "./index.ts";
import { crypter, type Crypter } from "./passphrase.ts";

/** A value that is written encrypted only. It shows itself nowhere. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }
}

/** A value of stack configuration: as in YAML, with {@link Secret} for what is `secure:` there. */
export type ConfigValue = string | number | boolean | Secret | readonly ConfigValue[] | { readonly [key: string]: ConfigValue };

export interface StackOptions {
  /** `dev` for `Pulumi.dev.yaml`. */
  readonly name: string;
  /** Folder of all local state. */
  readonly stateDir: string;
  /** Folder of `Pulumi.yaml` and of the committed stack files. */
  readonly projectDir: string;
  /** Added to the committed configuration; a key that is in both is taken from here. Keys as in the file, `project:key`. */
  readonly config: Readonly<Record<string, ConfigValue>>;
}

export interface PreparedStack {
  readonly name: string;
  /** The local stack file. */
  readonly file: string;
  /** The engine's environment, with every command of `pulumi` that takes `--config-file` reading the local file. */
  readonly environment: Readonly<Record<string, string>>;
  /** The stack was made in the backend just now. */
  readonly created: boolean;
  /** The local file was written, since something differs from the last time. */
  readonly changed: boolean;
}

/** What was encrypted the last time: the text by its path, with a keyed hash of the value, so that equal values keep their text. */
interface Memory {
  salt?: string;
  values: Record<string, { readonly hash: string; readonly secure: string }>;
}

/**
 * Makes a local stack ready for `pulumi up --stack NAME`, run in `projectDir` with the returned environment. Asks nothing of Pulumi when
 * the stack exists, and encrypts only values that changed.
 *
 * @throws when the committed file is missing or not of the right shape, when it holds secrets that `config` does not replace, and when
 *   Pulumi cannot make the stack.
 */
export async function prepareStack(engine: Engine, { name, stateDir, projectDir, config }: StackOptions): Promise<PreparedStack> {
  const folder = resolve(stateDir, "pulumi", "stacks");
  await mkdir(folder, { recursive: true });
  const passphraseFile = join(folder, `${name}.passphrase`);
  const passphrase = await passphraseOf(passphraseFile);
  const file = join(folder, `Pulumi.${name}.yaml`);
  const memoryFile = join(folder, `${name}.secrets.json`);
  const committed = await readStackFile(join(projectDir, `Pulumi.${name}.yaml`));
  const past = existsSync(memoryFile) ? (JSON.parse(await readFile(memoryFile, "utf8")) as Memory) : { values: {} };

  const seal = new Sealer(passphrase, past);
  const merged: Record<string, unknown> = { ...committed.config };
  for (const [key, value] of Object.entries(config)) merged[key] = await seal.value(key, value);
  refuseForeignSecrets(name, Object.fromEntries(Object.entries(committed.config).filter(([key]) => !(key in config))));
  const salt = await seal.salt();

  const header = `# Written by Gatehouse from Pulumi.${name}.yaml and this machine's services; changes made here are lost.\n`;
  // Whatever encrypts the committed file (a cloud's key, another passphrase) does not encrypt this one.
  const rest = Object.entries(committed).filter(([key]) => !["secretsprovider", "encryptedkey", "encryptionsalt"].includes(key));
  const text = header + stringify({ ...Object.fromEntries(rest), encryptionsalt: salt, config: merged });
  const changed = !existsSync(file) || (await readFile(file, "utf8")) !== text;
  if (changed) await replaceFile(file, text);
  const memory = JSON.stringify(seal.memory(salt), null, 2);
  if (!existsSync(memoryFile) || (await readFile(memoryFile, "utf8")) !== memory) await replaceFile(memoryFile, memory);

  const environment = { ...engine.environment, PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile };
  const created = await createStack({ ...engine, environment }, name, projectDir, file);
  return { name, file, created, changed, environment: { ...environment, PULUMI_OPTION_CONFIG_FILE: file } };
}

/** Encrypts what is new and takes the rest from the last time. */
class Sealer {
  readonly #passphrase: string;
  readonly #past: Memory;
  readonly #values: Memory["values"] = {};
  #crypter: Crypter | undefined;

  constructor(passphrase: string, past: Memory) {
    this.#passphrase = passphrase;
    this.#past = past;
  }

  async value(path: string, value: ConfigValue): Promise<unknown> {
    if (value instanceof Secret) return { secure: await this.#secret(path, value.reveal()) };
    if (Array.isArray(value)) {
      const sealed: unknown[] = [];
      for (const [index, entry] of value.entries()) sealed.push(await this.value(`${path}[${index}]`, entry as ConfigValue));
      return sealed;
    }
    if (typeof value !== "object") return value;
    const sealed: Record<string, unknown> = {};
    for (const [key, entry] of Object.entries(value)) sealed[key] = await this.value(`${path}.${key}`, entry);
    return sealed;
  }

  async salt(): Promise<string> {
    return this.#past.salt ?? (await this.#key()).salt;
  }

  memory(salt: string): Memory {
    return { salt, values: this.#values };
  }

  async #secret(path: string, text: string): Promise<string> {
    const hash = createHmac("sha256", this.#passphrase).update(`${path}\0${text}`).digest("hex");
    const known = this.#past.values[path];
    const secure = known?.hash === hash ? known.secure : (await this.#key()).encrypt(text);
    this.#values[path] = { hash, secure };
    return secure;
  }

  async #key(): Promise<Crypter> {
    return (this.#crypter ??= await crypter(this.#passphrase, this.#past.salt));
  }
}

async function readStackFile(path: string): Promise<{ readonly config: Readonly<Record<string, unknown>> }> {
  if (!existsSync(path)) throw new Error(`there is no ${path}: every stack has a stack file beside Pulumi.yaml`);
  const content: unknown = parse(await readFile(path, "utf8")) ?? {};
  if (!isRecord(content) || !isRecord(content["config"] ?? {})) throw new Error(`${path} must be a mapping with a mapping \`config\``);
  return { ...content, config: (content["config"] ?? {}) as Record<string, unknown> };
}

/** The committed file's secrets are encrypted for another passphrase: the engine would stop at the first one without naming it. */
function refuseForeignSecrets(name: string, config: Readonly<Record<string, unknown>>): void {
  const found: string[] = [];
  const look = (path: string, value: unknown): void => {
    if (Array.isArray(value)) {
      value.forEach((entry, index) => {
        look(`${path}[${index}]`, entry);
      });
    } else if (isRecord(value)) {
      if (typeof value["secure"] === "string" && Object.keys(value).length === 1) found.push(path);
      else for (const [key, entry] of Object.entries(value)) look(`${path}.${key}`, entry);
    }
  };
  for (const [key, value] of Object.entries(config)) look(key, value);
  if (found.length === 0) return;
  throw new Error(
    `Pulumi.${name}.yaml holds secrets that this machine cannot read: ${found.join(", ")}. Give each a local value, or remove it from the file`,
  );
}

/** `pulumi stack init` writes into the project's folder, so it gets one that is thrown away. */
async function createStack(engine: Engine, name: string, projectDir: string, file: string): Promise<boolean> {
  const project = parse(await readFile(join(projectDir, "Pulumi.yaml"), "utf8")) as { readonly name: string };
  const state = join(engine.backendDir, ".pulumi", "stacks", project.name, name);
  if (existsSync(`${state}.json`) || existsSync(`${state}.json.gz`)) return false;
  const scratch = await mkdtemp(join(engine.backendDir, "..", "init-"));
  try {
    await copyFile(join(projectDir, "Pulumi.yaml"), join(scratch, "Pulumi.yaml"));
    await copyFile(file, join(scratch, `Pulumi.${name}.yaml`));
    await promisify(execFile)(engine.pulumi, ["stack", "init", name, "--non-interactive"], { cwd: scratch, env: engine.environment });
  } catch (error) {
    throw new Error(`pulumi stack init ${name} failed: ${(error as { stderr?: string }).stderr ?? String(error)}`, { cause: error });
  } finally {
    await rm(scratch, { recursive: true });
  }
  return true;
}

/** The stack's own, so that whoever has that of one stack can neither read nor change what another keeps. Written once and kept. */
async function passphraseOf(file: string): Promise<string> {
  if (!existsSync(file)) {
    const temporary = `${file}.${process.pid}`;
    await writeFile(temporary, randomBytes(32).toString("base64url"), { mode: 0o600 });
    // A link fails if another process was faster: its passphrase stands.
    await link(temporary, file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    });
    await rm(temporary);
  }
  return readFile(file, "utf8");
}

/** Replaces a file as a whole, readable by the user alone. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, file);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
