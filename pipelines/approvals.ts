/**
 * Approvals by two different people. GitHub is satisfied by one approval of an environment, however many reviewers it lists, so two need two
 * environments: a job of the second must not run unless a job of the first was approved and succeeded, on whatever path.
 */
import { ancestorsOf } from "./conditions.ts";
import { evaluate, type Scope } from "./expressions.ts";
import { workflowFacts, type JobFacts } from "./facts.ts";
import { knownBoolean, knownText, partial, truth, unknown, type Value } from "./values.ts";
import type { Job, Pipelines, Problem, Workflow } from "./workflow.ts";

/** Jobs of `environment` run only after a job of `after` was approved. */
export interface ApprovalOrder {
  readonly environment: string;
  readonly after: string;
}

const same = (left: string | undefined, right: string): boolean => left?.toLowerCase() === right.toLowerCase();

/** Errors for every job that can reach an environment without the approval that has to come before. */
export function judgeApprovals(pipelines: Pipelines, orders: readonly ApprovalOrder[]): Problem[] {
  if (orders.length === 0) return [];
  return [...pipelines.workflows.values()].flatMap((workflow) => {
    const facts = new Map(workflowFacts({ file: workflow.file, text: workflow.text }).jobs.map((job) => [job.id, job]));
    return [...workflow.jobs.values()].flatMap((job) => orders.flatMap((order) => judgeJob(workflow, job, facts, order)));
  });
}

function judgeJob(workflow: Workflow, job: Job, facts: ReadonlyMap<string, JobFacts>, { environment, after }: ApprovalOrder): Problem[] {
  const named = facts.get(job.id)?.environment;
  if (named === undefined) return [];
  const problem = (text: string, fix: string): Problem[] => [
    { severity: "error", code: "approval-missing", text, fix, file: workflow.file, line: named.line, column: 1 },
  ];
  if (named.name.includes("${{")) {
    const text = `the environment of job "${job.id}" is made by an expression, so it may be "${environment}" without the approval of "${after}"`;
    return problem(text, "name the environment");
  }
  if (!same(named.name, environment)) return [];
  const ancestors = ancestorsOf(workflow, job);
  const approving = ancestors.filter((ancestor) => same(facts.get(ancestor.id)?.environment?.name, after));
  if (approving.length === 0) {
    const text = `job "${job.id}" uses environment "${environment}", but needs no job of "${after}": one approval would be enough`;
    return problem(text, `add a job of environment "${after}" to its \`needs\``);
  }
  if (!runsWithout(workflow, job, new Set(approving))) return [];
  const [first] = approving;
  const text = `job "${job.id}" of environment "${environment}" can run although "${first?.id ?? ""}" was rejected or skipped`;
  return problem(text, `remove the status function from its \`if\`, or add \`needs.${first?.id ?? ""}.result == 'success'\``);
}

/** Can a job run although none of the approving ones succeeded? */
function runsWithout(workflow: Workflow, job: Job, approving: ReadonlySet<Job>): boolean {
  const known = new Map<Job, boolean>();
  const runs = (candidate: Job): boolean => {
    const done = known.get(candidate);
    if (done !== undefined) return done;
    known.set(candidate, true);
    const answer = mayRun(workflow, candidate, approving, runs);
    known.set(candidate, answer);
    return answer;
  };
  return runs(job);
}

function mayRun(workflow: Workflow, job: Job, approving: ReadonlySet<Job>, runs: (job: Job) => boolean): boolean {
  const ancestors = ancestorsOf(workflow, job);
  const stopped = ancestors.filter((ancestor) => approving.has(ancestor) || !runs(ancestor));
  if (stopped.length === 0) return true;
  const needs: Record<string, Value> = {};
  for (const ancestor of ancestors) {
    const about = `needs.${ancestor.id}`;
    const result = approving.has(ancestor)
      ? unknown(`${about}.result`, { oneOf: ["failure", "cancelled", "skipped"], truth: true })
      : stopped.includes(ancestor)
        ? knownText("skipped")
        : unknown(`${about}.result`);
    needs[ancestor.id] = partial(about, { result, outputs: unknown(`${about}.outputs`) });
  }
  const open: [string, Value][] = ["github", "inputs", "vars", "matrix", "strategy"].map((name) => [name, unknown(name)]);
  const scope: Scope = {
    contexts: new Map([...open, ["needs", partial("needs", needs)]]),
    functions: new Map<string, Value>([
      ["always", knownBoolean(true)],
      ["success", knownBoolean(false)],
      ["failure", unknown("the failure of a job before")],
      ["cancelled", unknown("whether the run is cancelled")],
    ]),
  };
  return truth(evaluate(job.condition.expression, scope)) !== false;
}
