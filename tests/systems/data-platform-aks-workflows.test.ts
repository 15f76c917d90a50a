import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import { readPipelines } from "../../pipelines/index.ts";
import { skip } from "../support/skip.ts";
import { type JobFile, repositoryFiles, repositoryFolder, workflowFiles } from "./repository.ts";
import { runScript } from "./scripts.ts";
import { startStandIn } from "./stand-in.ts";

const NAME = "data-platform-aks";
const files = repositoryFiles(NAME);
const workflows = workflowFiles(NAME);
const workflow = (name: string) => workflows.get(name)!;
const job = (file: string, id: string): JobFile => workflow(file).jobs[id]!;
const commands = (file: string, id: string): string =>
  job(file, id)
    .steps.map((step) => step.run ?? "")
    .join("\n");
const step = (file: string, id: string, uses: string) => job(file, id).steps.find((candidate) => candidate.uses?.startsWith(`${uses}@`))!;
const CHECKS = ["ci.yml", "security.yml", "dbt-ci.yml", "schema-quality.yml"];
const scripts = [...files.keys()].filter((path) => path.endsWith(".sh"));

describe("systems/data-platform-aks: workflows", () => {
  it("[AKS-1] are the six files of the pipeline, without a fault", () => {
    expect([...workflows.keys()]).to.have.members([...CHECKS, "release.yml", "cd-deploy.yml"]);
    expect(readPipelines(files).problems).to.deep.equal([]);
  });

  it("[AKS-1] pass actionlint", async function () {
    this.timeout(300_000);
    const { actionlint } = await ensureBinaries(["actionlint"], () => undefined);
    const paths = [...workflows.keys()].map((name) => join(repositoryFolder(NAME), ".github", "workflows", name));
    const { stdout, status } = spawnSync(actionlint, ["-no-color", ...paths], { encoding: "utf8" });
    expect(stdout).to.equal("");
    expect(status).to.equal(0);
  });

  it("pin every action to a full commit SHA with its version in a comment, the same everywhere", () => {
    const pins = new Map<string, string>();
    for (const [path, text] of files) {
      if (!path.startsWith(".github/workflows/")) continue;
      for (const line of text.split("\n").filter((candidate) => /^\s*(- )?uses:/.test(candidate))) {
        const match = /uses: ([\w.-]+\/[\w.-]+)[^@\s]*@([0-9a-f]{40} # v\d+(\.\d+){1,2})$/.exec(line);
        expect(match, `${path}: ${line.trim()}`).not.to.equal(null);
        expect(pins.get(match![1]!) ?? match![2], match![1]).to.equal(match![2]);
        pins.set(match![1]!, match![2]!);
      }
    }
    expect(pins.size).to.be.greaterThan(12);
  });

  it("give each job its own rights and a time limit, keep no credentials in the clone, and put no expression into a script", () => {
    for (const [file, { permissions, jobs }] of workflows) {
      expect(permissions, file).to.deep.equal({});
      for (const [id, { permissions: rights, steps, "timeout-minutes": limit }] of Object.entries(jobs)) {
        expect(rights, `${file} ${id}`).to.be.an("object");
        expect(limit, `${file} ${id}`).to.be.within(1, 60);
        for (const { uses, run, with: options } of steps) {
          expect(run ?? "", `${file} ${id}`).not.to.include("${{");
          if (uses?.startsWith("actions/checkout@")) expect(options?.["persist-credentials"], `${file} ${id}`).to.equal(false);
        }
      }
    }
  });

  it("call only scripts and make targets that exist, and scripts that bash can read", () => {
    const targets = new Set([...files.get("Makefile")!.matchAll(/^([\w-]+):/gm)].map(([, name]) => name));
    for (const { jobs } of workflows.values()) {
      const text = Object.values(jobs)
        .flatMap(({ steps }) => steps.map(({ run }) => run ?? ""))
        .join("\n");
      for (const [, path] of text.matchAll(/bash (?:tools\/)?(scripts\/\S+)/g)) expect(files.has(path!), path).to.equal(true);
      for (const [, target] of text.matchAll(/\bmake (\S+)/g)) expect(targets.has(target), target).to.equal(true);
    }
    for (const path of scripts) execFileSync("bash", ["-n", join(repositoryFolder(NAME), path)]);
  });

  it("have scripts that shellcheck finds nothing in", function () {
    const shellcheck = (process.env["PATH"] ?? "").split(":").find((folder) => existsSync(join(folder, "shellcheck")));
    if (shellcheck === undefined) return skip(this, "shellcheck is not on PATH; the system's own check preflight runs it");
    const paths = scripts.map((path) => join(repositoryFolder(NAME), path));
    const { stdout, status } = spawnSync(join(shellcheck, "shellcheck"), ["--external-sources", ...paths], { encoding: "utf8" });
    expect(stdout).to.equal("");
    expect(status).to.equal(0);
  });

  describe("checks", () => {
    for (const [file, name] of [
      ["ci.yml", "CI"],
      ["security.yml", "Security"],
      ["dbt-ci.yml", "dbt CI"],
      ["schema-quality.yml", "Schema Quality"],
    ] as const) {
      it(`[AKS-1] ${file} is ${name}, on every push and pull request to main`, () => {
        const { on, name: called } = workflow(file);
        expect(called).to.equal(name);
        expect(on["push"]).to.deep.equal({ branches: ["main"] });
        expect(on["pull_request"]!.branches).to.deep.equal(["main"]);
        expect(on["pull_request"]).not.to.have.any.keys("paths", "paths-ignore");
      });
    }

    it("[AKS-1] do what the document names: lint, format, types, tests, images, builds", () => {
      for (const [id, command] of [
        ["lint-python", "make lint"],
        ["lint-python", "make format-check"],
        ["typecheck-python", "make type-check"],
        ["lint-frontend", "npm run lint"],
        ["lint-frontend", "npm run format:check"],
        ["unit-tests", "make test"],
        ["integration-smoke", "scripts/ci/smoke.sh"],
        ["build-python", "uv build"],
        ["build-frontend", "npm run build"],
      ] as const) {
        expect(commands("ci.yml", id), id).to.include(command);
      }
      expect(files.get("Makefile")).to.include('pytest tests/ -m "not e2e and not pipeline_e2e"');
    });

    it("[AKS-1] scan for secrets, in code, in dependencies of both kinds and in files, and list what is in it", () => {
      expect(commands("security.yml", "gitleaks")).to.match(/gitleaks\/v8@v[\d.]+ git .*--exit-code 1/);
      expect(step("security.yml", "gitleaks", "actions/checkout").with).to.include({ "fetch-depth": 0 });
      const languages = String(step("security.yml", "codeql", "github/codeql-action/init").with!["languages"]).split(", ");
      expect(languages).to.include.members(["python", "javascript-typescript"]);
      expect(commands("security.yml", "python-deps")).to.include("pip-audit");
      expect(commands("security.yml", "node-deps")).to.include("npm audit --audit-level=high");
      const blocking = job("security.yml", "trivy").steps.find(({ with: options }) => options?.["exit-code"] === "1")!;
      expect(blocking.with).to.include({ "scan-type": "fs", severity: "CRITICAL,HIGH" });
      expect(step("security.yml", "sbom", "anchore/sbom-action").with).to.include({ format: "spdx-json" });
    });

    it("[AKS-1] parse, compile, build and test dbt in a warehouse, and look at schema and DAGs", () => {
      expect(commands("dbt-ci.yml", "dbt-compile")).to.match(/dbt-parse[^]*dbt-compile/);
      expect(commands("dbt-ci.yml", "dbt-build")).to.include("dbt-build");
      expect(commands("dbt-ci.yml", "schema-dags")).to.match(/schema-check[^]*validate-dags/);
      for (const id of ["dbt-compile", "dbt-build"]) expect(job("dbt-ci.yml", id)).to.have.nested.property("services.warehouse");
      expect(commands("schema-quality.yml", "validate-dbml")).to.include("dbml-check");
    });

    it("[AKS-3] preflight judges the title of every pull request, again after each change of it, and never runs it", () => {
      expect(workflow("ci.yml").on["pull_request"]!.types).to.deep.equal(["opened", "synchronize", "reopened", "edited"]);
      const title = job("ci.yml", "preflight").steps.find(({ run }) => run?.includes("conventional-title.sh"))!;
      expect(title.env).to.deep.equal({ TITLE: "${{ github.event.pull_request.title || github.event.head_commit.message }}" });
      expect(title).not.to.have.any.keys("if", "continue-on-error");
    });
  });

  describe("release.yml", () => {
    it("[AKS-1] has Release Please keep the release pull request with the App's token, so that its checks start", () => {
      expect(workflow("release.yml").on).to.deep.equal({ push: { branches: ["main"] } });
      const { with: options } = step("release.yml", "release-please", "googleapis/release-please-action");
      expect(options).to.deep.equal({
        token: "${{ steps.app.outputs.token }}",
        "config-file": "release-please-config.json",
        "manifest-file": ".release-please-manifest.json",
      });
      const { version } = /^version = "(?<version>.+)"$/m.exec(files.get("pyproject.toml")!)!.groups!;
      expect(JSON.parse(files.get(".release-please-manifest.json")!)).to.deep.equal({ ".": version });
      expect(files.get("uv.lock")).to.include(`name = "data-platform"\nversion = "${version!}"`);
    });

    it("[AKS-1] builds and signs only what was released, with the run's own identity and no key", () => {
      expect(job("release.yml", "build").if).to.equal("needs.release-please.outputs.created == 'true'");
      expect(step("release.yml", "build", "actions/checkout").with!["ref"]).to.equal("refs/tags/${{ needs.release-please.outputs.tag }}");
      expect([job("release.yml", "sign").needs].flat()).to.include("build");
      expect(job("release.yml", "sign").permissions).to.deep.equal({ contents: "write", "id-token": "write" });
      expect(commands("release.yml", "sign")).to.match(/sigstore@[\d.]+ sign dist[^]*sigstore@[\d.]+ verify github[^]*gh release upload/);
    });
  });

  describe("cd-deploy.yml", () => {
    it("[AKS-5] starts after the four workflows by their names on main, and by dispatch with environment and image tags", () => {
      const { on } = workflow("cd-deploy.yml");
      const names = CHECKS.map((file) => workflow(file).name);
      expect(on["workflow_run"]).to.deep.equal({ workflows: names, types: ["completed"], branches: ["main"] });
      const { inputs } = on["workflow_dispatch"] as unknown as { inputs: Record<string, { required: boolean; options?: string[] }> };
      expect(Object.entries(inputs).map(([name, { required }]) => [name, required])).to.deep.equal([
        ["environment", true],
        ["airflow_tag", true],
        ["frontend_tag", true],
      ]);
      expect(inputs["environment"]!.options).to.deep.equal(["staging", "prod"]);
    });

    it("[AKS-5] builds only for a push of this repository to main whose four workflows all succeeded", () => {
      for (const part of [
        "github.event.workflow_run.event == 'push'",
        "github.event.workflow_run.conclusion == 'success'",
        "github.event.workflow_run.head_repository.full_name == github.repository",
        "github.event.workflow_run.head_branch == 'main'",
      ]) {
        expect(job("cd-deploy.yml", "gate").if).to.include(part);
      }
      expect(commands("cd-deploy.yml", "gate")).to.include(`upstream-gate.sh ${CHECKS.join(" ")}`);
      expect(job("cd-deploy.yml", "image").if).to.equal("needs.gate.outputs.ready == 'true' && needs.gate.outputs.build == 'true'");
      expect(job("cd-deploy.yml", "deploy-dev").if)
        .to.include("needs.gate.outputs.ready == 'true'")
        .and.to.include("needs.image.result == 'success'")
        .and.to.include("!cancelled()");
    });

    it("[AKS-6] pushes each image by digest to the owner's GHCR, and names it once no CRITICAL vulnerability is in it", () => {
      const { steps, strategy, env } = job("cd-deploy.yml", "image") as JobFile & {
        strategy: { matrix: { package: string[] } };
        env: Record<string, string>;
      };
      expect(strategy.matrix.package).to.deep.equal(["airflow", "frontend"]);
      expect(env["IMAGE"]).to.equal("ghcr.io/data-platform-aks/${{ matrix.package }}");
      const build = step("cd-deploy.yml", "image", "docker/build-push-action");
      expect(build.with).to.include({ context: "source", sbom: true, provenance: "mode=max" });
      expect(build.with!["outputs"]).to.include("push-by-digest=true");
      expect(build.with).not.to.have.any.keys("tags", "push", "load");
      const blocking = steps.findIndex(({ with: options }) => options?.["severity"] === "CRITICAL");
      expect(steps[blocking]!.with).to.include({ "exit-code": "1" });
      expect(steps[blocking]).not.to.have.any.keys("if", "continue-on-error");
      expect(steps.findIndex(({ run }) => run?.includes("tag-image.sh"))).to.be.greaterThan(blocking);
    });

    for (const environment of ["dev", "staging", "prod"] as const) {
      const id = `deploy-${environment}`;
      it(`[AKS-4] [AKS-5] ${id} runs in its environment, proposes, and asks the cluster only where the overlay carries the tags`, () => {
        expect(job("cd-deploy.yml", id).environment).to.deep.equal({ name: environment, deployment: false });
        expect(commands("cd-deploy.yml", id))
          .to.include(`propose-overlay.sh ${environment}`)
          .and.to.include(`verify-rollout.sh ${environment}`);
        for (const uses of ["azure/login", "azure/use-kubelogin"]) {
          expect(step("cd-deploy.yml", id, uses).if).to.equal("steps.overlay.outputs.status == 'carried'");
        }
        const verify = job("cd-deploy.yml", id).steps.find(({ run }) => run?.includes("verify-rollout.sh"))!;
        expect(verify.if).to.equal("steps.overlay.outputs.status == 'carried'");
        if (environment !== "dev") {
          expect(job("cd-deploy.yml", id).if).to.equal(
            `github.event_name == 'workflow_dispatch' && inputs.environment == '${environment}'`,
          );
        }
      });

      it(`[AKS-4] ${id} signs in to Azure with the job's token and identifiers alone`, () => {
        expect(job("cd-deploy.yml", id).permissions).to.include({ "id-token": "write", contents: "read" });
        expect(step("cd-deploy.yml", id, "azure/login").with).to.deep.equal({
          "client-id": "${{ secrets.AZURE_CLIENT_ID }}",
          "tenant-id": "${{ secrets.AZURE_TENANT_ID }}",
          "subscription-id": "${{ secrets.AZURE_SUBSCRIPTION_ID }}",
        });
      });
    }

    it("[AKS-5] builds nothing for a commit that changes overlays and lists of banned tags only", async () => {
      const sha = "1".repeat(40);
      for (const [names, build] of [
        [["k8s/aks/overlays/prod/kustomization.yaml", "k8s/aks/overlays/prod/banned-tags.txt"], "false"],
        [["k8s/aks/overlays/prod/kustomization.yaml", "src/data_platform/orders.py"], "true"],
        [["k8s/aks/base/frontend.yaml"], "true"],
      ] as const) {
        const repository = `/repos/${NAME}/${NAME}`;
        const github = await startStandIn({
          [`GET ${repository}/commits/${sha}`]: [200, { parents: [{ sha: "2".repeat(40) }] }],
          [`GET ${repository}/compare/${"2".repeat(40)}...${sha}`]: [200, { files: names.map((filename) => ({ filename })) }],
        });
        const given = { SHA: sha, GITHUB_TOKEN: "token", GITHUB_API_URL: github.url };
        expect((await runScript("ci/needs-build.sh", [], given, undefined, NAME)).outputs["build"], names.join(" ")).to.equal(build);
        await github.stop();
      }
    });

    it("[AKS-5] finds a commit ready only when each of the four workflows has succeeded for it", async () => {
      const sha = "1".repeat(40);
      const full = `${NAME}/${NAME}`;
      const answer = (conclusion: string) =>
        [
          200,
          {
            workflow_runs: [
              {
                head_sha: sha,
                head_branch: "main",
                event: "push",
                head_repository: { full_name: full },
                run_number: 1,
                run_attempt: 1,
                status: "completed",
                conclusion,
              },
            ],
          },
        ] as const;
      for (const [last, ready] of [
        ["success", "true"],
        ["failure", "false"],
        ["skipped", "false"],
      ] as const) {
        const routes = CHECKS.map(
          (file) =>
            [`GET /repos/${full}/actions/workflows/${file}/runs`, answer(file === "schema-quality.yml" ? last : "success")] as const,
        );
        const github = await startStandIn(Object.fromEntries(routes));
        const given = { SHA: sha, BRANCH: "main", GITHUB_TOKEN: "token", GITHUB_API_URL: github.url };
        expect((await runScript("ci/upstream-gate.sh", CHECKS, given, undefined, NAME)).outputs["ready"], last).to.equal(ready);
        await github.stop();
      }
    });
  });
});
