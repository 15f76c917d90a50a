/** Which checks report on a pull request, with the reasons. */
import { contextsOf } from "./contexts.ts";
import { triggerVerdict, type Occasion, type PullRequestHead } from "./events.ts";
import { expandWorkflow, type StartedCheck } from "./expand.ts";
import { better, type CheckReport, type Reason, type Verdict } from "./report.ts";
import type { Pipelines, Workflow } from "./workflow.ts";

/**
 * Every check that the repository's workflows could put on a pull request, in the order of files and jobs.
 *
 * The same job started by two events (such as `push` and `pull_request`) is one entry with the better verdict. Workflows that GitHub
 * refuses are left out; `pipelines.problems` says why. Jobs that report only elsewhere are listed with the verdict `never`.
 *
 * @param base Branch that the pull request is to be merged into.
 * @param head What is known about the pull request; absent means that it may be anything, a fork included.
 * @param repository `owner/name`, where conditions compare `github.repository`.
 */
export function checksOnPullRequest(
  pipelines: Pipelines,
  { base, head = {}, repository }: { readonly base: string; readonly head?: PullRequestHead; readonly repository?: string },
): CheckReport[] {
  return checksOn(pipelines, { event: "pull_request", base, head, ...(repository === undefined ? {} : { repository }) });
}

/** The same for the commit that a merge queue of `base` makes of a group of pull requests. */
export function checksInMergeQueue(
  pipelines: Pipelines,
  { base, repository }: { readonly base: string; readonly repository?: string },
): CheckReport[] {
  return checksOn(pipelines, { event: "merge_group", base, head: {}, ...(repository === undefined ? {} : { repository }) });
}

function checksOn(pipelines: Pipelines, occasion: Occasion): CheckReport[] {
  const workflows = [...pipelines.workflows.values()].filter((workflow) => !workflow.broken && isLocal(workflow));
  return workflows.flatMap((workflow) => checksOfWorkflow(workflow, pipelines.workflows, occasion));
}

/** Remote reusable workflows are kept under their `uses:` text, which has a version. Nothing starts them here but a call. */
function isLocal(workflow: Workflow): boolean {
  return !workflow.file.includes("@");
}

function checksOfWorkflow(workflow: Workflow, workflows: ReadonlyMap<string, Workflow>, occasion: Occasion): CheckReport[] {
  const merged = new Map<string, { check: StartedCheck; all: StartedCheck[] }[]>();
  const starts = workflow.triggers.map((trigger) => ({ trigger, start: triggerVerdict(trigger, occasion) }));
  const active = starts.filter(({ start }) => start.verdict !== "never");
  for (const { trigger, start } of active.length > 0 ? active : starts) {
    const ofThisEvent = new Map<string, number>();
    for (const check of expandWorkflow(workflow, contextsOf(trigger, occasion), start, workflows)) {
      const key = JSON.stringify([check.jobPath, check.context]);
      // Two combinations of one event that come out under one name stay two entries: that is a fault of the name.
      const position = ofThisEvent.get(key) ?? 0;
      ofThisEvent.set(key, position + 1);
      const entries = merged.get(key) ?? [];
      merged.set(key, entries);
      const entry = entries[position];
      if (entry === undefined) entries.push({ check, all: [check] });
      else entry.all.push(check);
    }
  }
  return withoutSkippedTwins([...merged.values()].flat().map(({ check, all }) => ({ ...describe(workflow, check), ...judge(all) })));
}

/** A job that one event skips and another runs is told by the one that runs it: its unexpanded name is no check to wait for. */
function withoutSkippedTwins(reports: readonly CheckReport[]): CheckReport[] {
  const running = new Set(reports.filter((report) => report.verdict !== "never").map((report) => report.jobPath.join("/")));
  return reports.filter((report) => report.verdict !== "never" || !running.has(report.jobPath.join("/")));
}

function describe(workflow: Workflow, check: StartedCheck): Omit<CheckReport, "verdict" | "reasons"> {
  const { context, jobPath, canFail, toleratesFailure, matrix } = check;
  const names = { context, workflow: workflow.fileName, file: workflow.file, job: jobPath[0] ?? "", jobPath };
  return { ...names, ...(matrix === undefined ? {} : { matrix }), canFail, toleratesFailure, app: "github-actions" };
}

/** The best verdict of all events, with the reasons of the events that give it. */
function judge(checks: readonly StartedCheck[]): { verdict: Verdict; canFail: boolean; toleratesFailure: boolean; reasons: Reason[] } {
  const verdict = checks.map((check) => check.verdict).reduce(better);
  const deciding = checks.filter((check) => check.verdict === verdict);
  const reasons = new Map(deciding.flatMap((check) => check.reasons).map((reason) => [JSON.stringify(reason), reason]));
  return {
    verdict,
    canFail: deciding.some((check) => check.canFail),
    toleratesFailure: deciding.some((check) => check.toleratesFailure),
    reasons: [...reasons.values()],
  };
}
