/** The words of an answer: which check will report, whether, and why. */
import { formatPlace } from "./workflow.ts";

/**
 * - `always`: reports on every pull request, whatever it changes and whoever opens it. Two things are beyond any file: a head commit whose
 *   message says `[skip ci]` starts nothing, and a first contributor's run from a fork waits until somebody approves it.
 * - `conditional`: may not report, or reports success without having run.
 * - `never`: cannot run on a pull request to this branch.
 * - `unknowable`: its name is made while the workflow runs.
 */
export type Verdict = "always" | "conditional" | "never" | "unknowable";

export type ReasonCode =
  | "runs-on-every-pull-request"
  | "runs-in-merge-queue"
  | "event-not-on-head"
  | "event-only-called"
  | "event-occasional"
  | "event-not-merge-queue"
  | "branch-filter"
  | "push-branch"
  | "push-fork"
  | "push-tags-only"
  | "path-filter"
  | "activity-types"
  | "github-token"
  | "condition"
  | "condition-false"
  | "needs-skipped"
  | "needs-fail"
  | "only-after-failure"
  | "needs-failed-skips"
  | "skipped-counts-as-success"
  | "skipped-reports-other-name"
  | "name-unknowable"
  | "matrix-unknowable"
  | "matrix-empty"
  | "call-unknowable"
  | "continue-on-error-job"
  | "continue-on-error-steps";

/** One reason, at the place in the workflow file that makes it so. */
export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

/** `text (file:line) [code]` */
export function formatReason(reason: Reason): string {
  return `${reason.text} (${formatPlace({ file: reason.file, line: reason.line })}) [${reason.code}]`;
}

/** One check of one job, as GitHub will name it. */
export interface CheckReport {
  /** The name of the check run; of an unknowable one, as much as is known, with the expression in its place. */
  readonly context: string;
  /** File name of the workflow that the event starts, such as `ci.yml`. */
  readonly workflow: string;
  /** Path of that file in the repository. */
  readonly file: string;
  /** Id of the job in that file. */
  readonly job: string;
  /** Ids from that job down through reusable workflows to the job that reports; just the job where it calls none. */
  readonly jobPath: readonly string[];
  /** The combination of the job that reports, as plain data. */
  readonly matrix?: Readonly<Record<string, unknown>>;
  readonly verdict: Verdict;
  /** Can this check report a failure at all? One that cannot gates nothing. */
  readonly canFail: boolean;
  /** The job's own `continue-on-error`: GitHub calls the run a success and tells dependent jobs so, while this check reports failure. */
  readonly toleratesFailure: boolean;
  readonly reasons: readonly Reason[];
  readonly app: "github-actions";
}

const RANK: Readonly<Record<Verdict, number>> = { always: 3, conditional: 2, unknowable: 1, never: 0 };

/** The verdict of two events that can each make the check report. */
export function better(left: Verdict, right: Verdict): Verdict {
  return RANK[left] >= RANK[right] ? left : right;
}

/** The verdict of two conditions that must both hold. */
export function worse(left: Verdict, right: Verdict): Verdict {
  return RANK[left] <= RANK[right] ? left : right;
}
