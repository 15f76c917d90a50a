import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import { checksOnPullRequest, readPipelines } from "../../pipelines/index.ts";
import { type JobFile, repositoryFiles, repositoryFolder, workflowFiles } from "./repository.ts";

const files = repositoryFiles("dataenginex");
const workflows = workflowFiles("dataenginex");
const workflow = (name: string) => workflows.get(name)!;
const job = (file: string, id: string): JobFile => workflow(file).jobs[id]!;
const needs = (file: string, id: string): readonly string[] => [job(file, id).needs ?? []].flat();
const commands = (file: string, id: string): string =>
  job(file, id)
    .steps.map((step) => step.run ?? "")
    .join("\n");
const BOTH = ["main", "dev"];

describe("systems/dataenginex: workflows", () => {
  it("are the seven files of the pipeline, without a fault", () => {
    expect([...workflows.keys()]).to.have.members([
      "ci.yml",
      "security.yml",
      "package-validation.yml",
      "cd.yml",
      "release-dataenginex.yml",
      "release-careerdex.yml",
      "pypi-publish.yml",
    ]);
    expect(readPipelines(files).problems).to.deep.equal([]);
  });

  it("pass actionlint", async function () {
    this.timeout(300_000);
    const { actionlint } = await ensureBinaries(["actionlint"], () => undefined);
    const paths = [...workflows.keys()].map((name) => join(repositoryFolder("dataenginex"), ".github", "workflows", name));
    const { stdout, status } = spawnSync(actionlint, ["-no-color", ...paths], { encoding: "utf8" });
    expect(stdout).to.equal("");
    expect(status).to.equal(0);
  });

  it("pin every action to a full commit SHA with its version in a comment, the same everywhere", () => {
    const pins = new Map<string, string>();
    for (const [path, text] of files) {
      if (!path.startsWith(".github/workflows/")) continue;
      for (const line of text.split("\n").filter((candidate) => /^\s*(- )?uses:/.test(candidate))) {
        const match = /uses: ([\w.-]+\/[\w.-]+)[^@\s]*@([0-9a-f]{40} # v\d+\.\d+\.\d+)$/.exec(line);
        expect(match, `${path}: ${line.trim()}`).not.to.equal(null);
        expect(pins.get(match![1]!) ?? match![2], match![1]).to.equal(match![2]);
        pins.set(match![1]!, match![2]!);
      }
    }
    expect(pins.size).to.be.greaterThan(8);
  });

  it("give each job its own rights and a time limit, and keep no credentials in the clone", () => {
    for (const [file, { permissions, jobs }] of workflows) {
      expect(permissions, file).to.deep.equal({});
      for (const [id, { permissions: rights, steps, "timeout-minutes": limit }] of Object.entries(jobs)) {
        expect(rights, `${file} ${id}`).to.be.an("object");
        expect(limit, `${file} ${id}`).to.be.within(1, 60);
        for (const step of steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"))) {
          expect(step.with?.["persist-credentials"], `${file} ${id}`).to.equal(false);
        }
      }
    }
  });

  it("put no expression into a script: what others write reaches it by environment", () => {
    for (const [file, { jobs }] of workflows) {
      for (const [id, { steps }] of Object.entries(jobs)) {
        for (const { run } of steps) expect(run ?? "", `${file} ${id}`).not.to.include("${{");
      }
    }
  });

  it("call only scripts that exist, and scripts that bash can read", () => {
    for (const { jobs } of workflows.values()) {
      for (const { steps } of Object.values(jobs)) {
        for (const [, path] of steps
          .map(({ run }) => run ?? "")
          .join("\n")
          .matchAll(/bash (?:tools\/)?(scripts\/\S+)/g)) {
          expect(files.has(path!), path).to.equal(true);
        }
      }
    }
    for (const path of [...files.keys()].filter((name) => name.endsWith(".sh"))) {
      execFileSync("bash", ["-n", join(repositoryFolder("dataenginex"), path)]);
    }
  });

  describe("ci.yml", () => {
    it("[DEX-1] runs on pushes and pull requests to main and dev, and by dispatch", () => {
      const { on, name } = workflow("ci.yml");
      expect(name).to.equal("Continuous Integration");
      expect(on["push"]).to.deep.equal({ branches: BOTH });
      expect(on["pull_request"]).to.deep.equal({ branches: BOTH, types: ["opened", "synchronize", "reopened", "labeled"] });
      expect(on).to.have.property("workflow_dispatch");
    });

    it("[DEX-1] lint-and-test lints, checks types and tests both projects with the dev group only", () => {
      const text = commands("ci.yml", "lint-and-test");
      for (const command of ["uv sync --locked --group dev", "poe lint", "poe typecheck", "poe test-cov"]) expect(text).to.include(command);
      expect(text).not.to.match(/--group (data|notebook)/);
    });

    it("[DEX-1] integration-test installs all groups, and runs by the label full-test or by dispatch only", () => {
      expect(commands("ci.yml", "integration-test")).to.include("--group dev --group data --group notebook");
      expect(job("ci.yml", "integration-test").if).to.include("'full-test'").and.to.include("workflow_dispatch");
      const report = checksOnPullRequest(readPipelines(files), { base: "dev" }).find(({ context }) => context === "integration-test");
      expect(report?.verdict).to.equal("conditional");
    });
  });

  it("[DEX-2] security.yml runs CodeQL and Semgrep on pushes and pull requests to main and dev; both report to the Security tab", () => {
    const { on, name, jobs } = workflow("security.yml");
    expect(name).to.equal("Security Scans");
    expect([on["push"], on["pull_request"]]).to.deep.equal([{ branches: BOTH }, { branches: BOTH }]);
    expect(Object.keys(jobs)).to.deep.equal(["codeql", "semgrep"]);
    expect(commands("security.yml", "semgrep")).to.match(/semgrep@[\d.]+ scan --error .*p\/owasp-top-ten/s);
    for (const id of ["codeql", "semgrep"]) {
      expect(job("security.yml", id).permissions).to.include({ "security-events": "write" });
      expect(job("security.yml", id).steps.some(({ uses }) => /codeql-action\/(analyze|upload-sarif)@/.test(uses ?? ""))).to.equal(true);
      // Both can fail the pull request.
      expect(job("security.yml", id).steps.some((step) => step["continue-on-error"])).to.equal(false);
    }
  });

  it("[DEX-3] package-validation.yml runs on every push to main and dev, and on pull requests that touch the package", () => {
    const { on, name } = workflow("package-validation.yml");
    expect(name).to.equal("Package Validation");
    expect(on["push"]).to.deep.equal({ branches: BOTH });
    expect(on["pull_request"]!.paths).to.include("packages/dataenginex/**");
    expect(commands("package-validation.yml", "wheel"))
      .to.match(/uv build --package dataenginex/)
      .and.to.match(/twine@[\d.]+ check --strict/);
  });

  describe("cd.yml", () => {
    const ids = ["gate", "build", "scan", "tag", "update-dev-manifest", "update-prod-manifest"];

    it("[DEX-4] is started by the three workflows it waits for, by their names, on main and dev", () => {
      const names = ["ci.yml", "security.yml", "package-validation.yml"].map((file) => workflow(file).name);
      expect(workflow("cd.yml").on).to.deep.equal({ workflow_run: { workflows: names, types: ["completed"], branches: BOTH } });
    });

    it("[DEX-4] lets only a successful push of this repository to main or dev pass", () => {
      const condition = job("cd.yml", "gate").if!;
      for (const part of [
        "github.event.workflow_run.event == 'push'",
        "github.event.workflow_run.conclusion == 'success'",
        "github.event.workflow_run.head_repository.full_name == github.repository",
        "github.event.workflow_run.head_branch == 'main'",
        "github.event.workflow_run.head_branch == 'dev'",
      ]) {
        expect(condition).to.include(part);
      }
    });

    it("[DEX-4] asks the API about all three, and every later job hangs on the answer", () => {
      expect(commands("cd.yml", "gate")).to.include("upstream-gate.sh ci.yml security.yml package-validation.yml");
      expect(job("cd.yml", "gate").permissions).to.deep.equal({ actions: "read", contents: "read" });
      expect(Object.keys(workflow("cd.yml").jobs)).to.deep.equal(ids);
      expect(job("cd.yml", "build").if).to.equal("needs.gate.outputs.ready == 'true' && needs.gate.outputs.build == 'true'");
      expect(ids.slice(1).map((id) => needs("cd.yml", id))).to.deep.equal([
        ["gate"],
        ["build"],
        ["build", "scan"],
        ["build", "tag"],
        ["build", "tag"],
      ]);
      // A status function in a condition would let a job run after a failed one.
      for (const id of ids) expect(job("cd.yml", id).if ?? "", id).not.to.match(/always\(|failure\(|cancelled\(/);
    });

    it("[DEX-4] builds exactly the commit that was checked, with SBOM and provenance, and pushes it without a tag", () => {
      const { steps } = job("cd.yml", "build");
      const source = steps.find((step) => step.with?.["path"] === "source")!;
      expect(source.with?.["ref"]).to.equal("${{ github.event.workflow_run.head_sha }}");
      const build = steps.find(({ uses }) => uses?.startsWith("docker/build-push-action@"))!;
      expect(build.with).to.include({ context: "source", sbom: true, provenance: "mode=max" });
      expect(build.with).not.to.have.any.keys("tags", "push", "load");
      expect(build.with!["outputs"]).to.include("push-by-digest=true");
      expect([build.with!["cache-from"], build.with!["cache-to"]].join(" ")).to.match(/type=gha.*type=gha/);
      expect(steps.some(({ uses }) => uses?.startsWith("actions/attest-build-provenance@"))).to.equal(true);
    });

    it("[DEX-4] [DEX-10] scans by digest: CRITICAL blocks, HIGH alerts, and the SARIF is of the built commit", () => {
      const { steps } = job("cd.yml", "scan");
      const scans = steps.filter(({ uses }) => uses?.startsWith("aquasecurity/trivy-action@"));
      for (const scan of scans) expect(scan.with!["image-ref"]).to.equal("${{ env.IMAGE }}@${{ needs.build.outputs.digest }}");
      const critical = scans.find((scan) => scan.with!["severity"] === "CRITICAL")!;
      expect(critical.with).to.include({ "exit-code": "1" });
      expect(critical).not.to.have.any.keys("continue-on-error", "if");
      const high = scans.find((scan) => scan.with!["severity"] === "HIGH")!;
      expect(high["continue-on-error"]).to.equal(true);
      expect(steps.find(({ run }) => run?.includes("::warning"))!.if).to.equal(`steps.${high.id!}.outcome == 'failure'`);
      const upload = steps.find(({ uses }) => uses?.includes("upload-sarif"))!;
      expect(upload.with).to.include({
        ref: "refs/heads/${{ github.event.workflow_run.head_branch }}",
        sha: "${{ github.event.workflow_run.head_sha }}",
      });
    });

    it("[DEX-4] updates dev's overlay for dev and prod's for main, each with its environment, and records no deployment of its own", () => {
      for (const [id, name, source] of [
        ["update-dev-manifest", "dev", "dev"],
        ["update-prod-manifest", "prod", "main"],
      ] as const) {
        expect(job("cd.yml", id).if).to.equal(`github.event.workflow_run.head_branch == '${source}'`);
        expect(job("cd.yml", id).environment).to.deep.equal({ name, deployment: false });
        expect(commands("cd.yml", id)).to.equal(`\n\nbash scripts/ci/update-overlay.sh ${name}`);
        // GITHUB_TOKEN cannot write the repository here: only the App can, within the rules.
        expect(job("cd.yml", id).permissions).to.deep.equal({ contents: "read", issues: "write", statuses: "write" });
      }
    });

    it("[DEX-4] never runs a script of the commit that it judges", () => {
      for (const id of ids) {
        const checkouts = job("cd.yml", id).steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
        for (const { with: options } of checkouts) if (options?.["ref"] !== undefined) expect(options["path"], id).to.equal("source");
        expect(commands("cd.yml", id), id).not.to.match(/source\/scripts/);
      }
    });

    it("[DEX-4] lets runs of one commit take turns, and no pull request's run push a push's run out", () => {
      const { concurrency } = workflow("cd.yml");
      expect(concurrency!.group).to.include("workflow_run.head_sha").and.to.include("workflow_run.event");
      expect(concurrency).not.to.have.property("cancel-in-progress");
    });
  });

  describe("releases", () => {
    for (const [file, path, name] of [
      ["release-dataenginex.yml", "packages/dataenginex/pyproject.toml", "dataenginex"],
      ["release-careerdex.yml", "pyproject.toml", "careerdex"],
    ] as const) {
      it(`[DEX-5] ${file} looks at the version in ${path} on main`, () => {
        expect(workflow(file).on).to.deep.equal({ push: { branches: ["main"], paths: [path] } });
        expect(commands(file, "release")).to.include(`release.sh ${name} ${path}`);
      });
    }

    it("[DEX-5] only the package's release starts publishing, at its tag", () => {
      expect(commands("release-dataenginex.yml", "release")).to.include('dispatch.sh pypi-publish.yml "$TAG"');
      expect(commands("release-careerdex.yml", "release")).not.to.include("dispatch");
      expect(job("release-careerdex.yml", "release").permissions).to.deep.equal({ contents: "write" });
    });

    it("[DEX-5] pypi-publish.yml goes to TestPyPI first, and to PyPI only from a stable tag, only if the package changed", () => {
      const { on } = workflow("pypi-publish.yml");
      expect(on["release"]).to.deep.equal({ types: ["published"] });
      expect(job("pypi-publish.yml", "changes").if).to.equal("startsWith(github.ref, 'refs/tags/dataenginex-v')");
      expect(job("pypi-publish.yml", "build").if).to.equal("needs.changes.outputs.changed == 'true'");
      expect(needs("pypi-publish.yml", "testpypi")).to.deep.equal(["build"]);
      expect(needs("pypi-publish.yml", "pypi")).to.include("testpypi");
      expect(job("pypi-publish.yml", "pypi").if).to.equal("needs.changes.outputs.stable == 'true'");
    });

    it("[DEX-7] publishing is by OpenID Connect, each index in its own environment", () => {
      for (const id of ["testpypi", "pypi"]) {
        expect(job("pypi-publish.yml", id).environment).to.equal(id);
        expect(job("pypi-publish.yml", id).permissions).to.deep.equal({ "id-token": "write" });
        expect(commands("pypi-publish.yml", id)).to.include("--trusted-publishing always");
      }
      expect(commands("pypi-publish.yml", "testpypi")).to.include("--publish-url https://test.pypi.org/legacy/");
    });
  });
});
