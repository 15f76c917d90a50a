import type { BranchGate, CheckRef, Environment, GitOpsTarget, Label, Reviewer, System } from "../../model/system.ts";
import { channels, channelSecrets, notifications } from "./notifications.ts";
import { strategies } from "./strategies.ts";

/*
 * Decisions, where the team's document leaves them open or cannot be followed to the letter:
 *
 * - Each tier follows a branch of its own, `staging` and `production`, and neither follows main. What runs in production changes by pull
 *   request only, with two approvals, also where somebody does not go by cd-production.yml.
 * - "Reviewers: 2 required" is nothing that an environment can hold: one approval satisfies GitHub. So there are two environments in
 *   sequence, approved by teams without a common member (docs/decisions/0007-two-approvals.md).
 * - Staging is automatic: CD proposes what was merged to main to branch staging, and GitHub merges that once the checks have passed. So
 *   staging asks for no review, and main for one of each commit (docs/decisions/0018-staging-has-its-own-branch.md).
 * - A blue-green deployment has no share of 10 or 50 % without a traffic router, so the gradual shift is made where it is safe without
 *   one: by the workers, ten pods that take tasks from one queue.
 */

/** All four report on every pull request. build-summary is the one that sees a job that was skipped, which counts as a success. */
const required: readonly CheckRef[] = ["lint", "test", "dag-validation", "build-summary"].map((job) => ({ workflow: "ci.yml", job }));

/** Nobody may step around it: CD proposes its image update as a pull request like everybody else. */
const gate: BranchGate = {
  pullRequest: { approvals: 1, dismissStaleReviews: true, codeOwners: true, lastPushApproval: true, threadResolution: true },
  checks: { required, strict: true },
  signedCommits: true,
  bypass: [],
};

/**
 * The checks and nobody: CD's pull request merges by itself. What runs in staging holds no key of production's, and no job of an environment
 * comes from this branch. The code owners have reviewed on main what CD brings here.
 */
const stagingGate: BranchGate = { ...gate, pullRequest: { ...gate.pullRequest, approvals: 0, codeOwners: false, lastPushApproval: false } };

/** Two people, whichever way a change comes. */
const productionGate: BranchGate = { ...gate, pullRequest: { ...gate.pullRequest, approvals: 2 } };

/** All that the overlays render. A further kind is a decision that widens the AppProject, so it is made here and not in an overlay. */
const kinds = ["/ConfigMap", "/Service", "/ServiceAccount", "apps/Deployment"] as const;

const staging: GitOpsTarget = {
  kind: "argocd",
  application: "airflow-etl-staging",
  namespace: "airflow-etl-staging",
  branch: "staging",
  path: "deploy/overlays/staging",
  kinds,
  automated: { prune: true, selfHeal: true },
};

const production: GitOpsTarget = {
  kind: "argocd",
  application: "airflow-etl",
  namespace: "airflow-etl",
  branch: "production",
  path: "deploy/overlays/production",
  kinds: [...kinds, "argoproj.io/AnalysisTemplate", "argoproj.io/Rollout"],
  automated: { prune: true, selfHeal: true },
  signedCommits: true,
  strategies,
};

/** What a job needs to propose an image as a pull request. */
const promotionApp: NonNullable<Environment["secrets"]> = [
  {
    name: "PROMOTION_APP_CLIENT_ID",
    purpose: "Client id of the GitHub App that opens promotion pull requests (App settings, General)",
    // An identifier, not a credential: it is a secret only so that it is configured beside its key; it does not wear out.
    maxAgeDays: 365,
  },
  {
    name: "PROMOTION_APP_PRIVATE_KEY",
    // A pull request that GITHUB_TOKEN opens starts no workflow, so its required checks would never report. And what it proposes are all
    // files of a commit: GitHub lets only an App with Workflows merge a pull request that changes workflow files.
    purpose: "Private key (PEM) of that App; it needs Contents, Pull requests and Workflows, read and write, on this repository only",
    maxAgeDays: 90,
  },
];

const smokeTest: NonNullable<Environment["secrets"]>[number] = {
  name: "AIRFLOW_API_AUTH",
  purpose: "user:password of an Airflow account with the role Viewer, for counting DAGs (Airflow, Security, List Users)",
  maxAgeDays: 90,
};

const team = (slug: string): Reviewer => ({ kind: "team", slug });
/** cd-staging.yml is started by workflow_run and cd-production.yml by dispatch: both run with main as their ref. */
const fromMain = { branches: ["main"] } as const;
/** Where the webserver answers; each tier has its own. */
const webserver = (url: string) => [{ name: "WEBSERVER_URL", value: url }];

const environments: readonly Environment[] = [
  {
    name: "staging",
    tier: "staging",
    deployFrom: fromMain,
    secrets: [...promotionApp, smokeTest],
    variables: webserver("https://staging.airflow-etl.example"),
  },
  // The first of two people.
  {
    name: "production-approval",
    tier: "production",
    reviewers: [team("release-managers")],
    selfReview: false,
    adminBypass: false,
    deployFrom: fromMain,
  },
  // The second.
  {
    name: "production",
    tier: "production",
    reviewers: [team("operations")],
    approvedAfter: "production-approval",
    waitTimerMinutes: 5,
    selfReview: false,
    adminBypass: false,
    deployFrom: fromMain,
    secrets: promotionApp,
  },
  // Verification and rollback must not wait for another approval. All that its App can do is to propose: branch `production` decides.
  {
    name: "production-operations",
    tier: "production",
    adminBypass: false,
    deployFrom: fromMain,
    secrets: [...promotionApp, smokeTest],
    variables: webserver("https://airflow-etl.example"),
  },
  // Whatever tells the channels: it runs none of the code that it tells about. workflow_run has the default branch as its ref.
  { name: "notifications", tier: "production", deployFrom: fromMain, secrets: channelSecrets },
];

const labels: readonly Label[] = [
  { name: "bug", color: "d73a4a", description: "Something does not work" },
  { name: "dag", color: "0e8a16", description: "A new DAG, or a change of one" },
  { name: "dependencies", color: "0366d6", description: "Update of an action, an image or a package" },
];

/** Airflow ETL: DAGs and the Airflow that runs them, from one repository. */
export const system: System = {
  name: "airflow-etl",
  title: "Airflow ETL",
  repository: {
    // Public: on the free plan only public repositories have environments with reviewers, and rulesets.
    owner: { login: "airflow-etl", kind: "organization", plan: "free" },
    name: "airflow-etl",
    description: "Airflow DAGs that load the warehouse, and the Airflow that runs them",
    visibility: "public",
    topics: ["airflow", "argocd", "etl", "gitops", "python"],
    features: { issues: true, wiki: false, projects: false, discussions: false },
    mergeMethods: ["squash"],
    squashCommit: { title: "PR_TITLE", message: "PR_BODY" },
    // What CD proposes to staging is merged by GitHub once its checks have passed.
    autoMerge: true,
    teams: {
      "platform-admins": "admin",
      "data-engineering": "maintain",
      "release-managers": "push",
      operations: "push",
    },
    actions: {
      // aquasecurity/setup-trivy is what aquasecurity/trivy-action itself calls, pinned by it.
      allowedActions: [
        "aquasecurity/setup-trivy@*",
        "aquasecurity/trivy-action@*",
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
    { name: "staging", target: staging },
    { name: "production", production: true, target: production },
  ],
  branches: [
    { name: "main", default: true, gate },
    { name: "develop", gate },
    { name: "staging", tier: "staging", gate: stagingGate },
    { name: "production", tier: "production", gate: productionGate },
  ],
  // What production ran before each deployment.
  tags: [{ pattern: "production-backup-*" }],
  environments,
  packages: [
    {
      name: "airflow-etl",
      visibility: "private",
      tags: { immutable: ["sha-*"], moving: [] },
      initialTag: "sha-a1b2c3d4",
      retentionDays: 90,
    },
  ],
  channels,
  notifications,
  workflows: { ci: ["ci.yml"], cd: ["cd-staging.yml", "cd-production.yml"] },
  objectives: { ci: 95, ciMinutes: 15, feedbackMinutes: 10 },
};

export default system;
