/** Deployments that wait for nothing: a job of an environment that starts although the commit's checks have failed, or have not ended. */
import { contextsAfter } from "./after.ts";
import { ancestorsOf, judgeJobs, type JobRun } from "./conditions.ts";
import { contextsOf, type Contexts } from "./contexts.ts";
import { workflowFacts } from "./facts.ts";
import { unknown } from "./values.ts";
import type { CheckRef } from "../model/system.ts";
import type { Job, Pipelines, Problem, Trigger, Workflow } from "./workflow.ts";

/** Everything but success that an upstream run can end with. */
const FAILED = ["failure", "cancelled", "skipped", "timed_out", "action_required", "neutral", "stale", "startup_failure"];

/**
 * Warnings for deployments that do not wait for their checks.
 *
 * @param required Checks that gate the branches: a deployment that needs one of them in its own workflow has waited.
 * @param environments Names of the environments that count as deployments. @default all
 */
export function unguardedDeployments(
  pipelines: Pipelines,
  required: readonly CheckRef[],
  environments?: ReadonlySet<string>,
): readonly Problem[] {
  return [...pipelines.workflows.values()].flatMap((workflow) => judgeWorkflow(workflow, required, environments));
}

function judgeWorkflow(workflow: Workflow, required: readonly CheckRef[], environments: ReadonlySet<string> | undefined): Problem[] {
  const facts = workflowFacts({ file: workflow.file, text: workflow.text });
  const isCheck = (job: Job): boolean => required.some((ref) => ref.workflow === workflow.fileName && ref.job === job.id);
  const problems: Problem[] = [];
  for (const trigger of workflow.triggers) {
    const contexts = trigger.event === "workflow_run" ? afterFailure(trigger) : isPushOfBranch(trigger) ? contextsOf(trigger) : undefined;
    if (contexts === undefined) continue;
    const runs = judgeJobs(workflow, contexts, () => true);
    for (const { id, environment } of facts.jobs) {
      const job = workflow.jobs.get(id);
      if (job === undefined || environment === undefined || environments?.has(environment.name) === false) continue;
      const before = [job, ...ancestorsOf(workflow, job)];
      if (runs.get(id)?.verdict === "never" || before.some(isCheck) || before.some((one) => asks(runs.get(one.id)))) continue;
      problems.push({
        severity: "warning",
        file: workflow.file,
        line: environment.line,
        column: 1,
        ...wordsOf(trigger, id, environment.name),
      });
    }
  }
  return problems;
}

function wordsOf(trigger: Trigger, job: string, environment: string): Pick<Problem, "code" | "text" | "fix"> {
  if (trigger.event === "workflow_run") {
    return {
      code: "deploys-after-failure",
      text: `job "${job}" deploys to "${environment}" also when the run that it waits for has failed: \`workflow_run\` says completed, not succeeded`,
      fix: "add `if: github.event.workflow_run.conclusion == 'success'` to it or to a job that it needs",
    };
  }
  return {
    code: "deploys-unchecked",
    text: `job "${job}" deploys to "${environment}" as soon as a commit is pushed, while its checks still run in another workflow`,
    fix: "start it by `workflow_run` of that workflow and ask for the conclusion success, or make it need the checks' jobs",
  };
}

function isPushOfBranch({ event, filters }: Trigger): boolean {
  const tagsOnly = (filters.tags ?? filters["tags-ignore"]) !== undefined && (filters.branches ?? filters["branches-ignore"]) === undefined;
  return event === "push" && !tagsOnly;
}

/** A job that runs by what another one found out may have asked GitHub for the checks itself. */
function asks(run: JobRun | undefined): boolean {
  return run?.verdict === "conditional" && run.reasons.some(({ text }) => /\bneeds\.[\w-]+\.outputs\b/.test(text));
}

/** Contexts of a `workflow_run` whose upstream run did not succeed. */
function afterFailure(trigger: Trigger): Contexts {
  return contextsAfter(trigger, unknown("github.event.workflow_run.conclusion", { oneOf: FAILED, truth: true }));
}
