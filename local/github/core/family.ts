/**
 * The contract between the server's core and a resource family.
 *
 * A family is one folder under `local/github/families/`: its records, its handlers by the description's `operationId`, nothing else.
 * The core has already matched the route, validated parameters and body against GitHub's description, authenticated the caller and
 * opened a transaction; it validates the answer, sets ETag and rate-limit headers, writes the request log, and commits.
 * A handler answers errors by throwing what `errors.ts` makes. `families/index.ts` lists all families.
 */
import type { GitHost } from "../git/host.ts";
import type { Grant } from "./grants.ts";
import type { Collection, Store } from "./store.ts";

export interface Family {
  readonly name: string;
  readonly operations: Readonly<Record<string, Handler>>;
  /** Run when a repository is created: defaults that GitHub makes (labels). */
  readonly onRepositoryCreated?: (store: Store, repositoryId: number) => void;
  /** Run when a repository is removed: everything that belongs to it goes too. */
  readonly onRepositoryDeleted?: (store: Store, repositoryId: number) => void;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;

/** One validated request. Path and query values are already of the description's type, query defaults are filled in. */
export interface Call {
  readonly operationId: string;
  readonly method: string;
  /** Path and query as the client sent them, for `Link`. */
  readonly target: string;
  readonly path: Readonly<Record<string, string | number>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** The JSON object sent, `{}` when there was none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The body when it is JSON but not an object: a few operations take a bare array. */
  readonly rawBody: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly store: Store;
  readonly git: GitHost;
  readonly actor: Actor;
  /** Address of the REST API without a trailing slash, for `url` fields: `http://127.0.0.1:PORT/api/v3`. */
  readonly apiUrl: string;
  /** Address of the web pages without a trailing slash, for `html_url` and `clone_url` fields: `http://127.0.0.1:PORT`. */
  readonly htmlUrl: string;
  /** ISO time to the second, as GitHub gives it. */
  readonly now: string;
  /** Runs once the write is durable, before it is answered: clearing up that a kill may interrupt, since the next start does it again. */
  readonly afterCommit: (work: () => Promise<void>) => void;
  /** The hooks of all families, for the operations that create and remove repositories. */
  readonly lifecycle: Lifecycle;
}

export interface Lifecycle {
  repositoryCreated(store: Store, repositoryId: number): void;
  repositoryDeleted(store: Store, repositoryId: number): void;
}

/** Who asks. An anonymous caller has id 0 and an empty login; the core lets it read only. */
export interface Actor {
  readonly login: string;
  readonly id: number;
  readonly kind: "User" | "Bot" | "Anonymous";
  readonly siteAdmin: boolean;
  /** OAuth scopes of the token: `repo`, `admin:org`, `workflow`, … */
  readonly scopes: readonly string[];
  /** What the token is held to where it is not its owner's whole self. */
  readonly grant?: Grant;
}

export interface Reply {
  readonly status: number;
  /** Absent for 204. A Buffer is sent as it is, with the content type that `headers` names. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type { Collection, Store };
