/** Workflows, their runs and jobs: read, dispatched, run again, cancelled, approved. Nothing runs them: `report.ts` says how they went. */
import { repositoryOf } from "../../core/access.ts";
import { notFound } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { ok, pageOf } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { approvalOperations } from "./approvals.ts";
import { controlOperations } from "./control.ts";
import { dispatchOperations } from "./dispatch.ts";
import { currentJobs, runOf, runsFor } from "./lookup.ts";
import { type WorkflowRunRecord, workflowJobs, workflowRuns } from "./record.ts";
import { renderJob, renderRun } from "./render.ts";
import { workflowNamed, workflowOperations } from "./workflows.ts";

/** One page; only its runs are rendered, since each asks git for its commit. */
async function pageOfRuns(call: Call, repository: Stored<RepositoryRecord>, runs: readonly Stored<WorkflowRunRecord>[]): Promise<Reply> {
  const part = pageOf(call, "workflow_runs", runs);
  const rendered: unknown[] = [];
  for (const run of (part.body as { workflow_runs: Stored<WorkflowRunRecord>[] }).workflow_runs) {
    rendered.push(await renderRun(call, repository, run));
  }
  return { ...part, body: { total_count: runs.length, workflow_runs: rendered } };
}

function jobs(call: Call): Reply {
  const { repository, run } = runOf(call);
  const shown = call.query["filter"] === "all" ? workflowJobs(call.store).list(run.id) : currentJobs(call.store, run);
  return pageOf(call, "jobs", shown, (job) => renderJob(call, repository, run, job));
}

function jobsOfAttempt(call: Call): Reply {
  const { repository, run } = runOf(call);
  const attempt = Number(call.path["attempt_number"]);
  if (attempt < 1 || attempt > run.value.attempt) throw notFound();
  const shown = workflowJobs(call.store)
    .list(run.id)
    .filter(({ value }) => value.attempt === attempt);
  return pageOf(call, "jobs", shown, (one) => renderJob(call, repository, run, one));
}

function job(call: Call): Reply {
  const repository = repositoryOf(call);
  const found = workflowJobs(call.store).byId(Number(call.path["job_id"]));
  const run = found && workflowRuns(call.store).byId(found.owner);
  if (!found || run?.owner !== repository.id) throw notFound();
  return ok(renderJob(call, repository, run, found));
}

export const workflowRunsFamily: Family = {
  name: "workflow-runs",
  operations: {
    ...workflowOperations,
    ...dispatchOperations,
    ...controlOperations,
    ...approvalOperations,
    "actions/list-workflow-runs-for-repo": (call) => {
      const repository = repositoryOf(call);
      return pageOfRuns(call, repository, runsFor(call, repository));
    },
    "actions/list-workflow-runs": async (call) => {
      const repository = repositoryOf(call);
      const { path } = await workflowNamed(call, repository);
      return pageOfRuns(call, repository, runsFor(call, repository, path));
    },
    "actions/get-workflow-run": async (call) => {
      const { repository, run } = runOf(call);
      return ok(await renderRun(call, repository, run));
    },
    "actions/list-jobs-for-workflow-run": jobs,
    "actions/list-jobs-for-workflow-run-attempt": jobsOfAttempt,
    "actions/get-job-for-workflow-run": job,
  },
};
