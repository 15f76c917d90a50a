/** Jobs that their environment refuses or holds back: by its branch policy, its reviewers, and its wait timer. */
import { environments, repositories } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";
import type { GitHost } from "../../git/host.ts";
import { policyRefusal } from "../environments/refs.ts";
import { pullRequests } from "../pulls/record.ts";
import { runApprovals, type WorkflowJobRecord, type WorkflowRunRecord } from "./record.ts";

/** The report lets a job go on that its environment holds back. */
export class Held extends Error {}

type Reported = Pick<WorkflowJobRecord, "name" | "status" | "conclusion" | "environment" | "startedAt">;

export interface HoldContext {
  readonly store: Store;
  readonly git: GitHost;
  readonly run: Stored<WorkflowRunRecord>;
  /** ISO time of the report: when a wait timer is over is judged by it. */
  readonly now: string;
}

/**
 * A job as its environment allows it. One whose ref may not deploy there fails without having run. One that wants to begin waits where the
 * environment has reviewers and none of them has approved it in this run, or a wait timer that is not over. One that is reported with its
 * end is taken at its word about the waiting: that is history.
 *
 * @param known The job as it was before the report.
 * @throws Held for a job that waits and is reported as going on.
 */
export async function heldJob(
  context: HoldContext,
  report: Reported,
  known: WorkflowJobRecord | undefined,
): Promise<Pick<Reported, "status" | "conclusion">> {
  const { status, conclusion, environment, name } = report;
  const asReported = { status, conclusion };
  if (environment === null || conclusion === "skipped") return asReported;
  if (known === undefined && (await isRefused(context, environment))) return { status: "completed", conclusion: "failure" };
  const began = known?.createdAt ?? report.startedAt;
  const reason = needsReview(context, environment)
    ? "a review of"
    : timerRuns(context, environment, began)
      ? "the wait timer of"
      : undefined;
  if (known?.status === "waiting" && status !== "waiting") {
    if (reason !== undefined) throw new Held(`job ${name} waits for ${reason} its deployment to ${environment}`);
    return asReported;
  }
  const begins = status === "queued" || status === "in_progress";
  return begins && known === undefined && reason !== undefined ? { status: "waiting", conclusion: null } : asReported;
}

/** Does the environment's branch policy refuse the run's ref? That of a pull request is its merge ref, not its head branch. */
async function isRefused({ store, git, run }: HoldContext, environment: string): Promise<boolean> {
  const { event, headBranch, headSha, triggeringActorId } = run.value;
  const repository = repositories(store).byId(run.owner);
  if (!repository || headBranch === null) return false;
  const pull = pullRequests(store)
    .list(run.owner)
    .find(({ value }) => value.headSha === headSha && value.headRef === headBranch);
  const ref = event === "pull_request" && pull ? `refs/pull/${pull.value.number}/merge` : headBranch;
  const place = { store, repository, git: git.repository(run.owner), actorId: triggeringActorId };
  return (await policyRefusal(place, environment, ref)) !== undefined;
}

function needsReview({ store, run }: HoldContext, name: string): boolean {
  const environment = environments(store).get(run.owner, name);
  if (environment === undefined || environment.value.reviewers.length === 0) return false;
  return !runApprovals(store)
    .list(run.id)
    .some(({ value }) => value.state === "approved" && value.environmentIds.includes(environment.id));
}

/** Is the environment's wait timer not over yet for a job that began then? */
export function timerRuns({ store, run, now }: Pick<HoldContext, "store" | "run" | "now">, name: string, began: string): boolean {
  const minutes = environments(store).get(run.owner, name)?.value.waitTimer ?? 0;
  return Date.parse(now) < Date.parse(began) + minutes * 60_000;
}

type RunStatus = WorkflowRunRecord["status"];

/** A run that is under way waits as soon as nothing of it goes on and something waits. */
export function statusWith(jobs: readonly Pick<WorkflowJobRecord, "status">[], status: RunStatus): RunStatus {
  if (status === "completed" || !jobs.some((job) => job.status === "waiting")) return status;
  return jobs.some((job) => job.status === "queued" || job.status === "in_progress") ? status : "waiting";
}
