/** From one started workflow to the checks that it reports: every job, every combination, through every reusable workflow. */
import { calledContexts, calleeOf, MAX_CALL_LEVELS } from "./calls.ts";
import { judgeJobs, type JobRun } from "./conditions.ts";
import type { Contexts } from "./contexts.ts";
import type { Scope } from "./expressions.ts";
import { callName, cutName, matrixName } from "./names.ts";
import { worse, type CheckReport, type Reason, type ReasonCode, type Verdict } from "./report.ts";
import { combinationContexts, matrixOf, skippedName } from "./strategy.ts";
import { isBasicExpression, valueOf } from "./tokens.ts";
import { dependencies, toPlain, truth } from "./values.ts";
import type { Combination } from "./matrix.ts";
import type { Job, Workflow } from "./workflow.ts";

/** Where in the tree of calls an expansion stands. */
interface Position {
  readonly names: readonly string[];
  readonly path: readonly string[];
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}

export type StartedCheck = Omit<CheckReport, "workflow" | "file" | "job" | "app">;

/**
 * All checks of a workflow that an event has started.
 *
 * @param start Verdict and reasons of the trigger; every check is at most as sure as that.
 */
export function expandWorkflow(
  workflow: Workflow,
  contexts: Contexts,
  start: { readonly verdict: Verdict; readonly reasons: readonly Reason[] },
  workflows: ReadonlyMap<string, Workflow>,
): StartedCheck[] {
  const position = { names: [], path: [], verdict: start.verdict, reasons: start.reasons };
  return [...expandJobs(workflow, contexts, position, workflows)];
}

function* expandJobs(
  workflow: Workflow,
  contexts: Contexts,
  position: Position,
  workflows: ReadonlyMap<string, Workflow>,
): Generator<StartedCheck> {
  const scope: Scope = { contexts, functions: new Map() };
  // Seen from dependent jobs, one with `continue-on-error` succeeds whatever happens.
  const runs = judgeJobs(workflow, contexts, (job) => truth(valueOf(job.continueOnError, scope)) === false && !cannotFail(job, scope));
  for (const job of workflow.jobs.values()) {
    const run = runs.get(job.id);
    if (run !== undefined) yield* expandJob(job, run, contexts, position, workflows);
  }
}

function* expandJob(
  job: Job,
  run: JobRun,
  contexts: Contexts,
  position: Position,
  workflows: ReadonlyMap<string, Workflow>,
): Generator<StartedCheck> {
  const because = (code: ReasonCode, text: string, place = job.place): Reason => ({ code, text, file: place.file, line: place.line });
  const path = [...position.path, job.id];
  const verdict = worse(position.verdict, run.verdict);
  const reasons = [...position.reasons, ...run.reasons];
  const report = (name: string, more: { verdict: Verdict; reasons: readonly Reason[] } & Partial<StartedCheck>): StartedCheck => ({
    context: callName([...position.names, name]),
    jobPath: path,
    canFail: true,
    toleratesFailure: false,
    ...more,
    // What would be so if the workflow started is no reason where it does not.
    ...(position.verdict === "never" ? { reasons: position.reasons } : {}),
  });
  const unexpanded = job.name?.isExpression === true ? skippedName(job) : cutName(skippedName(job));
  if (run.verdict === "never") {
    yield report(unexpanded, { verdict: "never", reasons, canFail: false });
    return;
  }
  const matrix = matrixOf(job, { contexts, functions: new Map() });
  if (matrix.kind === "unknowable") {
    const text = `the matrix is made during the run: it depends on ${matrix.about.join(", ")}`;
    yield report(unexpanded, {
      verdict: worse(verdict, "unknowable"),
      reasons: [...reasons, because("matrix-unknowable", text)],
    });
    return;
  }
  const combinations: readonly (Combination | undefined)[] = matrix.kind === "none" ? [undefined] : matrix.combinations;
  if (combinations.length === 0) {
    yield report(unexpanded, { verdict: "never", reasons: [...reasons, because("matrix-empty", "the matrix has no combination left")] });
  }
  for (const [index, combination] of combinations.entries()) {
    const own = combinationContexts(job, contexts, combination, index, combinations.length);
    const scope: Scope = { contexts: own, functions: new Map() };
    const name = nameOf(job, scope, combination);
    const more: Reason[] = [];
    if (!name.known) {
      const text = `the name is made during the run: it depends on ${name.about.join(", ")}`;
      more.push(because("name-unknowable", text, job.name?.place));
    } else if (run.verdict === "conditional") {
      more.push(skipReason(name.text, unexpanded, position.names, because));
    }
    const sure = name.known ? verdict : worse(verdict, "unknowable");
    if (job.call !== undefined) {
      const next = { names: [...position.names, name.text], path, verdict: sure, reasons: [...reasons, ...more] };
      yield* expandCall(job, job.call, own, next, workflows, (reason) =>
        report(`${name.text} / …`, { verdict: worse(sure, "unknowable"), reasons: [...reasons, ...more, reason] }),
      );
      continue;
    }
    const tolerated = job.continueOnError !== undefined && truth(valueOf(job.continueOnError, scope)) !== false;
    if (tolerated) {
      const text = "`continue-on-error` lets the workflow succeed although this job fails: its failure is declared not to matter";
      more.push(because("continue-on-error-job", text));
    }
    const hollow = cannotFail(job, scope);
    if (hollow) more.push(because("continue-on-error-steps", "every step has `continue-on-error`, so the job cannot fail"));
    yield report(name.text, {
      verdict: sure,
      reasons: [...reasons, ...more],
      canFail: !hollow,
      toleratesFailure: tolerated,
      ...(combination === undefined
        ? {}
        : { matrix: Object.fromEntries(combination.values.pairs().map((p) => [p.key, toPlain(p.value)])) }),
    });
  }
}

function* expandCall(
  job: Job,
  call: NonNullable<Job["call"]>,
  contexts: Contexts,
  position: Position,
  workflows: ReadonlyMap<string, Workflow>,
  unknowable: (reason: Reason) => StartedCheck,
): Generator<StartedCheck> {
  const callee = calleeOf(call.uses, workflows);
  const tooDeep = position.path.length >= MAX_CALL_LEVELS;
  if (callee.kind === "workflow" && !callee.workflow.broken && !tooDeep) {
    yield* expandJobs(callee.workflow, calledContexts(job, callee.workflow, contexts), position, workflows);
    return;
  }
  const why =
    callee.kind === "remote"
      ? "is in another repository and was not provided"
      : callee.kind === "missing"
        ? "does not exist"
        : tooDeep
          ? `is called more than ${MAX_CALL_LEVELS} levels deep`
          : "is refused by GitHub";
  const text = `the called workflow ${call.uses} ${why}, so its jobs are not known`;
  yield unknowable({ code: "call-unknowable", text, file: call.place.file, line: call.place.line });
}

type Name =
  { readonly known: true; readonly text: string } | { readonly known: false; readonly text: string; readonly about: readonly string[] };

/** The job's own part of the check's name: an expression replaces the default name and gets no brackets. */
function nameOf(job: Job, scope: Scope, combination: Combination | undefined): Name {
  const segments = combination?.segments ?? [];
  if (job.name === undefined || !isBasicExpression(job.name.token)) {
    return { known: true, text: matrixName(job.name === undefined ? job.id : job.name.source, segments) };
  }
  const value = valueOf(job.name.token, scope);
  if (value.kind !== "known") return { known: false, text: job.name.source, about: dependencies(value) };
  const text = value.data.coerceString();
  return { known: true, text: text === "" ? matrixName(job.id, segments) : cutName(text) };
}

/** What a required check of a job that is skipped sees: GitHub decides that before it expands the matrix or evaluates the name. */
function skipReason(
  name: string,
  unexpanded: string,
  callers: readonly string[],
  because: (code: ReasonCode, text: string) => Reason,
): Reason {
  if (name === unexpanded) return because("skipped-counts-as-success", "when it is skipped, the check reports success without having run");
  const text = `when it is skipped, only "${callName([...callers, unexpanded])}" reports, and this name stays "expected" for ever`;
  return because("skipped-reports-other-name", text);
}

/** Do all steps go on after an error? */
function cannotFail(job: Job, scope: Scope): boolean {
  return (
    job.steps.length > 0 &&
    job.steps.every((step) => step.continueOnError !== undefined && truth(valueOf(step.continueOnError, scope)) === true)
  );
}
