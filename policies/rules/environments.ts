/** What guards a deployment: environments, and the branches and tags that may deploy to them. */
import { github, type Declaration, type Stack } from "./declaration.ts";
import type { Parameter, ResourceRule, StackRule } from "./rule.ts";

const types = [github("RepositoryEnvironment")];
const production: Readonly<Record<string, Parameter>> = {
  names: {
    type: "string",
    description: "Regular expression of the names of production environments.",
    default: "^(prod|production|live)([-_/].*)?$",
  },
};
const isProduction = (environment: Declaration, names: unknown): boolean =>
  new RegExp(String(names), "i").test(environment.text("environment") ?? "");
const reviewersOf = (environment: Declaration): number =>
  environment
    .list("reviewers")
    .flatMap((reviewer) => Object.values(reviewer as Record<string, unknown>))
    .flatMap((ids): readonly unknown[] => (Array.isArray(ids) ? ids : [])).length;
const sameEnvironment = (environment: Declaration) => (other: Declaration) =>
  other.text("environment") === environment.text("environment") && other.text("repository") === environment.text("repository");
/** Resources of a type that may be about the same environment: those of its repository. */
const around = (environment: Declaration, stack: Stack, type: string): readonly Declaration[] =>
  stack.besides(type, "repository", environment);
const policiesOf = (environment: Declaration, stack: Stack): readonly Declaration[] =>
  around(environment, stack, github("RepositoryEnvironmentDeploymentPolicy")).filter(sameEnvironment(environment));
const limitsBranches = (environment: Declaration): boolean =>
  environment.flag("deploymentBranchPolicy.protectedBranches") || environment.flag("deploymentBranchPolicy.customBranchPolicies");

export const environmentRules: readonly (ResourceRule | StackRule)[] = [
  {
    id: "environment-production-reviewed",
    kind: "resource",
    types,
    title: "A deployment to production waits for a reviewer",
    why: "Whoever may merge may deploy otherwise, at any time and unseen.",
    severity: "high",
    standards: {},
    fix: "Name teams or users under `reviewers`.",
    config: {
      ...production,
      also: { type: "array", description: "Names of further environments that must be reviewed.", default: [], items: { type: "string" } },
    },
    *judge(environment, { names, also }) {
      const asked = isProduction(environment, names) || (Array.isArray(also) && also.includes(environment.name));
      if (asked && reviewersOf(environment) === 0) yield { path: "reviewers", message: "nobody has to approve" };
    },
  },
  {
    id: "environment-waits",
    kind: "resource",
    types,
    title: "A deployment waits as long as the project says",
    why: "The wait is the time in which somebody may still say no.",
    severity: "medium",
    standards: {},
    fix: "Set `waitTimer` to the minutes that stand under `waits`.",
    config: {
      waits: {
        type: "array",
        description: "Environments and their least minutes, as `NAME MINUTES`.",
        default: [],
        items: { type: "string" },
      },
    },
    *judge(environment, { waits }) {
      for (const wait of Array.isArray(waits) ? (waits as readonly string[]) : []) {
        const [name, minutes] = wait.split(" ");
        if (name === environment.name && environment.count("waitTimer") < Number(minutes))
          yield { path: "waitTimer", message: `it waits ${environment.count("waitTimer")} minutes, and should ${minutes ?? "0"}` };
      }
    },
  },
  {
    id: "environment-of-part-declared",
    kind: "stack",
    types: [github("RepositoryEnvironmentDeploymentPolicy"), github("ActionsEnvironmentSecret"), github("ActionsEnvironmentVariable")],
    title: "Secrets, variables and policies belong to an environment that is declared",
    why: "The environment that they belong to exists with nobody's rules otherwise, or the gate is at another one.",
    severity: "high",
    standards: {},
    fix: "Declare the RepositoryEnvironment, or name the one that is there.",
    *judge(part, stack) {
      if (!around(part, stack, github("RepositoryEnvironment")).some(sameEnvironment(part)))
        yield { path: "environment", message: `there is no environment ${part.text("environment") ?? "that it names"}` };
      const name = part.text("secretName") ?? part.text("variableName");
      const twin = (other: Declaration): boolean =>
        other !== part && sameEnvironment(part)(other) && (other.text("secretName") ?? other.text("variableName")) === name;
      if (name !== undefined && around(part, stack, part.type).some(twin))
        yield { path: "environment", message: `it has another ${name} already` };
    },
  },
  {
    id: "environment-policy-in-force",
    kind: "stack",
    types: [github("RepositoryEnvironmentDeploymentPolicy")],
    title: "Declared policies of an environment count",
    why: "Without `customBranchPolicies` GitHub passes them over, and every branch may deploy.",
    severity: "high",
    standards: {},
    fix: "Set `deploymentBranchPolicy.customBranchPolicies` of the environment.",
    *judge(policy, stack) {
      const environment = around(policy, stack, github("RepositoryEnvironment")).find(sameEnvironment(policy));
      if (environment !== undefined && !environment.flag("deploymentBranchPolicy.customBranchPolicies"))
        yield `${environment.name} does not ask for policies of its own`;
    },
  },
  {
    id: "environment-reviewers-at-most-six",
    kind: "resource",
    types,
    title: "An environment has at most six reviewers",
    why: "GitHub refuses a seventh team or user, halfway through an update.",
    severity: "medium",
    standards: {},
    fix: "Name a team instead of its members.",
    *judge(environment) {
      const count = reviewersOf(environment);
      if (count > 6) yield { path: "reviewers", message: `it has ${count} reviewers` };
    },
  },
  {
    id: "environment-no-self-review",
    kind: "resource",
    types,
    title: "Nobody approves a deployment of their own",
    why: "One person, or one stolen session, would be enough.",
    severity: "high",
    standards: {},
    fix: "Set `preventSelfReview`.",
    *judge(environment) {
      if (reviewersOf(environment) > 0 && !environment.flag("preventSelfReview")) yield "whoever starts the deployment may approve it";
    },
  },
  {
    id: "environment-admins-wait-too",
    kind: "resource",
    types,
    title: "Administrators wait like everybody else",
    why: "The provider lets administrators skip every rule of an environment unless it is told not to.",
    severity: "high",
    standards: {},
    fix: "Set `canAdminsBypass` to false.",
    *judge(environment) {
      const guards = reviewersOf(environment) > 0 || environment.count("waitTimer") > 0 || limitsBranches(environment);
      if (guards && environment.get("canAdminsBypass") !== false)
        yield { path: "canAdminsBypass", message: "administrators may skip its rules" };
    },
  },
  {
    id: "environment-wait-within-limit",
    kind: "resource",
    types,
    title: "A wait ends within thirty days",
    why: "GitHub refuses a longer one.",
    severity: "low",
    standards: {},
    fix: "Set `waitTimer` to at most 43200 minutes.",
    *judge(environment) {
      const minutes = environment.count("waitTimer");
      if (minutes < 0 || minutes > 43_200) yield { path: "waitTimer", message: `it waits ${minutes} minutes` };
    },
  },
  {
    id: "environment-branches-limited",
    kind: "stack",
    types,
    title: "What guards something takes deployments from named branches or tags only",
    why: "A job on any branch, with a workflow file that nobody reviewed, would get the environment's secrets and its token's identity.",
    severity: "critical",
    standards: {},
    fix: "Set `deploymentBranchPolicy`, and declare which branches and tags may deploy.",
    config: production,
    *judge(environment, stack, { names }) {
      const secrets = around(environment, stack, github("ActionsEnvironmentSecret")).some(sameEnvironment(environment));
      if (!secrets && reviewersOf(environment) === 0 && !isProduction(environment, names)) return;
      if (!limitsBranches(environment)) yield { path: "deploymentBranchPolicy", message: "every branch may deploy to it" };
    },
  },
  {
    id: "environment-policy-not-open",
    kind: "resource",
    types: [github("RepositoryEnvironmentDeploymentPolicy")],
    title: "A deployment policy does not let every branch in",
    why: "A pattern that matches everything looks like a gate and is none.",
    severity: "critical",
    standards: {},
    fix: "Name the branch, or a pattern that only guarded branches match.",
    *judge(policy) {
      for (const path of ["branchPattern", "tagPattern"]) {
        const pattern = policy.text(path);
        if (pattern !== undefined && /^\*+(\/\*+)*$/.test(pattern)) yield { path, message: `${pattern} matches everything` };
      }
    },
  },
  {
    id: "environment-custom-policies-there",
    kind: "stack",
    types,
    title: "An environment with policies of its own has at least one",
    why: "Without one no branch may deploy, and every deployment fails.",
    severity: "medium",
    standards: {},
    fix: "Declare a RepositoryEnvironmentDeploymentPolicy for it.",
    *judge(environment, stack) {
      if (!environment.flag("deploymentBranchPolicy.customBranchPolicies")) return;
      if (policiesOf(environment, stack).length === 0) yield "it lets no branch deploy";
    },
  },
  {
    id: "environment-variables-apart",
    kind: "stack",
    types: [github("ActionsEnvironmentVariable")],
    title: "Environments are told of different clusters, namespaces and folders",
    why: "A job of one tier that is told of another's cluster or overlay works there, and its environment's rules guard nothing of it.",
    severity: "medium",
    standards: {},
    fix: "Give the variable the value of its own tier, or list its name under `shared`.",
    config: {
      apart: { type: "boolean", description: "Whether variables of one name must differ between the environments.", default: false },
      shared: { type: "array", description: "Names of variables that may be the same.", default: [], items: { type: "string" } },
    },
    *judge(variable, stack, { apart, shared }) {
      const name = variable.text("variableName");
      if (apart !== true || (Array.isArray(shared) && shared.includes(name))) return;
      const same = (other: Declaration): boolean =>
        ["repository", "variableName", "value"].every((part) => other.text(part) === variable.text(part)) &&
        other.text("environment") !== variable.text("environment");
      for (const other of stack.about(variable.type, "repository", variable.text("repository") ?? "")) {
        if (same(other)) yield { path: "value", message: `environment ${other.text("environment") ?? ""} has the same ${name ?? ""}` };
      }
    },
  },
];
