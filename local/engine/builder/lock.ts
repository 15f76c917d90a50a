/** A lock between processes: a file that names its owner. The lock of a process that is gone is nobody's. */
import { link, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MILLISECONDS = 250;

/**
 * Waits until `file` is ours, calling `waiting` once for each other owner, and stopping when `until` says that the lock is not needed
 * any more.
 *
 * @returns a function that gives the lock back, or undefined when `until` ended the wait.
 */
export async function acquireLock(
  file: string,
  waiting: (pid: number) => void,
  until: () => boolean,
  signal?: AbortSignal,
): Promise<(() => Promise<void>) | undefined> {
  const claim = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(claim, owner(process.pid));
  let announced = 0;
  try {
    for (;;) {
      try {
        // A link is made whole or not at all, with its content: there is never an empty lock.
        await link(claim, file);
        return () => unlink(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      if (until()) return undefined;
      const holder = await readFile(file, "utf8").catch(() => undefined);
      if (holder === undefined) continue;
      const pid = Number.parseInt(holder, 10);
      if (holder !== owner(pid)) {
        await breakLock(file, holder);
        continue;
      }
      if (announced !== pid) waiting(pid);
      announced = pid;
      await sleep(POLL_MILLISECONDS, undefined, signal === undefined ? {} : { signal });
    }
  } finally {
    await unlink(claim);
  }
}

/** Moves a dead owner's lock aside; puts it back if it turns out to be a live one that came in between. */
async function breakLock(file: string, dead: string): Promise<void> {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if ((await readFile(aside, "utf8")) !== dead) await link(aside, file).catch(() => undefined);
  await unlink(aside);
}

/** A process id alone is not an identity: the kernel hands it out again. Its start time (clock ticks since boot) makes it one. */
export function owner(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""}`;
  } catch {
    return alive(pid) ? `${pid} running` : `${pid} gone`;
  }
}

/** Is there a process of this id? Also true for one that we may not signal. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
