/** The resources and the files that a small world stands for. */
import type { System } from "../../../model/system.ts";
import { Declaration, github, kubernetes, type DeclarationInput } from "../../../policies/rules/declaration.ts";
import type { ProofWorldInput } from "../../../proof/index.ts";
import type { SmallGuard, SmallWorld } from "./small-worlds.ts";

const repository = "small";
const inCluster = "https://kubernetes.default.svc";

/** The resources and files that such a world stands for. */
export function inputOf(world: SmallWorld): ProofWorldInput {
  return {
    resources: resourcesOf(world).map((input) => new Declaration(input)),
    systems: [{ system: systemOf(world), files: filesOf(world) }],
    teams: teamsOf(world),
  };
}

const teamsOf = ({ members: [one, two] }: SmallWorld): ReadonlyMap<string, readonly string[]> =>
  new Map([
    ["acme/one", one ?? []],
    ["acme/two", two ?? []],
  ]);

function resourcesOf(world: SmallWorld): readonly DeclarationInput[] {
  const { environment, grants, account } = world;
  const of = (kind: string, name: string, properties: Readonly<Record<string, unknown>>): DeclarationInput => ({
    type: github(kind),
    name,
    urn: `urn:pulumi:prod::small::${github(kind)}::${name}`,
    properties: { repository, ...properties },
  });
  const { merge, squash, rebase } = world.methods;
  const from = { main: { branchPattern: "main" }, "x/*": { branchPattern: "x/*" }, tags: { tagPattern: "v*" } };
  return [
    of("Repository", "small", { name: repository, allowMergeCommit: merge, allowSquashMerge: squash, allowRebaseMerge: rebase }),
    of("BranchDefault", "small", { branch: "main" }),
    of("WorkflowRepositoryPermissions", "small", { canApprovePullRequestReviews: world.mayApprove, defaultWorkflowPermissions: "read" }),
    ...grants.map((permission, index) =>
      account === "organization"
        ? of("TeamRepository", index === 0 ? "small-one" : "small-two", { teamId: String(index + 1), permission })
        : of("RepositoryCollaborator", `small-${index}`, { username: index === 0 ? "ann" : "bob", permission }),
    ),
    ...world.guards.map((each, index) => ruleset(each, index, of)),
    of("RepositoryEnvironment", "small-deploy", {
      environment: "deploy",
      canAdminsBypass: environment.adminBypass,
      ...(environment.reviewed && { reviewers: [{ teams: [1] }], preventSelfReview: !environment.selfReview }),
      ...(environment.from !== "any" && { deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: false } }),
    }),
    ...(environment.from === "any"
      ? []
      : [of("RepositoryEnvironmentDeploymentPolicy", "small-from", { environment: "deploy", ...from[environment.from] })]),
    ...(environment.hasKey ? [of("ActionsEnvironmentSecret", "small-key", { environment: "deploy", secretName: "APP_KEY" })] : []),
    ...(world.keyInRepository ? [of("ActionsSecret", "small-shared", { secretName: "APP_KEY" })] : []),
    ...(world.deployKey ? [of("RepositoryDeployKey", "small-writer", { readOnly: false })] : []),
    of("ContainerPackage", "small", {}),
    application(world),
  ].map((input) => (input.type === github("ContainerPackage") ? container : input));
}

const container: DeclarationInput = {
  type: "gatehouse:registry:ContainerPackage",
  name: "small",
  urn: "urn:pulumi:prod::small::gatehouse:registry:ContainerPackage::small",
  properties: { image: "ghcr.io/acme/small", repository: "acme/small", immutableTags: ["sha-*"], movingTags: ["latest"] },
};

function application({ follows }: SmallWorld): DeclarationInput {
  const type = kubernetes("argoproj.io/v1alpha1", "Application");
  const source = { repoURL: "https://github.com/acme/small.git", targetRevision: follows, path: "deploy" };
  return {
    type,
    name: "small",
    urn: `urn:pulumi:prod::small::${type}::small`,
    properties: { metadata: { name: "small" }, spec: { project: "small", destination: { server: inCluster, namespace: "small" }, source } },
  };
}

type Make = (kind: string, name: string, properties: Readonly<Record<string, unknown>>) => DeclarationInput;

function ruleset(
  { kind, enforcement, includes, excludes, review, check, linear, signed, bypass }: SmallGuard,
  index: number,
  of: Make,
): DeclarationInput {
  const requiredCheck = check === "actions" ? { context: "test", integrationId: 15_368 } : { context: "test" };
  return of(kind, `small-rules-${index}`, {
    target: "branch",
    enforcement,
    conditions: {
      refName: { includes, excludes },
      ...(kind === "OrganizationRuleset" && { repositoryName: { includes: ["sm*"], excludes: [] } }),
    },
    bypassActors: bypass.map(({ type, id, mode }) => ({ actorType: type, bypassMode: mode, ...(id !== null && { actorId: id }) })),
    rules: {
      requiredLinearHistory: linear,
      requiredSignatures: signed,
      ...(review !== null && {
        pullRequest: {
          requiredApprovingReviewCount: review.approvals,
          dismissStaleReviewsOnPush: review.dismiss,
          requireCodeOwnerReview: review.owners,
          requireLastPushApproval: review.lastPush,
          allowedMergeMethods: review.methods,
        },
      }),
      ...(check !== "none" && { requiredStatusChecks: { requiredChecks: [requiredCheck] } }),
    },
  });
}

function systemOf({ account, trigger, environment, follows }: SmallWorld): System {
  const checks = trigger === "push" ? null : { required: [{ workflow: "ci.yml", job: "test" }] };
  const gate = { pullRequest: {}, checks };
  return {
    name: "small",
    title: "Small",
    repository: {
      owner: { login: "acme", kind: account, plan: "free" },
      name: repository,
      description: "",
      visibility: "public",
      teams: { one: "push", two: "push" },
      actions: { allowedActions: [] },
    },
    tiers: [
      {
        name: "prod",
        production: true,
        target: {
          kind: "argocd",
          application: "small",
          namespace: "small",
          branch: follows === "HEAD" ? "main" : follows,
          path: "deploy",
          kinds: [],
        },
      },
    ],
    branches: [
      { name: "main", default: true, tier: "prod", gate },
      { name: "release", gate },
    ],
    tags: [],
    environments: [
      {
        name: "deploy",
        tier: "prod",
        deployFrom: { branches: ["main"] },
        ...(environment.trusted && { trustedBy: [{ kind: "azure", credential: "cloud" }] }),
      },
    ],
  };
}

const on: Readonly<Record<SmallWorld["trigger"], string>> = {
  always: "  pull_request:\n",
  paths: "  pull_request:\n    paths: [src/**]\n",
  "other branch": "  pull_request:\n    branches: [elsewhere]\n",
  push: "  push:\n",
};

function filesOf({ owners, tag, trigger, jobWrites, opens }: SmallWorld): ReadonlyMap<string, string> {
  const lines = {
    none: "",
    all: "* @acme/one\n",
    "all but overlays": "* @acme/one\n/deploy/\n",
    "a team of no rights": "* @acme/ghosts\n",
  };
  const given = { nothing: "", token: "", app: "        env:\n          GH_TOKEN: ${{ steps.app.outputs.token }}\n" };
  const open = opens === "nothing" ? "      - run: make report\n" : `      - run: gh pr create --base main\n${given[opens]}`;
  return new Map([
    ...(owners === "none" ? [] : [[".github/CODEOWNERS", lines[owners]] as const]),
    [
      ".github/workflows/ci.yml",
      `on:\n${on[trigger]}permissions: {}\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make test\n`,
    ],
    [
      ".github/workflows/cd.yml",
      `on: workflow_dispatch\npermissions: {}\njobs:\n  report:\n    runs-on: ubuntu-24.04\n    permissions:\n      contents: ${jobWrites ? "write" : "read"}\n      pull-requests: write\n    steps:\n      - id: app\n        uses: actions/create-github-app-token@v3\n        with:\n          private-key: \${{ secrets.APP_KEY }}\n${open}`,
    ],
    ["src/shop.ts", "export {};\n"],
    ["deploy/kustomization.yaml", `images:\n  - name: small\n    newName: ghcr.io/acme/small\n    newTag: ${tag}\n`],
  ]);
}
