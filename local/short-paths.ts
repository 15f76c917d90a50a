/**
 * Short paths for sockets: the kernel takes 107 bytes, and other systems 104, of a socket's path. State that lies deeper than that gets a
 * folder below /tmp, which is the user's alone. It is not the folder that TMPDIR names: services run without that variable, and have to
 * find the same path.
 *
 * The supervisor reads this file without a loader: it keeps to what Node can run by leaving types out.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { userInfo } from "node:os";

const LIMIT = 104;

/** Does a socket fit whose name takes `room` bytes? */
const fits = (folder: string, room: number): boolean => Buffer.byteLength(folder) + room < LIMIT;

/** The folder below /tmp that stands for a deep one. It need not exist. */
const standIn = (folder: string): string => {
  const key = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  return `/tmp/gatehouse-${userInfo().uid}-${key}`;
};

/** Where a socket of a folder lies: in it if it fits. Makes nothing. */
export function socketIn(folder: string, path: string): string {
  return fits(folder, path.length + 1) ? join(folder, path) : join(standIn(folder), path.replaceAll("/", "-"));
}

/**
 * A folder for programs that put sockets into it. It exists and is the user's alone.
 *
 * @param name also names the folder inside the state folder.
 */
export function socketFolder(stateDir: string, name: string): string {
  const inside = join(stateDir, name);
  const folder = fits(inside, 32) ? inside : join(own(standIn(stateDir)), name.replaceAll("/", "-"));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Another path of an existing folder, for a program that keeps data and sockets in it: a link, unless the folder's own is short enough. */
export function shortLink(folder: string): string {
  if (fits(folder, 32)) return folder;
  const link = join(own(standIn(folder)), "link");
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(link) === folder) return link;
  rmSync(link, { recursive: true, force: true });
  symlinkSync(folder, link);
  return link;
}

/** Removes what stood for a folder below /tmp. */
export function removeStandIn(folder: string): void {
  rmSync(standIn(folder), { recursive: true, force: true });
}

/** @throws Error when somebody else has it: everybody may write to /tmp. */
function own(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stat = lstatSync(folder);
  if (stat.isDirectory() && stat.uid === userInfo().uid && (stat.mode & 0o077) === 0) return folder;
  throw new Error(`${folder} is not a folder of yours alone; remove it, or set GATEHOUSE_HOME to a folder with a shorter path`);
}
