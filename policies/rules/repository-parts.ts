/** What a stack must declare beside a repository, and how its parts fit together. */
import { guardsOf } from "./branch-guards.ts";
import { github, UnknownValue, type Declaration, type Stack } from "./declaration.ts";
import type { ResourceRule, StackRule } from "./rule.ts";

const types = [github("Repository")];
const nameOf = (repository: Declaration): string => repository.text("name") ?? repository.name;
/** What is declared about a repository of one of some types. */
const about = (repository: Declaration, stack: Stack, ...kinds: readonly string[]): readonly Declaration[] =>
  kinds
    .flatMap((kind) => stack.about(github(kind), "repository", nameOf(repository)))
    .filter((part) => part.text("repository") === nameOf(repository));
const isPrivate = (repository: Declaration): boolean =>
  repository.flag("private") || !["public", undefined].includes(repository.text("visibility"));

export const repositoryPartRules: readonly (ResourceRule | StackRule)[] = [
  {
    id: "repository-alerts-declared",
    kind: "stack",
    types,
    title: "Every repository has alerts about vulnerable dependencies",
    why: "Nobody hears of a known hole otherwise.",
    severity: "medium",
    standards: { cis: ["1.1.19"] },
    fix: "Declare a RepositoryVulnerabilityAlerts that is enabled.",
    *judge(repository, stack) {
      if (repository.flag("archived") || repository.flag("vulnerabilityAlerts")) return;
      if (about(repository, stack, "RepositoryVulnerabilityAlerts").length === 0) yield "no alerts are declared";
    },
  },
  {
    id: "repository-security-updates",
    kind: "stack",
    types,
    title: "Every repository gets pull requests that mend vulnerable dependencies",
    why: "An alert that nobody acts on is a hole with a sign on it.",
    severity: "medium",
    standards: { cis: ["1.1.19"], scorecard: { check: "Dependency-Update-Tool" } },
    fix: "Declare a RepositoryDependabotSecurityUpdates that is enabled.",
    *judge(repository, stack) {
      if (repository.flag("archived")) return;
      const updates = about(repository, stack, "RepositoryDependabotSecurityUpdates");
      if (!updates.some((each) => each.flag("enabled"))) yield "nobody mends what the alerts tell";
    },
  },
  {
    id: "repository-actions-declared",
    kind: "stack",
    types,
    title: "A stack says which actions may run in a repository, and what their token may do",
    why: "What nobody declares is GitHub's default: every action of everybody, or whatever somebody set by hand.",
    severity: "high",
    standards: { cis: ["2.3.x"] },
    fix: "Declare ActionsRepositoryPermissions and WorkflowRepositoryPermissions for it, or the organization's.",
    *judge(repository, stack) {
      if (repository.flag("archived")) return;
      const pairs = [
        ["ActionsRepositoryPermissions", "ActionsOrganizationPermissions", "which actions may run"],
        ["WorkflowRepositoryPermissions", "ActionsOrganizationWorkflowPermissions", "what GITHUB_TOKEN may do"],
      ] as const;
      for (const [own, shared, what] of pairs) {
        if (about(repository, stack, own).length === 0 && stack.all(github(shared)).length === 0) yield `nothing says ${what}`;
      }
    },
  },
  {
    id: "repository-keeps-long-lived-branches",
    kind: "stack",
    types,
    title: "A repository with a second branch that lives long does not delete merged branches",
    why: "GitHub deletes a merged head branch even where a ruleset forbids deletion, so a promotion would delete what it promotes.",
    severity: "high",
    standards: {},
    fix: "Set `deleteBranchOnMerge` to false.",
    *judge(repository, stack) {
      const [branch] = about(repository, stack, "Branch");
      if (branch !== undefined && repository.flag("deleteBranchOnMerge"))
        yield { path: "deleteBranchOnMerge", message: `a merge of ${branch.text("branch") ?? branch.name} deletes it` };
    },
  },
  {
    id: "repository-auto-merge-gated",
    kind: "stack",
    types,
    title: "What merges by itself waits for a check",
    why: "Auto-merge merges as soon as nothing stands against it: with no required check, at once.",
    severity: "high",
    standards: {},
    fix: "Require a check, or set `allowAutoMerge` to false.",
    *judge(repository, stack) {
      if (repository.flag("archived") || !repository.flag("allowAutoMerge")) return;
      if (!guardsOf(repository, stack).some((guard) => guard.checks().length > 0))
        yield { path: "allowAutoMerge", message: "nothing has to be waited for" };
    },
  },
  {
    id: "repository-rebase-off",
    kind: "stack",
    types,
    title: "A repository whose commits are signed offers no rebase merge",
    why: "GitHub does not sign the commits that a rebase makes.",
    severity: "low",
    standards: {},
    fix: "Set `allowRebaseMerge` to false.",
    *judge(repository, stack) {
      if (repository.get("allowRebaseMerge") === false || repository.flag("archived")) return;
      if (guardsOf(repository, stack).some((guard) => guard.requiresSignatures()))
        yield { path: "allowRebaseMerge", message: "a rebase merge would bring unsigned commits" };
    },
  },
  {
    id: "repository-private-not-forked",
    kind: "resource",
    types,
    title: "A private repository is not forked",
    why: "A fork has the code and none of the gates, and its owner says who sees it.",
    severity: "medium",
    standards: { cis: ["1.2.5"] },
    fix: "Set `allowForking` to false.",
    *judge(repository) {
      if (isPrivate(repository) && repository.flag("allowForking")) yield { path: "allowForking", message: "it may be forked" };
    },
  },
  {
    id: "repository-signoff",
    kind: "resource",
    types,
    title: "Commits that are made in the browser are signed off, where the project asks for that",
    why: "The web editor would make commits that the project's own check refuses.",
    severity: "low",
    standards: { osps: ["OSPS-LE-01.01"] },
    fix: "Set `webCommitSignoffRequired`.",
    config: { required: { type: "boolean", description: "Whether the project asks for a sign-off.", default: false } },
    *judge(repository, { required }) {
      if (required === true && !repository.flag("webCommitSignoffRequired"))
        yield { path: "webCommitSignoffRequired", message: "a commit in the browser is not signed off" };
    },
  },
  {
    id: "branch-code-scanned",
    kind: "stack",
    types,
    title: "A merge waits for a scan of the code",
    why: "A hole that a scanner knows is cheapest before it is merged.",
    severity: "low",
    standards: { cis: ["1.1.18"], scorecard: { check: "SAST" } },
    fix: "Require a check that scans, or declare `requiredCodeScanning`.",
    config: {
      checks: {
        type: "string",
        description: "Regular expression of the names of checks that scan code.",
        default: "codeql|semgrep|sonar|bandit|security|quality|lint",
      },
    },
    *judge(repository, stack, { checks }) {
      if (repository.flag("archived")) return;
      const scans = new RegExp(String(checks), "i");
      const guards = guardsOf(repository, stack);
      const scanned = guards.some(
        ({ declaration, checks: required }) =>
          declaration.has("rules.requiredCodeScanning") || required().some(({ context }) => scans.test(context)),
      );
      if (!scanned) yield "no required check scans the code";
    },
  },
  {
    id: "branch-default-declared",
    kind: "stack",
    types,
    title: "A stack says which branch is the default one",
    why: "Rulesets of the default branch, and workflows that run with its rights, follow whichever branch somebody makes the default.",
    severity: "low",
    standards: {},
    fix: "Declare a BranchDefault.",
    *judge(repository, stack) {
      if (repository.flag("archived") || repository.has("defaultBranch")) return;
      if (!about(repository, stack, "BranchDefault").some((each) => each.has("branch"))) yield "nothing says which branch it is";
    },
  },
  {
    id: "ruleset-branch-declared",
    kind: "stack",
    types: [github("RepositoryRuleset")],
    title: "A branch that a ruleset names is declared",
    why: "A ruleset of a branch that is called otherwise guards nothing.",
    severity: "low",
    standards: {},
    fix: "Declare the Branch, or correct the name under `conditions.refName.includes`.",
    *judge(ruleset, stack) {
      const repository = stack.repositoryOf(ruleset);
      // Another stack declares the repository then, and its branches.
      if (repository === undefined || ruleset.text("target") !== "branch") return;
      const declared = [
        ...[...about(repository, stack, "Branch"), ...about(repository, stack, "BranchDefault")].map((each) => each.text("branch")),
        ...["main", "master"],
      ];
      for (const pattern of ruleset.texts("conditions.refName.includes")) {
        const name = pattern.replace(/^refs\/heads\//u, "");
        if (!/[~*?[]/u.test(pattern) && !declared.includes(name))
          yield { path: "conditions.refName.includes", message: `branch ${name} is declared nowhere` };
      }
    },
  },
  {
    id: "repository-declared",
    kind: "stack",
    types: ["BranchDefault", "ActionsRepositoryPermissions", "WorkflowRepositoryPermissions"].map(github),
    title: "The repository of what is declared is declared too",
    why: "Its visibility, its merge methods and the guards of its branches are judged on the repository: without it, they are judged by nobody.",
    severity: "medium",
    standards: {},
    fix: "Declare the Repository in the same program, or read it from the stack that does.",
    *judge(part, stack) {
      const name = part.text("repository")?.split("/").at(-1);
      if (name === undefined) return;
      const all = stack.about(github("Repository"), "name", name);
      if (all.some((repository) => (repository.text("name") ?? repository.name) === name)) return;
      if (stack.isPart) throw new UnknownValue("which repositories other stacks declare");
      yield { path: "repository", message: `nobody declares repository ${name}` };
    },
  },
];
