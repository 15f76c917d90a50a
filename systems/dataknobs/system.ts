import type { BranchGate, CheckRef, Environment, GitOpsTarget, Label, System } from "../../model/system.ts";

/*
 * Decisions, where the team's document leaves them open or cannot be followed to the letter:
 *
 * - Argo CD follows one branch, and `release/*` is a pattern. Production follows `release/stable`, the one long-lived release branch, gated
 *   like the others. A `release/X.Y` may exist beside it: it passes CI, may use the environment production after a release manager's
 *   approval, and what that does is to propose an image to `release/stable` by pull request. Following main instead would bring a change
 *   of the manifests to production together with staging.
 * - Nothing is built for production. A release deploys the image that staging runs, so what was tested is what is deployed.
 * - No PYPI_API_TOKEN: PyPI trusts the environment `pypi` by OpenID Connect, so there is no long-lived token to leak or to renew.
 *   The four packages are four projects there, with the same publisher.
 * - SLACK_WEBHOOK exists in the environment `notifications` alone: what runs there is made from the table below and runs none of a pull
 *   request's code, which the document's step in the failing job itself would.
 * - The document's path-filtered documentation job reports on every pull request here; it still is not required.
 */

/**
 * The checks that report on every pull request to each of the three branches. `build` needs the other three jobs and is skipped when one
 * of them fails, which GitHub counts as a success: so they are required themselves.
 */
const required: readonly CheckRef[] = [
  { workflow: "ci.yml", job: "code-quality" },
  { workflow: "ci.yml", job: "security-scan" },
  { workflow: "ci.yml", job: "test" },
  { workflow: "ci.yml", job: "build" },
];

/** Nobody may step around it: CD proposes its image update as a pull request like everybody else. */
const gate: BranchGate = {
  pullRequest: { approvals: 1, dismissStaleReviews: true, codeOwners: true, lastPushApproval: true, threadResolution: true },
  checks: { required, strict: true },
  // On all three: develop is merged into main and main into release/stable, and one unsigned commit would block every promotion after it.
  signedCommits: true,
  bypass: [],
};

/**
 * Branches that are promoted to do not ask that a pull request be up to date: each deployment makes them one commit longer than the branch
 * before them, which, being protected itself, could only catch up by a pull request of its own.
 */
const promotedGate: BranchGate = { ...gate, checks: { required, strict: false } };

/** All that the overlays render. A further kind is a decision that widens the AppProject, so it is made here and not in an overlay. */
const kinds = ["/ConfigMap", "/Service", "/ServiceAccount", "apps/Deployment"] as const;

function target(tier: string, name: string, branch: string): GitOpsTarget {
  const path = `deploy/overlays/${tier}`;
  return { kind: "argocd", application: name, namespace: name, branch, path, kinds, automated: { prune: true, selfHeal: true } };
}

/** What deploy.yml needs from an environment to propose an image as a pull request. */
const promotionApp: NonNullable<Environment["secrets"]> = [
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
];

const releaseManagers: NonNullable<Environment["reviewers"]> = [{ kind: "team", slug: "release-managers" }];
const projects = ["dataknobs-common", "dataknobs-structures", "dataknobs-utils", "dataknobs-xization"];

const labels: readonly Label[] = [
  { name: "bug", color: "d73a4a", description: "Something does not work" },
  { name: "enhancement", color: "a2eeef", description: "New behaviour" },
  { name: "dependencies", color: "0366d6", description: "Update of an action, an image or a package" },
];

/** Dataknobs: four packages on PyPI, their documentation on Pages, and a service on Kubernetes, from one repository. */
export const system: System = {
  name: "dataknobs",
  title: "Dataknobs",
  repository: {
    // Public: on the free plan only public repositories have environments with reviewers, and rulesets.
    owner: { login: "dataknobs", kind: "organization", plan: "free" },
    name: "dataknobs",
    description: "Structures, tools and text normalization for data work, as Python packages and as a service",
    visibility: "public",
    homepage: "https://dataknobs.github.io/dataknobs/",
    topics: ["argocd", "data-structures", "gitops", "python"],
    features: { issues: true, wiki: false, projects: false, discussions: true },
    // A feature is squashed into develop. A promotion is a merge commit, or the branches would have no common history.
    mergeMethods: ["merge", "squash"],
    squashCommit: { title: "PR_TITLE", message: "PR_BODY" },
    autoMerge: true,
    // Off: GitHub deletes a merged head branch even where a ruleset forbids it, and a promotion merges develop and main themselves.
    deleteBranchOnMerge: false,
    teams: { "platform-admins": "admin", maintainers: "maintain", "release-managers": "push" },
    actions: {
      // aquasecurity/setup-trivy is what aquasecurity/trivy-action itself calls, pinned by it.
      allowedActions: [
        "aquasecurity/setup-trivy@*",
        "aquasecurity/trivy-action@*",
        "codecov/codecov-action@*",
        "docker/build-push-action@*",
        "docker/login-action@*",
        "docker/setup-buildx-action@*",
        "pypa/gh-action-pypi-publish@*",
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
    pages: { buildType: "workflow" },
  },
  tiers: [
    { name: "development", target: target("development", "dataknobs-development", "develop") },
    { name: "staging", target: target("staging", "dataknobs-staging", "main") },
    { name: "production", production: true, target: { ...target("production", "dataknobs", "release/stable"), signedCommits: true } },
  ],
  branches: [
    // Staging is deployed from it, and still it is the foundation's: the rules of the default branch decide what every workflow may do.
    { name: "main", default: true, gate: promotedGate },
    { name: "develop", tier: "development", gate },
    { name: "release/stable", tier: "production", gate: promotedGate },
  ],
  tags: [{ pattern: "v*.*.*" }],
  environments: [
    { name: "development", tier: "development", deployFrom: { branches: ["develop"] }, secrets: promotionApp },
    { name: "staging", tier: "staging", deployFrom: { branches: ["main"] }, secrets: promotionApp },
    {
      name: "production",
      tier: "production",
      reviewers: releaseManagers,
      selfReview: false,
      adminBypass: false,
      deployFrom: { branches: ["release/*"] },
      secrets: promotionApp,
    },
    {
      name: "pypi",
      tier: "production",
      reviewers: releaseManagers,
      selfReview: false,
      adminBypass: false,
      deployFrom: { tags: ["v*.*.*"] },
      trustedBy: projects.map((project) => ({ kind: "pypi", project, workflow: "release.yml" })),
    },
    // actions/deploy-pages takes no other name.
    { name: "github-pages", tier: "staging", deployFrom: { branches: ["main"] } },
    {
      name: "notifications",
      tier: "production",
      // workflow_run runs with the default branch as its ref.
      deployFrom: { branches: ["main"] },
      secrets: [{ name: "SLACK_WEBHOOK", purpose: "URL of the incoming webhook of #ci-cd (Slack, App settings, Incoming Webhooks)" }],
    },
  ],
  packages: [
    {
      name: "dataknobs",
      visibility: "private",
      // No moving tag at all: nothing could say what `latest` was when it was deployed.
      tags: { immutable: ["sha-*"], moving: [] },
      initialTag: "sha-a1b2c3d4",
      retentionDays: 90,
    },
  ],
  channels: { "ci-cd": { kind: "slack", channel: "#ci-cd", secret: "SLACK_WEBHOOK" } },
  notifications: [
    // Of the long-lived branches only: who breaks a pull request sees it there.
    ...["main", "develop", "release/stable"].flatMap((branch) =>
      ["ci.yml", "security.yml"].map((workflow) => ({ on: { workflow, branch, outcome: "failure" as const }, to: ["ci-cd"] })),
    ),
    ...["release.yml", "docs.yml", "cd.yml", "deploy.yml"].map((workflow) => ({
      on: { workflow, outcome: "failure" as const },
      to: ["ci-cd"],
    })),
    { on: { workflow: "performance.yml", branch: "main", outcome: "failure" }, to: ["ci-cd"], severity: "warning" },
    { on: { tier: "staging", application: "Degraded" }, to: ["ci-cd"], severity: "warning" },
    { on: { tier: "staging", application: "SyncFailed" }, to: ["ci-cd"], severity: "warning" },
    { on: { tier: "production", application: "Degraded" }, to: ["ci-cd"], severity: "critical" },
    { on: { tier: "production", application: "SyncFailed" }, to: ["ci-cd"], severity: "critical" },
    { on: { tier: "production", application: "Deployed" }, to: ["ci-cd"] },
  ],
  workflows: { ci: ["ci.yml"], cd: ["cd.yml", "deploy.yml"] },
};

export default system;
