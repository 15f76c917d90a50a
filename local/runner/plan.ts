/** The jobs of a started run and what they come to. Pure. */
import { contextsOf } from "../../pipelines/contexts.ts";
import type { Occasion } from "../../pipelines/events.ts";
import { expandWorkflow } from "../../pipelines/expand.ts";
import { type JobFacts, workflowFacts } from "../../pipelines/facts.ts";
import type { Verdict } from "../../pipelines/report.ts";
import type { Pipelines, Trigger, Workflow } from "../../pipelines/workflow.ts";

export type Outcome = "success" | "failure" | "skipped" | "cancelled";

export interface PlannedJob {
  /** Name of the check run. */
  readonly context: string;
  /** File name of the workflow. */
  readonly workflow: string;
  /** Id of the job in that file. */
  readonly job: string;
  readonly event: string;
  /** Ids of jobs of the same file. */
  readonly needs: readonly string[];
  readonly condition?: string;
  /** What the file says of it: `never` where its condition is false for this event. */
  readonly verdict: Verdict;
  readonly toleratesFailure: boolean;
  /** Absent where there is none, or where its name is made while the workflow runs. */
  readonly environment?: string;
}

interface Started {
  readonly workflow: Workflow;
  readonly trigger: Trigger;
  readonly occasion: Occasion | undefined;
  readonly pipelines: Pipelines;
}

/** Every job that reports; what has no name before it runs is left out. */
export function plan({ workflow, trigger, occasion, pipelines }: Started): PlannedJob[] {
  const contexts = contextsOf(trigger, occasion);
  const facts = new Map(workflowFacts(workflow).jobs.map((job) => [job.id, job]));
  const checks = expandWorkflow(workflow, contexts, { verdict: "always", reasons: [] }, pipelines.workflows);
  return checks
    .filter(({ verdict }) => verdict !== "unknowable")
    .map(({ context, jobPath, verdict, toleratesFailure }) => {
      const id = jobPath[0] ?? "";
      const job = facts.get(id);
      return { context, workflow: workflow.fileName, job: id, event: trigger.event, verdict, toleratesFailure, ...detailsOf(job) };
    });
}

function detailsOf(job: JobFacts | undefined): Pick<PlannedJob, "needs" | "condition" | "environment"> {
  const environment = job?.environment?.name;
  return {
    needs: job?.needs ?? [],
    ...(job?.condition !== undefined && { condition: job.condition }),
    ...(environment !== undefined && !environment.includes("${{") && { environment }),
  };
}

/** A function of status in the condition takes the place of the `success()` that GitHub implies. */
const ASKS = /\b(always|failure|cancelled)\s*\(/;

/**
 * What a job comes to, or undefined while a job that it needs has not ended.
 *
 * @param all The jobs of the run as they are now.
 * @param chosen What the caller wants of it, where it runs at all.
 */
export function resultOf(
  { needs, verdict, condition = "" }: PlannedJob,
  all: readonly {
    readonly job: string;
    readonly status: string;
    readonly conclusion: Outcome | null;
    readonly toleratesFailure: boolean;
  }[],
  chosen: Outcome | undefined,
): Outcome | undefined {
  const needed = all.filter(({ job }) => needs.includes(job));
  if (needed.some(({ status }) => status !== "completed")) return undefined;
  if (verdict === "never") return "skipped";
  const well = needed.every(
    ({ conclusion, toleratesFailure }) => conclusion === "success" || (conclusion === "failure" && toleratesFailure),
  );
  if (!well && !ASKS.test(condition)) return "skipped";
  if (chosen !== undefined) return chosen;
  // A job for failures alone does not run after success.
  if (well && /^\s*(\$\{\{)?\s*failure\(\)/.test(condition)) return "skipped";
  return "success";
}
