/** Faults on demand, for tests of clients: each rule names the requests that it hits, how often, and what they get. */
import { ApiError, conflict, notFound } from "./errors.ts";

export interface FaultRule {
  /** What a hit request gets. `not_found_after_write` hits the reads of what was just written. */
  readonly kind: "server_error" | "primary_limit" | "secondary_limit" | "not_found_after_write" | "conflict" | "latency" | "drop";
  /** Operation id with `*` for any text, such as `repos/*` or `graphql/*`; every operation when absent. */
  readonly operation?: string;
  readonly method?: string;
  /** Hit every n-th matching request; each one when absent. */
  readonly every?: number;
  /** Stop after this many hits; never when absent. */
  readonly times?: number;
  /** Status of a server error: 500, 502, 503 or 504. */
  readonly status?: number;
  /** Seconds that a limit asks the client to wait; 1 when absent. */
  readonly retryAfter?: number;
  /** Milliseconds of `latency`. */
  readonly ms?: number;
  /** When a server error strikes: `before` the request did anything, or `after` it was carried out. `before` when absent. */
  readonly when?: "before" | "after";
}

interface ActiveRule {
  readonly rule: FaultRule;
  matched: number;
  hits: number;
}

export interface FaultRequest {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
}

/** The connection is to be closed without an answer. */
export class DroppedConnection extends Error {}

export class Faults {
  private active: ActiveRule[] = [];
  /** Reads that still answer 404, by address. */
  private readonly hidden = new Map<string, number>();

  set(rules: readonly FaultRule[]): void {
    this.active = rules.map((rule) => ({ rule, matched: 0, hits: 0 }));
    this.hidden.clear();
  }

  list(): { rule: FaultRule; matched: number; hits: number }[] {
    return this.active.map((entry) => ({ ...entry }));
  }

  /** @throws ApiError or DroppedConnection when a rule hits the request. Waits for a rule of latency. */
  async strike(request: FaultRequest, when: "before" | "after"): Promise<void> {
    for (const entry of this.active) {
      const { rule } = entry;
      if ((rule.when ?? "before") !== when || !matches(rule, request)) continue;
      if (rule.kind === "not_found_after_write") {
        this.strikeRead(entry, request);
        continue;
      }
      if (!due(entry)) continue;
      await strikeNow(rule);
    }
  }

  /** Called after a write was answered. `location` is the address of what was written, where it differs from the request's. */
  written(request: FaultRequest, location: string | undefined): void {
    for (const entry of this.active) {
      if (entry.rule.kind !== "not_found_after_write" || request.method === "DELETE") continue;
      for (const path of new Set([request.path, location ?? request.path])) this.hidden.set(path, 1);
    }
  }

  private strikeRead(entry: ActiveRule, { method, path }: FaultRequest): void {
    const left = this.hidden.get(path) ?? 0;
    if (method !== "GET" || left === 0 || !due(entry)) return;
    this.hidden.delete(path);
    throw notFound();
  }
}

function due(entry: ActiveRule): boolean {
  entry.matched += 1;
  if (entry.hits >= (entry.rule.times ?? Infinity) || entry.matched % (entry.rule.every ?? 1) !== 0) return false;
  entry.hits += 1;
  return true;
}

function matches(rule: FaultRule, { operationId, method }: FaultRequest): boolean {
  if (rule.method !== undefined && rule.method !== method) return false;
  if (rule.operation === undefined) return true;
  const pattern = rule.operation.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${pattern}$`).test(operationId);
}

async function strikeNow(rule: FaultRule): Promise<void> {
  const wait = rule.retryAfter ?? 1;
  switch (rule.kind) {
    case "latency":
      await new Promise((resolve) => setTimeout(resolve, rule.ms ?? 100));
      return;
    case "drop":
      throw new DroppedConnection();
    case "conflict":
      throw conflict("is at 0000000 but expected 1111111");
    case "primary_limit":
      throw new LimitError("API rate limit exceeded.", "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api", wait, true);
    case "secondary_limit":
      throw new LimitError(
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
        wait,
        false,
      );
    default:
      throw new ApiError(rule.status ?? 502, "Server Error");
  }
}

/** 403 of a rate limit. Its documentation address is what clients tell the two kinds by. */
export class LimitError extends ApiError {
  private readonly documentation: string;
  readonly waitSeconds: number;
  readonly primary: boolean;

  constructor(message: string, documentation: string, waitSeconds: number, primary: boolean) {
    super(403, message, undefined, primary ? {} : { "Retry-After": String(waitSeconds) });
    this.documentation = documentation;
    this.waitSeconds = waitSeconds;
    this.primary = primary;
  }

  override body(): Record<string, unknown> {
    return super.body(this.documentation);
  }
}
