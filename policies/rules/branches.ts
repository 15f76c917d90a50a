/** What guards the default branch of every repository that a stack declares, and every other branch that it declares, since that lives long. */
import { guardsOf, guardsOfBranch, type BranchGuards } from "./branch-guards.ts";
import { github, type Declaration, type Stack } from "./declaration.ts";
import type { Config, Finding, StackRule, Standards } from "./rule.ts";

interface Asked extends Omit<StackRule, "kind" | "types" | "judge"> {
  readonly judge: (guards: BranchGuards, config: Config, name: string) => Iterable<Finding>;
}

const rule = ({ judge, ...about }: Asked): StackRule => ({
  ...about,
  kind: "stack",
  types: [github("Repository"), github("Branch")],
  *judge(subject, stack, config) {
    // Nothing is merged into what is archived.
    if (subject.flag("archived")) return;
    yield* judge(subject.type === github("Branch") ? guardsOfDeclared(subject, stack) : guardsOf(subject, stack), config, subject.name);
  },
});
/** A branch that the stack makes is never the default one: that is there with the repository. */
const guardsOfDeclared = (branch: Declaration, stack: Stack): BranchGuards =>
  guardsOfBranch({ repository: branch.text("repository") ?? "", branch: branch.text("branch") ?? "", isDefault: false }, stack);
const branchProtection = (tier: 1 | 2 | 3 | 4 | 5): NonNullable<Standards["scorecard"]> => ({ check: "Branch-Protection", tier });

export const branchRules: readonly StackRule[] = [
  rule({
    id: "branch-no-force-push",
    title: "Nobody rewrites a branch that lives long",
    why: "A force push can put anything in the place of what was reviewed, and leaves no trace in the branch.",
    severity: "critical",
    standards: { scorecard: branchProtection(1), cis: ["1.1.16"], slsa: ["L2 continuity"] },
    fix: "Set `nonFastForward` in an active ruleset of the branch.",
    *judge(guards) {
      if (!guards.some((guard) => guard.forbidsForcePush())) yield "nothing forbids a force push";
    },
  }),
  rule({
    id: "branch-no-deletion",
    title: "Nobody deletes a branch that lives long",
    why: "Deleting and pushing again is a force push by another name.",
    severity: "critical",
    standards: { scorecard: branchProtection(1), cis: ["1.1.17"], slsa: ["L2 continuity"] },
    fix: "Set `deletion` in an active ruleset of the branch.",
    *judge(guards) {
      if (!guards.some((guard) => guard.forbidsDeletion())) yield "nothing forbids to delete the branch";
    },
  }),
  rule({
    id: "branch-pull-request",
    title: "Changes reach a branch that lives long by a pull request only",
    why: "A direct push meets no review and no check.",
    severity: "critical",
    standards: { scorecard: branchProtection(2), osps: ["OSPS-AC-03.01"] },
    fix: "Declare `pullRequest` in an active ruleset of the branch.",
    *judge(guards) {
      if (!guards.some((guard) => guard.requiresPullRequest())) yield "the branch takes direct pushes";
    },
  }),
  rule({
    id: "branch-approvals",
    title: "A pull request needs approvals",
    why: "One compromised or mistaken account would be enough.",
    severity: "high",
    standards: { scorecard: branchProtection(2), cis: ["1.1.3"], slsa: ["L4 review"] },
    fix: "Set `pullRequest.requiredApprovingReviewCount`.",
    config: {
      least: { type: "integer", description: "Approvals that a pull request must need.", default: 1, minimum: 1, maximum: 6 },
      two: {
        type: "array",
        description: "Names of repositories and branches that need two at least.",
        default: [],
        items: { type: "string" },
      },
    },
    *judge(guards, { least, two }, name) {
      const wanted = Math.max(Number(least), Array.isArray(two) && two.includes(name) ? 2 : 0);
      if (!guards.some((guard) => guard.approvals() >= wanted))
        yield `a pull request does not need ${wanted} approval${wanted === 1 ? "" : "s"}`;
    },
  }),
  rule({
    id: "branch-code-owners",
    title: "Owners of the code approve changes to it",
    why: "Without it an approval may come from somebody who does not know what is changed, such as the gates themselves.",
    severity: "medium",
    standards: { scorecard: branchProtection(4), cis: ["1.1.7"], slsa: ["L4 review"] },
    fix: "Set `pullRequest.requireCodeOwnerReview`, and keep a CODEOWNERS file.",
    *judge(guards) {
      if (!guards.some((guard) => guard.requiresCodeOwners())) yield "a code owner's review is not required";
    },
  }),
  rule({
    id: "branch-last-push-approved",
    title: "Somebody else approves the last push",
    why: "Else whoever is approved can add a commit afterwards, or push to another's pull request and approve it.",
    severity: "high",
    standards: { scorecard: branchProtection(2), slsa: ["L4 review"] },
    fix: "Set `pullRequest.requireLastPushApproval`.",
    *judge(guards) {
      if (!guards.some((guard) => guard.requiresLastPushApproval())) yield "the last push needs nobody's approval";
    },
  }),
  rule({
    id: "branch-stale-reviews-dismissed",
    title: "An approval ends with the next push",
    why: "What was approved is not what is merged otherwise.",
    severity: "high",
    standards: { scorecard: branchProtection(5), cis: ["1.1.4"], slsa: ["L4 review"] },
    fix: "Set `pullRequest.dismissStaleReviewsOnPush`.",
    *judge(guards) {
      if (!guards.some((guard) => guard.dismissesStaleReviews())) yield "approvals outlive the next push";
    },
  }),
  rule({
    id: "branch-threads-resolved",
    title: "Questions of a review are answered before the merge",
    why: "A reviewer's doubt is lost when the merge does not wait for it.",
    severity: "low",
    standards: { cis: ["1.1.11"] },
    fix: "Set `pullRequest.requiredReviewThreadResolution`.",
    *judge(guards) {
      if (!guards.some((guard) => guard.requiresResolvedThreads())) yield "a merge does not wait for open threads";
    },
  }),
  rule({
    id: "branch-checks",
    title: "A merge needs at least one check",
    why: "Tests that nobody has to wait for are advice.",
    severity: "high",
    standards: { scorecard: branchProtection(3), cis: ["1.1.9"] },
    fix: "Declare `requiredStatusChecks` with the checks that must succeed.",
    config: {
      named: {
        type: "array",
        description: "Checks that must be among them, as `NAME CONTEXT` with the name of the repository's or the branch's resource.",
        default: [],
        items: { type: "string" },
      },
    },
    *judge(guards, { named }, name) {
      if (!guards.some((guard) => guard.checks().length > 0)) yield "no check is required";
      for (const wanted of Array.isArray(named) ? (named as readonly string[]) : []) {
        const context = wanted.slice(wanted.indexOf(" ") + 1);
        if (wanted !== `${name} ${context}`) continue;
        if (!guards.some((guard) => guard.checks().some((check) => check.context === context))) yield `check ${context} is not required`;
      }
    },
  }),
  rule({
    id: "branch-up-to-date",
    title: "What is merged was tested on top of the branch as it is",
    why: "Two changes that each pass can break together.",
    severity: "medium",
    standards: { scorecard: branchProtection(2), cis: ["1.1.10"] },
    fix: "Set `strictRequiredStatusChecksPolicy`, or declare a merge queue.",
    *judge(guards) {
      const strict = guards.some((guard) => guard.isStrict()) && guards.some((guard) => guard.checks().length > 0);
      if (!strict) yield "a branch that is behind may be merged";
    },
  }),
  rule({
    id: "branch-checks-pinned",
    title: "A required check counts only from the app that should report it",
    why: "Whoever may write commit statuses can report a check of any name.",
    severity: "high",
    standards: { slsa: ["L3 required checks"] },
    fix: "Set `integrationId` of each required check; GitHub Actions is 15368.",
    config: {
      apps: { type: "array", description: "Numbers of the apps that report checks.", default: ["15368"], items: { type: "string" } },
    },
    *judge(guards, { apps }) {
      for (const { declaration, checks } of guards.each()) {
        const loose = checks().filter(({ app }) => app === undefined);
        if (loose.length > 0) yield `${declaration.name} takes ${loose.map(({ context }) => context).join(", ")} from anybody`;
        for (const { context, app } of checks()) {
          if (app !== undefined && Array.isArray(apps) && !apps.includes(String(app)))
            yield `${declaration.name} waits for ${context} of app ${app}, which is not known to report it`;
        }
      }
    },
  }),
  rule({
    id: "branch-signatures",
    title: "Commits on a branch that lives long are signed",
    why: "The author of an unsigned commit is whatever its author wrote.",
    severity: "medium",
    standards: { cis: ["1.1.12"] },
    fix: "Set `requiredSignatures`.",
    *judge(guards) {
      if (!guards.some((guard) => guard.requiresSignatures())) yield "unsigned commits are taken";
    },
  }),
  rule({
    id: "branch-linear-history",
    title: "A branch that lives long has a linear history",
    why: "A line without merges shows what was deployed when, and a revert of one commit is a revert of one change.",
    severity: "low",
    standards: { cis: ["1.1.13"] },
    fix: "Set `requiredLinearHistory`, or declare a merge queue that squashes.",
    *judge(guards) {
      if (!guards.some((guard) => guard.requiresLinearHistory())) yield "merge commits are taken";
    },
  }),
  rule({
    id: "branch-no-bypass",
    title: "Nobody steps around the gates of a branch",
    why: "A gate with a way around it is only as strong as the account that may take it.",
    severity: "high",
    standards: { scorecard: branchProtection(5), cis: ["1.1.14"] },
    fix: "Empty `bypassActors`; where an emergency needs one, allow it by pull request only and except it until a day.",
    config: { pullRequestBypass: { type: "boolean", description: "Whether an actor may bypass by a pull request.", default: false } },
    *judge(guards, { pullRequestBypass }) {
      for (const { declaration, bypasses, standingBypasses } of guards.each()) {
        const actors = pullRequestBypass === true ? standingBypasses() : bypasses();
        if (actors.length > 0) yield `${declaration.name} lets ${actors.join(", ")} around it`;
      }
    },
  }),
  {
    id: "branch-same-checks",
    kind: "stack",
    types: [github("Branch")],
    title: "Every branch that lives long asks for the same checks",
    why: "What passed fewer checks on one branch comes to the other by a promotion.",
    severity: "medium",
    standards: { cis: ["1.1.9"] },
    fix: "Require the check on both branches, or list it under `allowed`.",
    config: {
      allowed: { type: "array", description: "Checks that one branch may ask for alone.", default: [], items: { type: "string" } },
    },
    *judge(branch, stack, { allowed }) {
      const repository = stack.repositoryOf(branch);
      if (repository === undefined) return;
      const [own, main] = [contextsOf(guardsOfDeclared(branch, stack)), contextsOf(guardsOf(repository, stack))];
      const left = (from: ReadonlySet<string>, other: ReadonlySet<string>): string[] =>
        [...from].filter((context) => !other.has(context) && !(Array.isArray(allowed) && allowed.includes(context)));
      for (const context of left(main, own)) yield `${context} is not asked for, and the default branch asks for it`;
      for (const context of left(own, main)) yield `${context} is asked for here, and not by the default branch`;
    },
  },
];

function contextsOf(guards: BranchGuards): ReadonlySet<string> {
  const contexts = new Set<string>();
  for (const { checks } of guards.each()) for (const { context } of checks()) contexts.add(context);
  return contexts;
}
