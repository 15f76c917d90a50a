import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import { readPipelines } from "../../pipelines/index.ts";
import { type JobFile, repositoryFiles, repositoryFolder, workflowFiles } from "./repository.ts";

const files = repositoryFiles("dataknobs");
const workflows = workflowFiles("dataknobs");
const workflow = (name: string) => workflows.get(name)!;
const job = (file: string, id: string): JobFile => workflow(file).jobs[id]!;
const needs = (file: string, id: string): readonly string[] => [job(file, id).needs ?? []].flat();
const commands = (file: string, id: string): string =>
  job(file, id)
    .steps.map((step) => step.run ?? "")
    .join("\n");
const uses = (file: string, id: string, action: string) => job(file, id).steps.filter((step) => step.uses?.startsWith(`${action}@`));
const LONG_LIVED = ["main", "develop"];

describe("systems/dataknobs: workflows", () => {
  it("are the files of the pipeline, without a fault", () => {
    expect([...workflows.keys()]).to.have.members([
      "ci.yml",
      "security.yml",
      "docs.yml",
      "performance.yml",
      "release.yml",
      "cd.yml",
      "deploy.yml",
    ]);
    expect(readPipelines(files).problems).to.deep.equal([]);
  });

  it("pass actionlint", async function () {
    this.timeout(300_000);
    const { actionlint } = await ensureBinaries(["actionlint"], () => undefined);
    const paths = [...workflows.keys()].map((name) => join(repositoryFolder("dataknobs"), ".github", "workflows", name));
    const { stdout, status } = spawnSync(actionlint, ["-no-color", ...paths], { encoding: "utf8" });
    expect(stdout).to.equal("");
    expect(status).to.equal(0);
  });

  it("[DK-3] pin every action to a full commit SHA with its version in a comment, the same everywhere", () => {
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
    expect(pins.size).to.be.greaterThan(12);
  });

  it("give each job its own rights and a time limit, and keep no credentials in the clone", () => {
    for (const [file, { permissions, jobs, concurrency }] of workflows) {
      expect(permissions, file).to.deep.equal({});
      expect(concurrency, file).to.be.an("object");
      for (const [id, { permissions: rights, steps, "timeout-minutes": limit }] of Object.entries(jobs)) {
        expect(rights, `${file} ${id}`).to.be.an("object");
        expect(limit, `${file} ${id}`).to.be.within(1, 60);
        for (const step of steps.filter((candidate) => candidate.uses?.startsWith("actions/checkout@"))) {
          expect(step.with?.["persist-credentials"], `${file} ${id}`).to.equal(false);
        }
      }
    }
  });

  it("put nothing into a script that others write, and install no tool without its version", () => {
    for (const [file, { jobs }] of workflows) {
      for (const [id, { steps }] of Object.entries(jobs)) {
        for (const { run = "" } of steps) {
          // `env` of the same file is ours.
          expect(run.replaceAll("${{ env.POETRY_VERSION }}", ""), `${file} ${id}`).not.to.include("${{");
          for (const [, tool] of run.matchAll(/pipx (?:run|install) (\S+)/g)) expect(tool, `${file} ${id}`).to.match(/==/);
          expect(run, `${file} ${id}`).not.to.match(/(^|\s)pip install (?!dist)/m);
        }
      }
    }
  });

  it("call only scripts that exist, and that bash can read", () => {
    for (const { jobs } of workflows.values()) {
      for (const { steps } of Object.values(jobs)) {
        const text = steps.map(({ run }) => run ?? "").join("\n");
        for (const [, path] of text.matchAll(/(?:bash|python) (?:tools\/)?(scripts\/\S+)/g)) expect(files.has(path!), path).to.equal(true);
      }
    }
    for (const path of [...files.keys()].filter((name) => name.endsWith(".sh"))) {
      execFileSync("bash", ["-n", join(repositoryFolder("dataknobs"), path)]);
    }
  });

  describe("ci.yml", () => {
    it("[DK-1] runs on pushes and pull requests to main, develop and the release branches, and daily at 06:00 UTC", () => {
      const { on, name } = workflow("ci.yml");
      expect(name).to.equal("CI Pipeline");
      for (const event of ["push", "pull_request"]) expect(on[event]).to.deep.equal({ branches: [...LONG_LIVED, "release/*"] });
      expect(on["schedule"]).to.deep.equal([{ cron: "0 6 * * *" }]);
    });

    it("[DK-1] has the four jobs of the document by their names, and the test suite over three systems and two versions of Python", () => {
      const names = Object.fromEntries(Object.entries(workflow("ci.yml").jobs).map(([id, { name }]) => [id, name]));
      expect(names).to.include({
        "code-quality": "Code Quality Checks",
        "security-scan": "Security Scanning",
        test: "Test Suite",
        build: "Build Packages",
      });
      const { matrix } = (parse(files.get(".github/workflows/ci.yml")!) as { jobs: { test: { strategy: { matrix: unknown } } } }).jobs.test
        .strategy;
      expect(matrix).to.deep.equal({ os: ["ubuntu-latest", "windows-latest", "macos-latest"], "python-version": ["3.12", "3.13"] });
      expect(needs("ci.yml", "build")).to.deep.equal(["code-quality", "security-scan", "test"]);
    });

    it("[DK-1] runs the tools of the document", () => {
      for (const tool of ["black --check", "isort --check-only", "flake8", "mypy", "pylint"]) {
        expect(commands("ci.yml", "code-quality")).to.include(`poetry run ${tool}`);
      }
      for (const tool of ["bandit==", "safety=="]) expect(commands("ci.yml", "security-scan")).to.include(`pipx run ${tool}`);
      expect(commands("ci.yml", "test"))
        .to.include("tests/unit/")
        .and.to.include("tests/integration/")
        .and.to.include("--cov-fail-under=85");
      expect(commands("ci.yml", "build")).to.include("build-packages.sh").and.to.include("health-check.sh");
    });

    it("[DK-1] every required job can fail: none of its steps goes on after an error", () => {
      for (const id of ["code-quality", "security-scan", "test", "build"]) {
        expect(
          job("ci.yml", id).steps.some((step) => step["continue-on-error"]),
          id,
        ).to.equal(false);
        expect(commands("ci.yml", id), id).not.to.include("|| true");
      }
    });

    it("[DK-5] the coverage that the document never uploaded is uploaded, from a combination that the matrix has", () => {
      const [download] = uses("ci.yml", "coverage", "actions/download-artifact");
      expect(download!.with!["name"]).to.equal("test-results-ubuntu-latest-3.13");
      expect(uses("ci.yml", "test", "actions/upload-artifact")[0]!.with!["name"]).to.equal(
        "test-results-${{ matrix.os }}-${{ matrix.python-version }}",
      );
      const [upload] = uses("ci.yml", "coverage", "codecov/codecov-action");
      expect(upload!.with).to.include({ use_oidc: true, fail_ci_if_error: true });
      expect(upload).not.to.have.property("if");
    });
  });

  describe("release.yml", () => {
    it("[DK-2] [DK-5] starts with a tag v*.*.* and with nothing else, so it publishes once", () => {
      expect(workflow("release.yml").on).to.deep.equal({ push: { tags: ["v*.*.*"] } });
      expect(commands("release.yml", "build")).to.include('release-check.sh "$GITHUB_REF_NAME"').and.to.include("build-packages.sh dist");
    });

    it("[DK-2] signs what was built, then publishes it, then makes the release", () => {
      expect(["sign", "pypi", "release"].map((id) => needs("release.yml", id))).to.deep.equal([["build"], ["sign"], ["pypi"]]);
      const [attest] = uses("release.yml", "sign", "actions/attest-build-provenance");
      expect(attest!.with).to.deep.equal({ "subject-path": "dist/*" });
      expect(job("release.yml", "sign").permissions).to.deep.equal({ "id-token": "write", attestations: "write" });
      expect(commands("release.yml", "release")).to.include("--verify-tag --generate-notes").and.to.include("dist/*");
    });

    it("[DK-2] [DK-6] publishes to PyPI by OpenID Connect from the environment pypi, with attestations and without a token", () => {
      expect(job("release.yml", "pypi").environment).to.equal("pypi");
      expect(job("release.yml", "pypi").permissions).to.deep.equal({ "id-token": "write" });
      const [publish] = uses("release.yml", "pypi", "pypa/gh-action-pypi-publish");
      expect(publish!.with).to.include({ attestations: true }).and.not.to.have.any.keys("password", "user");
      for (const [path, text] of files) if (path.startsWith(".github/")) expect(text, path).not.to.include("secrets.PYPI");
    });
  });

  it("[DK-2] docs.yml builds on every pull request to main, and deploys a push to Pages by its artifact and OpenID Connect", () => {
    expect(workflow("docs.yml").on).to.deep.equal({ push: { branches: ["main"] }, pull_request: { branches: ["main"] } });
    expect(commands("docs.yml", "docs")).to.match(/mkdocs==[\d.]+ build --strict/);
    expect(needs("docs.yml", "pages")).to.deep.equal(["docs"]);
    expect(job("docs.yml", "pages").if).to.equal("github.event_name == 'push'");
    expect(job("docs.yml", "pages").environment).to.include({ name: "github-pages" });
    expect(job("docs.yml", "pages").permissions).to.deep.equal({ pages: "write", "id-token": "write" });
    expect(uses("docs.yml", "pages", "actions/deploy-pages")).to.have.length(1);
  });

  describe("security.yml", () => {
    it("[DK-4] runs Trivy, Bandit, Safety, pip-audit and Semgrep on pushes, pull requests and daily", () => {
      const { on } = workflow("security.yml");
      for (const event of ["push", "pull_request"]) expect(on[event]).to.deep.equal({ branches: [...LONG_LIVED, "release/*"] });
      expect(on).to.have.property("schedule");
      expect(uses("security.yml", "trivy", "aquasecurity/trivy-action")).to.have.length(2);
      const text = ["code", "dependencies"].map((id) => commands("security.yml", id)).join("\n");
      for (const tool of ["bandit", "semgrep", "safety", "pip-audit"]) expect(text, tool).to.match(new RegExp(`pipx run ${tool}==[\\d.]+`));
    });

    it("[DK-4] uploads SARIF of Trivy and Semgrep, but not with the token of a fork's pull request", () => {
      for (const id of ["trivy", "code"]) {
        const [upload] = job("security.yml", id).steps.filter((step) => step.uses?.startsWith("github/codeql-action/upload-sarif@"));
        expect(upload!.if, id).to.include("github.event.pull_request.head.repo.fork == false");
        expect(job("security.yml", id).permissions).to.include({ "security-events": "write" });
      }
    });

    it("[DK-4] scans the image of docker/Dockerfile.prod, and one CRITICAL vulnerability fails it", () => {
      expect(commands("security.yml", "trivy")).to.include("--file docker/Dockerfile.prod");
      const critical = uses("security.yml", "trivy", "aquasecurity/trivy-action").find((step) => step.with!["severity"] === "CRITICAL")!;
      expect(critical.with).to.include({ "exit-code": "1" });
      expect(critical).not.to.have.any.keys("if", "continue-on-error");
    });
  });

  describe("cd.yml", () => {
    it("[DK-7] is started by the two workflows that it waits for, by their names, and asks the API about both", () => {
      const names = ["ci.yml", "security.yml"].map((file) => workflow(file).name);
      expect(workflow("cd.yml").on).to.deep.equal({
        workflow_run: { workflows: names, types: ["completed"], branches: ["develop", "main", "release/*"] },
      });
      expect(commands("cd.yml", "gate")).to.include("cd-gate.sh ci.yml security.yml");
    });

    it("[DK-7] lets only a successful push of this repository pass, and every later job hangs on the gate", () => {
      for (const part of ["event == 'push'", "conclusion == 'success'", "head_repository.full_name == github.repository"]) {
        expect(job("cd.yml", "gate").if).to.include(`github.event.workflow_run.${part}`);
      }
      expect(["build", "scan", "tag", "promote"].map((id) => needs("cd.yml", id))).to.deep.equal([
        ["gate"],
        ["build"],
        ["build", "scan"],
        ["gate"],
      ]);
      for (const id of ["build", "promote"]) expect(job("cd.yml", id).if).to.include("needs.gate.outputs.ready == 'true' &&");
      // A status function in a condition would let a job run after a failed one.
      for (const [id, { if: condition = "" }] of Object.entries(workflow("cd.yml").jobs)) {
        expect(condition, id).not.to.match(/always\(|failure\(|cancelled\(/);
      }
    });

    it("[DK-7] builds docker/Dockerfile.prod of exactly the commit that was checked, with SBOM and provenance, and without a tag", () => {
      const source = uses("cd.yml", "build", "actions/checkout").find((step) => step.with?.["path"] === "source")!;
      expect(source.with!["ref"]).to.equal("${{ github.event.workflow_run.head_sha }}");
      const [build] = uses("cd.yml", "build", "docker/build-push-action");
      expect(build!.with).to.include({ context: "source", file: "source/docker/Dockerfile.prod", sbom: true, provenance: "mode=max" });
      expect(build!.with).not.to.have.any.keys("tags", "push", "load");
      expect(build!.with!["outputs"]).to.include("push-by-digest=true");
      // Scripts of main, never of the commit that is judged.
      expect(commands("cd.yml", "build")).not.to.include("source/scripts");
    });

    it("[DK-7] scans by digest what it is about to name, and CRITICAL blocks", () => {
      const [scan] = uses("cd.yml", "scan", "aquasecurity/trivy-action");
      expect(scan!.with).to.include({
        "image-ref": "${{ env.IMAGE }}@${{ needs.build.outputs.digest }}",
        severity: "CRITICAL",
        "exit-code": "1",
      });
      expect(scan).not.to.have.any.keys("if", "continue-on-error");
    });

    it("[DK-8] builds nothing for a release branch: it deploys what staging runs", () => {
      expect(job("cd.yml", "build").if).to.include("head_branch == 'main'").and.to.include("head_branch == 'develop'");
      expect(job("cd.yml", "build").if).not.to.include("release");
      expect(job("cd.yml", "promote").if).to.include("startsWith(github.event.workflow_run.head_branch, 'release/')");
      expect(commands("cd.yml", "promote").trim()).to.equal("bash scripts/ci/start-deploy.sh");
    });
  });

  describe("deploy.yml", () => {
    for (const [name, condition] of [
      ["development", "github.ref == 'refs/heads/develop'"],
      ["staging", "github.ref == 'refs/heads/main'"],
      ["production", "startsWith(github.ref, 'refs/heads/release/')"],
    ] as const) {
      it(`[DK-6] deploys to ${name} from its ref only, in its environment, and records no deployment of its own`, () => {
        expect(job("deploy.yml", name).if).to.equal(condition);
        expect(job("deploy.yml", name).environment).to.deep.equal({ name, deployment: false });
        expect(commands("deploy.yml", name).trim()).to.equal(`bash scripts/ci/propose-image.sh ${name}`);
        // GITHUB_TOKEN cannot write the repository here: only the App can, within the rules.
        expect(job("deploy.yml", name).permissions).to.deep.equal({ contents: "read", packages: "read", statuses: "write" });
      });
    }

    it("[DK-6] has no job outside an environment, and starts by dispatch only", () => {
      expect(Object.keys(workflow("deploy.yml").on)).to.deep.equal(["workflow_dispatch"]);
      expect(Object.keys(workflow("deploy.yml").jobs)).to.deep.equal(["development", "staging", "production"]);
      expect(workflow("deploy.yml").concurrency).to.deep.equal({ group: "deploy-${{ github.ref }}" });
    });
  });

  it("[DK-8] performance.yml compares the benchmarks with the stored baseline, and can fail", () => {
    const { on } = workflow("performance.yml");
    expect([on["push"], on["pull_request"]]).to.deep.equal([{ branches: LONG_LIVED }, { branches: LONG_LIVED }]);
    const text = commands("performance.yml", "benchmark");
    expect(text).to.include("--benchmark-json=benchmarks.json");
    expect(text).to.include("compare_benchmarks.py tests/performance/baseline.json benchmarks.json");
    expect(job("performance.yml", "benchmark").steps.some((step) => step["continue-on-error"])).to.equal(false);
  });
});
