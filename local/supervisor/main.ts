/**
 * The supervisor process: `node local/supervisor/main.ts STATE_DIR`. One per state folder. It survives the command that starts it and
 * ends when it is told to stop, or on SIGTERM or SIGINT, after its services.
 *
 * Started without a loader: this file and what it imports keep to what Node can run by leaving types out.
 */
import { chmodSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { takeLock } from "./lock.ts";
import { EXIT_ALREADY_RUNNING, lockFile, socketPath, type Message, type SupervisorStatus } from "./protocol.ts";
import { ServicesFailedError, type Service, type SupervisorEvent } from "./service.ts";
import { Supervisor } from "./supervisor.ts";

const stateDir = process.argv[2];
if (stateDir === undefined) {
  console.error("usage: main.ts STATE_DIR");
  process.exit(2);
}
const lock = takeLock(lockFile(stateDir));
if (!lock) {
  console.error(`another supervisor runs for ${stateDir}`);
  process.exit(EXIT_ALREADY_RUNNING);
}

const startedAt = new Date().toISOString();
const listeners = new Set<(event: SupervisorEvent) => void>();
const supervisor = new Supervisor(stateDir, (event) => {
  console.log(JSON.stringify({ at: new Date().toISOString(), ...event }));
  for (const listener of listeners) listener(event);
});
const recovered = supervisor.recover();

const socket = socketPath(stateDir);
mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
// The lock is ours, so a socket file that is there is a dead one's.
rmSync(socket, { force: true });
const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});
server.listen(socket, () => {
  chmodSync(socket, 0o600);
});
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stopAndExit());
process.on("SIGHUP", () => undefined);
// Whoever removes the state folder wants nothing of it to go on.
setInterval(() => {
  if (!existsSync(lockFile(stateDir))) void stopAndExit();
}, 2000).unref();

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  switch (`${request.method ?? ""} ${request.url ?? ""}`) {
    case "GET /status": {
      const status: SupervisorStatus = {
        pid: process.pid,
        startedAt,
        memoryBytes: process.memoryUsage.rss(),
        services: supervisor.status(),
      };
      response.end(JSON.stringify(status));
      return;
    }
    case "POST /apply": {
      const services = JSON.parse(await text(request)) as Service[];
      await stream(response, async () => {
        await recovered;
        await supervisor.apply(services);
      });
      return;
    }
    case "POST /stop":
      await stream(response, async () => {
        await recovered;
        await supervisor.stop();
      });
      leave();
      return;
    default:
      response.writeHead(404).end();
  }
}

async function stream(response: ServerResponse, action: () => Promise<void>): Promise<void> {
  const write = (message: Message) => response.write(`${JSON.stringify(message)}\n`);
  const listener = (event: SupervisorEvent) => write({ kind: "event", event });
  listeners.add(listener);
  try {
    await action();
    write({ kind: "done" });
  } catch (error) {
    const failures = error instanceof ServicesFailedError ? error.failures : [];
    write({ kind: "failed", message: error instanceof Error ? error.message : String(error), failures });
  } finally {
    listeners.delete(listener);
    response.end();
  }
}

async function stopAndExit(): Promise<void> {
  await recovered;
  await supervisor.stop();
  leave();
}

function leave(): void {
  rmSync(socket, { force: true });
  server.close(() => {
    lock?.release();
    process.exit(0);
  });
}
