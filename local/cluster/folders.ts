import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/**
 * A folder for programs that put sockets into it: a socket's path has 104 bytes at most, so a deep state folder gets one in the temporary
 * folder. It exists and is the user's alone.
 *
 * @param name also names the folder inside the state folder.
 */
export function socketFolder(stateDir: string, name: string): string {
  const inside = join(stateDir, name);
  const key = createHash("sha256").update(stateDir).digest("hex").slice(0, 16);
  const folder = Buffer.byteLength(inside) < 72 ? inside : join(tmpdir(), `gatehouse-${userInfo().uid}-${key}`, name.replaceAll("/", "-"));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
