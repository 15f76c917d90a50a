/** Is there room for a build? Go stops in the middle of one when the disk is full, with an error that is easy to misread. */
import { existsSync } from "node:fs";
import { readdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
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

/** Bytes in the files under a folder; 0 when there is none. */
async function size(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0;
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await size(path);
    else if (entry.isFile()) bytes += (await stat(path).catch(() => ({ size: 0 }))).size;
  }
  return bytes;
}
