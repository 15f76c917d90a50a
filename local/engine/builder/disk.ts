/** Is there room for a build? Go stops in the middle of one when the disk is full, with an error that is easy to misread. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { BuildError } from "./failure.ts";
import type { Toolchain } from "./toolchain.ts";

const GIGABYTE = 1e9;

/**
 * @param gigabytes what the missing artifacts take from empty caches. What the caches hold already is counted as room, since most of
 *   it need not be made again.
 * @throws BuildError when a volume has too little.
 */
export async function requireDisk(gigabytes: number, cacheDir: string, toolchain: Toolchain): Promise<void> {
  for (const folder of [toolchain.buildCache, toolchain.moduleCache, cacheDir]) {
    const { bavail, bsize } = await statfs(existing(folder));
    const free = (bavail * bsize) / GIGABYTE;
    if (free >= gigabytes) continue;
    const held = ((await size(toolchain.buildCache)) + (await size(toolchain.moduleCache))) / GIGABYTE;
    // Programs are written anew whatever is cached: a tenth is always needed.
    if (free + held >= gigabytes && free >= gigabytes / 10) continue;
    throw new BuildError(
      `too little disk space to build: ${folder} has ${free.toFixed(1)} GB free, and the build needs about ${gigabytes.toFixed(1)} GB ` +
        `(${held.toFixed(1)} GB are cached)`,
      "free some space, or set GOCACHE, GOMODCACHE and GATEHOUSE_CACHE to folders on a larger disk; the two Go caches may be deleted after the build",
    );
  }
}

function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder));
}

/** Bytes that a folder takes; 0 when there is none, or no `du` to ask. */
async function size(folder: string): Promise<number> {
  // The caches hold half a million files: asking Node about each would take longer than some builds.
  const answer = await promisify(execFile)("du", ["-sk", folder]).catch(() => ({ stdout: "0" }));
  return Number.parseInt(answer.stdout, 10) * 1024;
}
