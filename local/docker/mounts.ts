/** What a Docker daemon that was killed leaves mounted: folders with mounts in them cannot be removed. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { sep } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Unmounts everything below a folder, the deepest first. Nothing to unmount is no error. The daemon must not run. */
export async function unmountBelow(folder: string): Promise<void> {
  const table = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  const points = table
    .split("\n")
    // The fifth field; spaces in it are written as octal numbers.
    .map((line) => (line.split(" ")[4] ?? "").replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8))))
    .filter((point) => point.startsWith(folder + sep));
  for (const point of points.reverse()) await run("umount", ["--lazy", point]);
}
