/**
 * Talks to the supervisor process of a state folder, and starts one where there is none.
 */
import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { IncomingMessage } from "node:http";
import { takeLock } from "./lock.ts";
import { lastLines, openLog } from "./logs.ts";
import { EXIT_ALREADY_RUNNING, lockFile, socketPath, type Message, type SupervisorStatus } from "./protocol.ts";
import { ServicesFailedError, type Service, type SupervisorEvent } from "./service.ts";
import { Supervisor } from "./supervisor.ts";

const START_MS = 15_000;

/** The status of the supervisor of a state folder, or undefined when none runs. */
export async function supervisorStatus(stateDir: string): Promise<SupervisorStatus | undefined> {
  try {
    const response = await send(stateDir, "GET", "/status");
    return JSON.parse(await text(response)) as SupervisorStatus;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/**
 * Makes the services of a state folder the given ones, in a supervisor process that outlives the caller. See `Supervisor.apply`.
 * @throws ServicesFailedError with all services that did not become ready, each with its last lines.
 */
export async function superviseServices(
  stateDir: string,
  services: readonly Service[],
  report: (event: SupervisorEvent) => void,
): Promise<void> {
  await ensureSupervisor(stateDir);
  await follow(await send(stateDir, "POST", "/apply", JSON.stringify(services)), report);
}

/**
 * Stops the services of a state folder and its supervisor; also what a killed supervisor left running. Nothing to stop is no error.
 */
export async function stopServices(stateDir: string, report: (event: SupervisorEvent) => void): Promise<void> {
  try {
    await follow(await send(stateDir, "POST", "/stop", ""), report);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  // Held until the supervisor is gone: what comes next (a new start, removing the folder) must not meet it.
  const lock = takeLock(lockFile(stateDir), START_MS);
  if (!lock) throw new Error(`The supervisor of ${stateDir} holds its lock but does not answer; see ${logFile(stateDir)}`);
  try {
    await new Supervisor(stateDir, report).recover();
  } finally {
    lock.release();
  }
}

/** Starts the supervisor process of a state folder unless one answers. Resolves when one answers. */
export async function ensureSupervisor(stateDir: string): Promise<SupervisorStatus> {
  const known = await supervisorStatus(stateDir);
  if (known) return known;
  const log = openLog(logFile(stateDir));
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, stateDir], {
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" },
    detached: true,
    stdio: ["ignore", log.descriptor, log.descriptor],
  });
  closeSync(log.descriptor);
  child.unref();
  let ended: number | null | undefined;
  child.once("exit", (code) => {
    ended = code;
  });
  const until = Date.now() + START_MS;
  while (Date.now() < until) {
    const status = await supervisorStatus(stateDir);
    if (status) return status;
    // Another command's supervisor was faster: it will answer in a moment.
    if (ended !== undefined && ended !== EXIT_ALREADY_RUNNING) break;
    await delay(25);
  }
  const lines = lastLines(logFile(stateDir), 20, log.offset).join("\n    ");
  throw new Error(`The supervisor of ${stateDir} did not start; its log ${logFile(stateDir)} ends with:\n    ${lines}`);
}

const logFile = (stateDir: string) => join(stateDir, "logs", "supervisor.log");

function send(stateDir: string, method: string, path: string, body?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: socketPath(stateDir), method, path, agent: false }, resolve);
    call.once("error", reject);
    call.end(body);
  });
}

/** Refused and missing sockets: nobody listens. A reset one: it went away just now. */
function isAbsent(error: unknown): boolean {
  return error instanceof Error && ["ENOENT", "ECONNREFUSED", "ECONNRESET"].includes((error as NodeJS.ErrnoException).code ?? "");
}

async function follow(response: IncomingMessage, report: (event: SupervisorEvent) => void): Promise<void> {
  let last: Message | undefined;
  for await (const line of createInterface({ input: response })) {
    last = JSON.parse(line) as Message;
    if (last.kind === "event") report(last.event);
  }
  if (last?.kind === "done") return;
  if (last?.kind !== "failed") throw new Error("The supervisor ended before it had answered; run the command again");
  throw last.failures.length > 0 ? new ServicesFailedError(last.failures) : new Error(last.message);
}
