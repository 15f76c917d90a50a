/** What a workflow says and never does: found by evaluating it for every event that can start it. */
import { judgeJobs } from "./conditions.ts";
import { contextsOf, type Contexts } from "./contexts.ts";
import { evaluate, type Scope } from "./expressions.ts";
import { combinationContexts, matrixOf } from "./strategy.ts";
import { knownBoolean, truth, unknown, type Value } from "./values.ts";
import type { Job, Place, Problem, Workflow } from "./workflow.ts";

/** In a step, nothing is known about what earlier steps and jobs did. */
const STEP_FUNCTIONS: Scope["functions"] = new Map<string, Value>([
  ["always", knownBoolean(true)],
  ["success", unknown("the success of the steps before")],
  ["failure", unknown("the failure of a step before")],
  ["cancelled", unknown("whether the run is cancelled")],
]);

/** Problems that need the whole workflow: matrices, jobs and steps that can never run, two triggers that start one thing twice. */
export function workflowProblems(workflow: Workflow): Problem[] {
  const problems = new Map<string, Problem>();
  const add = (problem: Problem): void => void problems.set(`${problem.code}:${problem.line}:${problem.column}:${problem.text}`, problem);
  // A step or job is dead only if it is so for every event.
  const alive = new Set<Job | Place>();
  const seen = new Map<Job | Place, Problem>();
  for (const trigger of workflow.triggers) {
    const contexts = contextsOf(trigger);
    const runs = judgeJobs(workflow, contexts, () => true);
    for (const job of workflow.jobs.values()) {
      if (runs.get(job.id)?.verdict === "never") {
        const source = job.condition.source;
        const text = `job "${job.id}" never runs${source === undefined ? "" : `: \`if: ${source}\` is false for every event of this workflow`}`;
        seen.set(job, dead(job.condition.place, "job-never-runs", text));
        continue;
      }
      alive.add(job);
      judgeSteps(job, contexts, alive, seen, add);
    }
  }
  for (const [subject, problem] of seen) if (!alive.has(subject)) add(problem);
  return [...problems.values()];
}

function judgeSteps(
  job: Job,
  contexts: Contexts,
  alive: Set<Job | Place>,
  seen: Map<Job | Place, Problem>,
  add: (problem: Problem) => void,
): void {
  const matrix = matrixOf(job, { contexts, functions: new Map() });
  if (matrix.kind === "known") for (const problem of matrix.problems) add(problem);
  const combinations = matrix.kind === "known" ? matrix.combinations : [undefined];
  for (const step of job.steps) {
    if (step.condition === undefined || matrix.kind === "unknowable") continue;
    const condition = step.condition;
    const possible = combinations.some((combination, index) => {
      const own = combinationContexts(job, contexts, combination, index, combinations.length);
      const open: [string, Value][] = ["needs", "steps", "job", "runner", "env", "secrets"].map((name) => [name, unknown(name)]);
      return truth(evaluate(condition, { contexts: new Map([...own, ...open]), functions: STEP_FUNCTIONS })) !== false;
    });
    if (possible) alive.add(step.place);
    else
      seen.set(
        step.place,
        dead(step.place, "step-never-runs", `job "${job.id}": the step "${step.label}" never runs: its \`if:\` is always false`),
      );
  }
}

function dead(place: Place, code: string, text: string): Problem {
  return { ...place, severity: "warning", code, text, fix: "mend the condition, or remove what it guards" };
}
