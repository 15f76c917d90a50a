/** What a ruleset itself must be, whatever it guards. */
import { github, type Declaration } from "./declaration.ts";
import type { Parameter, ResourceRule, StackRule } from "./rule.ts";
import { guardsOfTags } from "./tag-guards.ts";

const types = [github("RepositoryRuleset"), github("OrganizationRuleset")];
const isTag = (ruleset: Declaration): boolean => ruleset.text("target") === "tag";
const isActive = (ruleset: Declaration): boolean => ruleset.text("enforcement") === "active";
const named = (description: string): Readonly<Record<string, Parameter>> => ({
  allowed: { type: "array", description, default: [], items: { type: "string" } },
});
/** Ruleset's word for a merge method → the repository's switch. */
const methods: Readonly<Record<string, string>> = { merge: "allowMergeCommit", squash: "allowSquashMerge", rebase: "allowRebaseMerge" };

export const rulesetRules: readonly (ResourceRule | StackRule)[] = [
  {
    id: "ruleset-enforced",
    kind: "resource",
    types,
    title: "A ruleset is in force",
    why: "In `evaluate` it only writes down what it would have stopped, and disabled not even that; both look like a gate.",
    severity: "high",
    standards: { cis: ["1.1.15"] },
    fix: 'Set `enforcement` to "active", or remove the ruleset.',
    config: named("Names of rulesets that are still tried out."),
    *judge(ruleset, { allowed }) {
      if (isActive(ruleset) || (Array.isArray(allowed) && allowed.includes(ruleset.name))) return;
      yield { path: "enforcement", message: `it is ${ruleset.text("enforcement") ?? "not said to be active"}` };
    },
  },
  {
    id: "ruleset-guards-something",
    kind: "resource",
    types,
    title: "A ruleset names what it guards, and leaves nothing of that out",
    why: "A ruleset without a pattern binds nothing, and what it excludes is free for whoever finds the name.",
    severity: "high",
    standards: {},
    fix: "Name branches or tags under `conditions.refName.includes`, and empty `excludes`.",
    config: named("Patterns that may be left out."),
    *judge(ruleset, { allowed }) {
      const target = ruleset.text("target") ?? "";
      if (target === "push") return;
      const includes = ruleset.texts("conditions.refName.includes");
      if (includes.length === 0) yield { path: "conditions.refName.includes", message: "it guards nothing" };
      const folder = target === "tag" ? "refs/tags/" : "refs/heads/";
      for (const pattern of includes) {
        if (!pattern.startsWith("~") && !pattern.startsWith(folder))
          yield { path: "conditions.refName.includes", message: `${pattern} is no name of a ${target}` };
      }
      for (const pattern of ruleset.texts("conditions.refName.excludes")) {
        if (!(Array.isArray(allowed) && allowed.includes(pattern)))
          yield { path: "conditions.refName.excludes", message: `${pattern} is left out` };
      }
    },
  },
  {
    id: "tag-ruleset-immutable",
    kind: "resource",
    types,
    title: "A ruleset of tags forbids to move and to delete them, for everybody",
    why: "A tag is what people and machines call a release by; whoever can move it changes the release.",
    severity: "high",
    standards: { slsa: ["L2 protected tags"] },
    fix: "Set `update`, `deletion` and `nonFastForward`, and empty `bypassActors`.",
    config: { creation: { type: "boolean", description: "Whether making such a tag must be restricted too.", default: false } },
    *judge(ruleset, { creation }) {
      if (!isTag(ruleset)) return;
      const restricts = ruleset.flag("rules.creation");
      for (const part of ["update", "deletion", "nonFastForward"]) {
        if (!restricts && !ruleset.flag(`rules.${part}`)) yield { path: `rules.${part}`, message: `${part} is not forbidden` };
      }
      if (creation === true && !restricts) yield { path: "rules.creation", message: "anybody who may push makes such a tag" };
      // A ruleset that restricts who makes tags has to let somebody make them.
      if (!restricts && ruleset.list("bypassActors").length > 0) yield { path: "bypassActors", message: "somebody may step around it" };
    },
  },
  {
    id: "tag-of-deployment-guarded",
    kind: "stack",
    types: [github("RepositoryEnvironmentDeploymentPolicy")],
    title: "Tags that may deploy cannot be moved",
    why: "Whoever moves a tag that may deploy deploys something else under its name.",
    severity: "high",
    standards: { slsa: ["L2 protected tags"] },
    fix: "Declare an active ruleset of tags with the pattern, `update` and `deletion`, here or in the organization.",
    *judge(policy, stack) {
      const pattern = policy.text("tagPattern");
      if (pattern === undefined) return;
      const guards = guardsOfTags(policy.text("repository") ?? "", pattern, stack);
      if (!guards.some(() => true)) yield { path: "tagPattern", message: `no ruleset guards tags ${pattern}` };
      else
        for (const part of ["update", "deletion"]) {
          if (!guards.some((ruleset) => ruleset.flag(`rules.${part}`)))
            yield { path: "tagPattern", message: `no ruleset forbids the ${part} of tags ${pattern}` };
        }
    },
  },
  {
    id: "ruleset-merge-methods",
    kind: "stack",
    types: [github("RepositoryRuleset")],
    title: "A branch is merged to by methods that its repository and its other rules allow",
    why: "A method that is forbidden elsewhere leaves a merge button that always fails, and none at all stops every merge.",
    severity: "medium",
    standards: {},
    fix: "Let `pullRequest.allowedMergeMethods` and the repository's `allow…Merge` name the same.",
    *judge(ruleset, stack) {
      const path = "rules.pullRequest.allowedMergeMethods";
      if (!ruleset.has("rules.pullRequest")) return;
      const allowed = ruleset.has(path) ? ruleset.texts(path) : Object.keys(methods);
      if (allowed.length === 0) yield { path, message: "no method is allowed, so nothing can be merged" };
      if (ruleset.has(path) && ruleset.flag("rules.requiredLinearHistory") && allowed.includes("merge"))
        yield { path, message: "a merge commit is allowed, and linear history forbids it" };
      const repository = stack.repositoryOf(ruleset);
      if (repository === undefined) return;
      const off = (method: string): boolean => repository.get(methods[method] ?? method) === false;
      for (const method of ruleset.has(path) ? allowed : []) {
        if (off(method)) yield { path, message: `${method} is allowed here, and not in the repository` };
      }
      if (allowed.length > 0 && allowed.every(off)) yield { path, message: "the repository allows none of them, so nothing can be merged" };
    },
  },
  {
    id: "ruleset-signs-what-it-merges",
    kind: "resource",
    types,
    title: "Where commits must be signed, no merge makes unsigned ones",
    why: "GitHub does not sign the commits of a rebase, so the merge is refused, or somebody takes the rule away.",
    severity: "medium",
    standards: {},
    fix: 'Leave "rebase" out of `pullRequest.allowedMergeMethods`.',
    *judge(ruleset) {
      const path = "rules.pullRequest.allowedMergeMethods";
      if (ruleset.flag("rules.requiredSignatures") && ruleset.texts(path).includes("rebase"))
        yield { path, message: "a rebase makes unsigned commits, which the ruleset refuses" };
    },
  },
  {
    id: "ruleset-deployments-exist",
    kind: "stack",
    types: [github("RepositoryRuleset")],
    title: "Deployments that a merge waits for are to environments that exist",
    why: "A merge that waits for an environment of another name waits for ever.",
    severity: "medium",
    standards: {},
    fix: "Name declared environments under `requiredDeployments.requiredDeploymentEnvironments`.",
    *judge(ruleset, stack) {
      const path = "rules.requiredDeployments.requiredDeploymentEnvironments";
      const wanted = ruleset.texts(path);
      if (wanted.length === 0) return;
      const there = stack
        .all(github("RepositoryEnvironment"))
        .filter((environment) => environment.text("repository") === ruleset.text("repository"))
        .map((environment) => environment.text("environment"));
      for (const name of wanted) if (!there.includes(name)) yield { path, message: `there is no environment ${name}` };
    },
  },
];
