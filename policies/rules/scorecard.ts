/**
 * The score that OpenSSF Scorecard's check Branch-Protection will give the default branch of a declared repository, by its own rules: five
 * tiers, a tier counts only when the one before it is complete, and the sum is cut to a whole number.
 * https://github.com/ossf/scorecard/blob/main/checks/evaluation/branch_protection.go
 */
import { guardsOf, type BranchGuards } from "./branch-guards.ts";
import { github, Stack, UnknownValue, type Declaration } from "./declaration.ts";

export interface Step {
  readonly tier: 1 | 2 | 3 | 4 | 5;
  /** What Scorecard asks for. */
  readonly title: string;
  /** Share of its tier. */
  readonly weight: number;
  readonly state: "done" | "missing" | "unknown";
  /** Property of the ruleset to set. */
  readonly fix: string;
}

export interface Score {
  /** Name of the repository. */
  readonly repository: string;
  /** 0 to 10. What is unknown before the update counts as missing. */
  readonly score: number;
  readonly steps: readonly Step[];
}

const points = { 1: 3, 2: 3, 3: 2, 4: 1, 5: 1 } as const;
const tiers = [1, 2, 3, 4, 5] as const;

interface Asked {
  readonly tier: Step["tier"];
  readonly title: string;
  readonly weight?: number;
  readonly fix: string;
  readonly holds: (guards: BranchGuards, hasCodeOwners: boolean) => boolean;
}

const requires =
  (question: Parameters<BranchGuards["some"]>[0]): Asked["holds"] =>
  (guards) =>
    guards.some(question);

const asked: readonly Asked[] = [
  { tier: 1, title: "no force push", fix: "rules.nonFastForward", holds: requires((guard) => guard.forbidsForcePush()) },
  { tier: 1, title: "no deletion", fix: "rules.deletion", holds: requires((guard) => guard.forbidsDeletion()) },
  {
    ...{ tier: 2, title: "at least one approval", weight: 2, fix: "rules.pullRequest.requiredApprovingReviewCount: 1" },
    holds: requires((guard) => guard.approvals() >= 1),
  },
  { tier: 2, title: "a pull request", fix: "rules.pullRequest", holds: requires((guard) => guard.requiresPullRequest()) },
  {
    ...{ tier: 2, title: "up to date before the merge", fix: "rules.requiredStatusChecks.strictRequiredStatusChecksPolicy, with a check" },
    holds: (guards) =>
      guards.some((guard) => guard.checks().length > 0) && guards.some((guard) => guard.checks().length > 0 && guard.isStrictPolicy()),
  },
  {
    ...{ tier: 2, title: "the last push approved by somebody else", fix: "rules.pullRequest.requireLastPushApproval" },
    holds: requires((guard) => guard.requiresLastPushApproval()),
  },
  {
    tier: 3,
    title: "at least one required check",
    fix: "rules.requiredStatusChecks",
    holds: requires((guard) => guard.checks().length > 0),
  },
  {
    ...{ tier: 4, title: "at least two approvals", fix: "rules.pullRequest.requiredApprovingReviewCount: 2" },
    holds: requires((guard) => guard.approvals() >= 2),
  },
  {
    ...{ tier: 4, title: "a code owner's review, with a CODEOWNERS file", fix: "rules.pullRequest.requireCodeOwnerReview" },
    holds: (guards, hasCodeOwners) => hasCodeOwners && guards.some((guard) => guard.requiresCodeOwners()),
  },
  {
    ...{ tier: 5, title: "stale reviews dismissed", fix: "rules.pullRequest.dismissStaleReviewsOnPush" },
    holds: requires((guard) => guard.dismissesStaleReviews()),
  },
  {
    ...{ tier: 5, title: "administrators bound: nobody steps around", fix: "bypassActors: []" },
    holds: (guards) => guards.some(() => true) && [...guards.each()].every((guard) => guard.bypasses().length === 0),
  },
];

/**
 * Scores every repository that is declared and not archived.
 *
 * @param hasCodeOwners Whether the repository of that name has a CODEOWNERS file.
 */
export function scorecards(resources: readonly Declaration[], hasCodeOwners: (repository: string) => boolean): Score[] {
  const stack = new Stack(resources);
  return stack
    .all(github("Repository"))
    .filter((repository) => !known(() => repository.flag("archived")))
    .map((repository) => scoreOf(repository, stack, hasCodeOwners));
}

function scoreOf(declaration: Declaration, stack: Stack, hasCodeOwners: (repository: string) => boolean): Score {
  const repository = known(() => declaration.text("name")) ?? declaration.name;
  const guards = guardsOf(declaration, stack);
  const steps = asked.map(({ tier, title, weight = 1, fix, holds }): Step => {
    const held = known(() => holds(guards, hasCodeOwners(repository)));
    return { tier, title, weight, fix, state: held === undefined ? "unknown" : held ? "done" : "missing" };
  });
  let score = 0;
  for (const tier of tiers) {
    const own = steps.filter((step) => step.tier === tier);
    const whole = own.reduce((sum, { weight }) => sum + weight, 0);
    const done = own.reduce((sum, { weight, state }) => sum + (state === "done" ? weight : 0), 0);
    score += (done * points[tier]) / whole;
    if (done < whole) break;
  }
  return { repository, score: Math.trunc(score), steps };
}

/** `undefined` for what nobody knows before the update. */
function known<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownValue) return undefined;
    throw error;
  }
}
