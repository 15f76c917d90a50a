/** Will a job run once its workflow has started? From its `if:`, the jobs it needs, and theirs. */
import { evaluate, type Scope } from "./expressions.ts";
import type { Contexts } from "./contexts.ts";
import type { Reason } from "./report.ts";
import { dependencies, knownBoolean, knownText, partial, truth, unknown, type Value } from "./values.ts";
import type { Job, Workflow } from "./workflow.ts";

/** Whether one job of a started workflow runs. */
export interface JobRun {
  /** `always` takes for granted that the jobs it needs succeed; the reason `needs-failed-skips` tells where it depends on that. */
  readonly verdict: "always" | "conditional" | "never";
  readonly reasons: readonly Reason[];
}

/**
 * Judges every job of a workflow.
 *
 * @param canFail Can this job's result, as other jobs see it, be a failure?
 */
export function judgeJobs(workflow: Workflow, contexts: Contexts, canFail: (job: Job) => boolean): ReadonlyMap<string, JobRun> {
  const runs = new Map<string, JobRun>();
  const judge = (job: Job): JobRun => {
    const done = runs.get(job.id);
    if (done !== undefined) return done;
    // Needs that go round in a circle are an error of the file; this entry only ends the recursion.
    runs.set(job.id, { verdict: "never", reasons: [] });
    const run = judgeJob(job, ancestorsOf(workflow, job), contexts, judge, canFail);
    runs.set(job.id, run);
    return run;
  };
  for (const job of workflow.jobs.values()) judge(job);
  return runs;
}

/** All jobs that a job needs, and that they need. */
export function ancestorsOf(workflow: Workflow, job: Job): readonly Job[] {
  const found = new Map<string, Job>();
  const visit = (id: string): void => {
    const needed = workflow.jobs.get(id);
    if (needed === undefined || found.has(id)) return;
    found.set(id, needed);
    for (const next of needed.needs) visit(next);
  };
  for (const id of job.needs) visit(id);
  return [...found.values()];
}

function judgeJob(
  job: Job,
  ancestors: readonly Job[],
  contexts: Contexts,
  judge: (job: Job) => JobRun,
  canFail: (job: Job) => boolean,
): JobRun {
  const runs = new Map(ancestors.map((ancestor) => [ancestor, judge(ancestor)]));
  const hopeful = evaluate(
    job.condition.expression,
    scopeOf(job, runs, contexts, () => false),
  );
  const strict = evaluate(job.condition.expression, scopeOf(job, runs, contexts, canFail));
  const because = (code: Reason["code"], text: string): Reason => ({
    code,
    text,
    file: job.condition.place.file,
    line: job.condition.place.line,
  });
  const runsIf = truth(hopeful);
  const runsIfNeedsFail = truth(strict);
  const source = job.condition.source === undefined ? "" : `\`if: ${job.condition.source}\` `;
  if (runsIf === true) {
    const skipped = runsIfNeedsFail !== true;
    const text = `is skipped, and counts as success, when a job it needs fails (${ancestors.map((ancestor) => ancestor.id).join(", ")})`;
    return { verdict: "always", reasons: skipped ? [because("needs-failed-skips", text)] : [] };
  }
  if (runsIf === undefined) {
    const text = `${source}depends on ${dependencies(hopeful).join(", ")}`;
    const code = job.condition.source === undefined ? "needs-skipped" : "condition";
    return { verdict: "conditional", reasons: [because(code, text)] };
  }
  if (runsIfNeedsFail === undefined) {
    const text = `${source}runs only after a job it needs failed`;
    return { verdict: "conditional", reasons: [because("only-after-failure", text)] };
  }
  const skippedNeed = ancestors.find((ancestor) => runs.get(ancestor)?.verdict === "never");
  const text =
    skippedNeed === undefined
      ? `${source}is false for this event, so the job is skipped`
      : `needs the job "${skippedNeed.id}", which never runs for this event, so the job is skipped`;
  return {
    verdict: "never",
    reasons: [because(skippedNeed === undefined ? "condition-false" : "needs-skipped", text)],
  };
}

/**
 * Status functions and the `needs` context. The functions look at all ancestors: a job skipped far up makes every job below it be skipped,
 * unless that one calls `always()` or another status function. The context holds the jobs named in `needs` and no others, so that the
 * result of one further up is null there. https://docs.github.com/actions/reference/workflows-and-actions/contexts#needs-context
 */
function scopeOf(of: Job, runs: ReadonlyMap<Job, JobRun>, contexts: Contexts, canFail: (job: Job) => boolean): Scope {
  const skipped: string[] = [];
  const failing: string[] = [];
  let neverRuns = false;
  const needs: Record<string, Value> = {};
  for (const [job, run] of runs) {
    const results = run.verdict === "never" ? ["skipped"] : canFail(job) ? ["success", "failure", "cancelled"] : ["success"];
    if (run.verdict === "conditional") {
      results.push("skipped");
      skipped.push(`whether the job "${job.id}" runs`);
    }
    if (run.verdict === "never") neverRuns = true;
    else if (canFail(job)) failing.push(`the success of the job "${job.id}"`);
    const [only] = results;
    if (!of.needs.includes(job.id)) continue;
    needs[job.id] = partial(`needs.${job.id}`, {
      result:
        results.length === 1 && only !== undefined ? knownText(only) : unknown(`needs.${job.id}.result`, { oneOf: results, truth: true }),
      outputs: unknown(`needs.${job.id}.outputs`),
    });
  }
  const doubts = [...skipped, ...failing];
  const success = neverRuns ? knownBoolean(false) : doubts.length === 0 ? knownBoolean(true) : unknown(doubts);
  return {
    contexts: new Map([...contexts, ["needs", partial("needs", needs)]]),
    functions: new Map<string, Value>([
      ["always", knownBoolean(true)],
      ["cancelled", knownBoolean(false)],
      ["success", success],
      ["failure", failing.length === 0 ? knownBoolean(false) : unknown(failing)],
    ]),
  };
}
