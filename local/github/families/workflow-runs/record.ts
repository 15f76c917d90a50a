/** Runs of workflows, their jobs and who approved them, as they are stored. Workflows themselves are files: see `workflows.ts`. */
import type { Collection, Store } from "../../core/store.ts";
import type { Conclusion } from "../checks/record.ts";

export type RunStatus = "queued" | "in_progress" | "completed" | "waiting" | "requested" | "pending";
export type RunConclusion = Conclusion | "startup_failure";

/** Kind `workflow-run`, owner the repository's id, key the run's own number as text. */
export interface WorkflowRunRecord {
  /** `.github/workflows/ci.yml` */
  readonly path: string;
  /** Of the workflow at the time of the run. */
  readonly name: string;
  /** Counts the runs of one workflow. */
  readonly runNumber: number;
  readonly attempt: number;
  readonly event: string;
  readonly headBranch: string | null;
  readonly headSha: string;
  readonly displayTitle: string;
  readonly actorId: number;
  /** Who started the last attempt. */
  readonly triggeringActorId: number;
  readonly suiteId: number;
  readonly status: RunStatus;
  readonly conclusion: RunConclusion | null;
  readonly createdAt: string;
  /** When the last attempt started. */
  readonly startedAt: string;
  readonly updatedAt: string;
  /** Of a dispatch, defaults filled in. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** Kind `workflow-job`, owner the run's id, key the job's own number as text. */
export interface WorkflowJobRecord {
  readonly name: string;
  readonly attempt: number;
  readonly status: RunStatus;
  readonly conclusion: Exclude<Conclusion, "stale"> | null;
  readonly createdAt: string;
  readonly startedAt: string;
  readonly completedAt: string | null;
  readonly labels: readonly string[];
  readonly checkRunId: number;
  /** The environment that the job deploys to, with the deployment that stands for it. */
  readonly environment: string | null;
  readonly deploymentId: number | null;
}

/** Kind `run-approval`, owner the run's id, key its own number as text. */
export interface RunApprovalRecord {
  readonly environmentIds: readonly number[];
  readonly state: "approved" | "rejected";
  readonly userId: number;
  readonly comment: string;
}

export const workflowRuns = (store: Store): Collection<WorkflowRunRecord> => store.collection("workflow-run");
export const workflowJobs = (store: Store): Collection<WorkflowJobRecord> => store.collection("workflow-job");
export const runApprovals = (store: Store): Collection<RunApprovalRecord> => store.collection("run-approval");

/** Sequence of the run numbers of one workflow. */
export const runNumbers = (repositoryId: number, path: string): string => `workflow-run:${repositoryId}:${path}`;
