/** What GitHub Actions may do in a repository or an organization. */
import { github, type Declaration } from "./declaration.ts";
import type { ResourceRule } from "./rule.ts";

const permissions = [github("ActionsRepositoryPermissions"), github("ActionsOrganizationPermissions")];
const tokens = [github("WorkflowRepositoryPermissions"), github("ActionsOrganizationWorkflowPermissions")];
const isOff = (declaration: Declaration): boolean =>
  declaration.get("enabled") === false || declaration.text("enabledRepositories") === "none";

export const actionsRules: readonly ResourceRule[] = [
  {
    id: "actions-selected",
    kind: "resource",
    types: permissions,
    title: "Only named actions may run",
    why: "An action runs with the job's token and secrets; any repository on GitHub can be one.",
    severity: "high",
    standards: { cis: ["2.3.x"] },
    fix: 'Set `allowedActions` to "selected" or "local_only".',
    *judge(declaration) {
      if (isOff(declaration)) return;
      if (!["selected", "local_only"].includes(declaration.text("allowedActions") ?? "all"))
        yield { path: "allowedActions", message: "every action may run" };
    },
  },
  {
    id: "actions-pinned",
    kind: "resource",
    types: permissions,
    title: "GitHub refuses actions that are not pinned to a commit",
    why: "A tag can be moved to other code after it was reviewed.",
    severity: "high",
    standards: { scorecard: { check: "Pinned-Dependencies" }, cis: ["3.1.7"] },
    fix: "Set `shaPinningRequired`.",
    *judge(declaration) {
      if (!isOff(declaration) && !declaration.flag("shaPinningRequired"))
        yield { path: "shaPinningRequired", message: "actions may be named by a tag" };
    },
  },
  {
    id: "actions-no-wildcard-owner",
    kind: "resource",
    types: permissions,
    title: "Allowed actions name their owner",
    why: "A pattern such as `*/deploy@*` lets an action of anybody in.",
    severity: "high",
    standards: { cis: ["2.3.x"] },
    fix: "Write the owner in full under `patternsAlloweds`.",
    *judge(declaration) {
      for (const pattern of declaration.texts("allowedActionsConfig.patternsAlloweds")) {
        if (/^[^/]*\*/.test(pattern)) yield { path: "allowedActionsConfig.patternsAlloweds", message: `${pattern} names no owner` };
      }
    },
  },
  {
    id: "actions-pattern-names-action",
    kind: "resource",
    types: permissions,
    title: "Allowed actions are named one by one",
    why: "`owner/*` lets in whatever that owner, or whoever takes the account over, publishes tomorrow.",
    severity: "medium",
    standards: { cis: ["2.3.x"] },
    fix: "Write owner and repository, such as `docker/login-action@*`.",
    config: {
      owners: { type: "array", description: "Owners all of whose actions may run.", default: [], items: { type: "string" } },
    },
    *judge(declaration, { owners }) {
      for (const pattern of declaration.texts("allowedActionsConfig.patternsAlloweds")) {
        const [owner = "", repository = ""] = pattern.split("@")[0]?.split("/") ?? [];
        if ((repository === "" || repository.includes("*")) && !(Array.isArray(owners) && owners.includes(owner)))
          yield { path: "allowedActionsConfig.patternsAlloweds", message: `${pattern} names no action` };
      }
    },
  },
  {
    id: "actions-selection-said",
    kind: "resource",
    types: permissions,
    title: "A choice of actions says which",
    why: "Without the list GitHub keeps whatever somebody chose by hand.",
    severity: "medium",
    standards: { cis: ["2.3.x"] },
    fix: "Declare `allowedActionsConfig`.",
    *judge(declaration) {
      if (!isOff(declaration) && declaration.text("allowedActions") === "selected" && !declaration.has("allowedActionsConfig"))
        yield { path: "allowedActionsConfig", message: "nothing says which actions may run" };
    },
  },
  {
    id: "actions-verified-not-blanket",
    kind: "resource",
    types: permissions,
    title: "Verified creators are not let in as a whole",
    why: "Verified says who somebody is, not that each of their actions was looked at.",
    severity: "low",
    standards: {},
    fix: "Set `allowedActionsConfig.verifiedAllowed` to false, and name the actions.",
    *judge(declaration) {
      if (declaration.flag("allowedActionsConfig.verifiedAllowed"))
        yield { path: "allowedActionsConfig.verifiedAllowed", message: "every verified creator's actions may run" };
    },
  },
  {
    id: "actions-token-reads",
    kind: "resource",
    types: tokens,
    title: "GITHUB_TOKEN reads unless a workflow asks for more",
    why: "Every step of every job holds the token, also one of an action that was taken over.",
    severity: "high",
    standards: { scorecard: { check: "Token-Permissions" }, cis: ["2.3.x"], osps: ["OSPS-AC-04.01"] },
    fix: 'Set `defaultWorkflowPermissions` to "read".',
    *judge(declaration) {
      if (declaration.text("defaultWorkflowPermissions") === "write")
        yield { path: "defaultWorkflowPermissions", message: "the token writes by default" };
    },
  },
  {
    id: "actions-approve-nothing",
    kind: "resource",
    types: tokens,
    title: "Workflows approve no pull request",
    why: "A workflow that approves makes the review a formality that its author can write.",
    severity: "critical",
    standards: { cis: ["1.1.5"] },
    fix: "Set `canApprovePullRequestReviews` to false.",
    *judge(declaration) {
      if (declaration.flag("canApprovePullRequestReviews"))
        yield { path: "canApprovePullRequestReviews", message: "GITHUB_TOKEN may approve pull requests" };
    },
  },
  {
    id: "runner-group-closed",
    kind: "resource",
    types: [github("ActionsRunnerGroup")],
    title: "A group of self-hosted runners takes named repositories and workflows only",
    why: "Whatever runs on a machine of one's own can stay there, and meet the next job.",
    severity: "high",
    standards: {},
    fix: 'Set `visibility` to "selected" and `restrictedToWorkflows`, and name them.',
    *judge(group) {
      if (group.text("visibility") !== "selected") yield { path: "visibility", message: "every repository may use it" };
      if (!group.flag("restrictedToWorkflows")) yield { path: "restrictedToWorkflows", message: "every workflow may use it" };
    },
  },
];
