import type { CheckRef, Environment, GitOpsTarget, Label, System } from "../../model/system.ts";

/**
 * The 18 checks of the document, each a job of its own without condition, path filter or `needs`: it reports on every pull request, and a
 * failure of one cannot turn another into a skipped check, which GitHub counts as a success. `codeql` is one job over all languages, as a
 * matrix would report a check for each language and none of that name.
 */
const required: readonly CheckRef[] = [
  { workflow: "ci.yml", job: "preflight" },
  { workflow: "ci.yml", job: "lint-python" },
  { workflow: "ci.yml", job: "typecheck-python" },
  { workflow: "ci.yml", job: "lint-frontend" },
  { workflow: "ci.yml", job: "unit-tests" },
  { workflow: "ci.yml", job: "integration-smoke" },
  { workflow: "ci.yml", job: "build-python" },
  { workflow: "ci.yml", job: "build-frontend" },
  { workflow: "security.yml", job: "gitleaks" },
  { workflow: "security.yml", job: "codeql" },
  { workflow: "security.yml", job: "python-deps" },
  { workflow: "security.yml", job: "node-deps" },
  { workflow: "security.yml", job: "trivy" },
  { workflow: "security.yml", job: "sbom" },
  { workflow: "dbt-ci.yml", job: "dbt-compile" },
  { workflow: "dbt-ci.yml", job: "dbt-build" },
  { workflow: "dbt-ci.yml", job: "schema-dags" },
  { workflow: "schema-quality.yml", job: "validate-dbml" },
];

/** What the workflows need to open a pull request whose checks start: a pull request of GITHUB_TOKEN starts no workflow. */
const promotionApp = [
  {
    name: "PROMOTION_APP_CLIENT_ID",
    purpose: "Client id of the GitHub App that opens promotion and release pull requests (App settings, General)",
    // An identifier, not a credential: it is a secret only so that it is configured beside its key; it does not wear out.
    maxAgeDays: 365,
  },
  {
    name: "PROMOTION_APP_PRIVATE_KEY",
    purpose: "Private key (PEM) of that App; it needs Contents, Issues and Pull requests, read and write, on this repository only",
    maxAgeDays: 90,
  },
] as const;

/**
 * Where Azure's federated credential is. Identifiers and no keys: without a token of GitHub for this very environment they open nothing.
 * Secrets all the same, scoped to the environment as the document has it, so that no other job and no fork reads which tenant it is.
 */
const azure = [
  { name: "AZURE_CLIENT_ID", purpose: "Client id of the managed identity that the federated credential belongs to", maxAgeDays: 365 },
  { name: "AZURE_TENANT_ID", purpose: "Tenant of Microsoft Entra ID", maxAgeDays: 365 },
  { name: "AZURE_SUBSCRIPTION_ID", purpose: "Subscription that the cluster belongs to", maxAgeDays: 365 },
] as const;

/** All that the overlays render. A further kind is a decision that widens the AppProject, so it is made here and not in an overlay. */
const kinds = ["/Service", "/ServiceAccount", "apps/Deployment"] as const;

/**
 * Each tier's Application follows main: the document has one branch. What differs is the overlay, and so the tags of the images; a change
 * of one is a pull request like every other, reviewed by the owners of that overlay.
 */
const target = (tier: string): GitOpsTarget => ({
  kind: "argocd",
  application: `data-platform-${tier}`,
  namespace: `data-platform-${tier}`,
  branch: "main",
  path: `k8s/aks/overlays/${tier}`,
  kinds,
  automated: { prune: true, selfHeal: true },
  // GitHub signs every squash, and main takes nothing else.
  ...(tier === "prod" && { signedCommits: true }),
});

/** The federated credential of Azure that trusts jobs of this environment, and what they need to know of the cluster. */
const deployment = (tier: string): Pick<Environment, "name" | "tier" | "deployFrom" | "secrets" | "variables" | "trustedBy"> => ({
  name: tier,
  tier,
  // workflow_run and a dispatch both run with main as their ref, so only the reviewed cd-deploy.yml can use it.
  deployFrom: { branches: ["main"] },
  secrets: [...promotionApp, ...azure],
  variables: [
    { name: "AKS_CLUSTER", value: `aks-data-platform-${tier}` },
    { name: "AKS_RESOURCE_GROUP", value: `rg-data-platform-${tier}` },
    { name: "NAMESPACE", value: `data-platform-${tier}` },
  ],
  trustedBy: [{ kind: "azure", credential: `github-${tier}` }],
});

const labels: readonly Label[] = [
  { name: "bug", color: "d73a4a", description: "Something does not work" },
  { name: "enhancement", color: "a2eeef", description: "New behaviour" },
  { name: "dependencies", color: "0366d6", description: "Update of an action, an image or a package" },
  { name: "autorelease: pending", color: "fbca04", description: "The release pull request of Release Please" },
  { name: "autorelease: tagged", color: "0e8a16", description: "A release pull request that was released" },
];

/** A data platform of Airflow, dbt and a web front end on Azure Kubernetes Service. */
export const system: System = {
  name: "data-platform-aks",
  title: "Data platform on AKS",
  repository: {
    // Public: on the free plan only public repositories have environments with reviewers, and rulesets.
    owner: { login: "data-platform-aks", kind: "organization", plan: "free" },
    name: "data-platform-aks",
    description: "Airflow, dbt and a web front end on Azure Kubernetes Service",
    visibility: "public",
    topics: ["airflow", "aks", "data-engineering", "dbt", "gitops"],
    features: { issues: true, wiki: false, projects: false, discussions: false },
    // Release Please reads main: one commit a pull request, called as its title, which `preflight` holds to Conventional Commits. GitHub has
    // a rule for commit messages too, but only on the Enterprise plan, and it would see the commits of the branch and not the title.
    mergeMethods: ["squash"],
    squashCommit: { title: "PR_TITLE", message: "PR_BODY" },
    // A promotion's pull request may be merged by GitHub once reviews and checks are there, never before.
    autoMerge: true,
    teams: { "platform-engineers": "maintain", "data-engineers": "push", "frontend-engineers": "push", "release-managers": "push" },
    actions: {
      // aquasecurity/setup-trivy is what aquasecurity/trivy-action itself calls, pinned by it.
      allowedActions: [
        "anchore/sbom-action@*",
        "aquasecurity/setup-trivy@*",
        "aquasecurity/trivy-action@*",
        "astral-sh/setup-uv@*",
        "azure/login@*",
        "azure/use-kubelogin@*",
        "docker/build-push-action@*",
        "docker/login-action@*",
        "docker/setup-buildx-action@*",
        "googleapis/release-please-action@*",
      ],
      githubOwnedAllowed: true,
      verifiedAllowed: false,
      shaPinningRequired: true,
      defaultWorkflowPermissions: "read",
      // The App opens the promotion and release pull requests, so GITHUB_TOKEN may neither open nor approve any.
      canApprovePullRequestReviews: false,
    },
    security: { vulnerabilityAlerts: true, dependabotSecurityUpdates: true, secretScanning: true, secretScanningPushProtection: true },
    labels,
    // What Azure compares: the repository by its number, which nobody else ever gets, and the environment of the job.
    oidcSubject: ["repository_id", "context"],
  },
  tiers: [
    { name: "dev", target: target("dev") },
    { name: "staging", target: target("staging") },
    { name: "prod", production: true, target: target("prod") },
  ],
  branches: [
    {
      name: "main",
      default: true,
      tier: "prod",
      gate: {
        pullRequest: { approvals: 1, dismissStaleReviews: true, codeOwners: true, lastPushApproval: true, threadResolution: true },
        checks: { required, strict: true },
        signedCommits: true,
        linearHistory: true,
        bypass: [],
      },
    },
  ],
  // Release Please makes them, on main.
  tags: [{ pattern: "v*" }],
  environments: [
    deployment("dev"),
    {
      ...deployment("staging"),
      reviewers: [{ kind: "team", slug: "platform-engineers" }],
      selfReview: false,
      adminBypass: false,
    },
    {
      ...deployment("prod"),
      reviewers: [{ kind: "team", slug: "release-managers" }],
      selfReview: false,
      adminBypass: false,
    },
    // Not deployed to: it holds the App's key for Release Please, out of reach of every other branch and job.
    { name: "release", tier: "prod", deployFrom: { branches: ["main"] }, secrets: promotionApp },
    {
      name: "notifications",
      tier: "prod",
      // workflow_run runs with the default branch as its ref.
      deployFrom: { branches: ["main"] },
      secrets: [
        { name: "SLACK_WEBHOOK_URL", purpose: "URL of the incoming webhook of #data-platform (Slack, App settings, Incoming Webhooks)" },
      ],
    },
  ],
  packages: (["airflow", "frontend"] as const).map((name) => ({
    name,
    visibility: "private",
    // `v*` is a release: the first build of a version gets it. No tag moves, as nothing here is deployed by a moving one.
    tags: { immutable: ["sha-*", "v*"], moving: [] },
    initialTag: "sha-d1e2f3a4",
    retentionDays: 90,
  })),
  // The document names no channel. Failures of production must reach somebody all the same: one channel of the team hears of them.
  channels: { "data-platform": { kind: "slack", channel: "#data-platform", secret: "SLACK_WEBHOOK_URL" } },
  notifications: [
    // Of main only: who breaks a pull request sees it there.
    ...["ci.yml", "security.yml", "dbt-ci.yml", "schema-quality.yml"].map((workflow) => ({
      on: { workflow, branch: "main", outcome: "failure" as const },
      to: ["data-platform"],
    })),
    { on: { workflow: "release.yml", outcome: "failure" }, to: ["data-platform"] },
    { on: { workflow: "cd-deploy.yml", outcome: "failure" }, to: ["data-platform"] },
    ...["dev", "staging"].flatMap((tier) =>
      (["Degraded", "SyncFailed"] as const).map((application) => ({
        on: { tier, application },
        to: ["data-platform"],
        severity: "warning" as const,
      })),
    ),
    { on: { tier: "prod", application: "Degraded" }, to: ["data-platform"], severity: "critical" },
    { on: { tier: "prod", application: "SyncFailed" }, to: ["data-platform"], severity: "critical" },
    { on: { tier: "prod", application: "RolledBack" }, to: ["data-platform"], severity: "warning" },
  ],
  workflows: { ci: ["ci.yml", "dbt-ci.yml", "schema-quality.yml", "security.yml"], cd: ["cd-deploy.yml"] },
};

export default system;
