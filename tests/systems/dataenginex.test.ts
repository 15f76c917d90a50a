import { argocdTarget } from "../../model/target.ts";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import type { Environment, GitOpsTarget } from "../../model/system.ts";
import { checksOnPullRequest, readPipelines, resolveRequiredChecks } from "../../pipelines/index.ts";
import { system } from "../../systems/dataenginex/system.ts";
import { repositoryFiles, repositoryFolder, workflowFiles } from "./repository.ts";

const files = repositoryFiles("dataenginex");
const pipelines = readPipelines(files);

const branch = (name: string) => system.branches.find((candidate) => candidate.name === name)!;
const environment = (name: string): Environment => system.environments.find((candidate) => candidate.name === name)!;
const tier = (name: string) => system.tiers.find((candidate) => candidate.name === name)!;
const target = (name: string): GitOpsTarget => argocdTarget(tier(name).target)!;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly automountServiceAccountToken: boolean;
        readonly securityContext: { readonly runAsNonRoot: boolean };
        readonly containers: readonly Container[];
      };
    };
  };
}

interface Container {
  readonly image: string;
  readonly ports: readonly { readonly containerPort: number }[];
  readonly readinessProbe: { readonly httpGet: { readonly path: string } };
  readonly livenessProbe: { readonly httpGet: { readonly path: string } };
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly securityContext: { readonly readOnlyRootFilesystem: boolean; readonly allowPrivilegeEscalation: boolean };
}

describe("systems/dataenginex: what is declared", () => {
  describe("gates", () => {
    for (const name of ["main", "dev"]) {
      it(`[DEX-6] ${name} takes reviewed pull requests with signed commits, and nobody steps around`, () => {
        const gate = branch(name).gate!;
        expect(gate.pullRequest).to.deep.equal({
          approvals: 1,
          dismissStaleReviews: true,
          codeOwners: true,
          lastPushApproval: true,
          threadResolution: true,
        });
        expect(gate.signedCommits).to.equal(true);
        expect(gate.bypass).to.deep.equal([]);
      });

      it(`[DEX-6] ${name} requires lint-and-test, codeql and semgrep, each of which reports on every pull request and can fail`, () => {
        const resolved = resolveRequiredChecks(pipelines, branch(name).gate!.checks!.required, { branch: name, mergeQueue: false });
        expect(resolved.faults).to.deep.equal([]);
        expect(resolved.contexts).to.deep.equal([
          { context: "lint-and-test", integrationId: 15368 },
          { context: "codeql", integrationId: 15368 },
          { context: "semgrep", integrationId: 15368 },
        ]);
        const reports = checksOnPullRequest(pipelines, { base: name, repository: "TheDataEngineX/DEX" });
        const always = reports.filter((report) => report.verdict === "always" && report.canFail).map((report) => report.context);
        expect(always).to.have.members(["lint-and-test", "codeql", "semgrep"]);
      });

      for (const [workflow, job] of [
        ["ci.yml", "integration-test"],
        ["package-validation.yml", "wheel"],
        ["cd.yml", "gate"],
      ] as const) {
        it(`[DEX-6] ${name} could not require ${job} of ${workflow}: it does not report on every pull request`, () => {
          const { faults } = resolveRequiredChecks(pipelines, [{ workflow, job }], { branch: name, mergeQueue: false });
          expect(faults).to.have.length.greaterThan(0);
        });
      }
    }

    it("[DEX-6] main is the default branch, and a promotion to it needs no second pull request to bring dev up to date", () => {
      expect(system.branches.filter((candidate) => candidate.default).map(({ name }) => name)).to.deep.equal(["main"]);
      expect(branch("main").gate!.checks!.strict).to.equal(false);
      expect(branch("dev").gate!.checks!.strict).to.equal(true);
      // Merge commits keep a common history of main and dev.
      expect(system.repository.mergeMethods).to.include.members(["merge", "squash"]);
    });

    it("[DEX-6] release tags cannot be moved or deleted, and nobody steps around", () => {
      expect(system.tags).to.deep.equal([{ pattern: "dataenginex-v*" }, { pattern: "careerdex-v*" }]);
    });

    it("[DEX-6] every code owner is a team that has write access to the repository", () => {
      const owners = new Set(files.get(".github/CODEOWNERS")!.match(/@\S+/g));
      expect([...owners]).to.have.members(["@TheDataEngineX/maintainers", "@TheDataEngineX/release-managers"]);
      for (const owner of owners) {
        const permission = system.repository.teams?.[owner.split("/")[1]!];
        expect(permission, owner).to.be.oneOf(["push", "maintain", "admin"]);
      }
    });
  });

  describe("environments", () => {
    it("[DEX-7] are dev, prod, testpypi and pypi, and the one of notifications; all but dev belong to production", () => {
      expect(system.environments.map(({ name, tier: owner }) => [name, owner])).to.deep.equal([
        ["dev", "dev"],
        ["prod", "prod"],
        ["testpypi", "prod"],
        ["pypi", "prod"],
        ["notifications", "prod"],
      ]);
    });

    it("[DEX-7] prod has reviewers, no self-review and no bypass, and takes main only", () => {
      const prod = environment("prod");
      expect(prod.reviewers).to.deep.equal([{ kind: "team", slug: "release-managers" }]);
      expect([prod.selfReview, prod.adminBypass]).to.deep.equal([false, false]);
      expect(prod.deployFrom).to.deep.equal({ branches: ["main"] });
    });

    for (const name of ["testpypi", "pypi"]) {
      it(`[DEX-7] ${name} takes release tags only and holds no secret: publishing is by OpenID Connect`, () => {
        expect(environment(name).deployFrom).to.deep.equal({ tags: ["dataenginex-v*"] });
        expect(environment(name).secrets ?? []).to.deep.equal([]);
        const publisher = { kind: "pypi", project: "dataenginex", workflow: "pypi-publish.yml" };
        expect(environment(name).trustedBy).to.deep.equal([name === "testpypi" ? { ...publisher, index: "testpypi" } : publisher]);
      });
    }

    it("[DEX-7] secrets exist in dev and prod only, none in the repository, and are the ones that cd.yml uses", () => {
      expect(system.secrets ?? []).to.deep.equal([]);
      const used = new Set(
        files
          .get(".github/workflows/cd.yml")!
          .match(/secrets\.(\w+)/g)
          ?.map((name) => name.slice("secrets.".length)),
      );
      for (const name of ["dev", "prod"]) expect(environment(name).secrets?.map((secret) => secret.name)).to.have.members([...used]);
      for (const [path, text] of files) {
        if (path.startsWith(".github/workflows/") && !path.endsWith("cd.yml")) expect(text, path).not.to.match(/secrets\./);
      }
    });

    it("[DEX-7] are the ones that jobs name, and what may deploy to them is the ref that those jobs run with", () => {
      const deployed = system.environments.filter(({ name }) => name !== "notifications");
      const named = [...workflowFiles("dataenginex")].flatMap(([file, workflow]) =>
        Object.values(workflow.jobs).flatMap((job) => {
          const name = typeof job.environment === "string" ? job.environment : job.environment?.name;
          return name === undefined ? [] : [{ file, name, events: Object.keys(workflow.on) }];
        }),
      );
      expect(named.map(({ name }) => name)).to.have.members(deployed.map(({ name }) => name));
      for (const { name, events } of named) {
        // workflow_run runs with the default branch as its ref, a published release with its tag.
        if (events.includes("workflow_run")) expect(environment(name).deployFrom, name).to.deep.equal({ branches: ["main"] });
        else expect(environment(name).deployFrom.branches, name).to.equal(undefined);
      }
    });

    it("[DEX-7] tell cd.yml the overlay and the Application that are declared", () => {
      for (const name of ["dev", "prod"]) {
        expect(environment(name).variables).to.deep.equal([
          { name: "APPLICATION", value: target(name).application },
          { name: "OVERLAY", value: `${target(name).path}/kustomization.yaml` },
        ]);
      }
    });
  });

  describe("targets", () => {
    for (const [name, application, namespace, source, path, replicas] of [
      ["dev", "dex-dev", "dex-dev", "dev", "infra/argocd/overlays/dev", 1],
      ["prod", "dex", "dex", "main", "infra/argocd/overlays/prod", 2],
    ] as const) {
      it(`[DEX-8] ${application} follows ${path} on ${source} into namespace ${namespace}, with prune and selfHeal`, () => {
        expect(target(name)).to.include({ kind: "argocd", application, namespace, branch: source, path });
        expect(target(name).automated).to.deep.equal({ prune: true, selfHeal: true });
        expect(files.has(`${path}/kustomization.yaml`)).to.equal(true);
      });

      describe(`the overlay of ${name}`, function () {
        this.timeout(300_000);
        let manifests: Manifest[];
        before(async () => {
          const { kustomize } = await ensureBinaries(["kustomize"], () => undefined);
          const text = execFileSync(kustomize, ["build", join(repositoryFolder("dataenginex"), path)], { encoding: "utf8" });
          manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
        });

        it(`[DEX-8] renders just the kinds that ${application}'s AppProject allows, all in ${namespace}`, () => {
          const kinds = manifests.map(({ apiVersion, kind }) => `${apiVersion.includes("/") ? apiVersion.split("/")[0] : ""}/${kind}`);
          expect(kinds).to.have.members([...target(name).kinds]);
          expect(new Set(manifests.map(({ metadata }) => metadata.namespace))).to.deep.equal(new Set([namespace]));
        });

        it("[DEX-10] deploys the image of the declared package by a tag that never moves, with the pull secret", () => {
          const deployment = manifests.find(({ kind }) => kind === "Deployment")!;
          const [image] = system.packages!;
          expect(deployment.spec.template.spec.containers[0]!.image).to.equal(`ghcr.io/thedataenginex/${image!.name}:${image!.initialTag}`);
          expect(image!.initialTag).to.match(/^sha-[0-9a-f]{8}$/);
          expect(deployment.spec.replicas).to.equal(replicas);
          const account = manifests.find(({ kind }) => kind === "ServiceAccount")!;
          expect(account.metadata.name).to.equal(deployment.spec.template.spec.serviceAccountName);
          expect(account.imagePullSecrets).to.deep.equal([{ name: "ghcr-pull" }]);
        });

        it("[DEX-8] runs without root, without the API's token, with probes and a memory limit", () => {
          const { spec } = manifests.find(({ kind }) => kind === "Deployment")!.spec.template;
          const [container] = spec.containers;
          expect(spec.securityContext.runAsNonRoot).to.equal(true);
          expect(spec.automountServiceAccountToken).to.equal(false);
          expect(container!.securityContext).to.include({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
          expect([container!.readinessProbe.httpGet.path, container!.livenessProbe.httpGet.path]).to.deep.equal(["/ready", "/health"]);
          expect(container!.resources.limits.memory).to.equal("256Mi");
        });
      });
    }

    it("[DEX-9] prod syncs by itself in business hours only, a manual sync stays possible, and commits are signed", () => {
      const windows = (tier: string) => system.tiers.find(({ name }) => name === tier)?.windows;
      expect(windows("prod")).to.deep.equal({
        timeZone: "UTC",
        open: [{ days: ["Mon", "Tue", "Wed", "Thu", "Fri"], from: "09:00", to: "17:00" }],
      });
      expect(target("prod").signedCommits).to.equal(true);
      expect(windows("dev")).to.equal(undefined);
    });

    it("[DEX-10] sha- and v tags of dex never move, latest and dev do", () => {
      expect(system.packages).to.have.length(1);
      expect(system.packages![0]).to.deep.include({
        name: "dex",
        visibility: "private",
        tags: { immutable: ["sha-*", "v*"], moving: ["latest", "dev"] },
      });
    });

    it("[DEX-12] promises 95 % for CI, 99 % for CD and for deployments, counted from ci.yml and cd.yml", () => {
      expect(system.workflows).to.deep.equal({ ci: ["ci.yml"], cd: ["cd.yml"] });
      expect(system.objectives).to.deep.equal({ ci: 95, cd: 99, deployment: 99 });
    });
  });

  describe("Actions", () => {
    it("[DEX-4] may use what the workflows use and nothing else, pinned; GITHUB_TOKEN reads and opens no pull request", () => {
      const { actions } = system.repository;
      expect(actions).to.include({ shaPinningRequired: true, defaultWorkflowPermissions: "read", canApprovePullRequestReviews: false });
      expect(actions.verifiedAllowed).to.equal(false);
      const uses = [...workflowFiles("dataenginex").values()].flatMap((workflow) =>
        Object.values(workflow.jobs).flatMap((job) => job.steps.flatMap((step) => step.uses ?? [])),
      );
      const foreign = uses
        .map((use) => use.split("@")[0]!.split("/").slice(0, 2).join("/"))
        .filter((name) => !/^(actions|github)\//.test(name));
      // What trivy-action calls in its turn.
      expect(actions.allowedActions).to.have.members([...new Set([...foreign, "aquasecurity/setup-trivy"])].map((name) => `${name}@*`));
    });

    it("[DEX-1] the label full-test exists, and the ones that scripts and Dependabot put", () => {
      expect(system.repository.labels?.map(({ name }) => name)).to.include.members(["full-test", "promotion", "dependencies"]);
    });
  });
});
