import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** A log over this size is set aside as `<name>.log.1` when its service starts. */
export const LOG_LIMIT_BYTES = 5 * 1024 * 1024;

/** Opens a service's log for appending, after setting a large one aside. The caller closes the descriptor. */
export function openLog(file: string): { readonly descriptor: number; readonly offset: number } {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  const descriptor = openSync(file, "a", 0o600);
  return { descriptor, offset: fstatSync(descriptor).size };
}

/** What was written to a log from a byte offset on, at most the last `limitBytes` of it. */
export function readFrom(file: string, offset: number, limitBytes = 256 * 1024): { readonly text: string; readonly end: number } {
  if (!existsSync(file)) return { text: "", end: offset };
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    // A log that became shorter was set aside: start anew.
    const from = Math.max(size < offset ? 0 : offset, size - limitBytes);
    const buffer = Buffer.alloc(size - from);
    const read = readSync(descriptor, buffer, 0, buffer.length, from);
    return { text: buffer.subarray(0, read).toString("utf8"), end: from + read };
  } finally {
    closeSync(descriptor);
  }
}

/** The last lines of a log, of what was written from `offset` on. */
export function lastLines(file: string, count: number, offset = 0): string[] {
  const lines = readFrom(file, offset).text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.slice(-count);
}
