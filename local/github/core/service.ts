/** What answers a part of the server's addresses beside REST, and what it may use. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GitHost } from "../git/host.ts";
import type { ServerFault } from "./dispatcher.ts";
import type { Lifecycle } from "./family.ts";
import type { Faults } from "./faults.ts";
import type { Mutex } from "./mutex.ts";
import type { RequestLog } from "./request-log.ts";
import type { SqliteStore } from "./sqlite-store.ts";

export interface Service {
  /** Answers the request and returns true, or leaves it untouched and returns false. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

export interface Services {
  readonly store: SqliteStore;
  readonly git: GitHost;
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly writes: Mutex;
  readonly violations: readonly ServerFault[];
  readonly lifecycle: Lifecycle;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: () => string;
  readonly report: (fault: ServerFault) => void;
  readonly dataDir: string;
}
