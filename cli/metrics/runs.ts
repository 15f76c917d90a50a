/** Runs of CI and CD as facts. Jobs are asked for where a run failed only: a run that passed has told its story. */
import type { RestEndpointMethodTypes } from "@octokit/rest";

import { outcomeOf, type Outcome, type RunFact } from "../../delivery/history.ts";
import { each, foundWithin, pageSize, type Source } from "./window.ts";

type Run = RestEndpointMethodTypes["actions"]["listWorkflowRuns"]["response"]["data"]["workflow_runs"][number];
type Ended = { readonly run: Run; readonly outcome: Outcome };

/** The runs of the workflows that ended; a workflow that the repository does not have yet has none. */
export async function readRuns(source: Source, workflows: readonly string[]): Promise<RunFact[]> {
  const facts: RunFact[] = [];
  for (const workflow of workflows) {
    source.progress(`Runs of ${workflow}`);
    const ended = (await runsOf(source, workflow)).flatMap((run): Ended[] => {
      const outcome = run.status === "completed" ? outcomeOf(run.conclusion) : null;
      return outcome === null ? [] : [{ run, outcome }];
    });
    const failed = ended.filter(({ outcome }) => outcome === "failure").length;
    let asked = 0;
    facts.push(
      ...(await each(ended, async ({ run, outcome }) => {
        if (outcome === "success") return factOf(workflow, run, outcome, []);
        source.progress(`Jobs of failed runs of ${workflow}: ${++asked} of ${failed}`);
        return factOf(workflow, run, outcome, await failedJobs(source, run));
      })),
    );
  }
  return facts;
}

async function runsOf({ github, repository, period, progress }: Source, workflow: string): Promise<Run[]> {
  let read = 0;
  try {
    return await foundWithin(period, async (created, page) => {
      const { data } = await github.rest.actions.listWorkflowRuns({
        ...repository,
        workflow_id: workflow,
        created,
        page,
        per_page: pageSize,
        exclude_pull_requests: true,
      });
      read += data.workflow_runs.length;
      progress(`Runs of ${workflow}: ${read} read`);
      return { total: data.total_count, items: data.workflow_runs };
    });
  } catch (error) {
    if ((error as { status?: number }).status === 404) return [];
    throw error;
  }
}

interface FailedJob {
  readonly name: string;
  readonly endedAt: number;
}

async function failedJobs({ github, repository }: Source, run: Run): Promise<FailedJob[]> {
  const jobs = await github.paginate(github.rest.actions.listJobsForWorkflowRun, { ...repository, run_id: run.id, per_page: pageSize });
  return jobs.flatMap(({ name, conclusion, completed_at: end }) =>
    outcomeOf(conclusion) === "failure" && end !== null ? [{ name, endedAt: Date.parse(end) }] : [],
  );
}

function factOf(workflow: string, run: Run, outcome: Outcome, failed: readonly FailedJob[]): RunFact {
  const startedAt = Date.parse(run.run_started_at ?? run.created_at);
  // GitHub has no other word for the end of a run than its last change.
  const endedAt = Math.max(startedAt, Date.parse(run.updated_at));
  const feedbackAt = Math.max(startedAt, Math.min(endedAt, ...failed.map((job) => job.endedAt)));
  return { workflow, outcome, startedAt, endedAt, feedbackAt, failedJobs: failed.map(({ name }) => name) };
}
