/** What was reported about commits: check runs, their suites, and commit statuses, as they are stored. */
import type { Collection, Store } from "../../core/store.ts";

export type Conclusion = "success" | "failure" | "neutral" | "cancelled" | "skipped" | "timed_out" | "action_required" | "stale";

/** Kind `check-run`, owner the repository's id, key the run's own number as text. */
export interface CheckRunRecord {
  readonly name: string;
  readonly headSha: string;
  readonly appId: number;
  readonly suiteId: number;
  readonly externalId: string | null;
  readonly detailsUrl: string | null;
  readonly status: "queued" | "in_progress" | "completed" | "waiting" | "requested" | "pending";
  readonly conclusion: Conclusion | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly output: { readonly title: string | null; readonly summary: string | null; readonly text: string | null };
  readonly annotations: readonly Readonly<Record<string, unknown>>[];
}

/** Kind `check-suite`, owner the repository's id, key `sha appId`. */
export interface CheckSuiteRecord {
  readonly headSha: string;
  readonly appId: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Kind `status`, owner the repository's id, key the status' own number as text. */
export interface StatusRecord {
  readonly sha: string;
  readonly context: string;
  readonly state: "error" | "failure" | "pending" | "success";
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creatorId: number;
  readonly createdAt: string;
}

export const checkRuns = (store: Store): Collection<CheckRunRecord> => store.collection("check-run");
export const checkSuites = (store: Store): Collection<CheckSuiteRecord> => store.collection("check-suite");
export const statuses = (store: Store): Collection<StatusRecord> => store.collection("status");
