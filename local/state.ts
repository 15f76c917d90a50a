/** The folder that holds all local state of a checkout. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { isAbsolute, join } from "node:path";
import { takeLock, type Lock } from "./supervisor/index.ts";

/** A file that says whose folder this is. */
const MARKER = "GATEHOUSE";
const MARKER_TEXT = "State of the local services of Gatehouse. `gatehouse local reset` removes this folder.\n";

/** What other parts may have put there before the first start. */
const OURS = new Set(["pulumi", "secrets.json", "bin", "logs", "supervisor"]);

/**
 * Makes the folder ours.
 * @throws Error when its path is not absolute, or when it is a folder with other things in it.
 */
export function claimStateDir(stateDir: string): void {
  if (!isAbsolute(stateDir)) throw new Error(`The state folder ${JSON.stringify(stateDir)} is not an absolute path`);
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (existsSync(join(stateDir, MARKER))) return;
  const strange = readdirSync(stateDir).filter((name) => !OURS.has(name));
  if (strange.length > 0) {
    throw new Error(
      `The state folder ${stateDir} holds things that are not ours (${strange.slice(0, 3).join(", ")}); set GATEHOUSE_HOME to a folder of its own`,
    );
  }
  writeFileSync(join(stateDir, MARKER), MARKER_TEXT);
}

/** Removes the folder and all in it. A folder that is not there is no error. @throws Error when it is not ours. */
export function removeStateDir(stateDir: string): void {
  if (!existsSync(stateDir)) return;
  if (!existsSync(join(stateDir, MARKER)) && readdirSync(stateDir).length > 0) {
    throw new Error(
      `${stateDir} has no file ${MARKER}, so it was not made by the local services and is not removed; is GATEHOUSE_HOME right?`,
    );
  }
  rmSync(stateDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Lets one command at a time change the local services. Waits for another one, after telling so. */
export async function exclusively<T>(stateDir: string, onWait: () => void, action: () => Promise<T>): Promise<T> {
  const file = join(stateDir, "supervisor", "command.sqlite");
  let lock: Lock | undefined = takeLock(file);
  if (!lock) onWait();
  while (!lock) {
    await delay(100);
    lock = takeLock(file);
  }
  try {
    return await action();
  } finally {
    lock.release();
  }
}
