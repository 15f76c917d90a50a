/** The parts of Pulumi's file backend that a killed engine leaves in a state which the next run must settle. */
import { readdir, readFile, rm } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import path from "node:path";

import { projectDir } from "../project.ts";
import type { Deployment } from "./pending.ts";
import { startOf } from "./processes.ts";

interface Lock {
  readonly pid: number;
  readonly hostname: string;
  /** When it was taken. */
  readonly timestamp: string;
}

/** Folder of a `file://` backend; `undefined` for any other, whose locks and state are not ours to look at. */
export function backendFolder(url: string): string | undefined {
  if (!url.startsWith("file://")) return undefined;
  const [folder = ""] = url.slice("file://".length).split("?");
  // As Pulumi reads it: `~` is the home folder, and a relative path starts at the project, where the engine is run.
  return path.resolve(projectDir, folder.replace(/^~(?=\/|$)/, homedir()), ".pulumi");
}

/**
 * Removes an attribute file that was being written when the engine was killed. The state is replaced as a whole, but the `.attrs` file
 * beside it is written in place: torn, it makes the stack unreadable ("failed to load checkpoint: EOF"). It says nothing that is needed.
 *
 * @returns Whether one was removed.
 */
export async function mendAttributes(folder: string, project: string, stack: string): Promise<boolean> {
  const file = path.join(folder, "stacks", project, `${stack}.json.attrs`);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined || isJson(text)) return false;
  await rm(file, { force: true });
  return true;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** True when the stack is locked, and every lock was taken by a process of this host that no longer runs. */
export async function lockedByTheDead(folder: string, project: string, stack: string): Promise<boolean> {
  const locks = path.join(folder, "locks", "organization", project, stack);
  // The backend keeps an `.attrs` file beside each file that it writes.
  const names = (await readdir(locks).catch(() => [])).filter((name) => name.endsWith(".json"));
  if (names.length === 0) return false;
  const dead = await Promise.all(names.map(async (name) => isDead(JSON.parse(await readFile(path.join(locks, name), "utf8")) as Lock)));
  return dead.every(Boolean);
}

/** A pid is given to others again: whoever started after the lock was taken did not take it. The clock's error is far below a second. */
function isDead({ pid, hostname: host, timestamp }: Lock): boolean {
  if (host !== hostname()) return false;
  const started = startOf(pid);
  return started === undefined || started > Date.parse(timestamp) + 1_000;
}

/** True when the state has operations that never ended, or when it cannot be told without asking the engine. */
export async function mayHavePending(folder: string | undefined, project: string, stack: string): Promise<boolean> {
  if (folder === undefined) return true;
  const file = path.join(folder, "stacks", project, `${stack}.json`);
  const state = await readFile(file, "utf8").catch(() => undefined);
  if (state === undefined) return false;
  const { checkpoint } = JSON.parse(state) as { checkpoint?: { latest?: Deployment["deployment"] } };
  return (checkpoint?.latest?.pending_operations?.length ?? 0) > 0;
}
