/**
 * Processes of the operating system: told apart by pid and start time, since a pid alone is given to others again.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** What names one process for good on this machine. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Boot id and clock ticks on Linux, the start's date elsewhere. Only ever compared. */
  readonly startTime: string;
}

/** The identity of a running process, or undefined when there is none (a zombie is none). */
export function identify(pid: number): ProcessIdentity | undefined {
  if (process.platform !== "linux") {
    const startTime = ps(pid, "lstart=");
    return startTime ? { pid, startTime } : undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may hold spaces: count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state] = fields;
    const ticks = fields[19];
    if (state === "Z" || state === "X" || ticks === undefined) return undefined;
    return { pid, startTime: `${bootId()}:${ticks}` };
  } catch {
    return undefined;
  }
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/** Resident memory in bytes, or undefined when the process is gone. */
export function residentBytes(pid: number): number | undefined {
  if (process.platform !== "linux") {
    const kilobytes = Number(ps(pid, "rss="));
    return kilobytes > 0 ? kilobytes * 1024 : undefined;
  }
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return match ? Number(match[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}

/** Signals the process group that `pid` leads. A group that is gone is not an error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * Ends a process group whose leader is `identity`: the signal, then SIGKILL after the grace time. Does nothing when that very process is
 * gone.
 * @returns whether SIGKILL was needed.
 */
export async function endGroup(identity: ProcessIdentity, signal: NodeJS.Signals, graceSeconds: number): Promise<boolean> {
  if (!isRunning(identity)) return false;
  signalGroup(identity.pid, signal);
  if (await gone(identity, graceSeconds * 1000)) {
    // What the leader left behind in its group has no one to end it any more.
    signalGroup(identity.pid, "SIGKILL");
    return false;
  }
  signalGroup(identity.pid, "SIGKILL");
  await gone(identity, 10_000);
  return true;
}

async function gone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const until = Date.now() + withinMs;
  while (isRunning(identity)) {
    if (Date.now() >= until) return false;
    await delay(20);
  }
  return true;
}

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return knownBootId;
}

function ps(pid: number, column: string): string | undefined {
  try {
    return execFileSync("ps", ["-o", column, "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}
