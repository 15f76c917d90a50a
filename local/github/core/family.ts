/**
 * The contract between the server's core and a resource family.
 *
 * A family is one folder under `local/github/families/`: its records, its handlers by the description's `operationId`, nothing else.
 * The core has already matched the route, validated parameters and body against GitHub's description, authenticated the caller and
 * opened a transaction; it validates the answer, pages, sets ETag and rate-limit headers, writes the request log, and commits.
 */
import type { Collection, Store } from "./store.ts";

export interface Family {
  readonly name: string;
  readonly operations: Readonly<Record<string, Handler>>;
  /** Run when a repository is created or removed: defaults that GitHub makes (labels) and cascades. */
  readonly onRepositoryCreated?: (store: Store, repositoryId: number) => void;
  readonly onRepositoryDeleted?: (store: Store, repositoryId: number) => void;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;

/** One validated request. Path and query values are already of the description's type. */
export interface Call {
  readonly operationId: string;
  readonly path: Readonly<Record<string, string | number>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly store: Store;
  readonly actor: Actor;
  /** The server's public address without a trailing slash, for `url` fields: `http://127.0.0.1:PORT`. */
  readonly apiUrl: string;
  readonly htmlUrl: string;
  /** ISO time to the second, as GitHub gives it. */
  readonly now: string;
}

export interface Actor {
  readonly login: string;
  readonly id: number;
  readonly kind: "User" | "Bot";
  readonly siteAdmin: boolean;
}

export interface Reply {
  readonly status: number;
  /** Absent for 204 and 304. An array that `page` made carries its `Link`. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type { Collection, Store };
