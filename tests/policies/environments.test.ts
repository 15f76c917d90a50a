import { specify, UNKNOWN, type Example } from "./examples.ts";

const type = "github:index/repositoryEnvironment:RepositoryEnvironment";
const policy = "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy";
const secret = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret";
const of = { repository: "shop", environment: "prod" };
const environment = (
  properties: Readonly<Record<string, unknown>>,
  ...others: { type: string; properties: Record<string, unknown> }[]
): Example => ({
  given: [{ type, name: "shop-prod", properties: { ...of, ...properties } }, ...others],
});
const reviewers = [{ teams: [1], users: [2] }];

specify("environment-production-reviewed", {
  pass: {
    "production with a team": environment({ reviewers }),
    "another environment without": environment({ environment: "dev" }),
    "what the configuration does not call production": { ...environment({}), parameters: { names: "^live$" } },
  },
  fail: {
    "production without": { ...environment({}), says: /nobody has to approve/ },
    "production of a region": { ...environment({ environment: "prod-eu" }), says: /nobody/ },
    "production with an empty list": { ...environment({ reviewers: [{ teams: [] }] }), says: /nobody/ },
    "what the configuration calls production": { ...environment({ environment: "eu" }), parameters: { names: "^eu$" }, says: /nobody/ },
  },
  unknown: {
    "computed reviewers": environment({ reviewers: UNKNOWN }),
    "a team that is made in the same update": environment({ reviewers: [{ teams: [UNKNOWN] }] }),
  },
});

specify("environment-reviewers-at-most-six", {
  pass: { six: environment({ reviewers: [{ teams: [1, 2, 3], users: [4, 5, 6] }] }) },
  fail: {
    "seven, teams and users together": { ...environment({ reviewers: [{ teams: [1, 2, 3], users: [4, 5, 6, 7] }] }), says: /7 reviewers/ },
  },
  unknown: { "computed reviewers": environment({ reviewers: UNKNOWN }) },
});

specify("environment-no-self-review", {
  pass: { "a reviewed one that forbids it": environment({ reviewers, preventSelfReview: true }), "one without reviewers": environment({}) },
  fail: { "a reviewed one that says nothing": { ...environment({ reviewers }), says: /may approve it/ } },
  unknown: { "a computed setting": environment({ reviewers, preventSelfReview: UNKNOWN }) },
});

specify("environment-admins-wait-too", {
  pass: { "one that binds them": environment({ reviewers, canAdminsBypass: false }), "one without rules": environment({}) },
  fail: {
    "reviewers, and nothing said": { ...environment({ reviewers }), says: /administrators/ },
    "a wait that they skip": { ...environment({ waitTimer: 5, canAdminsBypass: true }), says: /administrators/ },
    "branches that they pass": { ...environment({ deploymentBranchPolicy: { protectedBranches: true } }), says: /administrators/ },
  },
  unknown: { "a computed setting": environment({ reviewers, canAdminsBypass: UNKNOWN }) },
});

specify("environment-wait-within-limit", {
  pass: { "thirty days": environment({ waitTimer: 43_200 }), none: environment({}) },
  fail: {
    "a minute more": { ...environment({ waitTimer: 43_201 }), says: /43201/ },
    "a negative one": { ...environment({ waitTimer: -1 }), says: /-1/ },
  },
  unknown: { "a computed one": environment({ waitTimer: UNKNOWN }) },
});

const limited = { deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true } };
specify("environment-branches-limited", {
  pass: {
    "production with policies of its own": environment(limited),
    "production for protected branches": environment({ deploymentBranchPolicy: { protectedBranches: true } }),
    "one that guards nothing": environment({ environment: "dev" }),
    "one whose neighbour has a secret": environment({ environment: "dev" }, { type: secret, properties: { ...of, environment: "test" } }),
  },
  fail: {
    production: { ...environment({}), says: /every branch/ },
    "one with a secret": {
      ...environment({ environment: "dev" }, { type: secret, properties: { ...of, environment: "dev" } }),
      says: /every branch/,
    },
    "one with reviewers": { ...environment({ environment: "dev", reviewers }), says: /every branch/ },
  },
  unknown: { "a computed policy": environment({ deploymentBranchPolicy: UNKNOWN }) },
});

const pattern = (properties: Readonly<Record<string, unknown>>): Example => ({
  given: [{ type: policy, properties: { ...of, ...properties } }],
});
specify("environment-policy-not-open", {
  pass: { "a branch": pattern({ branchPattern: "main" }), "tags of releases": pattern({ tagPattern: "v*" }) },
  fail: {
    "every branch": { ...pattern({ branchPattern: "*" }), says: /\* matches everything/ },
    "every branch at any depth": { ...pattern({ branchPattern: "*/*" }), says: /matches everything/ },
    "every tag": { ...pattern({ tagPattern: "**" }), says: /matches everything/ },
  },
  unknown: { "a computed pattern": pattern({ branchPattern: UNKNOWN }) },
});

specify("environment-custom-policies-there", {
  pass: {
    "one that is there": environment(limited, { type: policy, properties: { ...of, branchPattern: "main" } }),
    "no policies of its own": environment({}),
  },
  fail: {
    "one of another environment": {
      ...environment(limited, { type: policy, properties: { ...of, environment: "dev" } }),
      says: /no branch/,
    },
  },
  unknown: { "a computed setting": environment({ deploymentBranchPolicy: { customBranchPolicies: UNKNOWN } }) },
});

const repository = { type: "github:index/repository:Repository", name: "shop", properties: { name: "shop" } };
const tags = (rules: unknown, more: Readonly<Record<string, unknown>> = {}) => ({
  type: "github:index/repositoryRuleset:RepositoryRuleset",
  name: "shop-tags",
  properties: {
    ...{ repository: "shop", target: "tag", enforcement: "active", rules },
    conditions: { refName: { includes: ["refs/tags/v*"], excludes: [] } },
    ...more,
  },
});
const both = { update: true, deletion: true };
const ofOrganization = (repositories: Readonly<Record<string, unknown>>, bypassActors: readonly unknown[] = []) => ({
  type: "github:index/organizationRuleset:OrganizationRuleset",
  properties: {
    ...{ target: "tag", enforcement: "active", rules: both, bypassActors },
    conditions: { refName: { includes: ["refs/tags/v*"], excludes: [] }, ...repositories },
  },
});
specify("tag-immutable", {
  pass: {
    "a ruleset that forbids both": { given: [repository, tags(both)] },
    "two that forbid one each": { given: [repository, tags({ update: true }), tags({ deletion: true })] },
    "no ruleset, where none is asked for": { given: [repository] },
    "a ruleset of the organization, where one is asked for": {
      given: [repository, ofOrganization({ repositoryName: { includes: ["sh*"], excludes: [] } })],
      parameters: { required: true },
    },
    "a bypass that may only create": {
      given: [repository, tags(both), tags({ creation: true }, { bypassActors: [{ actorType: "Team" }] })],
    },
  },
  fail: {
    "tags that can be deleted": { given: [repository, tags({ update: true })], says: /deletion of tag v1\.0\.0/ },
    "tags that can be moved": { given: [repository, tags({ deletion: true })], says: /update of tag/ },
    "somebody who may move them": { given: [repository, tags(both, { bypassActors: [{ actorType: "Team" }] })], says: /around it/ },
    "no ruleset, where one is asked for": { given: [repository], parameters: { required: true }, says: /nothing guards/ },
    "a ruleset of other tags, where one is asked for": {
      given: [repository, tags(both)],
      parameters: { required: true, tag: "release-1" },
      says: /nothing guards/,
    },
    "somebody around the organization's ruleset": {
      given: [repository, ofOrganization({ repositoryName: { includes: ["~ALL"], excludes: [] } }, [{ actorType: "OrganizationAdmin" }])],
      says: /around it/,
    },
  },
  unknown: {
    "computed rules": { given: [repository, tags(UNKNOWN)] },
    "a computed repository": { given: [repository, tags(both, { repository: UNKNOWN })] },
    "a ruleset of the organization that goes by numbers": { given: [repository, ofOrganization({ repositoryIds: [7] })] },
  },
});

const told = (environmentName: string, value: unknown, more: Readonly<Record<string, unknown>> = {}) => ({
  type: "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable",
  properties: { repository: "shop", environment: environmentName, variableName: "CLUSTER", value, ...more },
});
const apart = { parameters: { apart: true } };
specify("environment-variables-apart", {
  pass: {
    "values of their own": { given: [told("dev", "one"), told("prod", "two")], ...apart },
    "the same value under another name": { given: [told("dev", "one"), told("prod", "one", { variableName: "REGION" })], ...apart },
    "the same in another repository": { given: [told("dev", "one"), told("prod", "one", { repository: "store" })], ...apart },
    "what may be shared": { given: [told("dev", "one"), told("prod", "one")], parameters: { apart: true, shared: ["CLUSTER"] } },
    "nothing asked": { given: [told("dev", "one"), told("prod", "one")] },
  },
  fail: {
    "another environment's value": { given: [told("dev", "one"), told("prod", "one")], ...apart, says: /(prod|dev) has the same CLUSTER/ },
  },
  unknown: { "a computed value": { given: [told("dev", "one"), told("prod", UNKNOWN)], ...apart } },
});
