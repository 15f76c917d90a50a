/** Which checks report on a pull request, with the reasons. */
import { contextsOf } from "./contexts.ts";
import { triggerVerdict, type Occasion, type PullRequestHead } from "./events.ts";
import { expandWorkflow, type StartedCheck } from "./expand.ts";
import { better, type CheckReport, type Reason } from "./report.ts";
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

/** A check as one event makes it. */
interface FromEvent {
  readonly check: StartedCheck;
  readonly event: string;
}

function checksOfWorkflow(workflow: Workflow, workflows: ReadonlyMap<string, Workflow>, occasion: Occasion): CheckReport[] {
  const merged = new Map<string, FromEvent[][]>();
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
      (entries[position] ??= []).push({ check, event: trigger.event });
    }
  }
  return withoutSkippedTwins([...merged.values()].flat().map((all) => ({ ...describe(workflow, all), ...judge(all) })));
}

/** A job that one event skips and another runs is told by the one that runs it: its unexpanded name is no check to wait for. */
function withoutSkippedTwins(reports: readonly CheckReport[]): CheckReport[] {
  const running = new Set(reports.filter((report) => report.verdict !== "never").map((report) => report.jobPath.join("/")));
  return reports.filter((report) => report.verdict !== "never" || !running.has(report.jobPath.join("/")));
}

function describe(workflow: Workflow, [first]: readonly FromEvent[]): Omit<CheckReport, keyof Judgement> {
  const { context = "", jobPath = [], matrix } = first?.check ?? {};
  const names = { context, workflow: workflow.fileName, file: workflow.file, job: jobPath[0] ?? "", jobPath };
  return { ...names, ...(matrix === undefined ? {} : { matrix }), app: "github-actions" };
}

type Judgement = Pick<CheckReport, "verdict" | "canFail" | "toleratesFailure" | "reasons">;

/** The best verdict of all events, with the reasons of the events that give it. */
function judge(all: readonly FromEvent[]): Judgement {
  const verdict = all.map(({ check }) => check.verdict).reduce(better);
  const best = all.filter(({ check }) => check.verdict === verdict);
  // Where both may report, what has to change is the pull request's trigger: a push never covers forks.
  const other = best.filter(({ event }) => event !== "push");
  const deciding = (other.length > 0 ? other : best).map(({ check }) => check);
  // Only a push makes it report: then it also matters what keeps it from doing so on the pull request.
  const kept = other.length > 0 || verdict === "always" ? [] : all.filter(({ event }) => event !== "push").map(({ check }) => check);
  const reasons = [...deciding, ...kept]
    .flatMap((check) => check.reasons)
    .filter((reason) => verdict === "always" || !STARTS_ALWAYS.has(reason.code));
  return {
    verdict,
    canFail: deciding.some((check) => check.canFail),
    toleratesFailure: deciding.some((check) => check.toleratesFailure),
    reasons: [...new Map(reasons.map((reason) => [JSON.stringify(reason), reason])).values()],
  };
}

const STARTS_ALWAYS: ReadonlySet<Reason["code"]> = new Set(["runs-on-every-pull-request", "runs-in-merge-queue"]);
