import type { BranchGate, CheckRef, Label, System, TrustedPublisher } from "../../model/system.ts";
import type { DeploymentWindows } from "../../model/windows.ts";

/**
 * The checks that report on every pull request to main and to dev. `integration-test` is left out because it runs by label or dispatch
 * only, `package-validation.yml` because on a pull request it is path-filtered: requiring either would leave other pull requests
 * waiting for a check that never comes.
 */
const required: readonly CheckRef[] = [
  { workflow: "ci.yml", job: "lint-and-test" },
  { workflow: "security.yml", job: "codeql" },
  { workflow: "security.yml", job: "semgrep" },
];

/** Nobody may step around it: CD proposes its image update as a pull request like everybody else. */
const gate: BranchGate = {
  pullRequest: { approvals: 1, dismissStaleReviews: true, codeOwners: true, lastPushApproval: true, threadResolution: true },
  checks: { required, strict: true },
  // On dev too, though only main must have it: a promotion merges dev's commits into main, and one unsigned commit among them would
  // block every promotion after it.
  signedCommits: true,
  bypass: [],
};

/**
 * main does not ask that a pull request be up to date. Every change of the prod overlay makes main one commit longer than dev, and dev,
 * being protected itself, could only be brought up to date by a pull request of its own: each promotion would need two.
 */
const mainGate: BranchGate = { ...gate, checks: { required, strict: false } };

/** "Deploy during business hours". A rollback stays possible at night and in a freeze. */
const businessHours: DeploymentWindows = {
  timeZone: "UTC",
  open: [{ days: ["Mon", "Tue", "Wed", "Thu", "Fri"], from: "09:00", to: "17:00" }],
};

/** All that the overlays render. A further kind is a decision that widens the AppProject, so it is made here and not in an overlay. */
const kinds = ["/Service", "/ServiceAccount", "apps/Deployment"] as const;

const labels: readonly Label[] = [
  { name: "bug", color: "d73a4a", description: "Something does not work" },
  { name: "enhancement", color: "a2eeef", description: "New behaviour" },
  { name: "dependencies", color: "0366d6", description: "Update of an action, an image or a package" },
  { name: "full-test", color: "fbca04", description: "Run the integration tests with the data and notebook groups" },
  { name: "promotion", color: "5319e7", description: "An image waits for manual approval before it is deployed" },
];

/** What CD needs from an environment to propose a promotion as a pull request. Each environment may have an App of its own. */
const promotionApp = [
  {
    name: "PROMOTION_APP_CLIENT_ID",
    purpose: "Client id of the GitHub App that opens promotion pull requests (App settings, General)",
    // An identifier, not a credential: it is a secret only so that it is configured beside its key; it does not wear out.
    maxAgeDays: 365,
  },
  {
    name: "PROMOTION_APP_PRIVATE_KEY",
    // A pull request that GITHUB_TOKEN opens starts no workflow, so its required checks would never report.
    purpose: "Private key (PEM) of that App; it needs Contents and Pull requests, read and write, on this repository only",
    maxAgeDays: 90,
  },
] as const;

/** Whom TestPyPI and PyPI trust to publish: this workflow, in its environment. There is no token to keep. */
const pypiPublisher: TrustedPublisher & { readonly kind: "pypi" } = { kind: "pypi", project: "dataenginex", workflow: "pypi-publish.yml" };

/** DataEngineX: the core library on PyPI and the CareerDEX app on Kubernetes, from one repository. */
export const system: System = {
  name: "dataenginex",
  title: "DataEngineX",
  repository: {
    // Public: on the free plan only public repositories have environments with reviewers, and rulesets.
    owner: { login: "TheDataEngineX", kind: "organization", plan: "free" },
    name: "DEX",
    description: "DataEngineX, the core framework, and CareerDEX, the job matching app built on it",
    visibility: "public",
    topics: ["argocd", "data-engineering", "gitops", "python"],
    features: { issues: true, wiki: false, projects: false, discussions: false },
    // A feature is squashed into dev. A promotion is a merge commit, or main and dev would have no common history and conflict for ever.
    mergeMethods: ["merge", "squash"],
    squashCommit: { title: "PR_TITLE", message: "PR_BODY" },
    // `scripts/promote.sh --auto-merge`: GitHub merges once reviews and checks are there, never before.
    autoMerge: true,
    // Off: GitHub deletes a merged head branch even where a ruleset forbids it, and a promotion merges dev itself.
    deleteBranchOnMerge: false,
    teams: { "platform-admins": "admin", maintainers: "maintain", "release-managers": "push" },
    actions: {
      // aquasecurity/setup-trivy is what aquasecurity/trivy-action itself calls, pinned by it.
      allowedActions: [
        "aquasecurity/setup-trivy@*",
        "aquasecurity/trivy-action@*",
        "astral-sh/setup-uv@*",
        "docker/build-push-action@*",
        "docker/login-action@*",
        "docker/setup-buildx-action@*",
      ],
      githubOwnedAllowed: true,
      verifiedAllowed: false,
      shaPinningRequired: true,
      defaultWorkflowPermissions: "read",
      // The App opens the promotion pull requests, so GITHUB_TOKEN may neither open nor approve any.
      canApprovePullRequestReviews: false,
    },
    security: { vulnerabilityAlerts: true, dependabotSecurityUpdates: true, secretScanning: true, secretScanningPushProtection: true },
    labels,
  },
  tiers: [
    {
      name: "dev",
      target: {
        kind: "argocd",
        application: "dex-dev",
        namespace: "dex-dev",
        branch: "dev",
        path: "infra/argocd/overlays/dev",
        kinds,
        automated: { prune: true, selfHeal: true },
      },
    },
    {
      name: "prod",
      production: true,
      target: {
        kind: "argocd",
        application: "dex",
        namespace: "dex",
        branch: "main",
        path: "infra/argocd/overlays/prod",
        kinds,
        automated: { prune: true, selfHeal: true },
        signedCommits: true,
      },
      windows: businessHours,
    },
  ],
  branches: [
    { name: "main", default: true, tier: "prod", gate: mainGate },
    { name: "dev", tier: "dev", gate },
  ],
  tags: [{ pattern: "dataenginex-v*" }, { pattern: "careerdex-v*" }],
  environments: [
    {
      name: "dev",
      tier: "dev",
      // main, also for dev: `cd.yml` is started by workflow_run, which always runs with the default branch as its ref. So only the
      // reviewed cd.yml of main can use this environment, never one that somebody changed on another branch.
      deployFrom: { branches: ["main"] },
      secrets: promotionApp,
      variables: [
        { name: "APPLICATION", value: "dex-dev" },
        { name: "OVERLAY", value: "infra/argocd/overlays/dev/kustomization.yaml" },
      ],
    },
    {
      name: "prod",
      tier: "prod",
      reviewers: [{ kind: "team", slug: "release-managers" }],
      selfReview: false,
      adminBypass: false,
      deployFrom: { branches: ["main"] },
      secrets: promotionApp,
      variables: [
        { name: "APPLICATION", value: "dex" },
        { name: "OVERLAY", value: "infra/argocd/overlays/prod/kustomization.yaml" },
      ],
    },
    // Publishing is by OpenID Connect (trusted publishing): these two hold no secret at all.
    { name: "testpypi", tier: "prod", deployFrom: { tags: ["dataenginex-v*"] }, trustedBy: [{ ...pypiPublisher, index: "testpypi" }] },
    {
      name: "pypi",
      tier: "prod",
      reviewers: [{ kind: "team", slug: "release-managers" }],
      selfReview: false,
      adminBypass: false,
      deployFrom: { tags: ["dataenginex-v*"] },
      trustedBy: [pypiPublisher],
    },
    {
      name: "notifications",
      tier: "prod",
      // workflow_run runs with the default branch as its ref.
      deployFrom: { branches: ["main"] },
      secrets: [
        { name: "SLACK_WEBHOOK_URL", purpose: "URL of the incoming webhook of #deployments (Slack, App settings, Incoming Webhooks)" },
      ],
    },
  ],
  packages: [
    {
      name: "dex",
      visibility: "private",
      // `v*` is a release tag: the first main build of a version gets it, and later builds of the same version leave it alone.
      tags: { immutable: ["sha-*", "v*"], moving: ["latest", "dev"] },
      initialTag: "sha-a1b2c3d4",
      retentionDays: 90,
    },
  ],
  channels: { deployments: { kind: "slack", channel: "#deployments", secret: "SLACK_WEBHOOK_URL" } },
  notifications: [
    // Of the long-lived branches only: who breaks a pull request sees it there.
    ...["main", "dev"].flatMap((branch) =>
      ["ci.yml", "security.yml", "package-validation.yml"].map((workflow) => ({
        on: { workflow, branch, outcome: "failure" as const },
        to: ["deployments"],
      })),
    ),
    ...["cd.yml", "release-dataenginex.yml", "release-careerdex.yml", "pypi-publish.yml"].map((workflow) => ({
      on: { workflow, outcome: "failure" as const },
      to: ["deployments"],
    })),
    // "Deployment status updates"
    ...(["Deployed", "Degraded", "SyncFailed"] as const).map((application) => ({ on: { tier: "dev", application }, to: ["deployments"] })),
    { on: { tier: "prod", application: "Deployed" }, to: ["deployments"] },
    { on: { tier: "prod", application: "RolledBack" }, to: ["deployments"], severity: "warning" },
    { on: { tier: "prod", application: "Degraded" }, to: ["deployments"], severity: "critical" },
    { on: { tier: "prod", application: "SyncFailed" }, to: ["deployments"], severity: "critical" },
  ],
  workflows: { ci: ["ci.yml"], cd: ["cd.yml"] },
  objectives: { ci: 95, cd: 99, deployment: 99 },
};

export default system;
