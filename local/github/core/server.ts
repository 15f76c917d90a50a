/** The local GitHub as one HTTP server on loopback: REST, GraphQL, git, web pages and the switches for tests, by address. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { families } from "../families/index.ts";
import { GitHost } from "../git/host.ts";
import { openSigner } from "../git/signer.ts";
import { ensureWorld, type World } from "../world.ts";
import { Admin } from "./admin.ts";
import { loadDescription } from "./description.ts";
import { Dispatcher, handlersOf, isoNow, lifecycleOf, type ServerFault } from "./dispatcher.ts";
import { DroppedConnection, Faults } from "./faults.ts";
import { headersOf, readAll, send, sendJson } from "./http.ts";
import { Mutex } from "./mutex.ts";
import { repositories } from "./records.ts";
import { RequestLog } from "./request-log.ts";
import type { Service, Services } from "./service.ts";
import { services } from "./services.ts";
import { SqliteStore } from "./sqlite-store.ts";

export interface GitHubOptions {
  /** Folder of all state; made when it does not exist. */
  readonly dataDir: string;
  /** Port on 127.0.0.1; 0 for a free one. */
  readonly port: number;
  readonly world?: World;
  /** Told of every answer that GitHub's description refuses and of every crash; by default one line on stderr. */
  readonly report?: (fault: ServerFault) => void;
}

export interface RunningGitHub {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** Ends open requests, then the server. */
  stop(): Promise<void>;
}

/** Starts the server and resolves when it answers. @throws Error when the port is taken, the world is not valid, or gpg is missing. */
export async function startServer(options: GitHubOptions): Promise<RunningGitHub> {
  const { dataDir, world } = options;
  mkdirSync(dataDir, { recursive: true });
  const handlers = handlersOf(families);
  const description = loadDescription([...handlers.keys()], join(dataDir, "cache"));
  const store = new SqliteStore(join(dataDir, "state.sqlite"));
  if (world)
    await store.transaction((writer) => {
      ensureWorld(writer, world, isoNow());
    });
  const git = new GitHost(join(dataDir, "git"), await openSigner(join(dataDir, "web-flow")));
  await agree(store, git);
  const log = new RequestLog(join(dataDir, "requests.sqlite"));
  const faults = new Faults();
  const writes = new Mutex();
  const violations: ServerFault[] = [];
  const report = (fault: ServerFault): void => {
    violations.push(fault);
    (options.report ?? logFault)(fault);
  };
  let origin = "";
  const dispatcher = new Dispatcher({ store, git, writes, faults, families, description, origin: () => origin, report });
  const parts: Services = {
    store,
    git,
    log,
    faults,
    writes,
    violations,
    lifecycle: lifecycleOf(families),
    origin: () => origin,
    report,
    dataDir,
  };
  const admin = new Admin(parts);
  const active: Service[] = [...(await services(parts)), admin];
  const server = createServer((request, response) => {
    void serve({ active, dispatcher, parts }, request, response);
  });
  server.keepAliveTimeout = 30_000;
  const port = await listen(server, options.port);
  origin = `http://127.0.0.1:${port}`;
  return {
    url: origin,
    port,
    stop: async () => {
      server.closeIdleConnections();
      await new Promise((resolve) => {
        server.close(resolve);
        setTimeout(() => {
          server.closeAllConnections();
        }, 2_000).unref();
      });
      await writes.run(() => Promise.resolve());
      log.close();
      store.close();
      await git.signer.close();
    },
  };
}

/** Makes git and the store agree after a kill: a folder without a record goes, a record without a folder gets an empty one. */
async function agree(store: SqliteStore, git: GitHost): Promise<void> {
  const known = new Map(
    repositories(store.reader)
      .all()
      .map((repository) => [repository.id, repository]),
  );
  for (const id of await git.list()) if (!known.has(id)) await git.remove(id);
  for (const { id, value } of known.values()) if (!git.exists(id)) await git.create(id, value.defaultBranch);
}

function logFault(fault: ServerFault): void {
  process.stderr.write(`${JSON.stringify({ time: isoNow(), ...fault })}\n`);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

interface Serving {
  readonly active: readonly Service[];
  readonly dispatcher: Dispatcher;
  readonly parts: Services;
}

async function serve({ active, dispatcher, parts }: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    for (const service of active) if (await service.serve(request, response)) return;
    await serveRest(dispatcher, parts, request, response);
  } catch (error) {
    if (error instanceof DroppedConnection) {
      request.socket.destroy();
      return;
    }
    parts.report({ operationId: "", status: 500, errors: [error instanceof Error ? (error.stack ?? error.message) : String(error)] });
    if (!response.headersSent) sendJson(response, 500, { message: "Server Error", documentation_url: "https://docs.github.com/rest" });
    else request.socket.destroy();
  }
}

async function serveRest(dispatcher: Dispatcher, parts: Services, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = performance.now();
  const method = request.method ?? "GET";
  const target = (request.url ?? "/").replace(/^\/api\/v3(?=\/|$|\?)/, "") || "/";
  const write = method !== "GET" && method !== "HEAD";
  const record = (status: number, operationId: string, actor: string): void => {
    const path = target.split("?", 1)[0] ?? target;
    parts.log.add({
      time: isoNow(),
      method,
      path,
      operationId,
      status,
      actor,
      ms: Math.round((performance.now() - started) * 10) / 10,
      write,
    });
  };
  try {
    const answer = await dispatcher.dispatch({ method, target, headers: headersOf(request), body: await readAll(request) });
    record(answer.status, answer.operationId, answer.actor);
    send(response, answer.status, answer.headers, answer.body, method !== "HEAD");
  } catch (error) {
    record(0, "", "");
    throw error;
  }
}
