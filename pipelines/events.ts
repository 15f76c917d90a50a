/** Which events start a workflow so that its checks stand on the head of a pull request, or of a merge queue's group. */
import { isLiteralPattern, matchesEverything, matchesPatterns } from "./glob.ts";
import type { Reason, ReasonCode, Verdict } from "./report.ts";
import type { Filter, FilterName, Trigger } from "./workflow.ts";

/** What is known about a pull request. Whatever is absent may be anything. */
export interface PullRequestHead {
  /** Name of the branch that is to be merged. */
  readonly ref?: string;
  /** Does it live in a fork? */
  readonly fork?: boolean;
  /** Paths that the pull request changes. */
  readonly paths?: readonly string[];
  /** A workflow opened it with `GITHUB_TOKEN`. */
  readonly openedBy?: "GITHUB_TOKEN";
}

/** What happens to a branch: a pull request to it, or a merge queue that tests a group for it. */
export interface Occasion {
  readonly event: "pull_request" | "merge_group";
  readonly base: string;
  readonly head: PullRequestHead;
  /** `owner/name` of the repository, for conditions that compare it. */
  readonly repository?: string;
}

export interface TriggerVerdict {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}

/** Activity types of `pull_request` that together cover every head commit a pull request ever has. */
const EVERY_COMMIT = ["opened", "synchronize", "reopened"] as const;

/** The types that start a workflow where `types` is absent. */
export const DEFAULT_TYPES: readonly string[] = EVERY_COMMIT;

/** Events whose checks stand on the head of a pull request, but which happen only now and then. */
const OCCASIONAL: Readonly<Record<string, string>> = {
  pull_request_review: "somebody reviews the pull request",
  pull_request_review_comment: "somebody comments on its changes",
  deployment: "somebody deploys the head commit",
  deployment_status: "a deployment of the head commit changes its status",
};

/** Does this trigger start its workflow on this occasion, so that the checks count there? */
export function triggerVerdict(trigger: Trigger, occasion: Occasion): TriggerVerdict {
  const never = (code: ReasonCode, text: string, filter?: Filter): TriggerVerdict => ({
    verdict: "never",
    reasons: [reason(trigger, code, text, filter)],
  });
  if (trigger.event === "workflow_call") return never("event-only-called", "runs only when another workflow calls it");
  if (occasion.event === "merge_group") return mergeGroupVerdict(trigger, occasion, never);
  if (trigger.event === "merge_group") return never("event-not-on-head", "`merge_group` reports on the merge queue's own commit");
  if (trigger.event === "push") return pushVerdict(trigger, occasion, never);
  if (trigger.event === "pull_request" || trigger.event === "pull_request_target") return pullRequestVerdict(trigger, occasion, never);
  const when = OCCASIONAL[trigger.event];
  if (when !== undefined) {
    return { verdict: "conditional", reasons: [reason(trigger, "event-occasional", `\`${trigger.event}\` runs only when ${when}`)] };
  }
  const why =
    trigger.event === "workflow_dispatch"
      ? "runs by hand, and GitHub does not count such a run for a pull request"
      : "reports on the last commit of the default branch or on no commit at all, never on the head of a pull request";
  return never("event-not-on-head", `\`${trigger.event}\` ${why}`);
}

type Never = (code: ReasonCode, text: string, filter?: Filter) => TriggerVerdict;

function mergeGroupVerdict(trigger: Trigger, { base }: Occasion, never: Never): TriggerVerdict {
  if (trigger.event !== "merge_group") return never("event-not-merge-queue", `\`${trigger.event}\` does not run in the merge queue`);
  const excluded = branchExcluded(trigger, base);
  if (excluded !== undefined) return never("branch-filter", `\`${excluded.name}\` excludes the branch "${base}"`, excluded.filter);
  return { verdict: "always", reasons: [reason(trigger, "runs-in-merge-queue", `runs for every merge group for "${base}"`)] };
}

function pullRequestVerdict(trigger: Trigger, occasion: Occasion, never: Never): TriggerVerdict {
  const { base, head } = occasion;
  const excluded = branchExcluded(trigger, base);
  if (excluded !== undefined) return never("branch-filter", `\`${excluded.name}\` excludes the branch "${base}"`, excluded.filter);
  const reasons: Reason[] = [];
  const types = trigger.filters.types;
  const missing = EVERY_COMMIT.filter((type) => types !== undefined && !types.patterns.includes(type));
  if (missing.length > 0) {
    const text = `\`types\` leaves out ${missing.join(", ")}: a head commit that arrives that way gets no check`;
    reasons.push(reason(trigger, "activity-types", text, types));
  }
  const paths = pathVerdict(trigger, head);
  if (paths.verdict === "never") return paths;
  reasons.push(...paths.reasons);
  if (head.openedBy === "GITHUB_TOKEN" && trigger.event === "pull_request") {
    const text = "a pull request opened with GITHUB_TOKEN starts no run until a person approves it";
    reasons.push(reason(trigger, "github-token", text));
  }
  if (reasons.length > 0) return { verdict: "conditional", reasons };
  return { verdict: "always", reasons: [reason(trigger, "runs-on-every-pull-request", `runs on every pull request to "${base}"`)] };
}

/** A push to the head branch reports on the head commit, where that branch is in this repository. */
function pushVerdict(trigger: Trigger, { base, head }: Occasion, never: Never): TriggerVerdict {
  const { branches, tags } = trigger.filters;
  const ignored = trigger.filters["branches-ignore"];
  const tagFilter = tags ?? trigger.filters["tags-ignore"];
  if (head.fork === true) return never("push-fork", "a push to a fork starts no workflow of this repository");
  if (head.openedBy === "GITHUB_TOKEN") return never("github-token", "a push made with GITHUB_TOKEN starts no workflow");
  if (tagFilter !== undefined && branches === undefined && ignored === undefined) {
    return never("push-tags-only", "runs for tags only, which are never the head of a pull request", tagFilter);
  }
  const filter = branches ?? ignored;
  if (filter !== undefined) {
    const name = branches === undefined ? "branches-ignore" : "branches";
    const runsFor = (branch: string): boolean => matchesPatterns(filter.patterns, branch) === (branches !== undefined);
    if (head.ref !== undefined) {
      if (!runsFor(head.ref)) return never("push-branch", `\`${name}\` excludes pushes to "${head.ref}"`, filter);
    } else if (branches?.patterns.every((pattern) => isLiteralPattern(pattern) && pattern === base) === true) {
      return never("push-branch", `runs for pushes to "${base}" itself, after the merge`, filter);
    } else if (!(branches !== undefined && matchesEverything(branches.patterns))) {
      const text = `\`push\` runs only for a head branch that \`${name}\` lets through, in this repository`;
      return { verdict: "conditional", reasons: [reason(trigger, "push-branch", text, filter), ...pathVerdict(trigger, head).reasons] };
    }
  }
  const paths = pathVerdict(trigger, head);
  if (paths.verdict === "never") return paths;
  const reasons = [...paths.reasons];
  if (head.fork === undefined) reasons.push(reason(trigger, "push-fork", "a push to a fork starts no workflow of this repository"));
  if (reasons.length > 0) return { verdict: "conditional", reasons };
  return { verdict: "always", reasons: [reason(trigger, "runs-on-every-pull-request", "runs on every push to the head branch")] };
}

function branchExcluded(trigger: Trigger, base: string): { name: FilterName; filter: Filter } | undefined {
  const only = trigger.filters.branches;
  if (only !== undefined && !matchesPatterns(only.patterns, base)) return { name: "branches", filter: only };
  const ignored = trigger.filters["branches-ignore"];
  if (ignored !== undefined && matchesPatterns(ignored.patterns, base)) return { name: "branches-ignore", filter: ignored };
  return undefined;
}

/** A workflow that a path filter skips reports nothing at all: its checks stay "expected" for ever. */
function pathVerdict(trigger: Trigger, head: PullRequestHead): TriggerVerdict {
  const only = trigger.filters.paths;
  const ignored = trigger.filters["paths-ignore"];
  const filter = only ?? ignored;
  if (filter === undefined || (only !== undefined && matchesEverything(only.patterns))) return { verdict: "always", reasons: [] };
  if (head.paths !== undefined) {
    const runs = head.paths.some((path) => matchesPatterns(filter.patterns, path) === (only !== undefined));
    if (runs) return { verdict: "always", reasons: [] };
  }
  const verdict = head.paths === undefined ? "conditional" : "never";
  const name = only === undefined ? "paths-ignore" : "paths";
  const text = `\`${name}\` under \`${trigger.event}\` skips the whole workflow where no changed file ${only === undefined ? "is left" : "matches"}, and a skipped one never reports`;
  return { verdict, reasons: [reason(trigger, "path-filter", text, filter)] };
}

function reason(trigger: Trigger, code: ReasonCode, text: string, filter?: Filter): Reason {
  const place = filter?.place ?? trigger.place;
  return { code, text, file: place.file, line: place.line };
}
