import { specify, UNKNOWN, type Example } from "./examples.ts";

type Properties = Readonly<Record<string, unknown>>;
const ruleset = (properties: Properties, name = "shop-main") => ({
  type: "github:index/repositoryRuleset:RepositoryRuleset",
  name,
  properties: {
    ...{ repository: "shop", target: "branch", enforcement: "active" },
    ...{ conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } } },
    ...properties,
  },
});
const one = (properties: Properties): Example => ({ given: [ruleset(properties)] });
const refs = (includes: readonly unknown[], excludes: readonly unknown[] = []) => ({ conditions: { refName: { includes, excludes } } });

specify("ruleset-enforced", {
  pass: {
    "one that is active": one({}),
    "one that is tried out": { ...one({ enforcement: "evaluate" }), parameters: { allowed: ["shop-main"] } },
  },
  fail: {
    "one that only evaluates": { ...one({ enforcement: "evaluate" }), says: /it is evaluate/ },
    "one that is disabled": { ...one({ enforcement: "disabled" }), says: /it is disabled/ },
    "one that does not say": { ...one({ enforcement: undefined }), says: /not said/ },
  },
  unknown: { "a computed one": one({ enforcement: UNKNOWN }) },
});

specify("ruleset-guards-something", {
  pass: {
    "a branch": one({}),
    "the default branch": one(refs(["~DEFAULT_BRANCH"])),
    tags: one({ target: "tag", ...refs(["refs/tags/v*"]) }),
    "a ruleset of pushes": one({ target: "push", conditions: undefined }),
    "an exception that is allowed": { ...one(refs(["~ALL"], ["refs/heads/bot/*"])), parameters: { allowed: ["refs/heads/bot/*"] } },
  },
  fail: {
    "no pattern": { ...one(refs([])), says: /guards nothing/ },
    "a tag among branches": { ...one(refs(["refs/tags/v*"])), says: /no name of a branch/ },
    "a pattern without its folder": { ...one(refs(["main"])), says: /main is no name/ },
    "something left out": { ...one(refs(["~ALL"], ["refs/heads/main"])), says: /main is left out/ },
  },
  unknown: { "computed patterns": one(refs([UNKNOWN])) },
});

const tags = (rules: Properties, more: Properties = {}) =>
  one({ target: "tag", ...refs(["refs/tags/v*"]), rules, bypassActors: [], ...more });
const immutable = { update: true, deletion: true, nonFastForward: true };
specify("tag-ruleset-immutable", {
  pass: {
    "tags that stay": tags(immutable),
    "a ruleset of branches": one({}),
    "a ruleset that restricts who makes tags, and lets somebody": tags({ creation: true }, { bypassActors: [{ actorType: "Team" }] }),
  },
  fail: {
    "tags that move": { ...tags({ ...immutable, update: false }), says: /update is not forbidden/ },
    "tags that go": { ...tags({ ...immutable, deletion: false }), says: /deletion is not forbidden/ },
    "tags that are pushed over": { ...tags({ ...immutable, nonFastForward: false }), says: /nonFastForward/ },
    "somebody around it": { ...tags(immutable, { bypassActors: [{ actorType: "OrganizationAdmin" }] }), says: /step around/ },
    "tags that anybody makes, where that is asked for": { ...tags(immutable), parameters: { creation: true }, says: /anybody/ },
  },
  unknown: { "computed rules": tags({ ...immutable, update: UNKNOWN }) },
});

const policy = (properties: Properties) => ({
  type: "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy",
  properties: { repository: "shop", environment: "pypi", ...properties },
});
const kept = { update: true, deletion: true };
const tagRuleset = (properties: Properties = {}) =>
  ruleset({ target: "tag", ...refs(["refs/tags/v*"]), rules: kept, ...properties }, "shop-v");
const guarding = (more: Properties = {}): Example => ({ given: [policy({ tagPattern: "v*" }), tagRuleset(more)] });
/** An organization's ruleset: which repositories it takes, and what else differs. */
const organization = (conditions: Properties, more: Properties = {}) => ({
  type: "github:index/organizationRuleset:OrganizationRuleset",
  name: "acme-v",
  properties: {
    target: "tag",
    enforcement: "active",
    rules: kept,
    conditions: { ...refs(["refs/tags/v*"]).conditions, ...conditions },
    ...more,
  },
});
const byName = (includes: readonly unknown[], excludes: readonly unknown[] = []) => ({ repositoryName: { includes, excludes } });
specify("tag-of-deployment-guarded", {
  pass: {
    "a pattern that a ruleset guards": guarding(),
    "all tags guarded": guarding(refs(["~ALL"])),
    "a wider pattern": guarding(refs(["refs/tags/*"])),
    "one tag of a pattern that is guarded": { given: [policy({ tagPattern: "v1.0.0" }), tagRuleset(refs(["refs/tags/v*.?.?"]))] },
    "tags left out that are none of these": guarding(refs(["~ALL"], ["refs/tags/nightly", "refs/tags/build-*"])),
    "two rulesets, one against moving and one against deletion": {
      given: [policy({ tagPattern: "v*" }), tagRuleset({ rules: { update: true } }), tagRuleset({ rules: { deletion: true } })],
    },
    "an organization's ruleset by the repository's name": { given: [policy({ tagPattern: "v*" }), organization(byName(["sh*"]))] },
    "an organization's ruleset of all repositories": { given: [policy({ tagPattern: "v*" }), organization(byName(["~ALL"]))] },
    "an organization's ruleset beside one that may be about it": {
      given: [policy({ tagPattern: "v*" }), organization(byName(["shop"])), organization({ repositoryIds: [7] })],
    },
    "a branch": { given: [policy({ branchPattern: "main" })] },
  },
  fail: {
    "no ruleset": { given: [policy({ tagPattern: "v*" })], says: /no ruleset guards tags v\*/ },
    "one of another pattern": { ...guarding(refs(["refs/tags/w*"])), says: /no ruleset/ },
    "one of a narrower pattern": { ...guarding(refs(["refs/tags/v?"])), says: /no ruleset/ },
    "one that leaves some of them out": { ...guarding(refs(["~ALL"], ["refs/tags/v1.*"])), says: /no ruleset/ },
    "one that leaves a name of them out": { ...guarding(refs(["~ALL"], ["refs/tags/v1"])), says: /no ruleset/ },
    "one that leaves all out": { ...guarding(refs(["refs/tags/v*"], ["~ALL"])), says: /no ruleset/ },
    "one that is not in force": { ...guarding({ enforcement: "evaluate" }), says: /no ruleset/ },
    "one of another repository": { ...guarding({ repository: "other" }), says: /no ruleset/ },
    "one of branches": { ...guarding({ target: "branch" }), says: /no ruleset/ },
    "one that only says who makes them": { ...guarding({ rules: { creation: true } }), says: /forbids the update of tags v\*/ },
    "one that lets them be deleted, and made again": { ...guarding({ rules: { update: true } }), says: /forbids the deletion of tags v\*/ },
    "an organization's ruleset that is tried out": {
      given: [policy({ tagPattern: "v*" }), organization(byName(["~ALL"]), { enforcement: "evaluate" })],
      says: /no ruleset/,
    },
    "an organization's ruleset that is disabled": {
      given: [policy({ tagPattern: "v*" }), organization(byName(["~ALL"]), { enforcement: "disabled" })],
      says: /no ruleset/,
    },
    "an organization's ruleset of branches": {
      given: [policy({ tagPattern: "v*" }), organization(byName(["~ALL"]), { target: "branch" })],
      says: /no ruleset/,
    },
    "an organization's ruleset of other repositories": {
      given: [policy({ tagPattern: "v*" }), organization(byName(["store*"]))],
      says: /no ruleset/,
    },
    "an organization's ruleset that leaves the repository out": {
      given: [policy({ tagPattern: "v*" }), organization(byName(["~ALL"], ["shop"]))],
      says: /no ruleset/,
    },
  },
  unknown: {
    "a computed pattern": { given: [policy({ tagPattern: UNKNOWN })] },
    "a computed ruleset": guarding({ enforcement: UNKNOWN }),
    "an organization's ruleset of computed repositories": { given: [policy({ tagPattern: "v*" }), organization(byName([UNKNOWN]))] },
    "an organization's ruleset that goes by numbers of repositories": {
      given: [policy({ tagPattern: "v*" }), organization({ repositoryIds: [7] })],
    },
    "an organization's ruleset that goes by a property of repositories": {
      given: [policy({ tagPattern: "v*" }), organization({ repositoryProperty: { includes: [{ name: "tier", propertyValues: ["1"] }] } })],
    },
    "an organization's ruleset whose rules are computed": {
      given: [policy({ tagPattern: "v*" }), organization(byName(["shop"]), { rules: UNKNOWN })],
    },
  },
});

const repository = (properties: Properties) => ({
  type: "github:index/repository:Repository",
  name: "shop",
  properties: { name: "shop", allowMergeCommit: false, allowSquashMerge: true, allowRebaseMerge: false, ...properties },
});
const merging = (allowedMergeMethods: unknown, rules: Properties = {}) =>
  ruleset({ rules: { pullRequest: { allowedMergeMethods }, ...rules } });
specify("ruleset-merge-methods", {
  pass: {
    "the same in both": { given: [merging(["squash"]), repository({})] },
    "nothing said about methods": { given: [merging(undefined), repository({})] },
    "a repository that is declared elsewhere": { given: [merging(["merge"])] },
    "no pull request": { given: [ruleset({ rules: {} }), repository({})] },
  },
  fail: {
    "a method that the repository forbids": { given: [merging(["squash", "merge"]), repository({})], says: /merge is allowed here/ },
    "merge commits in a line": { given: [merging(["merge"], { requiredLinearHistory: true })], says: /linear history/ },
    none: { given: [merging([])], says: /nothing can be merged/ },
    "none that both allow": { given: [merging(["rebase"]), repository({})], says: /allows none of them/ },
  },
  unknown: { "computed methods": { given: [merging(UNKNOWN)] } },
});

specify("ruleset-signs-what-it-merges", {
  pass: {
    "squashes, which GitHub signs": { given: [merging(["squash"], { requiredSignatures: true })] },
    "rebases without signatures": { given: [merging(["rebase"])] },
  },
  fail: { "rebases, which it does not sign": { given: [merging(["rebase"], { requiredSignatures: true })], says: /unsigned/ } },
  unknown: { "computed methods": { given: [merging(UNKNOWN, { requiredSignatures: true })] } },
});

const environment = {
  type: "github:index/repositoryEnvironment:RepositoryEnvironment",
  properties: { repository: "shop", environment: "staging" },
};
const waits = (requiredDeploymentEnvironments: unknown) => ruleset({ rules: { requiredDeployments: { requiredDeploymentEnvironments } } });
specify("ruleset-deployments-exist", {
  pass: {
    "an environment that is there": { given: [waits(["staging"]), environment] },
    "no deployment": { given: [ruleset({ rules: {} })] },
  },
  fail: { "one that is not": { given: [waits(["prod"]), environment], says: /no environment prod/ } },
  unknown: { "a computed one": { given: [waits([UNKNOWN]), environment] } },
});
