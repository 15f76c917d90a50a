/** A process that the language host runs for the engine, and its end. */
import { spawn, type ChildProcess } from "node:child_process";

export interface Ending {
  /** Exit code; undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

/** Time between asking a process to end and ending it: the SDK needs it to answer the engine. */
const GRACE_MILLISECONDS = 5000;

const running = new Set<ChildProcess>();

/**
 * Runs a process to its end.
 *
 * @throws when it cannot be started.
 */
export async function runChild(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env: NodeJS.ProcessEnv },
  output: { stdout(chunk: Buffer): void; stderr(chunk: Buffer): void },
  started: (stop: () => void) => void = () => undefined,
): Promise<Ending> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.stdout.on("data", (chunk: Buffer) => {
    output.stdout(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.stderr(chunk);
  });
  started(() => {
    stop(child);
  });
  try {
    // "close" comes after the last output, "exit" may come before it.
    return await new Promise((resolve, reject) => {
      child.on("error", reject).on("close", (code, signal) => {
        resolve({ code: code ?? undefined, signal: signal ?? undefined });
      });
    });
  } finally {
    running.delete(child);
  }
}

/** Ends everything that runs. */
export function stopChildren(): void {
  for (const child of running) stop(child);
}

function stop(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGINT");
  const insist = setTimeout(() => child.kill("SIGKILL"), GRACE_MILLISECONDS);
  child.once("exit", () => {
    clearTimeout(insist);
  });
}
