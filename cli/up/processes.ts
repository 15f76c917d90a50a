/**
 * Processes of the operating system, looked at only to settle what a killed engine left: whether the one that took a lock still runs,
 * and which of its plugins live on. A plugin notices the engine's death after minutes, and until then a request that it had begun may
 * still change GitHub or the cluster behind the back of the next run.
 */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Clock ticks a second in `/proc`: the kernel's interface fixes it. */
const ticksPerSecond = 100;

/**
 * When a process started, in milliseconds since 1970; `undefined` when it does not run (a zombie does not). Where the system does not
 * say (no `/proc`), a running process counts as started in 1970.
 */
export function startOf(pid: number): number | undefined {
  if (process.platform !== "linux") return runs(pid) ? 0 : undefined;
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the program's name in brackets and may hold spaces: count from the last bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  const uptime = Number(read("/proc/uptime")?.split(" ")[0]);
  return Date.now() - (uptime - Number(fields[19]) / ticksPerSecond) * 1_000;
}

/**
 * Ends the plugins that killed engines left behind, and waits until they are gone. An engine's plugins have its environment: they are
 * known by the backend and the stack in it. Call it only when no engine works on the stack. Without `/proc` nothing is found.
 *
 * @returns The ids of the ended processes.
 */
export async function endOrphans(environment: Readonly<Record<string, string>>): Promise<number[]> {
  const wanted = orphanKeys.map((key) => `${key}=${environment[key] ?? ""}`);
  if (orphanKeys.some((key) => (environment[key] ?? "") === "")) return [];
  const orphans = processIds().filter((pid) => kindOf(pid) !== undefined && wanted.every((entry) => environmentOf(pid).has(entry)));
  // The language host ends its program before itself; a plugin might first finish what it had begun.
  for (const pid of orphans) kill(pid, kindOf(pid) === "language" ? "SIGTERM" : "SIGKILL");
  const deadline = Date.now() + 10_000;
  while (orphans.some((pid) => startOf(pid) !== undefined) && Date.now() < deadline) await delay(10);
  return orphans;
}

const orphanKeys = ["PULUMI_BACKEND_URL", "PULUMI_OPTION_STACK"] as const;

function processIds(): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** `resource`, `analyzer` or `language`; `undefined` for what is no plugin. */
function kindOf(pid: number): string | undefined {
  const [program = ""] = (read(`/proc/${pid}/cmdline`) ?? "").split("\0");
  return /^pulumi-(resource|analyzer|language)-/.exec(path.basename(program))?.[1];
}

/** `NAME=value` entries; empty for a process of somebody else. */
function environmentOf(pid: number): Set<string> {
  return new Set((read(`/proc/${pid}/environ`) ?? "").split("\0"));
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Gone meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** `undefined` when the process is gone, or is somebody else's. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
