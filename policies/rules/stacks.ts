/** How a stack keeps what it declares. */
import { github, kubernetes } from "./declaration.ts";
import type { ResourceRule, StackRule } from "./rule.ts";

const ruleset = github("RepositoryRuleset");
const gates = [
  ...["RepositoryRuleset", "OrganizationRuleset", "BranchProtection", "BranchProtectionV3", "RepositoryEnvironment"].map(github),
  ...["RepositoryEnvironmentDeploymentPolicy", "ActionsRepositoryPermissions", "WorkflowRepositoryPermissions"].map(github),
  ...["Repository", "BranchDefault", "TeamRepository", "RepositoryVulnerabilityAlerts"].map(github),
  ...["RepositoryDependabotSecurityUpdates", "ActionsRepositoryOidcSubjectClaimCustomizationTemplate"].map(github),
  ...["AppProject", "Application"].map((kind) => kubernetes("argoproj.io/v1alpha1", kind)),
];

export const stackRules: readonly (ResourceRule | StackRule)[] = [
  {
    id: "gate-not-ignored",
    kind: "resource",
    types: gates,
    title: "No part of a gate is left to whoever changes it at GitHub",
    why: "`ignoreChanges` hides a gate that somebody opened by hand, from every preview and for ever.",
    severity: "high",
    standards: {},
    fix: "Remove `ignoreChanges` from the gate.",
    *judge(gate) {
      if (gate.ignoreChanges.length > 0) yield `changes of ${gate.ignoreChanges.join(", ")} are not seen`;
    },
  },
  {
    id: "gate-of-production-protected",
    kind: "resource",
    types: [ruleset, github("RepositoryEnvironment")],
    title: "The gates of production and of tags cannot be deleted by a change of the program",
    why: "A renamed or removed line would open production until somebody notices.",
    severity: "medium",
    standards: {},
    fix: "Set the option `protect`.",
    config: {
      environments: {
        type: "string",
        description: "Regular expression of production environments.",
        default: "^(prod|production|live)([-_/].*)?$",
      },
      branches: {
        type: "string",
        description: "Regular expression of references that production follows.",
        default: "^(~DEFAULT_BRANCH|refs/heads/(main|master))$",
      },
    },
    *judge(gate, { environments, branches }) {
      if (gate.protect) return;
      if (gate.type === ruleset) {
        const production = new RegExp(String(branches));
        if (gate.text("target") === "tag") yield "it is not protected";
        if (gate.texts("conditions.refName.includes").some((pattern) => production.test(pattern))) yield "it is not protected";
      } else if (new RegExp(String(environments), "i").test(gate.text("environment") ?? "")) yield "it is not protected";
    },
  },
  {
    id: "provider-github-owner",
    kind: "stack",
    types: ["pulumi:providers:github"],
    title: "A GitHub provider says whose account it works on",
    why: "Without it the account is whoever's token is at hand, and a stack makes repositories in the wrong place.",
    severity: "medium",
    standards: {},
    fix: "Set `owner`.",
    config: {
      owners: {
        type: "array",
        description: "Accounts that it may be; any where the list is empty.",
        default: [],
        items: { type: "string" },
      },
    },
    *judge(provider, stack, { owners }) {
      const owner = provider.text("owner");
      if (owner === undefined) yield { path: "owner", message: "the account is that of the token" };
      // Secrets are made in whatever account stands here, and read by whoever owns it. A preview may be of a target with accounts of its own.
      else if (!stack.isPart && Array.isArray(owners) && owners.length > 0 && !owners.includes(owner))
        yield { path: "owner", message: `${owner} is none of the accounts that the project works on` };
    },
  },
  {
    id: "provider-kubernetes-cluster",
    kind: "resource",
    types: ["pulumi:providers:kubernetes"],
    title: "A Kubernetes provider says which cluster it works on",
    why: "Without it the cluster is whichever the shell's kubeconfig points to.",
    severity: "low",
    standards: {},
    fix: "Set `kubeconfig` or `context`.",
    *judge(provider) {
      if (!["kubeconfig", "context", "cluster", "renderYamlToDirectory"].some((field) => provider.has(field)))
        yield "the cluster is that of the shell";
    },
  },
];
