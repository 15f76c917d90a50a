/** How a run went, told by whoever stands for the runners: `POST /_gatehouse/runs`. */
import { z } from "zod";
import type { GitHost } from "../../git/host.ts";
import { accounts } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";
import { ACTIONS_APP } from "../apps/apps.ts";
import { suiteFor } from "../checks/suites.ts";
import { happened } from "../events/index.ts";
import { heldJob, statusWith } from "./hold.ts";
import { writeJob } from "./jobs.ts";
import { currentJobs } from "./lookup.ts";
import { runNumbers, type WorkflowJobRecord, type WorkflowRunRecord, workflowRuns } from "./record.ts";
import { workflowsAt } from "./workflows.ts";

const statuses = ["queued", "in_progress", "completed", "waiting", "requested", "pending"] as const;
const conclusions = ["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"] as const;
const moment = z.iso.datetime();

const jobBody = z.strictObject({
  name: z.string().min(1),
  status: z.enum(statuses).default("completed"),
  /** Of a completed job: success where it is not said. */
  conclusion: z.enum(conclusions).nullable().optional(),
  startedAt: moment.optional(),
  completedAt: moment.optional(),
  labels: z.array(z.string()).default(["ubuntu-24.04"]),
  environment: z.string().optional(),
});

export const runBody = z.strictObject({
  owner: z.string(),
  repository: z.string(),
  /** A run to bring up to date; without it a new one is made. */
  id: z.number().int().optional(),
  /** File name under `.github/workflows/`. */
  workflow: z.string(),
  event: z.string().default("push"),
  branch: z.string().nullable().default(null),
  /** A commit of the repository. @default the head of the branch */
  sha: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  /** Login of who started it. */
  actor: z.string(),
  title: z.string().optional(),
  status: z.enum(statuses).default("completed"),
  conclusion: z
    .enum([...conclusions, "startup_failure", "stale"])
    .nullable()
    .optional(),
  createdAt: moment.optional(),
  startedAt: moment.optional(),
  updatedAt: moment.optional(),
  jobs: z.array(jobBody).default([]),
});

export type RunBody = z.infer<typeof runBody>;

export interface ReportContext {
  readonly store: Store;
  readonly git: GitHost;
  readonly repositoryId: number;
  /** Address of the repository's page. */
  readonly page: string;
  readonly now: string;
}

/** The run's number, and its jobs as they are now: one that its environment holds back waits, whatever was reported. */
export interface ReportedRun {
  readonly id: number;
  readonly jobs: readonly ({ readonly id: number } & Pick<WorkflowJobRecord, "checkRunId" | "name" | "status" | "conclusion">)[];
}

/** What the body names is not there. */
export class UnknownToRun extends Error {}

const whole = (time: string): string => `${time.slice(0, 19)}Z`;

/**
 * Writes the run with its jobs, their check runs and their deployments.
 *
 * @throws UnknownToRun for what is not there, Held for a job that waits for a review and is reported as going on.
 */
export async function reportRun(context: ReportContext, body: RunBody): Promise<ReportedRun> {
  const { store, now } = context;
  const value = await recordOf(context, body);
  const run = body.id === undefined ? insert(store, context.repositoryId, value) : workflowRuns(store).update(body.id, value);
  const started = value.startedAt;
  const page = `${context.page}/actions/runs/${run.id}`;
  const jobs: Stored<WorkflowJobRecord>[] = [];
  for (const job of body.jobs) {
    const known = currentJobs(store, run).find(({ value: { name } }) => name === job.name)?.value;
    const environment = job.environment ?? known?.environment ?? null;
    const startedAt = whole(job.startedAt ?? started);
    const asked = job.status === "completed" ? (job.conclusion ?? "success") : null;
    const held = await heldJob(
      { store, git: context.git, run, now: value.updatedAt },
      { name: job.name, status: job.status, conclusion: asked, environment, startedAt },
      known,
    );
    const ended = whole(job.completedAt ?? (value.status === "completed" ? value.updatedAt : now));
    const completedAt = held.status === "completed" ? ended : null;
    const record = { name: job.name, ...held, startedAt, completedAt, labels: job.labels, environment };
    jobs.push(writeJob({ store, repositoryId: context.repositoryId, run, page, now: value.updatedAt }, record));
  }
  // A job that its environment has refused fails the run, whatever was said of it.
  const failed = value.conclusion === "success" && jobs.some((job) => job.value.conclusion === "failure" && body.conclusion === undefined);
  const status = statusWith(
    currentJobs(store, run).map((job) => job.value),
    value.status,
  );
  if (status !== value.status || failed) workflowRuns(store).update(run.id, { ...value, status, ...(failed && { conclusion: "failure" }) });
  if (status === "completed")
    happened(store, context.repositoryId, {
      event: "workflow_run",
      action: "completed",
      actorId: value.triggeringActorId,
      sha: value.headSha,
      runId: run.id,
      at: value.updatedAt,
    });
  return {
    id: run.id,
    jobs: jobs.map(({ id, value: { checkRunId, name, status: state, conclusion } }) => ({
      id,
      checkRunId,
      name,
      status: state,
      conclusion,
    })),
  };
}

function insert(store: Store, repositoryId: number, value: WorkflowRunRecord) {
  const id = store.nextId();
  return workflowRuns(store).insert(repositoryId, String(id), value, id);
}

async function recordOf({ store, git, repositoryId, now }: ReportContext, body: RunBody): Promise<WorkflowRunRecord> {
  const before = body.id === undefined ? undefined : workflowRuns(store).byId(body.id);
  if (body.id !== undefined && before?.owner !== repositoryId) throw new UnknownToRun(`there is no run ${body.id}`);
  const repository = git.repository(repositoryId);
  const sha =
    body.sha ?? before?.value.headSha ?? (body.branch === null ? undefined : await repository.resolve(`refs/heads/${body.branch}`));
  if (sha === undefined || (await repository.typeOf(sha)) !== "commit")
    throw new UnknownToRun(`there is no commit ${sha ?? "(name sha or branch)"}`);
  const actor = accounts(store).get(0, body.actor);
  if (!actor) throw new UnknownToRun(`there is no user ${body.actor}`);
  const path = `.github/workflows/${body.workflow}`;
  const file = (await workflowsAt(repository, repositoryId, sha)).find((one) => one.path === path);
  if (!file) throw new UnknownToRun(`commit ${sha} has no ${path}`);
  const createdAt = before?.value.createdAt ?? whole(body.createdAt ?? body.startedAt ?? now);
  const completed = body.status === "completed";
  return {
    path,
    name: file.name,
    runNumber: before?.value.runNumber ?? store.nextNumber(runNumbers(repositoryId, path)),
    attempt: before?.value.attempt ?? 1,
    event: before?.value.event ?? body.event,
    headBranch: before?.value.headBranch ?? body.branch,
    headSha: sha,
    displayTitle: body.title ?? before?.value.displayTitle ?? file.name,
    actorId: before?.value.actorId ?? actor.id,
    triggeringActorId: before?.value.triggeringActorId ?? actor.id,
    suiteId: suiteFor(store, repositoryId, { headSha: sha, appId: ACTIONS_APP }, now).id,
    status: body.status,
    conclusion: completed
      ? (body.conclusion ?? (body.jobs.some(({ conclusion }) => conclusion === "failure") ? "failure" : "success"))
      : null,
    createdAt,
    startedAt: whole(body.startedAt ?? before?.value.startedAt ?? createdAt),
    updatedAt: whole(body.updatedAt ?? now),
    inputs: before?.value.inputs ?? {},
  };
}
