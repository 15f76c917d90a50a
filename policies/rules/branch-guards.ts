/** What guards a branch of a repository: rulesets and classic protection, read as one, whatever declares them. */
import { fnmatch } from "../../model/fnmatch.ts";
import { github, UNKNOWN, UnknownValue, type Declaration, type Stack } from "./declaration.ts";
import { both, Gathering, isAbout, rulesetsOver, type Answer, type Guards } from "./guards.ts";

export interface RequiredCheck {
  readonly context: string;
  /** Number of the app that must report it; absent where anybody may. */
  readonly app?: number;
}

/** One ruleset or one classic protection. Every question may throw UnknownValue. */
export interface Guard {
  readonly declaration: Declaration;
  /** A ruleset is readable by everybody; classic protection needs an administrator's token. */
  readonly kind: "ruleset" | "classic";
  readonly forbidsForcePush: () => boolean;
  readonly forbidsDeletion: () => boolean;
  readonly requiresPullRequest: () => boolean;
  /** Approvals that a pull request needs. */
  readonly approvals: () => number;
  readonly dismissesStaleReviews: () => boolean;
  readonly requiresCodeOwners: () => boolean;
  readonly requiresLastPushApproval: () => boolean;
  readonly requiresResolvedThreads: () => boolean;
  readonly checks: () => readonly RequiredCheck[];
  /** The branch must be up to date, or a merge queue sees to it. */
  readonly isStrict: () => boolean;
  /** The branch must be up to date; Scorecard does not know merge queues. */
  readonly isStrictPolicy: () => boolean;
  readonly requiresSignatures: () => boolean;
  readonly requiresLinearHistory: () => boolean;
  /** Whoever may step around it, in words. */
  readonly bypasses: () => readonly string[];
  /** Whoever may step around it at any time, not only by a pull request. */
  readonly standingBypasses: () => readonly string[];
}

export type BranchGuards = Guards<Guard>;

/** Name of the default branch: `undefined` where nobody says it, `UNKNOWN` where it is known only after the update. */
function defaultBranchOf(repository: Declaration, stack: Stack): string | undefined | typeof UNKNOWN {
  const name = repository.text("name") ?? repository.name;
  const own = stack.about(github("BranchDefault"), "repository", name).find((candidate) => isAbout(candidate, "repository", name) === true);
  try {
    return own?.text("branch") ?? repository.text("defaultBranch");
  } catch (error) {
    if (error instanceof UnknownValue) return UNKNOWN;
    throw error;
  }
}

/** What guards a repository's default branch. */
export function guardsOf(repository: Declaration, stack: Stack): BranchGuards {
  const repositoryName = repository.text("name") ?? repository.name;
  return guardsOfBranch({ repository: repositoryName, branch: defaultBranchOf(repository, stack), isDefault: true }, stack);
}

/** One branch. */
export interface GuardedBranch {
  /** Name without its owner. */
  readonly repository: string;
  /** `undefined` where nobody says it, so what GitHub calls a default branch by itself; `UNKNOWN` where the update will tell. */
  readonly branch: string | undefined | typeof UNKNOWN;
  readonly isDefault: boolean;
}

/** What guards any branch of a repository. */
export function guardsOfBranch(guarded: GuardedBranch, stack: Stack): BranchGuards {
  const { repository: name, branch } = guarded;
  const gathering = new Gathering<Guard>();
  for (const [ruleset, applies] of rulesetsOver(name, stack, (each) => takes(each, guarded)))
    gathering.consider(rulesetGuard(ruleset), applies);
  for (const protection of stack.all(github("BranchProtection")))
    gathering.consider(classicGuard(protection), () => classicApplies(protection, "repositoryId", "pattern", name, branch));
  for (const protection of stack.all(github("BranchProtectionV3")))
    gathering.consider(classicGuard(protection), () => classicApplies(protection, "repository", "branch", name, branch));
  // The stack that makes a branch need not be the one that guards it.
  return gathering.guards("what guards the branch", !guarded.isDefault && stack.isPart);
}

/** `undefined` where that hangs on a name that nobody knows yet. */
function takes(ruleset: Declaration, { branch, isDefault }: GuardedBranch): Answer {
  if (ruleset.text("target") !== "branch" || ruleset.text("enforcement") !== "active") return false;
  const any = (patterns: readonly string[]): Answer => {
    if (patterns.some((pattern) => pattern === "~ALL" || (pattern === "~DEFAULT_BRANCH" && isDefault))) return true;
    if (branch === UNKNOWN) return patterns.length === 0 ? false : undefined;
    return namesOf(branch).some((name) => patterns.some((pattern) => fnmatch(pattern, `refs/heads/${name}`)));
  };
  const [taken, left] = [any(ruleset.texts("conditions.refName.includes")), any(ruleset.texts("conditions.refName.excludes"))];
  if (taken === false || left === true) return false;
  return taken === true && left === false ? true : undefined;
}

/** What GitHub calls the default branch where nobody says it. */
const namesOf = (branch: string | undefined): readonly string[] => (branch === undefined ? ["main", "master"] : [branch]);

function classicApplies(
  protection: Declaration,
  about: string,
  pattern: string,
  name: string,
  branch: string | undefined | typeof UNKNOWN,
): Answer {
  const wanted = protection.text(pattern);
  if (wanted === undefined) return false;
  const named = branch === UNKNOWN ? undefined : namesOf(branch).some((each) => fnmatch(wanted, each));
  const which = isAbout(protection, about, name);
  // A node id is not the name, and says nothing before the repository exists.
  return both(named, about === "repositoryId" && which === false ? undefined : which);
}

function rulesetGuard(ruleset: Declaration): Guard {
  const review = "rules.pullRequest";
  const actors = (): readonly Record<string, unknown>[] =>
    ruleset.list("bypassActors").filter((actor): actor is Record<string, unknown> => typeof actor === "object" && actor !== null);
  const words = ({ actorType, actorId }: Record<string, unknown>): string =>
    [actorType, actorId].filter((part) => typeof part === "string" || typeof part === "number").join(" ");
  return {
    declaration: ruleset,
    kind: "ruleset",
    forbidsForcePush: () => ruleset.flag("rules.nonFastForward"),
    forbidsDeletion: () => ruleset.flag("rules.deletion"),
    requiresPullRequest: () => ruleset.has(review),
    approvals: () => ruleset.count(`${review}.requiredApprovingReviewCount`),
    dismissesStaleReviews: () => ruleset.flag(`${review}.dismissStaleReviewsOnPush`),
    requiresCodeOwners: () => ruleset.flag(`${review}.requireCodeOwnerReview`),
    requiresLastPushApproval: () => ruleset.flag(`${review}.requireLastPushApproval`),
    requiresResolvedThreads: () => ruleset.flag(`${review}.requiredReviewThreadResolution`),
    checks: () =>
      ruleset.list("rules.requiredStatusChecks.requiredChecks").flatMap((check): RequiredCheck[] => {
        const { context, integrationId } = check as { context?: unknown; integrationId?: unknown };
        if (typeof context !== "string") return [];
        return [{ context, ...(typeof integrationId === "number" && integrationId > 0 && { app: integrationId }) }];
      }),
    isStrict: () => ruleset.flag("rules.requiredStatusChecks.strictRequiredStatusChecksPolicy") || ruleset.has("rules.mergeQueue"),
    isStrictPolicy: () => ruleset.flag("rules.requiredStatusChecks.strictRequiredStatusChecksPolicy"),
    requiresSignatures: () => ruleset.flag("rules.requiredSignatures"),
    requiresLinearHistory: () => ruleset.flag("rules.requiredLinearHistory"),
    bypasses: () => actors().map(words),
    standingBypasses: () =>
      actors()
        .filter((actor) => actor["bypassMode"] !== "pull_request")
        .map(words),
  };
}

/** Both classic resources; the newer one has lists of one where the older has objects. */
function classicGuard(protection: Declaration): Guard {
  const first = (path: string): string => (Array.isArray(protection.get(path)) ? `${path}.0` : path);
  const review = (field: string): string => `${first("requiredPullRequestReviews")}.${field}`;
  const checks = (field: string): string => `${first("requiredStatusChecks")}.${field}`;
  const bypasses = (): readonly string[] => [
    ...(protection.flag("enforceAdmins") ? [] : ["administrators"]),
    ...protection.texts("forcePushBypassers"),
    ...protection.texts(review("pullRequestBypassers")),
    ...["users", "teams", "apps"].flatMap((kind) => protection.texts(review(`bypassPullRequestAllowances.${kind}`))),
  ];
  return {
    declaration: protection,
    kind: "classic",
    forbidsForcePush: () => !protection.flag("allowsForcePushes"),
    forbidsDeletion: () => !protection.flag("allowsDeletions"),
    requiresPullRequest: () => protection.has(first("requiredPullRequestReviews")),
    // GitHub asks for one where reviews are required and no number is given.
    approvals: () =>
      protection.has(first("requiredPullRequestReviews")) ? Number(protection.get(review("requiredApprovingReviewCount")) ?? 1) : 0,
    dismissesStaleReviews: () => protection.flag(review("dismissStaleReviews")),
    requiresCodeOwners: () => protection.flag(review("requireCodeOwnerReviews")),
    requiresLastPushApproval: () => protection.flag(review("requireLastPushApproval")),
    requiresResolvedThreads: () => protection.flag("requireConversationResolution"),
    checks: () => [
      ...protection.texts(checks("contexts")).map((context) => ({ context })),
      ...protection.texts(checks("checks")).map((check): RequiredCheck => {
        const [, context = check, app] = /^(.*):(\d+)$/.exec(check) ?? [];
        return { context, ...(app !== undefined && { app: Number(app) }) };
      }),
    ],
    isStrict: () => protection.flag(checks("strict")),
    isStrictPolicy: () => protection.flag(checks("strict")),
    requiresSignatures: () => protection.flag("requireSignedCommits"),
    requiresLinearHistory: () => protection.flag("requiredLinearHistory"),
    bypasses,
    standingBypasses: bypasses,
  };
}
