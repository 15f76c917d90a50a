/**
 * The ports of this checkout's local services: chosen once, kept in the state folder, so that addresses stay the same from one start to
 * the next and two checkouts run side by side.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** Below the range that outgoing connections take theirs from. */
const FIRST = 20_000;
const LAST = 31_999;

interface Settings {
  readonly ports: Readonly<Record<string, number>>;
}

const settingsFile = (stateDir: string) => join(stateDir, "local.json");

/** Ports that were chosen before, by name; empty before the first start. */
export function knownPorts(stateDir: string): Readonly<Record<string, number>> {
  const file = settingsFile(stateDir);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Settings).ports : {};
}

/** Ports that names take at first, if nobody listens there and no other checkout has taken them, though nothing of it listens yet. */
export interface WantedPorts {
  readonly ports: Readonly<Record<string, number>>;
  /** Folder that all checkouts of a user share, where each says what it took. */
  readonly claims: string;
}

/**
 * The port of each name. One chosen before is kept, unless it is not `inUse` by us and somebody else listens there.
 *
 * @param inUse names whose services run now, so that their ports are rightly taken.
 */
export async function choosePorts<Name extends string>(
  stateDir: string,
  names: readonly Name[],
  inUse: ReadonlySet<string> = new Set(),
  wanted?: WantedPorts,
): Promise<{ readonly ports: Record<Name, number>; readonly moved: readonly Name[] }> {
  const known = knownPorts(stateDir);
  const moved: Name[] = [];
  const taken = new Set<number>();
  const chosen: [Name, number][] = [];
  for (const name of names) {
    const before = known[name];
    if (before !== undefined && !taken.has(before) && (inUse.has(name) || (await isFree(before)))) {
      taken.add(before);
      chosen.push([name, before]);
      continue;
    }
    if (before !== undefined) moved.push(name);
    const first = wanted?.ports[name];
    if (wanted !== undefined && first !== undefined && first !== before && !taken.has(first)) {
      if (claim(wanted.claims, first, stateDir) && (await isFree(first))) {
        taken.add(first);
        chosen.push([name, first]);
        continue;
      }
      if (before === undefined) moved.push(name);
    }
    const port = await freePort(`${stateDir}\0${name}`, (candidate) => taken.has(candidate));
    taken.add(port);
    chosen.push([name, port]);
  }
  const ports = Object.fromEntries(chosen) as Record<Name, number>;
  const file = settingsFile(stateDir);
  const text = `${JSON.stringify({ ports: { ...known, ...ports } } satisfies Settings, null, 2)}\n`;
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return { ports, moved };
}

/** Takes a port for a state folder. False when another one has it: it is there, and has chosen that port or has not chosen yet. */
function claim(claims: string, port: number, stateDir: string): boolean {
  mkdirSync(claims, { recursive: true });
  const file = join(claims, String(port));
  for (;;) {
    try {
      writeFileSync(file, stateDir, { flag: "wx" });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = readFileSync(file, "utf8");
    if (holder === stateDir) return true;
    const settled = existsSync(settingsFile(holder));
    if (existsSync(holder) && (!settled || Object.values(knownPorts(holder)).includes(port))) return false;
    rmSync(file, { force: true });
  }
}

/** Starts looking at a place of the name's own, so that checkouts that choose at the same moment do not meet. */
async function freePort(seed: string, isTaken: (port: number) => boolean): Promise<number> {
  const range = LAST - FIRST + 1;
  const start = createHash("sha256").update(seed).digest().readUInt32BE(0) % range;
  for (let step = 0; step < range; step += 1) {
    const port = FIRST + ((start + step) % range);
    if (!isTaken(port) && (await isFree(port))) return port;
  }
  throw new Error(`No port between ${FIRST} and ${LAST} is free on 127.0.0.1; stop something that listens there`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
