/** Runs the Go toolchain for one artifact. */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import type { Artifact } from "./artifact.ts";
import { BuildError, BuildInterrupted, explainFailure } from "./failure.ts";
import { writeOverlay } from "./overlay.ts";
import { buildEnvironment, type Toolchain } from "./toolchain.ts";

export interface Compilation {
  readonly artifact: Artifact;
  readonly projectDir: string;
  /** The file to write, in a folder of its own that may be used for scratch. */
  readonly output: string;
  /** The file that the artifact embeds. */
  readonly embedded?: string;
  readonly logFile: string;
  readonly toolchain: Toolchain;
  readonly signal: AbortSignal;
  readonly heartbeat: (stepSeconds: number, lastLine: string | undefined) => void;
}

const HEARTBEAT_MILLISECONDS = 2000;
const GRACE_MILLISECONDS = 5000;
/** Enough to find a cause in; the log file has all. */
const REMEMBERED_CHARACTERS = 64 * 1024;

/** @throws BuildError with the output's last lines, BuildInterrupted when `signal` was raised. */
export async function compile(job: Compilation): Promise<void> {
  const { artifact, toolchain, signal } = job;
  const moduleDir = join(job.projectDir, artifact.module);
  const args = await commandLine(job, moduleDir);
  const log = createWriteStream(job.logFile);
  // A process group of its own: the toolchain's children end with it, and a Ctrl-C at the terminal reaches it through us only.
  const child = spawn(toolchain.command, args, {
    cwd: moduleDir,
    env: buildEnvironment(),
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer): void => {
    log.write(chunk);
    output = (output + chunk.toString()).slice(-REMEMBERED_CHARACTERS);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const started = Date.now();
  const beat = setInterval(() => {
    job.heartbeat((Date.now() - started) / 1000, output.trimEnd().split("\n").at(-1) || undefined);
  }, HEARTBEAT_MILLISECONDS);
  const killGroup = (kill: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, kill);
    } catch {
      // Already gone.
    }
  };
  let insist: NodeJS.Timeout | undefined;
  const stop = (): void => {
    killGroup("SIGINT");
    insist = setTimeout(killGroup, GRACE_MILLISECONDS, "SIGKILL");
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    const exit = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
      child.on("error", reject).on("close", (code, exitSignal) => {
        resolve({ code, signal: exitSignal });
      });
    }).catch((error: unknown) => {
      throw new BuildError(`${toolchain.command} could not be started: ${String(error)}`, "check the installation of Go and run again");
    });
    if (signal.aborted) throw new BuildInterrupted(artifact.name);
    if (exit.code === 0) return;
    const how = exit.code === null ? `signal: ${String(exit.signal)}` : `exit code ${exit.code}`;
    throw explainFailure(artifact.name, exit.signal === "SIGKILL" ? `${output}\nsignal: killed` : output, how, job.logFile);
  } finally {
    clearInterval(beat);
    clearTimeout(insist);
    signal.removeEventListener("abort", stop);
    log.end();
    await finished(log);
  }
}

async function commandLine(job: Compilation, moduleDir: string): Promise<readonly string[]> {
  const { artifact } = job;
  // No version control stamp: it would ask git, which may not own the checkout, and change the result from commit to commit.
  const flags = ["-buildvcs=false", ...(artifact.ldflags === undefined ? [] : ["-ldflags", artifact.ldflags])];
  const overlay = await writeOverlay({ ...job, moduleDir, scratch: dirname(job.output) });
  if (overlay !== undefined) flags.push("-overlay", overlay);
  return artifact.kind === "data"
    ? ["run", ...flags, artifact.package, job.output]
    : ["build", ...flags, "-o", job.output, artifact.package];
}
