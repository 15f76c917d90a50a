import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { shortLink } from "./short-paths.ts";

const run = promisify(execFile);

const ENDS_MS = 5_000;

/**
 * Ends the gpg-agents that gpg starts by itself for its home folders: they leave the process group of the service that ran gpg, and live
 * on after it. Returns when they are gone. Folders that are not there, and agents that do not run, are no error.
 */
export async function endKeyAgents(homes: readonly string[]): Promise<void> {
  await Promise.allSettled(homes.filter((home) => existsSync(home)).map((home) => endAgent(shortLink(home))));
}

async function endAgent(home: string): Promise<void> {
  // `D 4711`, then `OK`.
  const { stdout } = await run("gpg-connect-agent", ["--homedir", home, "--no-autostart", "GETINFO pid", "/bye"]);
  await run("gpgconf", ["--homedir", home, "--kill", "gpg-agent"]);
  const pid = /^D (\d+)/m.exec(stdout)?.[1];
  // The agent answers before it ends, and nobody is told when it has: it is not our child.
  for (const deadline = Date.now() + ENDS_MS; pid !== undefined && existsSync(`/proc/${pid}`) && Date.now() < deadline;) await delay(10);
}
