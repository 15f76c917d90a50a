/** What a Docker daemon that ended leaves of its networks: bridges of the machine, whose addresses no other daemon may use. */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A daemon's store names each of its networks by a key like this; a bridge is called after the first twelve digits. */
const NETWORK = /docker\/network\/v1\.0\/network\/(?<id>[0-9a-f]{64})/g;

/**
 * Removes the bridges of a daemon's networks. None to remove is no error. The daemon must not run.
 *
 * @param folder The daemon's, with `data` in it.
 */
export async function removeBridges(folder: string): Promise<void> {
  const store = await readFile(join(folder, "data", "network", "files", "local-kv.db"), "latin1").catch(() => "");
  const there = new Set(await readdir("/sys/class/net").catch(() => []));
  const bridges = new Set([...store.matchAll(NETWORK)].map(({ groups }) => `br-${groups?.["id"]?.slice(0, 12) ?? ""}`));
  for (const bridge of bridges)
    if (there.has(bridge)) await run("ip", ["link", "delete", bridge], { env: { PATH: "/usr/sbin:/sbin:/usr/bin:/bin" } });
}
