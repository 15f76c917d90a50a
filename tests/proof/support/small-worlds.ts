/** Small worlds: one repository, two branches, and every setting that opens or closes a way to production, at random. */
import fc from "fast-check";
import type { System } from "../../../model/system.ts";
import { Declaration, github, kubernetes, type DeclarationInput } from "../../../policies/rules/declaration.ts";
import type { ProofWorldInput } from "../../../proof/index.ts";

export interface SmallGuard {
  readonly kind: "RepositoryRuleset" | "OrganizationRuleset";
  readonly enforcement: "active" | "evaluate" | "disabled";
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
  readonly review: {
    readonly approvals: number;
    readonly dismiss: boolean;
    readonly owners: boolean;
    readonly lastPush: boolean;
    readonly methods: readonly string[];
  } | null;
  /** A check that nobody's app is pinned to, or one that Actions must report. */
  readonly check: "none" | "anybody" | "actions";
  readonly linear: boolean;
  readonly signed: boolean;
  readonly bypass: readonly { readonly type: string; readonly id: number | null; readonly mode: string }[];
}

export interface SmallWorld {
  readonly account: "organization" | "user";
  readonly guards: readonly SmallGuard[];
  /** Rights of the teams 1 and 2 of an organization, of the collaborators of a user. */
  readonly grants: readonly ("pull" | "push" | "admin")[];
  /** Members of the teams. */
  readonly members: readonly (readonly string[])[];
  readonly mayApprove: boolean;
  readonly owners: "none" | "all" | "all but overlays" | "a team of no rights";
  readonly environment: {
    readonly reviewed: boolean;
    readonly selfReview: boolean;
    readonly adminBypass: boolean;
    readonly from: "any" | "main" | "x/*" | "tags";
    readonly hasKey: boolean;
    readonly trusted: boolean;
  };
  readonly keyInRepository: boolean;
  readonly jobWrites: boolean;
  readonly deployKey: boolean;
  readonly follows: "main" | "HEAD" | "release";
  readonly tag: "sha-1" | "latest";
  readonly trigger: "always" | "paths" | "other branch" | "push";
  readonly opens: "nothing" | "token" | "app";
  readonly methods: { readonly merge: boolean; readonly squash: boolean; readonly rebase: boolean };
}

const often = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...others) });

const guard: fc.Arbitrary<SmallGuard> = fc.record({
  kind: often<SmallGuard["kind"]>("RepositoryRuleset", "OrganizationRuleset"),
  enforcement: often<SmallGuard["enforcement"]>("active", "evaluate", "disabled"),
  includes: often<readonly string[]>(
    ["refs/heads/main", "refs/heads/release"],
    ["~ALL"],
    ["~DEFAULT_BRANCH"],
    ["refs/heads/main"],
    ["refs/heads/x/*"],
  ),
  excludes: often<readonly string[]>([], ["refs/heads/main"], ["refs/heads/r*"]),
  review: fc.option(
    fc.record({
      approvals: fc.nat({ max: 2 }),
      dismiss: often(true, false),
      owners: fc.boolean(),
      lastPush: often(true, false),
      methods: often<readonly string[]>(["merge", "squash"], ["merge"], ["rebase"], []),
    }),
    { freq: 8 },
  ),
  check: often<SmallGuard["check"]>("actions", "none", "anybody"),
  linear: often(false, true),
  signed: often(true, false),
  bypass: often<SmallGuard["bypass"]>(
    [],
    [{ type: "Team", id: 1, mode: "always" }],
    [{ type: "Team", id: 2, mode: "pull_request" }],
    [{ type: "RepositoryRole", id: 5, mode: "pull_request" }],
    [{ type: "OrganizationAdmin", id: null, mode: "always" }],
    [{ type: "Integration", id: 15_368, mode: "always" }],
    [{ type: "Integration", id: 77, mode: "always" }],
    [{ type: "DeployKey", id: null, mode: "always" }],
  ),
});

const members = fc.subarray(["ann", "bob", "cyd"]);

/** Most settings most often safe: a world with everything open tells nothing about the rest. */
export const smallWorlds: fc.Arbitrary<SmallWorld> = fc.record({
  account: often<SmallWorld["account"]>("organization", "user"),
  guards: fc.array(guard, { minLength: 1, maxLength: 2 }),
  grants: fc.array(fc.constantFrom("pull" as const, "push" as const, "push" as const, "admin" as const), { maxLength: 2 }),
  members: fc.tuple(members, members),
  mayApprove: often(false, true),
  owners: often<SmallWorld["owners"]>("all", "none", "all but overlays", "a team of no rights"),
  environment: fc.record({
    reviewed: fc.boolean(),
    selfReview: often(false, true),
    adminBypass: often(false, true),
    from: often<SmallWorld["environment"]["from"]>("main", "any", "x/*", "tags"),
    hasKey: fc.boolean(),
    trusted: often(false, true),
  }),
  keyInRepository: often(false, true),
  jobWrites: often(false, true),
  deployKey: often(false, true),
  follows: often<SmallWorld["follows"]>("main", "HEAD", "release"),
  tag: often<SmallWorld["tag"]>("sha-1", "latest"),
  trigger: often<SmallWorld["trigger"]>("always", "paths", "other branch", "push"),
  opens: fc.constantFrom("nothing", "token", "app"),
  methods: often(
    { merge: true, squash: true, rebase: true },
    { merge: true, squash: false, rebase: false },
    { merge: false, squash: false, rebase: true },
  ),
});

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
