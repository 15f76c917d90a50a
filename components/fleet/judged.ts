/**
 * Judging the same again gives the same answer, and takes a third of a preview. So what was found sound is remembered beside the installed
 * packages, under a digest of all that the answer depends on: the declared systems, their repositories' files, the stack files, and the
 * code that judges them. Faults are never remembered: they are told anew, from what stands there.
 */
import { createHash, type Hash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";

import type { System } from "../../model/system.ts";
import type { SystemSource } from "./load.ts";
import type { SoundFleet, SoundSystem } from "./plan.ts";

/** Folders with the code that judges. A file more than needed costs one more judging; one less would cost the truth. */
const CODE = ["model", "delivery", "pipelines", "components"];
/** Answers that are kept: that many branches can be worked on in turn. */
const MOST = 10;

/** What is remembered of a system: all that is not read from its files anyway. */
interface Remembered {
  readonly systems: readonly (Pick<SoundSystem, "contexts"> & {
    /** Files made from the declaration. */ readonly made: ReadonlyMap<string, string>;
  })[];
  readonly stacks: SoundFleet["stacks"];
}

/**
 * Judges what is declared, unless exactly this was judged sound before.
 *
 * @param root The project's folder.
 * @param stackFiles Texts of `Pulumi.*.yaml` by file name.
 * @throws FaultsError with every fault.
 */
export async function judgedFleet(
  root: string,
  sources: readonly SystemSource[],
  stackFiles: ReadonlyMap<string, string>,
): Promise<SoundFleet> {
  const folder = join(root, "node_modules", ".cache", "gatehouse");
  const digest = await digestOf(root, sources, stackFiles);
  const file = join(folder, digest ?? "");
  const before = digest === undefined ? undefined : await recollect(file);
  if (before !== undefined) return { systems: sources.map((source, index) => whole(source, before.systems[index])), stacks: before.stacks };
  // Only here: what judges is most of the program's code.
  const { judgeFleet } = await import("./judge.ts");
  const fleet = judgeFleet(sources, stackFiles);
  const systems = fleet.systems.map(({ contexts, files }, index) => {
    const written = sources[index]?.files;
    return { contexts, made: new Map([...files].filter(([path]) => written?.has(path) !== true)) };
  });
  if (digest !== undefined) await keep(folder, file, { systems, stacks: fleet.stacks });
  return fleet;
}

function whole({ declared, files }: SystemSource, remembered: Remembered["systems"][number] | undefined): SoundSystem {
  return { system: declared as System, files: new Map([...files, ...(remembered?.made ?? [])]), contexts: remembered?.contexts ?? {} };
}

/** `undefined` where something declared is no plain data. */
async function digestOf(
  root: string,
  sources: readonly SystemSource[],
  stackFiles: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const hash = createHash("sha256");
  const files = CODE.map(async (folder) => {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  });
  const paths = [...(await Promise.all(files)).flat().sort(), join(root, "package-lock.json")];
  const texts = await Promise.all(paths.map((path) => readFile(path)));
  for (const [index, path] of paths.entries()) add(hash, path.slice(root.length), texts[index] ?? "");
  add(hash, "node", process.version);
  for (const { folder, declared, files } of sources) {
    const data = plainData(declared);
    if (data === undefined) return undefined;
    add(hash, folder, data);
    for (const [path, text] of files) add(hash, path, text);
  }
  for (const [name, text] of stackFiles) add(hash, name, text);
  return hash.digest("hex");
}

/** Unlike JSON, this tells an absent field from an undefined one, and does not pass over a function. */
function plainData(value: unknown): Uint8Array | undefined {
  try {
    return serialize(value);
  } catch {
    return undefined;
  }
}

/** With its length, so that nothing can end early and begin again as something else. */
function add(hash: Hash, name: string, content: string | Uint8Array): void {
  hash.update(`${name}\0${typeof content === "string" ? Buffer.byteLength(content) : content.byteLength}\0`).update(content);
}

/** `undefined` where nothing is remembered, or where it cannot be read: then it is judged. */
async function recollect(file: string): Promise<Remembered | undefined> {
  try {
    return deserialize(await readFile(file)) as Remembered;
  } catch {
    return undefined;
  }
}

/** A folder that cannot be written is no reason to fail. */
async function keep(folder: string, file: string, remembered: Remembered): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const temporary = `${file}.${process.pid}`;
    await writeFile(temporary, serialize(remembered), { mode: 0o600 });
    await rename(temporary, file);
    const all = await Promise.all((await readdir(folder)).map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })));
    const old = all.sort((a, b) => b.at - a.at).slice(MOST);
    await Promise.all(old.map(({ name }) => rm(join(folder, name), { force: true })));
  } catch {
    return;
  }
}
