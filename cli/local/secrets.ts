/** Secrets that only this machine needs, made once and kept in the state folder, readable by the user alone. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";

import type { LocalEndpoints } from "../../local/index.ts";
import { notificationsEnvironment } from "../../model/notification.ts";
import type { System } from "../../model/system.ts";
import { userOwners, type Tokens } from "./world.ts";

export interface LocalSecrets {
  readonly tokens: Tokens;
  /** What pods pull with. The local registry asks for none; the pull secret is made all the same, as for a private package. */
  readonly registryToken: string;
  /** system → environment, or `repository` → name → value */
  readonly values: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;
}

const random = (): string => randomBytes(24).toString("base64url");

type Values = Record<string, Record<string, Record<string, string>>>;

/**
 * Reads the secrets of the state folder and makes those that are missing. What was made once never changes.
 *
 * @param members Logins that get a token, to review with.
 */
export async function ensureSecrets(stateDir: string, systems: readonly System[], members: readonly string[] = []): Promise<LocalSecrets> {
  const file = path.join(stateDir, "secrets.json");
  const before = await readFile(file, "utf8").catch(() => undefined);
  const known = (before === undefined ? {} : JSON.parse(before)) as Partial<LocalSecrets>;
  const values: Values = structuredClone((known.values ?? {}) as Values);
  for (const system of systems) {
    const scopes = [
      { scope: "repository", secrets: system.secrets ?? [] },
      ...system.environments.map(({ name, secrets = [] }) => ({ scope: name, secrets })),
    ];
    for (const { scope, secrets } of scopes)
      for (const { name } of secrets) ((values[system.name] ??= {})[scope] ??= {})[name] ??= random();
  }
  const secrets: LocalSecrets = {
    tokens: {
      operator: known.tokens?.operator ?? `ghp_${random()}`,
      reader: known.tokens?.reader ?? `ghp_${random()}`,
      owners: { ...Object.fromEntries(userOwners(systems).map((login) => [login, `ghp_${random()}`])), ...known.tokens?.owners },
      members: { ...Object.fromEntries(members.map((login) => [login, `ghp_${random()}`])), ...known.tokens?.members },
    },
    registryToken: known.registryToken ?? random(),
    values,
  };
  const text = `${JSON.stringify(secrets, null, 2)}\n`;
  if (text !== before) {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    await writeFile(`${file}.new`, text, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  return secrets;
}

/**
 * What a declared secret is on this machine: what was made for it; and for a channel of notifications, an address here where that ends.
 * The address is made each time, since ports may move, and it holds what was made as the part that nobody guesses.
 */
export function localValue(
  { name, channels = {} }: Pick<System, "name" | "channels">,
  scope: string,
  secret: string,
  { values }: Pick<LocalSecrets, "values">,
  { sink }: Pick<LocalEndpoints, "sink">,
): string | undefined {
  const made = values[name]?.[scope]?.[secret];
  const [channel, declared] = Object.entries(channels).find((entry) => entry[1].secret === secret) ?? [];
  if (made === undefined || scope !== notificationsEnvironment || channel === undefined) return made;
  switch (declared?.kind) {
    case "slack":
    case "discord":
      return `${sink.webhooks}/${name}/${channel}/${made}`;
    case "email":
      return sink.smtp;
    default:
      return made;
  }
}
