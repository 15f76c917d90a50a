import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { parse, parseAllDocuments } from "yaml";
import { judgeTrust } from "../../components/fleet/trust.ts";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import { subjectOf } from "../../model/subject.ts";
import type { Environment, GitOpsTarget } from "../../model/system.ts";
import { argocdTarget } from "../../model/target.ts";
import { checksOnPullRequest, readPipelines, resolveRequiredChecks, type PullRequestHead } from "../../pipelines/index.ts";
import { system } from "../../systems/data-platform-aks/system.ts";
import { repositoryFiles, repositoryFolder, workflowFiles } from "./repository.ts";

const NAME = "data-platform-aks";
const files = repositoryFiles(NAME);
const pipelines = readPipelines(files);
const gate = system.branches[0]!.gate!;
const environment = (name: string): Environment => system.environments.find((candidate) => candidate.name === name)!;
const target = (name: string): GitOpsTarget => argocdTarget(system.tiers.find((tier) => tier.name === name)!.target)!;
const TIERS = ["dev", "staging", "prod"] as const;

/** The document's list, as it stands there. */
const CONTEXTS = [
  ...["preflight", "lint-python", "typecheck-python", "lint-frontend", "unit-tests", "integration-smoke", "build-python", "build-frontend"],
  ...["gitleaks", "codeql", "python-deps", "node-deps", "trivy", "sbom"],
  ...["dbt compile & parse", "dbt build & test", "schema & DAG validation"],
  "validate-dbml",
];

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly spec: {
    readonly replicas?: number;
    readonly strategy: { readonly type: string };
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly automountServiceAccountToken: boolean;
        readonly securityContext: { readonly runAsNonRoot: boolean };
        readonly containers: readonly {
          readonly image: string;
          readonly livenessProbe?: object;
          readonly resources: { readonly limits: { readonly memory: string } };
          readonly securityContext: { readonly allowPrivilegeEscalation: boolean };
        }[];
      };
    };
  };
}

describe("systems/data-platform-aks: what is declared", () => {
  describe("gates", () => {
    it("[AKS-2] main requires exactly the document's 18 checks, made by GitHub Actions", () => {
      expect(CONTEXTS).to.have.length(18);
      const { faults, contexts } = resolveRequiredChecks(pipelines, gate.checks!.required, {
        branch: "main",
        repository: `${NAME}/${NAME}`,
      });
      expect(faults).to.deep.equal([]);
      expect(contexts).to.deep.equal(CONTEXTS.map((context) => ({ context, integrationId: 15368 })));
    });

    for (const [what, head] of [
      ["any pull request", {}],
      ["one of this repository", { ref: "feature/x" }],
      ["one of a fork", { ref: "main", fork: true }],
      ["one that changes documentation only", { paths: ["README.md"] }],
      ["the release pull request", { ref: "release-please--branches--main", paths: ["CHANGELOG.md", "pyproject.toml"] }],
      [
        "a promotion",
        { ref: "promotion/prod-airflow-sha-00000000-frontend-sha-00000000", paths: [`${target("prod").path}/kustomization.yaml`] },
      ],
    ] as const satisfies readonly (readonly [string, PullRequestHead])[]) {
      it(`[AKS-2] each of them reports on ${what}, once, and can fail`, () => {
        const reports = checksOnPullRequest(pipelines, {
          base: "main",
          repository: `${NAME}/${NAME}`,
          head,
        });
        const always = reports.filter((report) => report.verdict === "always" && report.canFail).map((report) => report.context);
        expect(always).to.have.members(CONTEXTS);
        expect(always).to.have.length(18);
      });
    }

    it("[AKS-2] none of them would report on a pull request of GITHUB_TOKEN: so an App opens promotions and releases", () => {
      const reports = checksOnPullRequest(pipelines, { base: "main", head: { openedBy: "GITHUB_TOKEN" } });
      expect(reports.filter(({ verdict }) => verdict === "always")).to.deep.equal([]);
      expect(system.repository.actions.canApprovePullRequestReviews).to.equal(false);
      expect(environment("release").secrets!.map(({ name }) => name)).to.include("PROMOTION_APP_PRIVATE_KEY");
    });

    it("[AKS-2] none of them waits for another, has a condition, or forgives a failure", () => {
      for (const { workflow, job } of gate.checks!.required) {
        const declared = workflowFiles(NAME).get(workflow)!.jobs[job]!;
        expect(declared, `${workflow} ${job}`).not.to.have.any.keys("needs", "if", "continue-on-error", "strategy");
        for (const step of declared.steps) expect(step["continue-on-error"], `${workflow} ${job}`).to.equal(undefined);
      }
    });

    it("[AKS-2] a matrix over languages would report no check called codeql, and a path filter would leave pull requests waiting", () => {
      const path = ".github/workflows/security.yml";
      const matrix = files
        .get(path)!
        .replace("  codeql:\n", "  codeql:\n    strategy:\n      matrix:\n        language: [python, javascript]\n");
      const split = resolveRequiredChecks(readPipelines(new Map([...files, [path, matrix]])), gate.checks!.required, { branch: "main" });
      expect(split.contexts.map(({ context }) => context)).not.to.include("codeql");
      expect(split.contexts).to.have.length(19);
      const dbt = ".github/workflows/dbt-ci.yml";
      const filtered = files
        .get(dbt)!
        .replace("    branches: [main]\n\npermissions", "    branches: [main]\n    paths: [dbt/**]\n\npermissions");
      expect(filtered).not.to.equal(files.get(dbt));
      const { faults } = resolveRequiredChecks(readPipelines(new Map([...files, [dbt, filtered]])), gate.checks!.required, {
        branch: "main",
      });
      expect(faults).to.have.length(3);
    });

    it("[AKS-3] takes one commit a pull request, called as its title, on a line without merges", () => {
      expect(system.repository.mergeMethods).to.deep.equal(["squash"]);
      expect(system.repository.squashCommit).to.deep.equal({ title: "PR_TITLE", message: "PR_BODY" });
      expect(gate.linearHistory).to.equal(true);
      expect(gate.checks).to.deep.include({ strict: true });
      expect(gate.checks!.required[0]).to.deep.equal({ workflow: "ci.yml", job: "preflight" });
    });

    it("[AKS-3] every code owner is a team of the organization that may write, and production's overlay has owners of its own", () => {
      const text = files.get(".github/CODEOWNERS")!;
      const owners = new Set(text.match(/@\S+/g));
      expect(owners.size).to.equal(4);
      for (const owner of owners) {
        const [organization, team] = owner.slice(1).split("/");
        expect(organization).to.equal(system.repository.owner.login);
        expect(system.repository.teams?.[team!], owner).to.be.oneOf(["push", "maintain", "admin"]);
      }
      expect(gate.pullRequest).to.include({ codeOwners: true });
      const last = text.trim().split("\n").at(-1);
      expect(last).to.equal("/k8s/aks/overlays/prod/ @data-platform-aks/release-managers");
    });

    it("[AKS-1] release tags cannot be moved or deleted", () => {
      expect(system.tags).to.deep.equal([{ pattern: "v*" }]);
    });
  });

  describe("environments", () => {
    it("[AKS-4] are dev, staging and prod, from main only; and one that holds the App's key for releases", () => {
      const own = system.environments.filter(({ name }) => name !== "notifications");
      expect(own.map(({ name, tier, deployFrom }) => [name, tier, deployFrom])).to.deep.equal([
        ["dev", "dev", { branches: ["main"] }],
        ["staging", "staging", { branches: ["main"] }],
        ["prod", "prod", { branches: ["main"] }],
        ["release", "prod", { branches: ["main"] }],
      ]);
    });

    for (const [name, team] of [
      ["staging", "platform-engineers"],
      ["prod", "release-managers"],
    ] as const) {
      it(`[AKS-4] ${name} is approved by ${team}, never by who started it, and administrators do not skip it`, () => {
        expect(environment(name)).to.deep.include({ reviewers: [{ kind: "team", slug: team }], selfReview: false, adminBypass: false });
      });
    }

    for (const name of TIERS) {
      it(`[AKS-4] ${name} is trusted by Azure under a subject of its own, and holds identifiers but no key`, () => {
        const own = environment(name);
        expect(own.trustedBy).to.deep.equal([{ kind: "azure", credential: `github-${name}` }]);
        expect(subjectOf(system, own, { owner: NAME, repositoryId: 42 })).to.equal(`repository_id:42:environment:${name}`);
        expect(own.secrets!.map((secret) => secret.name)).to.have.members([
          ...["PROMOTION_APP_CLIENT_ID", "PROMOTION_APP_PRIVATE_KEY"],
          ...["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID"],
        ]);
        expect(own.variables).to.deep.include({ name: "NAMESPACE", value: target(name).namespace });
      });
    }

    it("[AKS-4] have every secret; the repository has none", () => {
      expect(system.secrets ?? []).to.deep.equal([]);
    });

    it("[AKS-4] are refused where no job could sign in: cd-deploy.yml without id-token: write", () => {
      expect(judgeTrust(system, files)).to.deep.equal([]);
      const path = ".github/workflows/cd-deploy.yml";
      const without = new Map([...files, [path, files.get(path)!.replaceAll("      id-token: write\n", "")]]);
      expect(judgeTrust(system, without).map((fault) => fault.path)).to.deep.equal(
        [0, 1, 2].map((index) => `data-platform-aks.environments[${index}].trustedBy[0]`),
      );
    });
  });

  describe("targets", () => {
    it("[AKS-6] are fed by two packages of the owner, whose tags never move", () => {
      expect(system.packages!.map(({ name, tags }) => [name, tags])).to.deep.equal([
        ["airflow", { immutable: ["sha-*", "v*"], moving: [] }],
        ["frontend", { immutable: ["sha-*", "v*"], moving: [] }],
      ]);
    });

    for (const [name, replicas] of [
      ["dev", 1],
      ["staging", 1],
      ["prod", 2],
    ] as const) {
      it(`[AKS-5] data-platform-${name} follows its overlay on main, with prune and selfHeal`, () => {
        expect(target(name)).to.deep.include({
          kind: "argocd",
          application: `data-platform-${name}`,
          namespace: `data-platform-${name}`,
          branch: "main",
          path: `k8s/aks/overlays/${name}`,
          automated: { prune: true, selfHeal: true },
        });
        expect(target(name).signedCommits).to.equal(name === "prod" ? true : undefined);
      });

      describe(`the overlay of ${name}`, function () {
        this.timeout(300_000);
        let manifests: Manifest[];
        let build: (folder: string) => Manifest[];
        before(async () => {
          const { kustomize } = await ensureBinaries(["kustomize"], () => undefined);
          build = (folder) => {
            const text = execFileSync(kustomize, ["build", folder], { encoding: "utf8" });
            return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
          };
          manifests = build(join(repositoryFolder(NAME), target(name).path));
        });
        const deployments = () => manifests.filter(({ kind }) => kind === "Deployment");

        it("[AKS-5] renders the three deployments, of kinds that the AppProject allows, all in its namespace", () => {
          expect(deployments().map(({ metadata }) => metadata.name)).to.have.members([
            "airflow-webserver",
            "airflow-scheduler",
            "frontend",
          ]);
          const kinds = new Set(
            manifests.map(({ apiVersion, kind }) => `${apiVersion.includes("/") ? apiVersion.split("/")[0] : ""}/${kind}`),
          );
          expect([...kinds]).to.have.members([...target(name).kinds]);
          expect(new Set(manifests.map(({ metadata }) => metadata.namespace))).to.deep.equal(new Set([target(name).namespace]));
          expect(deployments().find(({ metadata }) => metadata.name === "frontend")!.spec.replicas).to.equal(replicas);
        });

        it("[AKS-6] runs the images of the owner's packages by a tag that never moves, with the pull secret", () => {
          const images = deployments().map(({ metadata, spec }) => [metadata.name, spec.template.spec.containers[0]!.image]);
          expect(Object.fromEntries(images)).to.deep.equal({
            "airflow-webserver": `ghcr.io/${NAME}/airflow:sha-d1e2f3a4`,
            "airflow-scheduler": `ghcr.io/${NAME}/airflow:sha-d1e2f3a4`,
            frontend: `ghcr.io/${NAME}/frontend:sha-d1e2f3a4`,
          });
          expect(system.packages!.map(({ initialTag }) => initialTag)).to.deep.equal(["sha-d1e2f3a4", "sha-d1e2f3a4"]);
          const account = manifests.find(({ kind }) => kind === "ServiceAccount")!;
          expect(account.imagePullSecrets).to.deep.equal([{ name: "ghcr-pull" }]);
          for (const { spec } of deployments()) expect(spec.template.spec.serviceAccountName).to.equal(account.metadata.name);
        });

        it("[AKS-7] holds the tags of all three deployments under images, one per package, so that one commit puts all three back", () => {
          const { images } = parse(files.get(`${target(name).path}/kustomization.yaml`)!) as {
            images: readonly { name: string; newName: string; newTag: string }[];
          };
          expect(images.map(({ newName }) => newName)).to.deep.equal(system.packages!.map((image) => `ghcr.io/${NAME}/${image.name}`));
          // Every image of every container is one of those: nothing would stay behind in a rollback.
          const tagged = new Set(images.map(({ newName, newTag }) => `${newName}:${newTag}`));
          const running = deployments().flatMap(({ spec }) => spec.template.spec.containers.map(({ image }) => image));
          expect(running).to.have.length(3);
          for (const image of running) expect(tagged.has(image), image).to.equal(true);
          expect(files.has(`${target(name).path}/banned-tags.txt`)).to.equal(true);
        });

        it("[AKS-5] runs without root, without the API's token, with a liveness probe and a memory limit", () => {
          for (const { spec } of deployments()) {
            const pod = spec.template.spec;
            expect(pod.securityContext.runAsNonRoot).to.equal(true);
            expect(pod.automountServiceAccountToken).to.equal(false);
            expect(pod.containers[0]!.securityContext.allowPrivilegeEscalation).to.equal(false);
            expect(pod.containers[0]).to.have.property("livenessProbe");
            expect(pod.containers[0]!.resources.limits.memory).to.match(/^\d+[MG]i$/);
          }
        });

        it("[AKS-5] never runs two schedulers side by side on one database", () => {
          const scheduler = deployments().find(({ metadata }) => metadata.name === "airflow-scheduler")!;
          expect(scheduler.spec.strategy.type).to.equal("Recreate");
          expect(scheduler.spec.replicas ?? 1).to.equal(1);
        });
      });
    }
  });

  it("Actions may use what the workflows use and nothing else, pinned; GITHUB_TOKEN reads and opens no pull request", () => {
    const { actions } = system.repository;
    expect(actions).to.include({ shaPinningRequired: true, defaultWorkflowPermissions: "read", canApprovePullRequestReviews: false });
    const uses = [...workflowFiles(NAME).values()].flatMap(({ jobs }) =>
      Object.values(jobs).flatMap(({ steps }) => steps.flatMap((step) => step.uses ?? [])),
    );
    const foreign = uses
      .map((use) => use.split("@")[0]!.split("/").slice(0, 2).join("/"))
      .filter((name) => !/^(actions|github)\//.test(name));
    // What trivy-action calls in its turn.
    expect(actions.allowedActions).to.have.members([...new Set([...foreign, "aquasecurity/setup-trivy"])].map((name) => `${name}@*`));
  });
});
