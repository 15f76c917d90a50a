import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import type { Environment, GitOpsTarget } from "../../model/system.ts";
import { argocdTarget } from "../../model/target.ts";
import { checksOnPullRequest, readPipelines, resolveRequiredChecks } from "../../pipelines/index.ts";
import { system } from "../../systems/dataknobs/system.ts";
import { repositoryFiles, repositoryFolder, workflowFiles } from "./repository.ts";

const files = repositoryFiles("dataknobs");
const pipelines = readPipelines(files);

const branch = (name: string) => system.branches.find((candidate) => candidate.name === name)!;
const environment = (name: string): Environment => system.environments.find((candidate) => candidate.name === name)!;
const target = (name: string): GitOpsTarget => argocdTarget(system.tiers.find((tier) => tier.name === name)!.target)!;

const CONTEXTS = [
  "Code Quality Checks",
  "Security Scanning",
  ...["ubuntu", "windows", "macos"].flatMap((os) => ["3.12", "3.13"].map((python) => `Test Suite (${os}-latest, ${python})`)),
  "Build Packages",
];

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly securityContext: { readonly runAsNonRoot: boolean };
        readonly containers: readonly {
          readonly image: string;
          readonly envFrom: readonly { readonly configMapRef: { readonly name: string } }[];
          readonly readinessProbe: { readonly httpGet: { readonly path: string } };
          readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
        }[];
      };
    };
  };
}

describe("systems/dataknobs: what is declared", () => {
  describe("gates", () => {
    for (const name of ["main", "develop", "release/stable"]) {
      it(`[DK-5] ${name} takes reviewed pull requests with signed commits, and nobody steps around`, () => {
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

      it(`[DK-5] ${name} requires, by job, the six tests, quality, security and build: each reports on every pull request and can fail`, () => {
        const resolved = resolveRequiredChecks(pipelines, branch(name).gate!.checks!.required, { branch: name, mergeQueue: false });
        expect(resolved.faults).to.deep.equal([]);
        expect(resolved.contexts).to.have.deep.members(CONTEXTS.map((context) => ({ context, integrationId: 15368 })));
        const reports = checksOnPullRequest(pipelines, { base: name, repository: "dataknobs/dataknobs" });
        const always = reports.filter((report) => report.verdict === "always" && report.canFail).map((report) => report.context);
        expect(always).to.include.members(CONTEXTS);
      });
    }

    it("[DK-5] build alone would be no gate: the jobs whose failure skips it are required themselves", () => {
      const required = new Set(branch("main").gate!.checks!.required.map(({ job }) => job));
      const needed = [workflowFiles("dataknobs").get("ci.yml")!.jobs["build"]!.needs ?? []].flat();
      expect(needed).to.have.length(3);
      expect([...required]).to.include.members(needed);
    });

    it("[DK-5] a promotion needs no second pull request to bring the branch before up to date", () => {
      const strict = (name: string) => branch(name).gate!.checks!.strict;
      expect([strict("develop"), strict("main"), strict("release/stable")]).to.deep.equal([true, false, false]);
      expect(system.repository.mergeMethods).to.deep.equal(["merge", "squash"]);
    });

    it("[DK-2] release tags cannot be moved or deleted, and nobody steps around", () => {
      expect(system.tags).to.deep.equal([{ pattern: "v*.*.*" }]);
    });

    it("[DK-3] the repository refuses an action that is not pinned to a full commit SHA, and every action that no workflow uses", () => {
      const { actions } = system.repository;
      expect(actions).to.include({ shaPinningRequired: true, verifiedAllowed: false, defaultWorkflowPermissions: "read" });
      expect(actions.canApprovePullRequestReviews).to.equal(false);
      const uses = [...workflowFiles("dataknobs").values()].flatMap(({ jobs }) =>
        Object.values(jobs).flatMap(({ steps }) => steps.flatMap((step) => step.uses ?? [])),
      );
      const foreign = uses
        .map((use) => use.split("@")[0]!.split("/").slice(0, 2).join("/"))
        .filter((name) => !/^(actions|github)\//.test(name));
      // What trivy-action calls in its turn.
      expect(actions.allowedActions).to.have.members([...new Set([...foreign, "aquasecurity/setup-trivy"])].map((name) => `${name}@*`));
    });

    it("[DK-5] every code owner is a team that has write access to the repository", () => {
      const owners = new Set(files.get(".github/CODEOWNERS")!.match(/@\S+/g));
      expect([...owners]).to.have.members(["@dataknobs/maintainers", "@dataknobs/release-managers"]);
      for (const owner of owners) expect(system.repository.teams?.[owner.split("/")[1]!], owner).to.be.oneOf(["push", "maintain", "admin"]);
    });
  });

  describe("environments", () => {
    for (const [name, ref, tier] of [
      ["development", "develop", "development"],
      ["staging", "main", "staging"],
      ["production", "release/*", "production"],
    ] as const) {
      it(`[DK-6] ${ref} deploys to ${name}, and nothing else does`, () => {
        expect(environment(name).deployFrom).to.deep.equal({ branches: [ref] });
        expect(environment(name).tier).to.equal(tier);
      });
    }

    it("[DK-6] production has reviewers, no self-review and no bypass; the other two have none", () => {
      expect(environment("production")).to.deep.include({
        reviewers: [{ kind: "team", slug: "release-managers" }],
        selfReview: false,
        adminBypass: false,
      });
      for (const name of ["development", "staging"]) expect(environment(name).reviewers, name).to.equal(undefined);
    });

    it("[DK-6] no PYPI_API_TOKEN is declared: PyPI trusts release.yml in the environment pypi, for all four packages", () => {
      const secrets = [...(system.secrets ?? []), ...system.environments.flatMap(({ secrets: own }) => own ?? [])];
      expect(secrets.map(({ name }) => name).filter((name) => /PYPI|TWINE/.test(name))).to.deep.equal([]);
      expect(environment("pypi").secrets ?? []).to.deep.equal([]);
      expect(environment("pypi").deployFrom).to.deep.equal({ tags: ["v*.*.*"] });
      expect(environment("pypi").trustedBy).to.have.deep.members(
        ["common", "structures", "utils", "xization"].map((name) => ({
          kind: "pypi",
          project: `dataknobs-${name}`,
          workflow: "release.yml",
        })),
      );
    });

    it("[DK-6] [DK-4] SLACK_WEBHOOK exists in the environment notifications only, which takes the default branch, and no job here uses it", () => {
      const holders = system.environments.filter(({ secrets = [] }) => secrets.some((secret) => secret.name === "SLACK_WEBHOOK"));
      expect(holders.map(({ name, tier, deployFrom }) => ({ name, tier, deployFrom }))).to.deep.equal([
        { name: "notifications", tier: "production", deployFrom: { branches: ["main"] } },
      ]);
      for (const [path, text] of files) if (path.startsWith(".github/")) expect(text, path).not.to.include("secrets.SLACK_WEBHOOK");
    });

    it("[DK-6] the repository itself has no secret, and deploy.yml uses just those of the environment it runs in", () => {
      expect(system.secrets ?? []).to.deep.equal([]);
      const used = new Set(
        files
          .get(".github/workflows/deploy.yml")!
          .match(/secrets\.\w+/g)
          ?.map((name) => name.slice("secrets.".length)),
      );
      for (const name of ["development", "staging", "production"]) {
        expect(environment(name).secrets?.map((secret) => secret.name)).to.have.members([...used]);
      }
    });
  });

  describe("notifications", () => {
    const heard = (system.notifications ?? []).map(({ on, to }) => ({ on, to }));

    it("[DK-4] go to Slack, by the webhook of the environment notifications", () => {
      expect(system.channels).to.deep.equal({ "ci-cd": { kind: "slack", channel: "#ci-cd", secret: "SLACK_WEBHOOK" } });
      for (const { to } of heard) expect(to).to.deep.equal(["ci-cd"]);
    });

    for (const workflow of ["ci.yml", "security.yml"]) {
      it(`[DK-4] a failure of ${workflow} on each of the three branches reaches Slack`, () => {
        for (const name of ["main", "develop", "release/stable"]) {
          expect(heard).to.deep.include({ on: { workflow, branch: name, outcome: "failure" }, to: ["ci-cd"] });
        }
      });
    }

    it("[DK-4] a failure of a release, of the documentation and of a deployment reaches Slack, on whatever ref", () => {
      for (const workflow of ["release.yml", "docs.yml", "cd.yml", "deploy.yml"]) {
        expect(heard).to.deep.include({ on: { workflow, outcome: "failure" }, to: ["ci-cd"] });
      }
    });

    it("[DK-7] production that is degraded or cannot be synced is critical", () => {
      for (const application of ["Degraded", "SyncFailed"] as const) {
        expect(system.notifications).to.deep.include({ on: { tier: "production", application }, to: ["ci-cd"], severity: "critical" });
      }
    });

    it("[DK-4] name workflows that exist", () => {
      const named = (system.notifications ?? []).flatMap(({ on }) => ("workflow" in on ? [on.workflow] : []));
      expect([...workflowFiles("dataknobs").keys()]).to.include.members(named);
    });
  });

  describe("targets", () => {
    for (const [tier, application, source, config, data] of [
      [
        "development",
        "dataknobs-development",
        "develop",
        "dataknobs-config-dev",
        {
          ENVIRONMENT: "development",
          LOG_LEVEL: "DEBUG",
          DATABASE_URL: "postgresql://dev-db:5432/dataknobs_dev",
          ELASTICSEARCH_URL: "http://dev-elasticsearch:9200",
        },
      ],
      [
        "staging",
        "dataknobs-staging",
        "main",
        "dataknobs-config-staging",
        {
          ENVIRONMENT: "staging",
          LOG_LEVEL: "INFO",
          DATABASE_URL: "postgresql://staging-db:5432/dataknobs_staging",
          ELASTICSEARCH_URL: "http://staging-elasticsearch:9200",
        },
      ],
      [
        "production",
        "dataknobs",
        "release/stable",
        "dataknobs-config-production",
        {
          ENVIRONMENT: "production",
          LOG_LEVEL: "WARNING",
          DATABASE_URL: "postgresql://production-db:5432/dataknobs",
          ELASTICSEARCH_URL: "http://production-elasticsearch:9200",
        },
      ],
    ] as const) {
      it(`[DK-7] ${application} follows deploy/overlays/${tier} on ${source}, with prune and selfHeal`, () => {
        expect(target(tier)).to.include({ kind: "argocd", application, namespace: application, branch: source });
        expect(target(tier).path).to.equal(`deploy/overlays/${tier}`);
        expect(target(tier).automated).to.deep.equal({ prune: true, selfHeal: true });
      });

      describe(`the overlay of ${tier}`, function () {
        this.timeout(300_000);
        let manifests: Manifest[];
        const one = (kind: string): Manifest => manifests.find((manifest) => manifest.kind === kind)!;
        before(async () => {
          const { kustomize } = await ensureBinaries(["kustomize"], () => undefined);
          const text = execFileSync(kustomize, ["build", join(repositoryFolder("dataknobs"), target(tier).path)], { encoding: "utf8" });
          manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
        });

        it(`[DK-7] renders just the kinds that ${application}'s AppProject allows, all in its namespace`, () => {
          const kinds = manifests.map(({ apiVersion, kind }) => `${apiVersion.includes("/") ? apiVersion.split("/")[0] : ""}/${kind}`);
          expect(kinds).to.have.members([...target(tier).kinds]);
          expect(new Set(manifests.map(({ metadata }) => metadata.namespace))).to.deep.equal(new Set([application]));
        });

        it(`[DK-7] has the ConfigMap ${config}, and the pods read it`, () => {
          expect(one("ConfigMap").metadata.name).to.equal(config);
          expect(one("ConfigMap").data).to.deep.equal(data);
          const [container] = one("Deployment").spec.template.spec.containers;
          expect(container!.envFrom).to.deep.equal([{ configMapRef: { name: config } }]);
        });

        it("[DK-7] deploys the declared package by a tag that never moves, with the pull secret, and without root", () => {
          const [image, ...more] = system.packages!;
          expect(more).to.deep.equal([]);
          expect(image).to.deep.include({ name: "dataknobs", tags: { immutable: ["sha-*"], moving: [] } });
          const { spec } = one("Deployment").spec.template;
          const [container] = spec.containers;
          expect(container!.image).to.equal(`ghcr.io/dataknobs/dataknobs:${image!.initialTag}`);
          expect(container!.readinessProbe.httpGet.path).to.equal("/ready");
          expect([spec.securityContext.runAsNonRoot, container!.securityContext.readOnlyRootFilesystem]).to.deep.equal([true, true]);
          expect(one("ServiceAccount").metadata.name).to.equal(spec.serviceAccountName);
          expect(one("ServiceAccount").imagePullSecrets).to.deep.equal([{ name: "ghcr-pull" }]);
        });
      });
    }

    it("[DK-7] production syncs signed commits only", () => {
      expect(target("production").signedCommits).to.equal(true);
    });
  });
});
