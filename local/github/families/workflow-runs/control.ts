/** Starting runs again and cancelling them. */
import { accountById } from "../../core/access.ts";
import { conflict, forbidden } from "../../core/errors.ts";
import type { Call, Handler, Reply } from "../../core/family.ts";
import { created } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { addressesOf } from "../commits/render.ts";
import { type JobContext, writeJob } from "./jobs.ts";
import { currentJobs, type NamedRun, runOf } from "./lookup.ts";
import { type WorkflowJobRecord, type WorkflowRunRecord, workflowRuns } from "./record.ts";

export function jobContext(call: Call, { repository, run }: NamedRun): JobContext {
  const { store, now } = call;
  return { store, repositoryId: repository.id, run, page: `${addressesOf(call, repository).html}/actions/runs/${run.id}`, now };
}

/** A further attempt with these jobs queued; what is not run again keeps its result. */
function runAgain(call: Call, again: (job: Stored<WorkflowJobRecord>) => boolean): Reply {
  const named = runOf(call, "write");
  const { run } = named;
  if (run.value.status !== "completed") throw forbidden("This workflow is already running");
  const jobs = currentJobs(call.store, run);
  const next: WorkflowRunRecord = {
    ...run.value,
    attempt: run.value.attempt + 1,
    triggeringActorId: accountById(call.store, call.actor.id).id,
    status: "queued",
    conclusion: null,
    startedAt: call.now,
    updatedAt: call.now,
  };
  const context = jobContext(call, { ...named, run: workflowRuns(call.store).update(run.id, next) });
  for (const job of jobs) {
    const queued = again(job);
    const { name, labels, environment } = job.value;
    const kept = {
      status: job.value.status,
      conclusion: job.value.conclusion,
      startedAt: job.value.startedAt,
      completedAt: job.value.completedAt,
    };
    const fresh = { status: "queued" as const, conclusion: null, startedAt: call.now, completedAt: null };
    // What was deployed before stays deployed: only a job that runs again deploys again.
    writeJob(context, { name, labels, environment: queued ? environment : null, ...(queued ? fresh : kept) });
  }
  return created({});
}

function cancel(call: Call): Reply {
  const named = runOf(call, "write");
  if (named.run.value.status === "completed") throw conflict("Cannot cancel a workflow run that is completed.");
  const context = jobContext(call, named);
  for (const { value } of currentJobs(call.store, named.run)) {
    if (value.status !== "completed") writeJob(context, { ...value, status: "completed", conclusion: "cancelled", completedAt: call.now });
  }
  workflowRuns(call.store).update(named.run.id, { ...named.run.value, status: "completed", conclusion: "cancelled", updatedAt: call.now });
  return { status: 202, body: {} };
}

export const controlOperations: Readonly<Record<string, Handler>> = {
  "actions/re-run-workflow": (call) => runAgain(call, () => true),
  "actions/re-run-workflow-failed-jobs": (call) =>
    runAgain(call, ({ value }) => value.conclusion !== "success" && value.conclusion !== "skipped"),
  "actions/cancel-workflow-run": cancel,
};
