/** A small sound system to make bad ones from: each test changes what it is about, and nothing else is wrong. */
import { readStack, type Stack } from "../../model/stack.ts";
import type { System } from "../../model/system.ts";
import type { DeclaredSystem } from "../../model/validate/index.ts";

const workflow = `name: CI
on:
  pull_request:
  push:
    branches: [main, dev]
env:
  REGION: \${{ vars.REGION }}
jobs:
  test:
    runs-on: ubuntu-latest
    env:
      SHARED_TOKEN: \${{ secrets.SHARED_TOKEN }}
    steps:
      - run: make test
`;

const deploy = `name: Deploy
on:
  push:
    branches: [main, dev]
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: \${{ github.ref_name == 'main' && 'prod' || 'dev' }}
    env:
      DEPLOY_KEY: \${{ secrets.DEPLOY_KEY }}
      ADDRESS: \${{ vars.ADDRESS }}
    steps:
      - uses: docker/login-action@5e57cd118135c172c3672efd75eb46360885c0ef # v3.6.0
      - run: make deploy
`;

/** Files of the sound system's repository. */
export const shopFiles: ReadonlyMap<string, string> = new Map([
  [".github/CODEOWNERS", "* @acme/maintainers\n"],
  [".github/workflows/ci.yml", workflow],
  [".github/workflows/deploy.yml", deploy],
  ["deploy/dev/kustomization.yaml", "resources: []\n"],
  ["deploy/prod/kustomization.yaml", "resources: []\n"],
]);

/** Uses every field that a system has, so that each can be broken. */
export const shop: System = {
  name: "shop",
  title: "Shop",
  repository: {
    owner: { login: "acme", kind: "organization", plan: "team" },
    name: "shop",
    description: "Where things are sold",
    visibility: "public",
    homepage: "https://shop.example",
    topics: ["shop"],
    features: { issues: true, wiki: false, projects: false, discussions: false },
    mergeMethods: ["merge", "squash"],
    squashCommit: { title: "PR_TITLE", message: "PR_BODY" },
    autoMerge: false,
    teams: { maintainers: "maintain", readers: "pull" },
    collaborators: { "shop-auditor": "pull" },
    actions: { allowedActions: ["docker/login-action@*"] },
    security: { vulnerabilityAlerts: true, secretScanning: true },
    labels: [{ name: "bug", color: "d73a4a", description: "Does not work" }],
    autolinks: [{ prefix: "SHOP-", url: "https://tracker.example/<num>" }],
    pages: { buildType: "workflow" },
  },
  tiers: [
    {
      name: "dev",
      target: {
        kind: "argocd",
        application: "shop-dev",
        namespace: "shop-dev",
        branch: "dev",
        path: "deploy/dev",
        kinds: ["apps/Deployment", "/Service"],
      },
    },
    {
      name: "prod",
      production: true,
      target: {
        kind: "argocd",
        application: "shop",
        namespace: "shop",
        branch: "main",
        path: "deploy/prod",
        kinds: ["apps/Deployment"],
      },
      windows: {
        timeZone: "Europe/Berlin",
        open: [{ days: ["Tue", "Wed", "Thu"], from: "09:00", to: "12:00" }],
        freezes: [{ from: "2026-12-24", to: "2027-01-02", reason: "holidays" }],
      },
    },
  ],
  branches: [
    {
      name: "main",
      default: true,
      tier: "prod",
      gate: {
        pullRequest: { approvals: 2 },
        checks: { required: [{ workflow: "ci.yml", job: "test" }] },
        bypass: [{ kind: "team", slug: "maintainers", mode: "pull_request" }],
      },
    },
    { name: "dev", tier: "dev", gate: { pullRequest: {}, checks: { required: [{ workflow: "ci.yml", job: "test" }] } } },
  ],
  tags: [{ pattern: "v*", bypass: [{ kind: "role", role: "admin", mode: "always" }] }],
  environments: [
    {
      name: "dev",
      tier: "dev",
      deployFrom: { branches: ["dev"] },
      secrets: [{ name: "DEPLOY_KEY", purpose: "Deploys to dev" }],
      variables: [{ name: "ADDRESS", value: "https://dev.shop.example" }],
    },
    {
      name: "prod",
      tier: "prod",
      reviewers: [
        { kind: "team", slug: "maintainers" },
        { kind: "user", login: "shop-auditor" },
      ],
      waitTimerMinutes: 5,
      deployFrom: { branches: ["main"], tags: ["v*"] },
      secrets: [{ name: "DEPLOY_KEY", purpose: "Deploys to production", maxAgeDays: 30 }],
    },
    {
      name: "notifications",
      tier: "prod",
      deployFrom: { branches: ["main"] },
      secrets: [{ name: "SLACK_WEBHOOK_URL", purpose: "Where the team is told" }],
    },
  ],
  secrets: [{ name: "SHARED_TOKEN", purpose: "Read by every workflow" }],
  variables: [{ name: "REGION", value: "eu" }],
  packages: [{ name: "shop", visibility: "private", tags: { immutable: ["sha-*"], moving: ["latest"] }, initialTag: "sha-00000000" }],
  channels: { team: { kind: "slack", channel: "#shop", secret: "SLACK_WEBHOOK_URL" } },
  notifications: [
    { on: { workflow: "ci.yml", branch: "main", outcome: "failure" }, to: ["team"] },
    { on: { workflow: "deploy.yml", outcome: "completed" }, to: ["team"] },
    { on: { tier: "prod", application: "Degraded" }, to: ["team"], severity: "critical", message: "The shop is down" },
    { on: { tier: "prod", application: "SyncFailed" }, to: ["team"] },
  ],
  workflows: { ci: ["ci.yml"], cd: ["deploy.yml"] },
  objectives: { ci: 95, cd: 99, deployment: 99, ciMinutes: 15, feedbackMinutes: 10 },
};

/** Stack files that share the sound system out. */
export const shopStacks: ReadonlyMap<string, string> = new Map([
  ["Pulumi.dev.yaml", "config:\n  gatehouse:foundation: prod\n  gatehouse:tiers:\n    shop: [dev]\n"],
  ["Pulumi.prod.yaml", "config:\n  gatehouse:foundation: prod\n  gatehouse:tiers:\n    shop: [prod]\n"],
]);

/** The system with one thing changed: `change` gets a deep copy that takes anything. */
export function shopWith(change: (system: Changeable) => void, files: ReadonlyMap<string, string> = shopFiles): DeclaredSystem {
  const declared: unknown = structuredClone(shop);
  change(declared as Changeable);
  return { folder: "shop", declared, files };
}

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- bad data is the point: the types forbid every one of these changes */
export type Changeable = any;

/** Values of the sound system's secrets: the foundation's, since GitHub holds them. */
const shopSecrets = {
  repository: { SHARED_TOKEN: "canary-shared" },
  dev: { DEPLOY_KEY: "canary-dev" },
  prod: { DEPLOY_KEY: "canary-prod" },
  notifications: { SLACK_WEBHOOK_URL: "https://canary-slack.example" },
} as const;

/** Configuration of a stack as Pulumi hands it to the program. */
export function stackValues(name: "dev" | "prod", more: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const values: Record<string, unknown> = {
    foundation: "prod",
    tiers: { shop: [name] },
    registryToken: "canary-registry",
    argocd: { signatureKeys: ["4AEE18F83AFDEB23"] },
    ...(name === "prod" && { githubToken: "canary-github", secrets: { shop: shopSecrets } }),
    ...more,
  };
  const set = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set.map(([key, value]) => [`gatehouse:${key}`, typeof value === "string" ? value : JSON.stringify(value)]));
}

export function stackOf(name: "dev" | "prod", more: Readonly<Record<string, unknown>> = {}): Stack {
  return readStack({ name, values: stackValues(name, more), environment: {} });
}
