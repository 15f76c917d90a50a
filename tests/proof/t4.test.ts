import { assert } from "chai";
import { github, UNKNOWN } from "../../policies/rules/declaration.ts";
import { prove } from "../../proof/index.ts";
import { agreementTheorem as t4 } from "../../proof/theorems/t4.ts";
import { realWorld } from "./support/real.ts";
import { resource } from "./support/shop-resources.ts";
import { lines, shop, type Changes } from "./support/shop.ts";

const cd = ".github/workflows/cd.yml";
const overlay = "deploy/overlays/prod/kustomization.yaml";
const application = (properties: Readonly<Record<string, unknown>>): Changes => ({ set: { "Application shop-prod": properties } });
const variable = (environment: string, variableName: string, value: string): Changes => ({
  add: [
    resource("prod", github("ActionsEnvironmentVariable"), `shop-${environment}-${variableName}`, {
      repository: "shop",
      environment,
      variableName,
      value,
    }),
  ],
});
const file = (path: string, from: string, to: string): Changes => ({ files: { [path]: (text) => text.replace(from, to) } });

describe("T4: branch, path, overlay and ruleset agree", () => {
  it("holds for the five systems", async () => {
    const [proved] = prove(await realWorld(), [t4]);
    assert.lengthOf(proved?.proofs ?? [], 15);
    assert.isEmpty(lines(t4, await realWorld()));
  });

  it("holds for the shop", () => {
    assert.isEmpty(lines(t4, shop()));
  });

  const counterexamples: Readonly<Record<string, readonly [Changes, readonly string[]]>> = {
    "an Application that nobody declares": [
      { without: ["Application shop-prod"] },
      ["shop prod: nothing deploys shop prod", "no stack declares Application shop (shop tiers)"],
    ],
    "a repository that is seen by others than its system says": [
      { set: { "Repository shop": { visibility: "private" } } },
      [
        "shop environments: GitHub may keep none of the gates of shop: which it keeps hangs on who sees the repository, and on the plan",
        "the system says that the repository is public, and its gates were judged by that (shop repository.visibility)",
        "it is declared private (shop visibility)",
      ],
    ],
    "an environment that another team approves": [
      { set: { "RepositoryEnvironment shop-prod": { reviewers: [{ teams: [1, 2] }] } } },
      [
        "shop environments: somebody else than shop says approves jobs of environment prod",
        "team others approves them (shop-prod reviewers)",
        "the system names team maintainers (shop environments.prod.reviewers)",
      ],
    ],
    "an environment that a team approves to which nobody gives a right": [
      { set: { "RepositoryEnvironment shop-prod": { reviewers: [{ teams: [3] }] } } },
      [
        "shop environments: somebody else than shop says approves jobs of environment prod",
        "team 3, to which nobody gives a right, approves them (shop-prod reviewers)",
        "the system names team maintainers (shop environments.prod.reviewers)",
      ],
    ],
    "another repository": [
      application({ "spec.source.repoURL": "https://github.com/acme/fork-shop.git" }),
      [
        "shop prod: what runs in shop prod is not what its overlay says",
        "the Application deploys https://github.com/acme/fork-shop.git, and acme/shop is what is guarded (shop-prod spec.source.repoURL)",
      ],
    ],
    "changes of the Application that are ignored": [
      { options: { "Application shop-prod": { ignoreChanges: ["metadata.labels", "spec.source"] } } },
      [
        "shop prod: whoever may edit the Application decides what runs in shop prod, and no update sets it back",
        "changes of spec.source are ignored (shop-prod ignoreChanges)",
      ],
    ],
    "several sources": [
      application({ "spec.sources": [{ repoURL: "https://github.com/acme/other" }] }),
      ["shop prod: what runs in shop prod is not what its overlay says", "the Application has several sources (shop-prod spec.sources)"],
    ],
    "an image that the Application itself sets": [
      application({ "spec.source.kustomize": { images: ["acme/shop=evil"] } }),
      [
        "shop prod: what runs in shop prod is not what its overlay says",
        "the Application itself says kustomize, past the repository's gates (shop-prod spec.source.kustomize)",
      ],
    ],
    "a branch that nobody declares": [
      application({ "spec.source.targetRevision": "hotfix" }),
      [
        "shop prod: a promotion to shop prod changes branch main, and Argo CD deploys hotfix",
        "the target of prod says branch main (shop tiers.prod.target.branch)",
        "the Application says hotfix (shop-prod spec.source.targetRevision)",
        "shop prod: shop prod runs what no declared branch holds",
        "the Application follows hotfix, and no stack declares such a branch (shop-prod spec.source.targetRevision)",
      ],
    ],
    "another tier's branch": [
      application({ "spec.source.targetRevision": "dev" }),
      [
        "shop prod: a promotion to shop prod changes branch main, and Argo CD deploys dev",
        "the target of prod says branch main (shop tiers.prod.target.branch)",
        "the Application says dev (shop-prod spec.source.targetRevision)",
        "shop prod: an image that is proposed to shop prod never gets there",
        "a job of environment prod proposes to branch main (scripts/lib.sh:4)",
        "Argo CD deploys branch dev (shop-prod spec.source.targetRevision)",
      ],
    ],
    "a folder without a kustomization": [
      { ...application({ "spec.source.path": "deploy/overlays/production" }) },
      [
        "shop prod: a promotion to shop prod changes path deploy/overlays/prod, and Argo CD deploys deploy/overlays/production",
        "the target of prod says path deploy/overlays/prod (shop tiers.prod.target.path)",
        "the Application says deploy/overlays/production (shop-prod spec.source.path)",
        "shop prod: nothing of shop prod can be rendered",
        "Argo CD deploys deploy/overlays/production (shop-prod spec.source.path)",
        "deploy/overlays/production has no kustomization (deploy/overlays/production)",
      ],
    ],
    "a base that is not there": [
      file(overlay, "../../base", "../../bases"),
      [
        "shop prod: nothing of shop prod can be rendered",
        "Argo CD deploys deploy/overlays/prod (shop-prod spec.source.path)",
        "../../bases is listed, and the repository has no such file (deploy/overlays/prod/kustomization.yaml:5)",
      ],
    ],
    "a file that is no YAML": [
      file("deploy/overlays/prod/kustomization.yaml", "kind: Kustomization", "kind: [Kustomization"),
      [
        "shop prod: nothing of shop prod can be rendered",
        "Argo CD deploys deploy/overlays/prod (shop-prod spec.source.path)",
        "deploy/overlays/prod/kustomization.yaml is no YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 3, column 1 (deploy/overlays/prod/kustomization.yaml:3)",
      ],
    ],
    "an image of somebody else": [
      file(overlay, "ghcr.io/acme/shop", "docker.io/evil/shop"),
      [
        "shop prod: shop prod runs an image that none of the system's gates has seen",
        "Argo CD deploys deploy/overlays/prod (shop-prod spec.source.path)",
        "the image docker.io/evil/shop is none of the system's packages, and no digest says which one it is (deploy/overlays/prod/kustomization.yaml:9)",
      ],
    ],
    "an entry of an image that is left out": [
      file(overlay, "name: acme/shop", "name: acme/shopp"),
      [
        "shop prod: shop prod runs an image that none of the system's gates has seen",
        "Argo CD deploys deploy/overlays/prod (shop-prod spec.source.path)",
        "the image acme/shop is none of the system's packages, and no digest says which one it is (deploy/base/deployment.yaml:10)",
      ],
    ],
    "a ruleset that is not active": [
      { set: { "RepositoryRuleset shop-main": { enforcement: "evaluate" } } },
      [
        "shop prod: whoever may push changes what runs in shop prod",
        "Argo CD deploys branch main (shop-prod spec.source.targetRevision)",
        "no ruleset that is active there asks for a pull request (shop-main enforcement)",
      ],
    ],
    "a ruleset that leaves the branch out": [
      { set: { "RepositoryRuleset shop-main": { "conditions.refName.excludes": ["refs/heads/m*"] } } },
      [
        "shop prod: whoever may push changes what runs in shop prod",
        "Argo CD deploys branch main (shop-prod spec.source.targetRevision)",
        "no ruleset that is active there asks for a pull request (shop-main rules.pullRequest)",
      ],
    ],
    "no ruleset": [
      { without: ["RepositoryRuleset shop-dev"] },
      [
        "shop dev: whoever may push changes what runs in shop dev",
        "Argo CD deploys branch dev (shop-dev spec.source.targetRevision)",
        "no active ruleset covers refs/heads/dev (shop branches.dev)",
      ],
    ],
    "a promotion to another branch": [
      file("scripts/lib.sh", "prod) printf main", "prod) printf dev"),
      [
        "shop prod: an image that is proposed to shop prod never gets there",
        "a job of environment prod proposes to branch dev (scripts/lib.sh:4)",
        "Argo CD deploys branch main (shop-prod spec.source.targetRevision)",
      ],
    ],
    "a promotion to a branch that the command names": [
      file("scripts/lib.sh", '--base "$1"', "--base main"),
      [
        "shop dev: an image that is proposed to shop dev never gets there",
        "a job of environment dev proposes to branch main (scripts/lib.sh:13)",
        "Argo CD deploys branch dev (shop-dev spec.source.targetRevision)",
      ],
    ],
    "a variable that names another tier's Application": [
      variable("prod", "APPLICATION", "shop-dev"),
      [
        "shop prod: a job that deploys to shop prod works on what belongs to tier dev",
        "variable APPLICATION is shop-dev, what belongs to tier dev (shop-prod-APPLICATION value)",
      ],
    ],
    "a variable that names an overlay that is not there": [
      variable("prod", "OVERLAY", "deploy/overlays/live/kustomization.yaml"),
      [
        "shop prod: a job that deploys to shop prod works on no file of the repository",
        "variable OVERLAY is deploy/overlays/live/kustomization.yaml, no file of the repository (shop-prod-OVERLAY value)",
      ],
    ],
    "an environment that GitHub would make": [
      file(cd, "environment: prod", "environment: production"),
      [
        "shop environments: GitHub makes environment production when the job starts, without any rule, and nobody is asked",
        "job prod of .github/workflows/cd.yml runs in environment production (.github/workflows/cd.yml:17)",
        "no stack declares environment production (.github/workflows/cd.yml:17)",
      ],
    ],
    "an environment of any name": [
      file(cd, "environment: prod", "environment: ${{ github.event.workflow_run.head_branch }}"),
      [
        "shop environments: job prod of .github/workflows/cd.yml may run in an environment that no rule guards",
        "the environment is called by ${{ github.event.workflow_run.head_branch }}, which may be any name; GitHub makes what is not there (.github/workflows/cd.yml:17)",
      ],
    ],
    "a ref that the environment does not let in": [
      { set: { "RepositoryEnvironmentDeploymentPolicy shop-prod-branch-main": { branchPattern: "release/*" } } },
      [
        "shop environments: GitHub refuses every deployment of job prod of .github/workflows/cd.yml on branch main",
        "job prod of .github/workflows/cd.yml runs in environment prod (.github/workflows/cd.yml:17)",
        "workflow_run runs it on branch main (.github/workflows/cd.yml:14)",
        "environment prod lets in only branch release/* (shop-prod-branch-main branchPattern)",
      ],
    ],
    "a secret that the job's environment has not": [
      { set: { "ActionsEnvironmentSecret shop-notifications-SLACK": { environment: "prod" } } },
      [
        "shop environments: job notify of .github/workflows/notifications.yml runs in environment notifications without its secret SLACK",
        "the job uses secret SLACK (.github/workflows/notifications.yml:18)",
        "no stack declares it in environment notifications, nor for the repository (.github/workflows/notifications.yml:13)",
      ],
    ],
    "an environment that lets nothing in": [
      { without: ["RepositoryEnvironmentDeploymentPolicy shop-dev-branch-main"] },
      [
        "shop environments: GitHub refuses every deployment of job dev of .github/workflows/cd.yml on branch main",
        "job dev of .github/workflows/cd.yml runs in environment dev (.github/workflows/cd.yml:11)",
        "workflow_run runs it on branch main (.github/workflows/cd.yml:8)",
        "environment dev lets in nothing (shop-dev deploymentBranchPolicy)",
      ],
    ],
  };
  for (const [title, [changes, expected]] of Object.entries(counterexamples)) {
    it(`is broken by ${title}`, () => {
      assert.deepEqual(lines(t4, shop(changes)), expected);
    });
  }

  it("is broken by a job that a push starts on a branch that may not deploy", () => {
    const on = "on:\n  push:\n    branches: [main, dev]\n";
    const world = shop({ files: { [cd]: (text) => text.replace(/on:\n[^]*?jobs:/, `${on}jobs:`).replaceAll(/\n {4}if: .*/g, "") } });
    assert.deepEqual(
      lines(t4, world).filter((line) => line.startsWith("shop")),
      [
        "shop environments: GitHub refuses every deployment of job dev of .github/workflows/cd.yml on branch dev",
        "shop environments: GitHub refuses every deployment of job prod of .github/workflows/cd.yml on branch dev",
      ],
    );
    const guarded = shop({
      files: {
        [cd]: (text) =>
          text
            .replace(/on:\n[^]*?jobs:/, `${on}jobs:`)
            .replace("if: github.event.workflow_run.head_branch == 'dev'", "if: github.ref == 'refs/heads/main'")
            .replace("if: github.event.workflow_run.head_branch == 'main'", "if: github.ref_name == 'main'"),
      },
    });
    assert.isEmpty(lines(t4, guarded));
  });

  it("lets a person choose the ref, as long as one of them may deploy", () => {
    const on = "on:\n  workflow_dispatch:\n    inputs:\n      where:\n        type: choice\n        options: [dev, prod]\n";
    const dispatch = (expression: string) =>
      shop({
        files: { [cd]: (text) => text.replace(/on:\n[^]*?jobs:/, `${on}jobs:`).replace("environment: prod", `environment: ${expression}`) },
      });
    assert.isEmpty(lines(t4, dispatch("prod")));
    assert.isEmpty(lines(t4, dispatch("${{ inputs.where }}")));
    assert.isEmpty(lines(t4, dispatch("${{ github.ref_name == 'main' && 'prod' || 'dev' }}")));
    assert.match(
      lines(t4, dispatch("${{ github.ref_name == 'main' && 'live' || 'dev' }}")).join("\n"),
      /no stack declares environment live/,
    );
  });

  it("lets a lower tier's branch be without a gate where the declaration says so, and production's never", () => {
    const branches = (["main", "dev"] as const).map((name) => ({ name, default: name === "main", gate: null }));
    const world = shop({ without: ["RepositoryRuleset shop-dev", "RepositoryRuleset shop-main"], system: { branches } });
    assert.deepEqual(
      lines(t4, world).filter((line) => line.startsWith("shop")),
      ["shop prod: whoever may push changes what runs in shop prod"],
    );
  });

  it("does not know before the update what a computed value agrees with", () => {
    assert.deepEqual(lines(t4, shop(application({ "spec.source.targetRevision": UNKNOWN }))), [
      "shop prod: unknown, shop-prod.spec.source.targetRevision is known only after the update",
    ]);
    assert.deepEqual(
      lines(t4, shop({ set: { "RepositoryEnvironment shop-prod": { environment: UNKNOWN } } })).at(-1),
      "shop environments: unknown, shop-prod.environment is known only after the update",
    );
  });
});
