/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-assignment --
   bad data is the point: the types forbid every one of these changes */
/** One bad declaration a row: what is changed in the sound system, where the fault must be, and what its rule must say. */
import { shopFiles, type Changeable } from "../support/systems.ts";

export interface BadCase {
  readonly title: string;
  readonly change: (system: Changeable) => void;
  /** Path below the system. */
  readonly path: string;
  readonly rule: RegExp;
  /** What the fix must say, where it can name something. */
  readonly fix?: RegExp;
  readonly files?: ReadonlyMap<string, string>;
}

/** A row of the table. */
export const bad = (title: string, change: BadCase["change"], path: string, rule: RegExp, fix?: RegExp): BadCase => ({
  title,
  change,
  path,
  rule,
  ...(fix !== undefined && { fix }),
});

/** One objective, and no workflow that it could be counted from. */
const onlyObjective =
  (name: string): BadCase["change"] =>
  (s) => {
    delete s.workflows;
    s.objectives = { [name]: 95 };
  };

/** Fields alone: their type, range and text. */
export const badFields: readonly BadCase[] = [
  bad("a mistyped field", (s) => (s.repository.visibilty = "public"), "repository.visibilty", /no such field/, /"visibility"/),
  bad("a missing required field", (s) => delete s.repository.description, "repository.description", /is required/),
  bad("a name in capitals", (s) => (s.name = "Shop"), "name", /lower case letters/),
  bad("a title of blanks", (s) => (s.title = "  "), "title", /one line/),
  bad("a list that is an object", (s) => (s.tiers = {}), "tiers", /must be a list/),
  bad("an owner that is no login", (s) => (s.repository.owner.login = "a--b"), "repository.owner.login", /GitHub login/),
  bad("an unknown kind of account", (s) => (s.repository.owner.kind = "team"), "repository.owner.kind", /one of "organization"/),
  bad("a repository name with a slash", (s) => (s.repository.name = "acme/shop"), "repository.name", /repository name/),
  bad("a repository name ending in .git", (s) => (s.repository.name = "shop.git"), "repository.name", /\.git/),
  bad("a description of two lines", (s) => (s.repository.description = "a\nb"), "repository.description", /one line/),
  bad("an unknown visibility", (s) => (s.repository.visibility = "secret"), "repository.visibility", /one of/),
  bad("a homepage without a scheme", (s) => (s.repository.homepage = "shop.example"), "repository.homepage", /http/),
  bad("a topic with a blank", (s) => (s.repository.topics = ["my shop"]), "repository.topics[0]", /topic/),
  bad("twenty-one topics", (s) => (s.repository.topics = Array.from({ length: 21 }, (_, i) => `t${i}`)), "repository.topics", /at most 20/),
  bad("a switch in quotes", (s) => (s.repository.autoMerge = "true"), "repository.autoMerge", /true or false/, /without quotes/),
  bad("an unknown merge method", (s) => (s.repository.mergeMethods = ["sqash"]), "repository.mergeMethods[0]", /one of/, /"squash"/),
  bad("no merge method", (s) => (s.repository.mergeMethods = []), "repository.mergeMethods", /at least 1/),
  bad("an unknown permission", (s) => (s.repository.teams.maintainers = "write"), "repository.teams.maintainers", /one of "pull"/),
  bad("a team by display name", (s) => (s.repository.teams = { "The Team": "push" }), "repository.teams (name)", /slug/),
  bad("an action without an owner", (s) => (s.repository.actions.allowedActions = ["*"]), "repository.actions.allowedActions[0]", /owner/),
  bad("a color with #", (s) => (s.repository.labels[0].color = "#d73a4a"), "repository.labels[0].color", /six hexadecimal/),
  bad("an autolink without <num>", (s) => (s.repository.autolinks[0].url = "https://x.example/"), "repository.autolinks[0].url", /<num>/),
  bad("a wildcard kind", (s) => (s.tiers[0].target.kinds = ["*/*"]), "tiers[0].target.kinds[0]", /group\/Kind/),
  bad("a kind without its slash", (s) => (s.tiers[0].target.kinds = ["Service"]), "tiers[0].target.kinds[0]", /\/Kind of the core group/),
  bad("no kinds", (s) => (s.tiers[0].target.kinds = []), "tiers[0].target.kinds", /at least 1/),
  bad("an overlay that climbs out", (s) => (s.tiers[0].target.path = "../prod"), "tiers[0].target.path", /without \.\./),
  bad(
    "the cluster's own namespace",
    (s) => (s.tiers[0].target.namespace = "kube-system"),
    "tiers[0].target.namespace",
    /the cluster's own/,
  ),
  bad("Argo CD's namespace", (s) => (s.tiers[0].target.namespace = "argocd"), "tiers[0].target.namespace", /the cluster's own/),
  bad("an application in capitals", (s) => (s.tiers[0].target.application = "Shop"), "tiers[0].target.application", /DNS label/),
  bad("eleven approvals", (s) => (s.branches[0].gate.pullRequest.approvals = 11), "branches[0].gate.pullRequest.approvals", /0 to 10/),
  bad(
    "half an approval",
    (s) => (s.branches[0].gate.pullRequest.approvals = 0.5),
    "branches[0].gate.pullRequest.approvals",
    /whole number/,
  ),
  bad("no required check", (s) => (s.branches[0].gate.checks.required = []), "branches[0].gate.checks.required", /at least 1/),
  bad(
    "a workflow with its folder",
    (s) => (s.branches[0].gate.checks.required[0].workflow = "a/ci.yml"),
    "branches[0].gate.checks.required[0].workflow",
    /name of a file/,
  ),
  bad(
    "a job by its display name",
    (s) => (s.branches[0].gate.checks.required[0].job = "Unit tests"),
    "branches[0].gate.checks.required[0].job",
    /job's id/,
  ),
  bad("an unknown bypass", (s) => (s.branches[0].gate.bypass = [{ kind: "user" }]), "branches[0].gate.bypass[0].kind", /one of "team"/),
  bad("a branch with a wildcard", (s) => (s.branches[1].name = "dev*"), "branches[1].name", /branch name/),
  bad("a branch that git refuses", (s) => (s.branches[1].name = "a..b"), "branches[1].name", /git accepts/),
  bad("a tag pattern of everything", (s) => (s.tags[0].pattern = "*"), "tags[0].pattern", /not a \* alone/),
  bad(
    "seven reviewers",
    (s) => (s.environments[1].reviewers = Array.from({ length: 7 }, (_, i) => ({ kind: "user", login: `u${i}` }))),
    "environments[1].reviewers",
    /at most 6/,
  ),
  bad(
    "a wait of more than thirty days",
    (s) => (s.environments[1].waitTimerMinutes = 43_201),
    "environments[1].waitTimerMinutes",
    /43,200/,
  ),
  bad("the reserved environment name", (s) => (s.environments[0].name = "repository"), "environments[0].name", /not the word repository/),
  bad("a secret that begins with GITHUB_", (s) => (s.secrets[0].name = "GITHUB_PAT"), "secrets[0].name", /GITHUB_/),
  bad("a secret in lower case", (s) => (s.secrets[0].name = "token"), "secrets[0].name", /upper case/),
  bad("a secret without a purpose", (s) => delete s.secrets[0].purpose, "secrets[0].purpose", /is required/),
  bad("a secret's value in the declaration", (s) => (s.secrets[0].value = "x"), "secrets[0].value", /no such field/),
  bad("a variable that is a number", (s) => (s.variables[0].value = 1), "variables[0].value", /text/),
  bad("a package in capitals", (s) => (s.packages[0].name = "Shop"), "packages[0].name", /image name/),
  bad("a tag with a colon", (s) => (s.packages[0].initialTag = "a:b"), "packages[0].initialTag", /image tag/),
  bad("an objective over 100", (s) => (s.objectives.ci = 101), "objectives.ci", /0 to 100/),
  bad("an objective of no time at all", (s) => (s.objectives.ciMinutes = 0), "objectives.ciMinutes", /0\.1 to 1440/),
  bad("a workflow by its path", (s) => (s.workflows.ci = [".github/workflows/ci.yml"]), "workflows.ci[0]", /name of a file/),
];

/** Fields together: references, what an account has, and what cannot work. */
export const badCombinations: readonly BadCase[] = [
  bad("a name that is not the folder's", (s) => (s.name = "store"), "name", /name of its folder/, /"shop"/),
  bad("CI that is no file of the repository", (s) => (s.workflows.ci = ["tests.yml"]), "workflows.ci[0]", /must be a file/, /ci\.yml/),
  bad("the same CD twice", (s) => (s.workflows.cd = ["deploy.yml", "deploy.yml"]), "workflows.cd[1]", /is the same as/),
  bad("an objective of CI without a workflow", onlyObjective("ci"), "objectives.ci", /could never be missed/),
  bad("a time of CI without a workflow", onlyObjective("feedbackMinutes"), "objectives.feedbackMinutes", /workflows\.ci/),
  bad("an objective of CD without a workflow", onlyObjective("cd"), "objectives.cd", /workflows\.cd/),
  bad("two default branches", (s) => (s.branches[1].default = true), "branches", /exactly one branch/),
  bad("no default branch", (s) => delete s.branches[0].default, "branches", /exactly one branch/),
  bad("no production tier", (s) => delete s.tiers[1].production, "tiers[1].production", /last tier must be production/),
  bad("production before the end", (s) => (s.tiers[0].production = true), "tiers[0].production", /only the last tier/),
  bad("a branch of no tier", (s) => (s.branches[1].tier = "develop"), "branches[1].tier", /system's tiers/, /"dev"/),
  bad("a default branch before production", (s) => (s.branches[0].tier = "dev"), "branches[0].tier", /foundation/),
  bad("a target on no branch", (s) => (s.tiers[0].target.branch = "dve"), "tiers[0].target.branch", /system's branches/, /"dev"/),
  bad(
    "an overlay that is not there",
    (s) => (s.tiers[0].target.path = "deploy/dve"),
    "tiers[0].target.path",
    /kustomization/,
    /"deploy\/dev"/,
  ),
  bad("an environment of no tier", (s) => (s.environments[0].tier = "qa"), "environments[0].tier", /system's tiers/),
  bad("an environment open to all", (s) => (s.environments[0].deployFrom = {}), "environments[0].deployFrom", /guards nothing/),
  bad(
    "an environment open to no branch",
    (s) => (s.environments[0].deployFrom.branches = ["mian"]),
    "environments[0].deployFrom.branches[0]",
    /gates are known/,
    /"main"/,
  ),
  bad(
    "an environment open to loose tags",
    (s) => (s.environments[1].deployFrom.tags = ["release-*"]),
    "environments[1].deployFrom.tags[0]",
    /anyone can move/,
  ),
  bad(
    "reviewers without access",
    (s) => (s.environments[1].reviewers[0].slug = "maintainer"),
    "environments[1].reviewers[0].slug",
    /access/,
    /"maintainers"/,
  ),
  bad(
    "a bypass for readers",
    (s) => (s.branches[0].gate.bypass[0].slug = "readers"),
    "branches[0].gate.bypass[0].slug",
    /push, maintain or admin/,
  ),
  bad(
    "the same reviewer twice",
    (s) => s.environments[1].reviewers.push({ kind: "user", login: "Shop-Auditor" }),
    "environments[1].reviewers[2]",
    /same as/,
  ),
  bad(
    "the same check twice",
    (s) => s.branches[0].gate.checks.required.push({ workflow: "ci.yml", job: "test" }),
    "branches[0].gate.checks.required[1]",
    /same as/,
  ),
  bad("the same secret twice", (s) => s.secrets.push({ ...s.secrets[0] }), "secrets[1]", /same as/),
  bad("environments that differ by case", (s) => (s.environments[1].name = "DEV"), "environments[1]", /same as/),
  bad(
    "a user's repository with teams",
    (s) => (s.repository.owner = { login: "acme", kind: "user", plan: "pro" }),
    "repository.teams.maintainers",
    /has no teams/,
  ),
  bad(
    "a plan that organizations do not have",
    (s) => (s.repository.owner.plan = "pro"),
    "repository.owner.plan",
    /plans of an organization/,
  ),
  bad("internal without an enterprise", (s) => (s.repository.visibility = "internal"), "repository.visibility", /enterprise/),
  bad(
    "a ruleset on a free private repository",
    (s) => Object.assign(s.repository, { visibility: "private", owner: { ...s.repository.owner, plan: "free" } }),
    "branches[0].gate",
    /paid plan/,
  ),
  bad(
    "a tag ruleset there",
    (s) => Object.assign(s.repository, { visibility: "private", owner: { ...s.repository.owner, plan: "free" } }),
    "tags[0]",
    /paid plan/,
  ),
  bad(
    "reviewers on a private repository of a team",
    (s) => (s.repository.visibility = "private"),
    "environments[1].reviewers",
    /Enterprise/,
  ),
  bad("a wait timer there", (s) => (s.repository.visibility = "private"), "environments[1].waitTimerMinutes", /Enterprise/),
  bad(
    "secret scanning on a free private repository",
    (s) => Object.assign(s.repository, { visibility: "private", owner: { ...s.repository.owner, plan: "free" } }),
    "repository.security.secretScanning",
    /Secret Protection/,
  ),
  bad(
    "a merge queue on a private repository",
    (s) => {
      Object.assign(s.branches[0].gate, { mergeQueue: { method: "SQUASH" } });
      s.repository.visibility = "private";
    },
    "branches[0].gate.mergeQueue",
    /merge queue exists/,
  ),
  bad(
    "a merge queue by a forbidden method",
    (s) => (s.branches[0].gate.mergeQueue = { method: "REBASE" }),
    "branches[0].gate.mergeQueue.method",
    /mergeMethods/,
  ),
  bad(
    "linear history of merge commits",
    (s) => {
      Object.assign(s.branches[0].gate, { linearHistory: true });
      s.repository.mergeMethods = ["merge"];
    },
    "branches[0].gate.linearHistory",
    /no merge could ever happen/,
  ),
  bad(
    "signed commits by rebase",
    (s) => {
      Object.assign(s.branches[0].gate, { signedCommits: true });
      s.repository.mergeMethods = ["rebase"];
    },
    "branches[0].gate.signedCommits",
    /cannot sign/,
  ),
  bad("a squash text without squash", (s) => (s.repository.mergeMethods = ["merge"]), "repository.squashCommit", /without effect/),
  bad(
    "deletion of merged long-lived branches",
    (s) => (s.repository.deleteBranchOnMerge = true),
    "repository.deleteBranchOnMerge",
    /loses it/,
  ),
  bad(
    "workflows that approve themselves",
    (s) => {
      s.repository.actions.canApprovePullRequestReviews = true;
      s.branches[1].gate.pullRequest = { codeOwners: false, lastPushApproval: false };
    },
    "branches[1].gate.pullRequest",
    /GITHUB_TOKEN may approve/,
  ),
  bad(
    "security updates without alerts",
    (s) => (s.repository.security.vulnerabilityAlerts = false),
    "repository.security.dependabotSecurityUpdates",
    /refuses security updates/,
  ),
  bad(
    "push protection without scanning",
    (s) => Object.assign(s.repository.security, { secretScanning: null, secretScanningPushProtection: true }),
    "repository.security.secretScanningPushProtection",
    /needs secret scanning/,
  ),
  bad(
    "a tag that moves and does not",
    (s) => (s.packages[0].tags.moving = ["sha-latest"]),
    "packages[0].tags.moving[0]",
    /either moves or not/,
  ),
  bad("a first image that moves", (s) => (s.packages[0].initialTag = "latest"), "packages[0].initialTag", /must match an immutable tag/),
  bad("two tiers in one namespace", (s) => (s.tiers[1].target.namespace = "shop-dev"), "tiers[1].target.namespace", /same namespace/),
  bad(
    "two tiers as one Application",
    (s) => (s.tiers[1].target.application = "shop-dev"),
    "tiers[1].target.application",
    /same Application/,
  ),
  {
    ...bad(
      "code owners without the file",
      (s) => (s.branches[0].gate.pullRequest.codeOwners = true),
      "branches[0].gate.pullRequest.codeOwners",
      /no CODEOWNERS/,
    ),
    files: new Map([...shopFiles].filter(([path]) => path !== ".github/CODEOWNERS")),
  },
];
