import { specify, UNKNOWN, type Example } from "./examples.ts";

type Properties = Readonly<Record<string, unknown>>;
const of = (kind: string, properties: Properties = {}, name = "shop") => ({
  type: `github:index/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`,
  name,
  properties: { repository: "shop", ...properties },
});
const repository = (properties: Properties = {}) => of("Repository", { name: "shop", visibility: "public", ...properties });
const given = (properties: Properties, ...others: readonly ReturnType<typeof of>[]): Example => ({
  given: [repository(properties), ...others],
});
const ruleset = (rules: Properties) =>
  of("RepositoryRuleset", {
    ...{ target: "branch", enforcement: "active", rules },
    conditions: { refName: { includes: ["~DEFAULT_BRANCH"], excludes: [] } },
  });

specify("repository-alerts-declared", {
  pass: {
    "alerts beside it": given({}, of("RepositoryVulnerabilityAlerts", { enabled: true })),
    "alerts of its own": given({ vulnerabilityAlerts: true }),
    "what is archived": given({ archived: true }),
  },
  fail: { none: { ...given({}, of("RepositoryVulnerabilityAlerts", { repository: "other" })), says: /no alerts/ } },
  unknown: { "an unknown repository": given({}, of("RepositoryVulnerabilityAlerts", { repository: UNKNOWN })) },
});

specify("repository-security-updates", {
  pass: {
    "updates that are on": given({}, of("RepositoryDependabotSecurityUpdates", { enabled: true })),
    archived: given({ archived: true }),
  },
  fail: {
    none: { ...given({}), says: /nobody mends/ },
    "updates that are off": { ...given({}, of("RepositoryDependabotSecurityUpdates", { enabled: false })), says: /nobody mends/ },
  },
  unknown: { "a computed setting": given({}, of("RepositoryDependabotSecurityUpdates", { enabled: UNKNOWN })) },
});

const actions = of("ActionsRepositoryPermissions");
const token = of("WorkflowRepositoryPermissions");
specify("repository-actions-declared", {
  pass: {
    both: given({}, actions, token),
    "the organization's": given({}, of("ActionsOrganizationPermissions"), of("ActionsOrganizationWorkflowPermissions")),
    archived: given({ archived: true }),
  },
  fail: {
    "only the token": { ...given({}, token), says: /which actions may run/ },
    "only the actions": { ...given({}, actions), says: /what GITHUB_TOKEN may do/ },
  },
  unknown: { "an unknown repository": given({}, of("ActionsRepositoryPermissions", { repository: UNKNOWN }), token) },
});

const second = of("Branch", { branch: "develop" });
specify("repository-keeps-long-lived-branches", {
  pass: {
    "one that keeps them": given({ deleteBranchOnMerge: false }, second),
    "one with a single branch": given({ deleteBranchOnMerge: true }),
  },
  fail: { "one that deletes them": { ...given({ deleteBranchOnMerge: true }, second), says: /a merge of develop deletes it/ } },
  unknown: { "a computed setting": given({ deleteBranchOnMerge: UNKNOWN }, second) },
});

const checked = ruleset({ requiredStatusChecks: { requiredChecks: [{ context: "codeql", integrationId: 15368 }] } });
specify("repository-auto-merge-gated", {
  pass: { "one that waits for a check": given({ allowAutoMerge: true }, checked), "one without auto-merge": given({}) },
  fail: { "one that waits for nothing": { ...given({ allowAutoMerge: true }), says: /nothing has to be waited for/ } },
  unknown: { "a computed ruleset": given({ allowAutoMerge: true }, of("RepositoryRuleset", { enforcement: UNKNOWN, target: "branch" })) },
});

specify("repository-rebase-off", {
  pass: {
    "one that is off": given({ allowRebaseMerge: false }, ruleset({ requiredSignatures: true })),
    "unsigned commits": given({}, ruleset({})),
  },
  fail: { "one that is on": { ...given({}, ruleset({ requiredSignatures: true })), says: /unsigned commits/ } },
  unknown: { "a computed setting": given({ allowRebaseMerge: UNKNOWN }, ruleset({ requiredSignatures: true })) },
});

specify("repository-private-not-forked", {
  pass: { "a public one": given({ allowForking: true }), "a private one": given({ visibility: "private" }) },
  fail: { "a private one that may be": { ...given({ visibility: "private", allowForking: true }), says: /may be forked/ } },
  unknown: { "a computed visibility": given({ visibility: UNKNOWN, allowForking: true }) },
});

specify("repository-signoff", {
  pass: {
    "a project that asks for none": given({}),
    "a project that asks, and does": { ...given({ webCommitSignoffRequired: true }), parameters: { required: true } },
  },
  fail: { "a project that asks, and does not": { ...given({}), parameters: { required: true }, says: /not signed off/ } },
  unknown: { "a computed setting": { ...given({ webCommitSignoffRequired: UNKNOWN }), parameters: { required: true } } },
});

specify("branch-code-scanned", {
  pass: {
    "a check that scans": given({}, checked),
    "GitHub's own rule": given({}, ruleset({ requiredCodeScanning: {} })),
    archived: given({ archived: true }),
  },
  fail: {
    "no scan": { ...given({}, ruleset({ requiredStatusChecks: { requiredChecks: [{ context: "build" }] } })), says: /scans the code/ },
    "another name": { ...given({}, checked), parameters: { checks: "^scan$" }, says: /scans the code/ },
  },
  unknown: { "computed checks": given({}, ruleset({ requiredStatusChecks: { requiredChecks: UNKNOWN } })) },
});

specify("branch-default-declared", {
  pass: { "one that is": given({}, of("BranchDefault", { branch: "main" })), "its own property": given({ defaultBranch: "main" }) },
  fail: { none: { ...given({}), says: /which branch/ }, "one without a name": { ...given({}, of("BranchDefault")), says: /which branch/ } },
  unknown: { "a computed one": given({}, of("BranchDefault", { branch: UNKNOWN, repository: UNKNOWN })) },
});

const named = (...includes: unknown[]) =>
  of("RepositoryRuleset", { target: "branch", enforcement: "active", conditions: { refName: { includes, excludes: [] } } });
specify("ruleset-branch-declared", {
  pass: {
    "a declared branch": { given: [named("refs/heads/develop"), repository(), second] },
    "the default one": { given: [named("~DEFAULT_BRANCH", "refs/heads/main"), repository()] },
    "a pattern": { given: [named("refs/heads/release/*"), repository()] },
    "a repository of another stack": { given: [named("refs/heads/develop")] },
  },
  fail: { "another branch": { given: [named("refs/heads/develop"), repository()], says: /develop is declared nowhere/ } },
  unknown: { "a computed one": { given: [named(UNKNOWN), repository()] } },
});

const tagged = (more: Properties = {}) =>
  of("RepositoryRuleset", {
    ...{ target: "tag", enforcement: "active", conditions: { refName: { includes: ["refs/tags/v*"], excludes: [] } } },
    ...more,
  });
const taggedByOrganization = (repositories: Properties, more: Properties = {}) =>
  of("OrganizationRuleset", {
    ...{ target: "tag", enforcement: "active", ...more },
    conditions: { refName: { includes: ["refs/tags/v*"], excludes: [] }, ...repositories },
  });
const ofNames = (...includes: readonly unknown[]) => ({ repositoryName: { includes, excludes: ["internal-*"] } });
const kept = { parameters: { tags: ["shop v*", "other w*"] } };
specify("tags-kept", {
  pass: {
    "a ruleset of them": { ...given({}, tagged()), ...kept },
    "a ruleset of the organization": { ...given({}, taggedByOrganization(ofNames("sh*"))), ...kept },
    "nothing asked": given({}),
  },
  fail: {
    none: { ...given({}), ...kept, says: /nothing guards tags v\*/ },
    "one that is not in force": { ...given({}, tagged({ enforcement: "disabled" })), ...kept, says: /nothing guards/ },
    "one of something else": { ...given({}, tagged({ target: "push" })), ...kept, says: /nothing guards/ },
    "one that leaves some of them out": {
      ...given({}, tagged({ conditions: { refName: { includes: ["refs/tags/v*"], excludes: ["refs/tags/v0*"] } } })),
      ...kept,
      says: /nothing guards/,
    },
    "one of the organization that is tried out": {
      ...given({}, taggedByOrganization(ofNames("~ALL"), { enforcement: "evaluate" })),
      ...kept,
      says: /nothing guards/,
    },
    "one of the organization that is disabled": {
      ...given({}, taggedByOrganization(ofNames("~ALL"), { enforcement: "disabled" })),
      ...kept,
      says: /nothing guards/,
    },
    "one of the organization for other repositories": {
      ...given({}, taggedByOrganization(ofNames("store", "internal-*"))),
      ...kept,
      says: /nothing guards/,
    },
  },
  unknown: {
    "a computed ruleset": { ...given({}, tagged({ enforcement: UNKNOWN })), ...kept },
    "a ruleset of the organization whose repositories are computed": { ...given({}, taggedByOrganization(ofNames(UNKNOWN))), ...kept },
    "a ruleset of the organization that goes by numbers": { ...given({}, taggedByOrganization({ repositoryIds: [7] })), ...kept },
  },
});

const subject = (useDefault: unknown) =>
  of("ActionsRepositoryOidcSubjectClaimCustomizationTemplate", { useDefault, includeClaimKeys: ["repository_id", "context"] });
const clouds = { parameters: { repositories: ["shop"] } };
specify("oidc-subject-kept", {
  pass: { "a subject of its own": { ...given({}, subject(false)), ...clouds }, "nothing asked": given({}) },
  fail: {
    none: { ...given({}), ...clouds, says: /GitHub's own/ },
    "the default": { ...given({}, subject(true)), ...clouds, says: /GitHub's own/ },
  },
  unknown: { "a computed setting": { ...given({}, subject(UNKNOWN)), ...clouds } },
});

const checksOf = (ref: string, ...contexts: string[]) =>
  of("RepositoryRuleset", {
    ...{ target: "branch", enforcement: "active", conditions: { refName: { includes: [ref], excludes: [] } } },
    rules: { requiredStatusChecks: { requiredChecks: contexts.map((context) => ({ context, integrationId: 15368 })) } },
  });
const main = checksOf("~DEFAULT_BRANCH", "lint", "test");
specify("branch-same-checks", {
  pass: {
    "the same": { given: [second, repository(), main, checksOf("refs/heads/develop", "test", "lint")] },
    "one that may differ": {
      given: [second, repository(), main, checksOf("refs/heads/develop", "lint")],
      parameters: { allowed: ["test"] },
    },
    "a repository of another stack": { given: [second] },
  },
  fail: {
    fewer: { given: [second, repository(), main, checksOf("refs/heads/develop", "lint")], says: /test is not asked for/ },
    more: { given: [second, repository(), main, checksOf("refs/heads/develop", "lint", "test", "e2e")], says: /e2e is asked for here/ },
  },
  unknown: { "a computed ruleset": { given: [second, repository(), of("RepositoryRuleset", { target: "branch", enforcement: UNKNOWN })] } },
});

const defaultBranch = of("BranchDefault", { branch: "main" });
specify("repository-declared", {
  pass: {
    "a repository that is": { given: [defaultBranch, repository()] },
    "one without a name of its own": { given: [defaultBranch, of("Repository", { name: undefined }, "shop")] },
  },
  fail: {
    none: { given: [defaultBranch], says: /nobody declares repository shop/ },
    another: { given: [defaultBranch, repository({ name: "store" })], says: /nobody declares repository shop/ },
  },
  unknown: {
    "a computed repository": { given: [of("BranchDefault", { repository: UNKNOWN })] },
    "a computed name": { given: [defaultBranch, repository({ name: UNKNOWN })] },
  },
});
