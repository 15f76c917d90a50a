/** What the shop's two stacks declare, as plain data. */
import { github, kubernetes, SECRET, type DeclarationInput } from "../../../policies/rules/declaration.ts";

const repository = "shop";
const inCluster = "https://kubernetes.default.svc";
const url = "https://github.com/acme/shop.git";

/** A resource of a stack. */
export function resource(
  stack: "prod" | "dev",
  type: string,
  name: string,
  properties: Readonly<Record<string, unknown>>,
  options: Partial<DeclarationInput> = {},
): DeclarationInput {
  return { type, name, urn: `urn:pulumi:${stack}::gatehouse::${type}::${name}`, properties, ...options };
}

const kept = { protect: true, retainOnDelete: true };

/** All of them, anew at each call. */
export function shopResources(): readonly DeclarationInput[] {
  return [
    resource("prod", github("Repository"), "shop", { name: repository, allowSquashMerge: true, allowMergeCommit: false }, kept),
    resource("prod", github("BranchDefault"), "shop", { repository, branch: "main" }, { retainOnDelete: true }),
    resource("prod", github("Branch"), "shop-dev", { repository, branch: "dev", sourceBranch: "main" }, kept),
    resource("prod", github("TeamRepository"), "shop-maintainers", { repository, teamId: "1", permission: "maintain" }),
    resource("prod", github("TeamRepository"), "shop-others", { repository, teamId: "2", permission: "push" }),
    ruleset("prod", "main"),
    ruleset("dev", "dev"),
    ...environment("dev", "dev"),
    ...environment("prod", "prod", { reviewers: [{ teams: [1] }], preventSelfReview: true }),
    ...environment("prod", "notifications"),
    resource("prod", github("ActionsEnvironmentSecret"), "shop-notifications-SLACK", {
      repository,
      environment: "notifications",
      secretName: "SLACK",
      value: SECRET,
    }),
    resource("prod", "gatehouse:registry:ContainerPackage", "shop-shop", {
      image: "ghcr.io/acme/shop",
      repository: "acme/shop",
      visibility: "private",
      immutableTags: ["sha-*"],
      movingTags: ["latest"],
      retentionDays: 90,
    }),
    ...argocd("dev", "dev", "shop-dev", "dev"),
    ...argocd("prod", "prod", "shop", "main"),
    resource("prod", kubernetes("core/v1", "ConfigMapPatch"), "shop", {
      metadata: { name: "argocd-notifications-cm", namespace: "argocd" },
      data: {
        "service.webhook.shop_team": "url: $shop_team\nheaders:\n  - name: Content-Type\n    value: application/json\n",
        "template.shop_degraded": "webhook:\n  shop_team:\n    method: POST\n    body: degraded\n",
        "template.shop_sync-failed": "webhook:\n  shop_team:\n    method: POST\n    body: failed\n",
        "trigger.shop_degraded": "- when: app.status?.health?.status == 'Degraded'\n  send: [shop_degraded]\n",
        "trigger.shop_sync-failed": [
          "- when: app.status?.operationState?.phase in ['Error', 'Failed']\n  send: [shop_sync-failed]\n",
          "- when: app.status?.sync?.status == 'Unknown'\n  send: [shop_sync-failed]\n",
        ].join(""),
      },
    }),
    resource("prod", kubernetes("core/v1", "SecretPatch"), "shop", {
      metadata: { name: "argocd-notifications-secret", namespace: "argocd" },
      stringData: { shop_team: SECRET },
    }),
  ];
}

function ruleset(stack: "prod" | "dev", branch: string): DeclarationInput {
  return resource(
    stack,
    github("RepositoryRuleset"),
    `shop-${branch}`,
    {
      name: `branch ${branch}`,
      repository,
      target: "branch",
      enforcement: "active",
      conditions: { refName: { includes: [`refs/heads/${branch}`], excludes: [] } },
      bypassActors: [],
      rules: {
        deletion: true,
        nonFastForward: true,
        pullRequest: { requiredApprovingReviewCount: 1, allowedMergeMethods: ["squash"] },
      },
    },
    { protect: stack === "prod" },
  );
}

function environment(stack: "prod" | "dev", name: string, more: Readonly<Record<string, unknown>> = {}): DeclarationInput[] {
  const deploymentBranchPolicy = { protectedBranches: false, customBranchPolicies: true };
  const properties = { repository, environment: name, waitTimer: 0, canAdminsBypass: false, deploymentBranchPolicy, ...more };
  return [
    resource(stack, github("RepositoryEnvironment"), `shop-${name}`, properties, { protect: stack === "prod" }),
    resource(stack, github("RepositoryEnvironmentDeploymentPolicy"), `shop-${name}-branch-main`, {
      repository,
      environment: name,
      branchPattern: "main",
    }),
  ];
}

const subscription = (trigger: string): unknown => ({
  trigger: [trigger],
  destinations: [{ service: "shop_team", recipients: ["#deployments"] }],
});

function argocd(stack: "prod" | "dev", tier: string, application: string, branch: string): DeclarationInput[] {
  const production = stack === "prod";
  const options = production ? kept : {};
  const group = "argoproj.io/v1alpha1";
  return [
    resource(stack, kubernetes("core/v1", "Namespace"), `shop-${tier}`, { metadata: { name: application } }, options),
    resource(
      stack,
      kubernetes(group, "AppProject"),
      `shop-${tier}`,
      {
        metadata: { name: application, namespace: "argocd" },
        spec: {
          sourceRepos: [url],
          destinations: [{ server: inCluster, namespace: application }],
          namespaceResourceWhitelist: [
            { group: "", kind: "Service" },
            { group: "apps", kind: "Deployment" },
          ],
          ...(production && {
            sourceIntegrity: { git: { policies: [{ repos: [{ url }], gpg: { mode: "head", keys: ["4AEE18F83AFDEB23"] } }] } },
          }),
        },
      },
      options,
    ),
    resource(
      stack,
      kubernetes(group, "Application"),
      `shop-${tier}`,
      {
        metadata: {
          name: application,
          namespace: "argocd",
          annotations: {
            "notifications.argoproj.io/subscriptions.gatehouse": JSON.stringify([
              subscription("shop_degraded"),
              subscription("shop_sync-failed"),
            ]),
          },
          ...(!production && { finalizers: ["resources-finalizer.argocd.argoproj.io/background"] }),
        },
        spec: {
          project: application,
          source: { repoURL: url, targetRevision: branch, path: `deploy/overlays/${tier}` },
          destination: { server: inCluster, namespace: application },
          revisionHistoryLimit: 10,
          syncPolicy: {
            automated: { enabled: true, prune: true, selfHeal: true },
            syncOptions: ["ServerSideApply=true", "PruneLast=true"],
          },
        },
      },
      options,
    ),
  ];
}
