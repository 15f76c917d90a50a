import type { System } from "../../model/system.ts";

/**
 * Back to the Future Kitchen: a Streamlit app in two containers on one Docker host, owned by a user account.
 *
 * A user account has no teams, no runner groups and no rulesets of an organization. What stands in their place: the owner as the only
 * reviewer, workflows that only name the self-hosted runner where no pull request can start them, and rulesets of the repository.
 */
export const system: System = {
  name: "kitchen",
  title: "Back to the Future Kitchen",
  repository: {
    owner: { login: "julienlafrance", kind: "user", plan: "free" },
    name: "backtothefuturekitchen",
    // Public: on the free plan only public repositories have rulesets, and environments with reviewers.
    visibility: "public",
    description: "Analyses of recipes and ratings, as a Streamlit app",
    topics: ["data-analysis", "duckdb", "streamlit"],
    features: { issues: true, wiki: false, projects: false, discussions: false },
    mergeMethods: ["squash"],
    actions: {
      allowedActions: ["astral-sh/setup-uv@*"],
      githubOwnedAllowed: true,
      verifiedAllowed: false,
      shaPinningRequired: true,
      defaultWorkflowPermissions: "read",
      canApprovePullRequestReviews: false,
    },
    security: { vulnerabilityAlerts: true, dependabotSecurityUpdates: true, secretScanning: true, secretScanningPushProtection: true },
    pages: { buildType: "workflow" },
  },
  tiers: [
    {
      name: "preprod",
      target: {
        kind: "docker",
        container: "kitchen-preprod",
        package: "kitchen",
        hostPort: 8500,
        containerPort: 8501,
        health: { path: "/_stcore/health", intervalSeconds: 5 },
        environment: { PORT: "8501", APP_ENV: "preprod" },
        // The checkout that is served: CD moves it to an exact commit and restarts the container. See docs/decisions/0008.
        volumes: { "kitchen-preprod-code": "/srv/kitchen" },
      },
    },
    {
      name: "prod",
      production: true,
      target: {
        kind: "docker",
        container: "kitchen-prod",
        package: "kitchen",
        hostPort: 8501,
        containerPort: 8501,
        health: { path: "/_stcore/health", intervalSeconds: 5 },
        environment: { PORT: "8501", APP_ENV: "prod" },
        volumes: { "kitchen-prod-code": "/srv/kitchen" },
      },
      // "Prefer Tuesday to Thursday morning, avoid Friday evening": there is time to watch.
      windows: { timeZone: "Europe/Paris", open: [{ days: ["Tue", "Wed", "Thu"], from: "08:00", to: "12:00" }] },
    },
  ],
  branches: [
    {
      name: "main",
      default: true,
      tier: "prod",
      gate: {
        // One person maintains it: nobody could approve the owner's own pull request, so a required approval would block every merge.
        pullRequest: { approvals: 0, codeOwners: false, lastPushApproval: false, threadResolution: true },
        checks: {
          // Without `infrastructure-tests`: it may fail by declaration, so it would guard nothing. `summary` fails when one of these does.
          required: [
            { workflow: "ci.yml", job: "quality" },
            { workflow: "ci.yml", job: "preprod-tests" },
            { workflow: "ci.yml", job: "summary" },
          ],
          strict: true,
        },
        bypass: [],
      },
    },
  ],
  tags: [],
  environments: [
    // No reviewer: a push to main is deployed at once, and CI decides whether it stays.
    {
      name: "preprod",
      tier: "preprod",
      deployFrom: { branches: ["main"] },
      variables: [{ name: "VOLUME", value: "kitchen-preprod-code" }],
    },
    {
      name: "prod",
      tier: "prod",
      reviewers: [{ kind: "user", login: "julienlafrance" }],
      // The only person there is: a second look at one's own run, and a stolen token alone deploys nothing.
      selfReview: true,
      adminBypass: false,
      deployFrom: { branches: ["main"] },
      variables: [{ name: "VOLUME", value: "kitchen-prod-code" }],
    },
    { name: "github-pages", tier: "prod", deployFrom: { branches: ["main"] } },
    {
      name: "notifications",
      tier: "prod",
      // workflow_run runs with the default branch as its ref.
      deployFrom: { branches: ["main"] },
      secrets: [{ name: "DISCORD_WEBHOOK_URL", purpose: "URL of the webhook of #deployments (Discord, channel settings, Integrations)" }],
    },
  ],
  packages: [
    {
      name: "kitchen",
      visibility: "public",
      tags: { immutable: ["sha-*"], moving: ["latest"] },
      initialTag: "sha-acfdb42a",
      retentionDays: 90,
    },
  ],
  channels: { deployments: { kind: "discord", secret: "DISCORD_WEBHOOK_URL" } },
  notifications: [
    // CI and documentation: failures only.
    { on: { workflow: "ci.yml", outcome: "failure" }, to: ["deployments"] },
    { on: { workflow: "documentation.yml", outcome: "failure" }, to: ["deployments"] },
    // preprod: everything. A run that rolls back succeeds as a run, so it is its jobs that tell which way it went.
    { on: { workflow: "cd-preprod.yml", outcome: "started" }, to: ["deployments"], message: "Deployment to preprod has started" },
    {
      on: { workflow: "cd-preprod.yml", job: "validate", outcome: "success" },
      to: ["deployments"],
      message: "CI succeeded: the commit is validated for prod",
    },
    {
      on: { workflow: "cd-preprod.yml", job: "rollback", outcome: "success" },
      to: ["deployments"],
      severity: "error",
      message: "CI did not succeed: preprod was rolled back",
    },
    { on: { workflow: "cd-preprod.yml", outcome: "failure" }, to: ["deployments"] },
    // prod: everything; the run's page says the way back.
    { on: { workflow: "cd-prod.yml", outcome: "started" }, to: ["deployments"], message: "Deployment to prod has started" },
    { on: { workflow: "cd-prod.yml", outcome: "success" }, to: ["deployments"], message: "Deployment to prod succeeded" },
    {
      on: { workflow: "cd-prod.yml", outcome: "failure" },
      to: ["deployments"],
      severity: "critical",
      message: "Deployment to prod failed; the way back is on the run's page",
    },
    // DOWN only.
    { on: { workflow: "health-check.yml", outcome: "failure" }, to: ["deployments"], severity: "critical", message: "A service is DOWN" },
  ],
  runners: [{ labels: ["self-hosted", "Linux", "X64"], workflows: ["cd-preprod.yml", "cd-prod.yml"] }],
  // The uptimes are of the service, these are of its deployments.
  workflows: { ci: ["ci.yml"], cd: ["cd-preprod.yml", "cd-prod.yml"] },
  objectives: { ci: 95, deployment: 99 },
};

export default system;
