/** From the checks that a branch requires, named by workflow and job, to the contexts GitHub is told; refused where one could hang or pass unrun. */
import type { Fault } from "../model/fault.ts";
import { suggest } from "../model/text.ts";
import type { CheckRef } from "../model/system.ts";
import { checksInMergeQueue, checksOnPullRequest } from "./checks.ts";
import { ancestorsOf } from "./conditions.ts";
import type { CheckReport, Reason, ReasonCode } from "./report.ts";
import { formatPlace, type Job, type Pipelines, type Workflow } from "./workflow.ts";

/** Id of the GitHub Actions app: with it a check of the same name from anybody else does not count. */
export const GITHUB_ACTIONS_APP_ID = 15368;

export interface RequiredContext {
  readonly context: string;
  readonly integrationId: typeof GITHUB_ACTIONS_APP_ID;
}

export interface RequiredOptions {
  /** Branch that the checks protect. */
  readonly branch: string;
  /** Is there a merge queue before it? Then every check must report there too. @default false */
  readonly mergeQueue?: boolean;
  /** `owner/name`, where conditions compare `github.repository`. */
  readonly repository?: string;
  /** Contexts of commit statuses that something else sets: one with a check's name would be required as well. @default [] */
  readonly commitStatuses?: readonly string[];
  /** Property path of the references, for the faults. @default "required" */
  readonly path?: string;
}

const FIX: Readonly<Partial<Record<ReasonCode, string>>> = {
  "event-not-on-head": "run the workflow on `pull_request` too, or require another check",
  "event-only-called": "require the job that calls it",
  "event-occasional": "run the workflow on `pull_request` too, or require another check",
  "branch-filter": "add the branch to the filter, or do not require the check on this branch",
  "push-branch": "run the workflow on `pull_request` to this branch",
  "push-fork": "run the workflow on `pull_request` to this branch",
  "push-tags-only": "run the workflow on `pull_request` to this branch",
  "path-filter": "remove the path filter and skip the work inside a job instead, or require a gate job of a workflow without one",
  "activity-types": "remove `types`, or name opened, synchronize and reopened among them",
  condition: "remove the condition, or require a gate job with `if: always()` that needs this one and looks at its result",
  "condition-false": "require a job that runs on pull requests",
  "needs-skipped": "require a gate job with `if: always()`, or make the needed job run always",
  "only-after-failure": "require the job that it waits for",
  "name-unknowable": "give the job a fixed name, or require a gate job with a fixed name and `if: always()` that needs it",
  "matrix-unknowable": "require a gate job with a fixed name and `if: always()` that needs this one",
  "matrix-empty": "give the matrix a combination",
  "call-unknowable": "provide the called workflow's file, or require a gate job of this repository that needs the call",
  "continue-on-error-job": "remove `continue-on-error`, or do not require the check",
  "continue-on-error-steps": "remove `continue-on-error` from the step that does the checking",
};

/** Reasons that only explain another one. */
const EXPLAINING: ReadonlySet<ReasonCode> = new Set([
  "runs-on-every-pull-request",
  "runs-in-merge-queue",
  "needs-failed-skips",
  "skipped-counts-as-success",
  "skipped-reports-other-name",
]);

/**
 * Turns references into contexts, and refuses every one that would not hold: that may never report, reports without having run, cannot
 * fail, or whose name is not its own.
 *
 * @returns Contexts in order of the references, each once; those of refused references are left out, so use them only without faults.
 */
export function resolveRequiredChecks(
  pipelines: Pipelines,
  refs: readonly CheckRef[],
  options: RequiredOptions,
): { readonly contexts: RequiredContext[]; readonly faults: Fault[] } {
  const { branch: base, repository, path = "required" } = options;
  const where = { base, ...(repository === undefined ? {} : { repository }) };
  const checks = checksOnPullRequest(pipelines, where);
  const queue = options.mergeQueue === true ? checksInMergeQueue(pipelines, where) : undefined;
  const contexts = new Set<string>();
  const faults: Fault[] = [];
  for (const [index, ref] of refs.entries()) {
    const at = `${path}[${index}]`;
    const found = find(pipelines, ref, at);
    if ("fault" in found) {
      faults.push(found.fault);
      continue;
    }
    const { workflow, job } = found;
    const own = checks.filter((check) => check.file === workflow.file && check.job === job.id);
    const raised = [
      ...duplicateFaults(refs, index, at),
      ...reportFaults(own, base, ref, at),
      ...nameFaults(own, checks, options.commitStatuses ?? [], ref, at),
      ...needsFaults(workflow, job, own, refs, at),
      ...(queue === undefined ? [] : queueFaults(own, queue, workflow, ref, at)),
    ];
    faults.push(...raised);
    if (raised.length === 0) for (const check of own) contexts.add(check.context);
  }
  return { contexts: [...contexts].map((context) => ({ context, integrationId: GITHUB_ACTIONS_APP_ID })), faults };
}

function find(pipelines: Pipelines, ref: CheckRef, at: string): { fault: Fault } | { workflow: Workflow; job: Job } {
  const local = [...pipelines.workflows.values()].filter((workflow) => !workflow.file.includes("@"));
  const workflow = local.find((candidate) => candidate.fileName === ref.workflow);
  if (workflow === undefined) {
    const names = local.map((candidate) => candidate.fileName);
    const rule = "a required check names a file under .github/workflows of the repository";
    return { fault: { path: `${at}.workflow`, value: ref.workflow, rule, fix: suggest(ref.workflow, names) } };
  }
  if (workflow.broken) {
    const first = pipelines.problems.find((problem) => problem.file === workflow.file && problem.severity === "error");
    const rule = `GitHub refuses a workflow with an error, so that none of its checks reports: ${first?.text ?? "it cannot be read"}`;
    const place = first === undefined ? {} : { line: first.line };
    return {
      fault: { path: `${at}.workflow`, value: ref.workflow, rule, fix: first?.fix ?? "mend the file", file: workflow.file, ...place },
    };
  }
  const job = workflow.jobs.get(ref.job);
  if (job !== undefined) return { workflow, job };
  const named = [...workflow.jobs.values()].find((candidate) => candidate.name?.source === ref.job);
  const fix =
    named === undefined ? suggest(ref.job, [...workflow.jobs.keys()]) : `that is the job's name; its id is ${JSON.stringify(named.id)}`;
  return {
    fault: {
      path: `${at}.job`,
      value: ref.job,
      rule: `a required check names a job by its id in ${ref.workflow}`,
      fix,
      file: workflow.file,
    },
  };
}

function duplicateFaults(refs: readonly CheckRef[], index: number, at: string): Fault[] {
  const same = (ref: CheckRef | undefined): boolean => ref?.workflow === refs[index]?.workflow && ref?.job === refs[index]?.job;
  if (refs.findIndex(same) === index) return [];
  return [{ path: at, value: refs[index], rule: "a check is required once", fix: "remove the second entry" }];
}

/** One fault a reason, however many combinations it concerns. */
function reportFaults(own: readonly CheckReport[], base: string, ref: CheckRef, at: string): Fault[] {
  const faults = new Map<string, Fault>();
  const add = (reason: Reason, rule: string): void => {
    const key = `${reason.code}:${reason.file}:${reason.line}`;
    const fix = FIX[reason.code] ?? "require a job that reports on every pull request";
    if (!faults.has(key)) faults.set(key, { path: `${at}.job`, value: ref.job, rule, fix, file: reason.file, line: reason.line });
  };
  for (const check of own) {
    if (check.verdict !== "always") {
      const telling = check.reasons.filter((reason) => !EXPLAINING.has(reason.code));
      const onPullRequest = telling.filter((reason) => !reason.code.startsWith("push-"));
      for (const reason of onPullRequest.length > 0 ? onPullRequest : telling) {
        const outcome = check.reasons.find((other) => other.code.startsWith("skipped-"))?.text;
        const detail = outcome === undefined ? reason.text : `${reason.text}; ${outcome}`;
        add(
          reason,
          `a required check must run and report on every pull request to "${base}", but "${check.context}" ${LABEL[check.verdict]}: ${detail}`,
        );
      }
    }
    for (const reason of check.reasons) {
      if (reason.code !== "continue-on-error-job" && reason.code !== "continue-on-error-steps") continue;
      add(reason, `a required check must be able to stop a merge, but of "${check.context}" ${reason.text}`);
    }
  }
  return [...faults.values()];
}

const LABEL: Readonly<Record<CheckReport["verdict"], string>> = {
  always: "always does",
  conditional: "may not",
  never: "never does",
  unknowable: "cannot be named before the run",
};

function nameFaults(
  own: readonly CheckReport[],
  all: readonly CheckReport[],
  commitStatuses: readonly string[],
  ref: CheckRef,
  at: string,
): Fault[] {
  const faults: Fault[] = [];
  for (const context of new Set(own.filter((check) => check.verdict !== "never").map((check) => check.context))) {
    const same = all.filter((check) => check.context === context && check.verdict !== "never");
    const twins = same.filter((check) => own.includes(check));
    const others = same.filter((check) => !own.includes(check));
    const base = { path: `${at}.job`, value: ref.job };
    if (twins.length > 1) {
      const rule = `${twins.length} jobs of it report under the one name "${context}", so that any of them can speak for the others`;
      faults.push({ ...base, rule, fix: "use the matrix in the job's name, or leave `name` out" });
    }
    if (others.length > 0) {
      const names = others.map((check) => `${check.workflow} job "${check.job}"`).join(", ");
      const rule = `the name "${context}" must be its own, but ${names} reports under it too; GitHub matches by name alone`;
      faults.push({ ...base, rule, fix: "give one of the jobs another name" });
    }
    if (commitStatuses.includes(context)) {
      const rule = `a commit status is called "${context}" too, and GitHub then requires both`;
      faults.push({ ...base, rule, fix: "give the job another name" });
    }
  }
  return faults;
}

/** A job that is skipped because one it needs failed reports success, so the needed one must stop the merge itself. */
function needsFaults(workflow: Workflow, job: Job, own: readonly CheckReport[], refs: readonly CheckRef[], at: string): Fault[] {
  if (job.needs.length === 0 || own.every((check) => check.verdict !== "always")) return [];
  const skipped = own.some((check) => check.reasons.some((reason) => reason.code === "needs-failed-skips"));
  if (!skipped && job.readsNeeds) return [];
  const isRequired = (needed: Job): boolean => refs.some((ref) => ref.workflow === workflow.fileName && ref.job === needed.id);
  const open = ancestorsOf(workflow, job).filter((needed) => !isRequired(needed) && needed.continueOnError === undefined);
  if (open.length === 0) return [];
  const names = open.map((needed) => `"${needed.id}"`).join(", ");
  const rule = skipped
    ? `a job that is skipped counts as success: if ${names} fails, "${job.id}" is skipped, and the merge goes through`
    : `"${job.id}" runs although ${names} failed, and none of its steps looks at \`needs.*.result\`, so the failure stops nothing`;
  const fix = skipped
    ? `require ${names} as well, or give "${job.id}" \`if: always()\` and fail on their results`
    : `require ${names} as well, or fail on their results`;
  const place = job.condition.place;
  return [{ path: `${at}.job`, value: job.id, rule, fix, file: place.file, line: place.line }];
}

function queueFaults(own: readonly CheckReport[], queue: readonly CheckReport[], workflow: Workflow, ref: CheckRef, at: string): Fault[] {
  const missing = own.filter((check) => {
    const twin = queue.find((other) => other.file === check.file && other.context === check.context);
    return check.verdict === "always" && twin?.verdict !== "always";
  });
  const [first] = missing;
  if (first === undefined) return [];
  const twin = queue.find((other) => other.file === first.file && other.job === first.job);
  const reason = twin?.reasons.find((candidate) => !EXPLAINING.has(candidate.code));
  const why = reason === undefined ? "its name differs there" : `${reason.text} (${formatPlace({ file: reason.file, line: reason.line })})`;
  const rule = `with a merge queue a required check must report on \`merge_group\` too, but "${first.context}" does not: ${why}`;
  return [{ path: `${at}.job`, value: ref.job, rule, fix: "add `merge_group:` under `on:` of the workflow", file: workflow.file }];
}
