import { SECRET } from "../../policies/rules/index.ts";
import { specify, UNKNOWN, type Example } from "./examples.ts";

type Properties = Readonly<Record<string, unknown>>;
const of = (kind: string, properties: Properties = {}, name = "shop-prod") => ({
  type: `github:index/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`,
  name,
  properties: { repository: "shop", ...properties },
});
const environment = of("RepositoryEnvironment", { environment: "prod" });
const secret = (properties: Properties) => of("ActionsEnvironmentSecret", { secretName: "KEY", value: SECRET, ...properties });

const waiting = (waitTimer: unknown): Example => ({
  given: [of("RepositoryEnvironment", { environment: "prod", waitTimer })],
  parameters: { waits: ["shop-prod 5", "other 10"] },
});
specify("environment-waits", {
  pass: { "long enough": waiting(5), "nothing asked": { given: [environment] } },
  fail: { "too short": { ...waiting(4), says: /waits 4 minutes, and should 5/ }, "not at all": { ...waiting(0), says: /0 minutes/ } },
  unknown: { "a computed wait": waiting(UNKNOWN) },
});

specify("environment-of-part-declared", {
  pass: {
    "a secret of it": { given: [secret({ environment: "prod" }), environment] },
    "a policy of it": { given: [of("RepositoryEnvironmentDeploymentPolicy", { environment: "prod" }), environment] },
  },
  fail: {
    "a secret of none": { given: [secret({ environment: "staging" }), environment], says: /no environment staging/ },
    "a secret that names none": { given: [secret({}), environment], says: /no environment/ },
    "one of another repository": { given: [secret({ environment: "prod", repository: "x" }), environment], says: /no environment prod/ },
    "two of a name": { given: [secret({ environment: "prod" }), secret({ environment: "prod" }), environment], says: /another KEY/ },
  },
  unknown: { "a computed one": { given: [secret({ environment: UNKNOWN }), environment] } },
});

const own = of("ActionsSecret", { secretName: "KEY", value: SECRET });
specify("secret-in-environment", {
  pass: {
    "a repository without environments": { given: [own] },
    "one that may": { given: [own, environment], parameters: { allowed: ["KEY"] } },
  },
  fail: { "one beside an environment": { given: [own, environment], says: /every job may read KEY/ } },
  unknown: { "an unknown repository": { given: [of("ActionsSecret", { repository: UNKNOWN }), environment] } },
});

const renewed = (remoteUpdatedAt: unknown, days = 90): Example => ({
  given: [secret({ environment: "prod", remoteUpdatedAt })],
  parameters: { days, on: "2026-11-21" },
});
specify("secret-renewed", {
  pass: {
    "a young one": renewed("2026-10-01T10:00:00Z"),
    "one that is not there yet": renewed(undefined),
    "one that may be older": renewed("2026-01-01T10:00:00Z", 365),
  },
  fail: {
    "an old one": { ...renewed("2026-01-01T10:00:00Z"), says: /is 3\d\d days old/ },
    "a day as Go writes it": { ...renewed("2026-01-01 10:00:00 +0000 UTC"), says: /days old/ },
  },
  unknown: { "a computed day": renewed(UNKNOWN) },
});

const people = (users: unknown): Example => ({ given: [of("RepositoryCollaborators", { users })] });
specify("access-collaborators-known", {
  pass: {
    "one who reads": people([{ username: "reader", permission: "pull" }]),
    "one who is known": { ...people([{ username: "writer", permission: "push" }]), parameters: { allowed: ["Writer"] } },
  },
  fail: {
    "one who writes": { ...people([{ username: "writer", permission: "push" }]), says: /writer may push/ },
    "GitHub's default": { given: [of("RepositoryCollaborator", { username: "writer" })], says: /writer may push/ },
  },
  unknown: { "computed people": people(UNKNOWN) },
});

const actions = (properties: Properties): Example => ({
  given: [of("ActionsRepositoryPermissions", { allowedActions: "selected", ...properties })],
});
const patterns = (...patternsAlloweds: unknown[]) => actions({ allowedActionsConfig: { patternsAlloweds } });
specify("actions-pattern-names-action", {
  pass: {
    "an action": patterns("docker/login-action@*"),
    "an owner that may": { ...patterns("acme/*"), parameters: { owners: ["acme"] } },
  },
  fail: {
    "every action of an owner": { ...patterns("docker/*"), says: /names no action/ },
    "an owner alone": { ...patterns("docker"), says: /names no/ },
  },
  unknown: { "computed patterns": patterns(UNKNOWN) },
});

specify("actions-selection-said", {
  pass: { "a list": patterns(), "every action": actions({ allowedActions: "all" }), "no actions": actions({ enabled: false }) },
  fail: { "no list": { ...actions({}), says: /which actions/ } },
  unknown: { "a computed choice": actions({ allowedActions: UNKNOWN }) },
});

const rule = of("RepositoryEnvironmentDeploymentPolicy", { environment: "prod", branchPattern: "main" });
const custom = (customBranchPolicies: unknown) =>
  of("RepositoryEnvironment", { environment: "prod", deploymentBranchPolicy: { customBranchPolicies, protectedBranches: false } });
specify("environment-policy-in-force", {
  pass: { "an environment that asks for them": { given: [rule, custom(true)] }, "one of another stack": { given: [rule] } },
  fail: {
    "one that does not": { given: [rule, custom(false)], says: /does not ask/ },
    "one without": { given: [rule, environment], says: /does not ask/ },
  },
  unknown: { "a computed setting": { given: [rule, custom(UNKNOWN)] } },
});

const called = (name: string, convention = true): Example => ({
  given: [of("ActionsEnvironmentSecret", { environment: "prod", secretName: "KEY" }, name)],
  parameters: { convention },
});
specify("secret-called-after-its-place", {
  pass: { "one that is": called("shop-prod-KEY"), "a project that calls them otherwise": called("key", false) },
  fail: { "one of another environment": { ...called("shop-dev-KEY"), says: /does not end with -prod-KEY/ } },
  unknown: {
    "a computed environment": { given: [of("ActionsEnvironmentSecret", { environment: UNKNOWN })], parameters: { convention: true } },
  },
});
