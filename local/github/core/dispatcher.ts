/** From one REST request to its answer: route, caller, faults, validation, handler in its transaction, validation of the answer. */
import { createHash, randomUUID } from "node:crypto";
import type { GitHost } from "../git/host.ts";
import { findRepository } from "./access.ts";
import { resolveAliases } from "./aliases.ts";
import { ANONYMOUS, authenticate } from "./authentication.ts";
import type { Description, Operation } from "./description.ts";
import { ApiError, badRequest, notFound, requiresAuthentication, validationFailed } from "./errors.ts";
import type { Actor, Call, Family, Handler, Lifecycle, Reply } from "./family.ts";
import { type Faults, LimitError } from "./faults.ts";
import { type Place, requireGrant } from "./grants.ts";
import type { Mutex } from "./mutex.ts";
import { RateLimit } from "./rate-limit.ts";
import { accounts } from "./records.ts";
import { type Match, Router } from "./router.ts";
import type { SqliteStore } from "./sqlite-store.ts";
import { type Store, StoreConflict } from "./store.ts";
import { Validation } from "./validation.ts";

export interface ApiRequest {
  readonly method: string;
  /** Address after `/api/v3`, with query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly operationId: string;
  readonly actor: string;
}

export interface DispatcherParts {
  readonly store: SqliteStore;
  readonly git: GitHost;
  readonly writes: Mutex;
  readonly faults: Faults;
  readonly families: readonly Family[];
  readonly description: Description;
  readonly origin: () => string;
  /** Told of every answer of ours that GitHub's description refuses, and of every crash. */
  readonly report: (fault: ServerFault) => void;
}

export interface ServerFault {
  readonly operationId: string;
  readonly status: number;
  readonly errors: readonly string[];
}

const GENERAL_DOCUMENTATION = "https://docs.github.com/rest";

/** ISO time to the second, as GitHub gives it. */
export const isoNow = (): string => `${new Date().toISOString().slice(0, 19)}Z`;

export function lifecycleOf(families: readonly Family[]): Lifecycle {
  return {
    repositoryCreated: (store, id) => {
      for (const family of families) family.onRepositoryCreated?.(store, id);
    },
    repositoryDeleted: (store, id) => {
      for (const family of families) family.onRepositoryDeleted?.(store, id);
    },
  };
}

/** All handlers by operation. @throws Error when two families claim one operation. */
export function handlersOf(families: readonly Family[]): Map<string, Handler> {
  const handlers = new Map<string, Handler>();
  for (const family of families) {
    for (const [operationId, handler] of Object.entries(family.operations)) {
      if (handlers.has(operationId)) throw new Error(`family ${family.name} handles ${operationId}, which another family handles already`);
      handlers.set(operationId, handler);
    }
  }
  return handlers;
}

export class Dispatcher {
  private readonly router: Router;
  private readonly validation: Validation;
  private readonly handlers: ReadonlyMap<string, Handler>;
  private readonly lifecycle: Lifecycle;
  private readonly limits = new RateLimit();

  private readonly parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.parts = parts;
    this.router = new Router(parts.description.operations);
    this.validation = new Validation(parts.description);
    this.handlers = handlersOf(parts.families);
    this.lifecycle = lifecycleOf(parts.families);
    const known = new Set(parts.description.operations.map((operation) => operation.operationId));
    const strangers = [...this.handlers.keys()].filter((operationId) => !known.has(operationId));
    if (strangers.length > 0) throw new Error(`handlers for operations that GitHub does not describe: ${strangers.join(", ")}`);
  }

  async dispatch(request: ApiRequest): Promise<ApiAnswer> {
    let actor = ANONYMOUS;
    let operation: Operation | undefined;
    try {
      const match = this.route(request);
      operation = match?.operation;
      actor = authenticate(this.parts.store.reader, request.headers["authorization"]);
      if (!match) throw notFound();
      const reply = await this.perform(request, match, actor);
      return this.answer(request, match.operation, actor, reply);
    } catch (error) {
      return this.failure(request, operation, actor, error);
    }
  }

  private route(request: ApiRequest): Match | undefined {
    const method = request.method === "HEAD" ? "GET" : request.method;
    try {
      return this.router.match(method, new URL(request.target, "http://localhost").pathname);
    } catch (error) {
      if (error instanceof URIError || error instanceof TypeError) return undefined;
      throw error;
    }
  }

  private async perform(request: ApiRequest, { operation, values }: Match, actor: Actor): Promise<Reply> {
    const { operationId } = operation;
    const handler = this.handlers.get(operationId);
    if (!handler) throw new ApiError(501, `The local GitHub does not implement this operation: ${operationId}`);
    const url = new URL(request.target, "http://localhost");
    const faultRequest = { operationId, method: request.method, path: url.pathname };
    await this.parts.faults.strike(faultRequest, "before");
    const reading = request.method === "GET" || request.method === "HEAD";
    if (!reading && actor.kind === "Anonymous") throw requiresAuthentication();
    const { path, query } = this.validation.parameters(operation, values, url.searchParams);
    const rawBody = reading ? undefined : readBody(request);
    this.validation.body(operation, rawBody);
    const body = typeof rawBody === "object" && rawBody !== null && !Array.isArray(rawBody) ? (rawBody as Record<string, unknown>) : {};
    const later: (() => Promise<void>)[] = [];
    const run = async (store: Store): Promise<Reply> => {
      const origin = this.parts.origin();
      const call: Call = {
        operationId,
        method: request.method,
        target: request.target,
        path: resolveAliases(store, operation.path, path),
        query,
        body,
        rawBody,
        headers: request.headers,
        store,
        git: this.parts.git,
        actor,
        apiUrl: `${origin}/api/v3`,
        htmlUrl: origin,
        now: isoNow(),
        lifecycle: this.lifecycle,
        afterCommit: (work) => later.push(work),
      };
      requireGrant(actor, operation, placeOf(call));
      const reply = await handler(call);
      this.judge(operation, reply);
      return reply;
    };
    const reply = reading
      ? await run(this.parts.store.reader)
      : await this.parts.writes.run(async () => {
          const written = await this.parts.store.transaction(run);
          for (const work of later) await work();
          return written;
        });
    if (!reading) this.parts.faults.written(faultRequest, locationOf(reply.body));
    await this.parts.faults.strike(faultRequest, "after");
    return reply;
  }

  /** An answer that GitHub would not give is our defect: it never leaves, and what it would have changed is rolled back. */
  private judge(operation: Operation, reply: Reply): void {
    if (Buffer.isBuffer(reply.body)) return;
    // What the client gets is the JSON text, in which an absent value is no key at all.
    const sent = reply.body === undefined ? undefined : (JSON.parse(JSON.stringify(reply.body)) as unknown);
    const errors = this.validation.answer(operation, reply.status, sent);
    if (errors.length > 0) throw new InvalidAnswer(reply.status, errors);
  }

  private answer(request: ApiRequest, operation: Operation, actor: Actor, reply: Reply): ApiAnswer {
    const body = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(reply.body === undefined ? "" : JSON.stringify(reply.body));
    const headers: Record<string, string> = { ...this.commonHeaders(request, actor, false), ...reply.headers };
    if (body.length > 0) headers["Content-Type"] ??= "application/json; charset=utf-8";
    const result = { operationId: operation.operationId, actor: actor.login };
    if (reply.status === 200 && (request.method === "GET" || request.method === "HEAD")) {
      const etag = `W/"${createHash("sha256")
        .update(headers["Link"] ?? "")
        .update(body)
        .digest("hex")}"`;
      headers["ETag"] = etag;
      headers["Cache-Control"] = "private, max-age=60, s-maxage=60";
      headers["Vary"] = "Accept, Authorization, Cookie, X-GitHub-OTP";
      if (sameTag(request.headers["if-none-match"], etag)) return { ...result, status: 304, headers, body: Buffer.alloc(0) };
    }
    return { ...result, status: reply.status, headers, body };
  }

  private failure(request: ApiRequest, operation: Operation | undefined, actor: Actor, error: unknown): ApiAnswer {
    const operationId = operation?.operationId ?? "";
    const known = this.asApiError(operationId, error);
    const limited = known instanceof LimitError && known.primary;
    const headers = {
      ...this.commonHeaders(request, actor, limited, known instanceof LimitError ? known.waitSeconds : 1),
      ...known.headers,
      "Content-Type": "application/json; charset=utf-8",
    };
    const body = Buffer.from(JSON.stringify(known.body(operation?.documentationUrl ?? GENERAL_DOCUMENTATION)));
    return { status: known.status, headers, body, operationId, actor: actor.login };
  }

  /** @throws what is no answer at all, such as a dropped connection. */
  private asApiError(operationId: string, error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    if (error instanceof StoreConflict) {
      return validationFailed([{ resource: error.kind, field: "name", code: "already_exists" }]);
    }
    if (error instanceof InvalidAnswer) {
      this.parts.report({ operationId, status: error.status, errors: error.errors });
      return new ApiError(500, `The answer of ${operationId} does not agree with GitHub's description: ${error.errors.join("; ")}`);
    }
    if (error instanceof Error && error.constructor.name === "DroppedConnection") throw error;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.parts.report({ operationId, status: 500, errors: [text] });
    return new ApiError(500, "Server Error");
  }

  private commonHeaders(request: ApiRequest, actor: Actor, limited: boolean, resetIn = 1): Record<string, string> {
    return {
      ...this.limits.headers(actor.login, limited, resetIn),
      "X-GitHub-Request-Id": randomUUID().toUpperCase(),
      "X-GitHub-Media-Type": mediaType(request.headers["accept"]),
      "X-GitHub-Api-Version-Selected": request.headers["x-github-api-version"] ?? "2022-11-28",
      ...(actor.kind === "Anonymous" ? {} : { "X-OAuth-Scopes": actor.scopes.join(", "), "X-Accepted-OAuth-Scopes": "" }),
    };
  }
}

/** The repository or organization that a request names. */
function placeOf({ store, path }: Call): Place {
  const { owner, repo, org } = path;
  if (owner !== undefined && repo !== undefined) return { repository: findRepository(store, String(owner), String(repo)) };
  return { organizationId: org === undefined ? undefined : accounts(store).get(0, String(org))?.id };
}

class InvalidAnswer extends Error {
  readonly status: number;
  readonly errors: readonly string[];

  constructor(status: number, errors: readonly string[]) {
    super("invalid answer");
    this.status = status;
    this.errors = errors;
  }
}

function readBody({ body }: ApiRequest): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    throw badRequest("Problems parsing JSON");
  }
}

function locationOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("url" in body) || typeof body.url !== "string") return undefined;
  return new URL(body.url).pathname.replace(/^\/api\/v3/, "");
}

const sameTag = (asked: string | undefined, etag: string): boolean =>
  asked !== undefined && asked.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag.slice(2));

function mediaType(accept: string | undefined): string {
  const [, version = "v3", format = "json"] = /application\/vnd\.github(?:\.(v3))?[^,+]*(?:\+(\w+))?/.exec(accept ?? "") ?? [];
  return `github.${version}; format=${format}`;
}
