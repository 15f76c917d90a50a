import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { shortLink } from "./short-paths.ts";

const run = promisify(execFile);

/**
 * Ends the gpg-agents that gpg starts by itself for its home folders: they leave the process group of the service that ran gpg, and live
 * on after it. Folders that are not there, and agents that do not run, are no error.
 */
export async function endKeyAgents(homes: readonly string[]): Promise<void> {
  const ending = homes
    .filter((home) => existsSync(home))
    .map((home) => run("gpgconf", ["--homedir", shortLink(home), "--kill", "gpg-agent"]));
  await Promise.allSettled(ending);
}
