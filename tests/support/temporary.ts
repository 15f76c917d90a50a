/**
 * Temporary folders that go with the test process, however it ends. Local services go with theirs: a supervisor whose state folder is
 * removed ends, and its services with it. So an interrupted or killed test run leaves nothing running.
 */
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";

/** Reads folders, one a line, until its input ends, which is when this process does. What still writes is given time to see it. */
const GUARD = 'folders=$(cat); IFS="\n"; for try in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- $folders 2>/dev/null && break; sleep 1; done';

let guard: Writable | undefined;

/** An empty folder below the system's temporary folder. */
export function temporaryFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  guard ??= startGuard();
  guard.write(`${folder}\n`);
  return folder;
}

function startGuard(): Writable {
  // A process group of its own: a Ctrl-C at the terminal does not reach it.
  const child = spawn("sh", ["-c", GUARD], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  child.unref();
  (child.stdin as Writable & { unref(): void }).unref();
  return child.stdin;
}
