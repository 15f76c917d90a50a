/** Jobs that their environment holds back until somebody has reviewed the deployment. */
import { environments } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";
import { runApprovals, type RunStatus, type WorkflowJobRecord, type WorkflowRunRecord } from "./record.ts";

/** The report lets a job go on that nobody has approved. */
export class Held extends Error {}

type Reported = Pick<WorkflowJobRecord, "name" | "status" | "environment">;

/**
 * The status of a job as its environment allows it: one that wants to begin waits where the environment has reviewers and none of them has
 * approved it in this run. One that is reported with its end is taken at its word: that is history.
 *
 * @param known The job as it was before the report.
 * @throws Held for a job that waits and is reported as going on.
 */
export function heldStatus(
  store: Store,
  run: Stored<WorkflowRunRecord>,
  { name, status, environment }: Reported,
  known: WorkflowJobRecord | undefined,
): RunStatus {
  if (known?.status === "waiting" && status !== "waiting")
    throw new Held(`job ${name} waits for a review of its deployment to ${environment ?? "its environment"}`);
  const begins = status === "queued" || status === "in_progress";
  return begins && known === undefined && needsReview(store, run, environment) ? "waiting" : status;
}

function needsReview(store: Store, run: Stored<WorkflowRunRecord>, name: string | null): boolean {
  const environment = name === null ? undefined : environments(store).get(run.owner, name);
  if (environment === undefined || environment.value.reviewers.length === 0) return false;
  return !runApprovals(store)
    .list(run.id)
    .some(({ value }) => value.state === "approved" && value.environmentIds.includes(environment.id));
}

/** A run that is under way waits as soon as nothing of it goes on and something waits. */
export function statusWith(jobs: readonly Pick<WorkflowJobRecord, "status">[], status: RunStatus): RunStatus {
  if (status === "completed" || !jobs.some((job) => job.status === "waiting")) return status;
  return jobs.some((job) => job.status === "queued" || job.status === "in_progress") ? status : "waiting";
}
