import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import { renderFiles } from "../../delivery/render.ts";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import { argocdTarget } from "../../model/target.ts";
import { judgeApprovals, readPipelines, resolveRequiredChecks, unguardedDeployments } from "../../pipelines/index.ts";
import { system } from "../../systems/airflow-etl/system.ts";
import { type JobFile, repositoryFiles, repositoryFolder, workflowFiles } from "./repository.ts";

const files = repositoryFiles("airflow-etl");
const workflows = workflowFiles("airflow-etl");
const pipelines = readPipelines(files);
const job = (file: string, id: string): JobFile => workflows.get(file)!.jobs[id]!;
const commands = (file: string, id: string) =>
  job(file, id)
    .steps.map(({ run }) => run ?? "")
    .join("\n");
const branch = (name: string) => system.branches.find((candidate) => candidate.name === name)!;
const environment = (name: string) => system.environments.find((candidate) => candidate.name === name)!;
const target = (name: string) => argocdTarget(system.tiers.find((tier) => tier.name === name)!.target)!;
const contexts = ["lint", "test", "dag-validation", "build-summary"];
const orders = system.environments.flatMap(({ name, approvedAfter }) =>
  approvedAfter === undefined ? [] : [{ environment: name, after: approvedAfter }],
);

describe("systems/airflow-etl", () => {
  it("has workflows without a fault, pinned, with least rights, which actionlint passes", async function () {
    this.timeout(300_000);
    expect(pipelines.problems).to.deep.equal([]);
    for (const [file, { permissions, jobs }] of workflows) {
      expect(permissions, file).to.deep.equal({});
      for (const [id, one] of Object.entries(jobs)) {
        expect(one["timeout-minutes"], `${file} ${id}`).to.be.a("number");
        for (const { run, uses } of one.steps) {
          expect(run ?? "", `${file} ${id}`).not.to.include("${{");
          if (uses !== undefined) expect(uses).to.match(/@[0-9a-f]{40}$/);
        }
      }
    }
    const { actionlint } = await ensureBinaries(["actionlint"], () => undefined);
    const paths = [...workflows.keys()].map((name) => join(repositoryFolder("airflow-etl"), ".github", "workflows", name));
    expect(spawnSync(actionlint, ["-no-color", ...paths], { encoding: "utf8" }).stdout).to.equal("");
  });

  it("calls only scripts that exist, and that bash can read", () => {
    for (const [file, { jobs }] of workflows) {
      for (const id of Object.keys(jobs)) {
        for (const [, path] of commands(file, id).matchAll(/(?:bash|python) (?:tools\/)?(scripts\/\S+)/g)) {
          expect(files.has(path!), path).to.equal(true);
        }
      }
    }
    for (const path of [...files.keys()].filter((name) => name.endsWith(".sh"))) {
      execFileSync("bash", ["-n", join(repositoryFolder("airflow-etl"), path)]);
    }
  });

  it("[AF-1] runs CI on pushes to main, develop and feature branches, on pull requests to main and develop, and by dispatch", () => {
    const { on } = workflows.get("ci.yml")!;
    expect(on["push"]).to.deep.equal({ branches: ["main", "develop", "feature/**"] });
    expect(on["pull_request"]!.branches).to.include.members(["main", "develop"]);
    expect(on).to.have.property("workflow_dispatch");
  });

  it("[AF-1] lints, tests with PostgreSQL 15, validates DAGs, scans, and summarizes with a comment that a fork's run leaves out", () => {
    expect(commands("ci.yml", "lint")).to.include("ruff check").and.to.include("black --check");
    const services = (job("ci.yml", "test") as unknown as { services: { postgres: { image: string } } }).services;
    expect(services.postgres.image).to.equal("postgres:15");
    expect(commands("ci.yml", "dag-validation")).to.include("validate_dags.py dags");
    expect(commands("ci.yml", "security-scan")).to.include("dependencies.sh").and.to.include("secrets.sh");
    const summary = job("ci.yml", "build-summary");
    expect(summary.if).to.equal("always()");
    expect(summary.needs).to.have.members(["lint", "test", "dag-validation", "security-scan"]);
    expect(summary.permissions).to.deep.equal({ contents: "read", "pull-requests": "write" });
    expect(summary.steps.find(({ run }) => run?.includes("comment.sh"))!.if).to.include("head.repo.full_name == github.repository");
  });

  it("[AF-2] deploys staging after CI on main or by dispatch, and production by dispatch only, with version and reason", () => {
    const names = [workflows.get("ci.yml")!.name];
    expect(workflows.get("cd-staging.yml")!.on).to.deep.equal({
      workflow_run: { workflows: names, types: ["completed"], branches: ["main"] },
      workflow_dispatch: null,
    });
    const on = workflows.get("cd-production.yml")!.on as unknown as Record<string, { inputs: Record<string, { required: boolean }> }>;
    expect(Object.keys(on)).to.deep.equal(["workflow_dispatch"]);
    const { inputs } = on["workflow_dispatch"]!;
    expect(Object.entries(inputs).map(([name, { required }]) => [name, required])).to.deep.equal([
      ["version", true],
      ["reason", true],
      ["skip_tests", false],
    ]);
  });

  it("[AF-2] backs production up for 90 days, deploys with a checksum, reports, and goes back where a deployment failed", () => {
    const upload = job("cd-production.yml", "backup").steps.find(({ uses }) => uses?.includes("upload-artifact"))!;
    expect(upload.with).to.include({ "retention-days": 90, path: "backup" });
    expect(files.get("scripts/ci/backup.sh")).to.include("sha256sum --check");
    expect(job("cd-production.yml", "deploy").needs).to.include.members(["backup", "validate"]);
    expect(commands("cd-production.yml", "deploy")).to.include("sha256sum").and.to.include("deploy-production.sh");
    expect(job("cd-production.yml", "report").if).to.include("always()");
    const rollback = job("cd-production.yml", "emergency-rollback");
    expect(rollback.if).to.include("needs.verify.result == 'failure'").and.to.include("needs.deploy.outputs.number != ''");
    expect(commands("cd-production.yml", "emergency-rollback")).to.include("emergency-rollback.sh");
  });

  for (const name of ["main", "develop", "staging", "production"]) {
    it(`[AF-3] ${name} requires lint, test, DAG validation and the summary, each of which always reports`, () => {
      const resolved = resolveRequiredChecks(pipelines, branch(name).gate!.checks!.required, { branch: name });
      expect(resolved.faults).to.deep.equal([]);
      expect(resolved.contexts.map(({ context }) => context)).to.deep.equal(contexts);
    });
  }

  it("[AF-3] merges are squashed, whichever way", () => {
    expect(system.repository.mergeMethods).to.deep.equal(["squash"]);
  });

  it("[AF-3] test alone would be no gate, and a summary that looks at nothing neither", () => {
    const alone = resolveRequiredChecks(pipelines, [{ workflow: "ci.yml", job: "test" }], { branch: "main" });
    expect(alone.faults.map(({ rule }) => rule).join()).to.include("a job that is skipped counts as success");
    const blind = files.get(".github/workflows/ci.yml")!.replace("NEEDS: ${{ toJSON(needs) }}", 'NEEDS: "{}"');
    const read = readPipelines(new Map([[".github/workflows/ci.yml", blind]]));
    const refs = [{ workflow: "ci.yml", job: "build-summary" }];
    expect(resolveRequiredChecks(read, refs, { branch: "main" }).faults).to.have.length(1);
  });

  it("[AF-4] production is approved in two environments by different teams, five minutes apart, by nobody who asked, with no bypass", () => {
    expect(orders).to.deep.equal([{ environment: "production", after: "production-approval" }]);
    const [first, second] = [environment("production-approval"), environment("production")];
    expect([first.reviewers, second.reviewers]).to.deep.equal([
      [{ kind: "team", slug: "release-managers" }],
      [{ kind: "team", slug: "operations" }],
    ]);
    for (const one of [first, second]) expect([one.selfReview, one.adminBypass]).to.deep.equal([false, false]);
    expect(second.waitTimerMinutes).to.equal(5);
    expect(branch("production").gate!.pullRequest!.approvals).to.equal(2);
  });

  it("[AF-4] every path to production passes the first approval, and one without it is found", () => {
    expect(judgeApprovals(pipelines, orders)).to.deep.equal([]);
    const path = ".github/workflows/cd-production.yml";
    for (const [from, to] of [
      ["needs: [request, approval, validate, backup]", "needs: [request]"],
      ["    environment:\n      name: production-approval\n      deployment: false\n", ""],
      ["    # The second person, after five", "    if: always()\n    # The second person, after five"],
    ] as const) {
      const text = files.get(path)!.replace(from, to);
      expect(text).not.to.equal(files.get(path));
      const [problem] = judgeApprovals(readPipelines(new Map([...files, [path, text]])), orders);
      expect(problem).to.include({ code: "approval-missing", file: path });
    }
  });

  it("[AF-4] staging waits for CI of its commit and for nobody; the document's own trigger is found", () => {
    const required = branch("main").gate!.checks!.required;
    expect(unguardedDeployments(pipelines, required)).to.deep.equal([]);
    expect(environment("staging").reviewers).to.equal(undefined);
    expect(commands("cd-staging.yml", "gate")).to.include("gate.sh ci.yml");
    // Only the branch that CD proposes to is merged without a review; what gets there was reviewed on main, every file by an owner.
    expect(target("staging").branch).to.equal("staging");
    expect(branch("staging").gate!.pullRequest).to.include({ approvals: 0, codeOwners: false });
    expect(branch("main").gate!.pullRequest).to.include({ approvals: 1, codeOwners: true, lastPushApproval: true });
    expect(files.get(".github/CODEOWNERS")).to.match(/^\* @/m).and.not.to.match(/^\S+$/m);
    for (const { name, deployFrom } of system.environments) expect(deployFrom, name).to.deep.equal({ branches: ["main"] });
    const document = `name: Deploy
on:
  push:
    branches: [ main ]
  workflow_dispatch:
jobs:
  validate: { runs-on: ubuntu-latest, steps: [{ run: pytest -m smoke }] }
  deploy: { needs: validate, environment: staging, runs-on: ubuntu-latest, steps: [{ run: ./deploy.sh }] }
`;
    const [problem] = unguardedDeployments(readPipelines(new Map([[".github/workflows/cd-staging.yml", document]])), required);
    expect(problem).to.include({ code: "deploys-unchecked", line: 8 });
  });

  describe("targets", function () {
    this.timeout(300_000);
    const built = new Map<string, { kind: string; apiVersion: string; metadata: { name: string; namespace: string }; spec: unknown }[]>();
    before(async () => {
      const { kustomize } = await ensureBinaries(["kustomize"], () => undefined);
      const folder = mkdtempSync(join(tmpdir(), "gatehouse-airflow-"));
      try {
        cpSync(repositoryFolder("airflow-etl"), folder, { recursive: true });
        for (const [path, text] of renderFiles(system, files)) {
          mkdirSync(dirname(join(folder, path)), { recursive: true });
          writeFileSync(join(folder, path), text);
        }
        for (const name of ["staging", "production"]) {
          const text = execFileSync(kustomize, ["build", join(folder, target(name).path)], { encoding: "utf8" });
          built.set(
            name,
            parseAllDocuments(text).map((document) => document.toJS() as never),
          );
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    for (const [name, application, source] of [
      ["staging", "airflow-etl-staging", "staging"],
      ["production", "airflow-etl", "production"],
    ] as const) {
      it(`[AF-5] ${application} follows ${source} and renders just the kinds that its AppProject allows`, () => {
        expect(target(name)).to.include({ application, namespace: application, branch: source });
        const objects = built.get(name)!;
        const kinds = objects.map(({ apiVersion, kind }) => `${apiVersion.includes("/") ? apiVersion.split("/")[0] : ""}/${kind}`);
        expect([...new Set(kinds)]).to.have.members([...target(name).kinds]);
        expect(new Set(objects.map(({ metadata }) => metadata.namespace))).to.deep.equal(new Set([application]));
        const workloads = objects.filter(({ kind }) => kind === "Deployment").map(({ metadata }) => metadata.name);
        expect(workloads).to.have.members(["airflow-scheduler", "airflow-webserver", "airflow-workers"]);
        expect(JSON.stringify(objects)).to.include(`ghcr.io/airflow-etl/airflow-etl:${system.packages![0]!.initialTag}`);
      });
    }

    it("[AF-5] production updates the scheduler rolling, then the webserver blue-green, then the workers by 10, 50 and 100 %", () => {
      const strategies = target("production").strategies!;
      expect(strategies.map(({ kind, workload, after }) => [kind, workload, after])).to.deep.equal([
        ["rolling", "airflow-scheduler", undefined],
        ["blueGreen", "airflow-webserver", ["airflow-scheduler"]],
        ["canary", "airflow-workers", ["airflow-webserver"]],
      ]);
      const workers = built.get("production")!.find(({ kind, metadata }) => kind === "Rollout" && metadata.name === "airflow-workers")!;
      const { replicas, strategy } = workers.spec as { replicas: number; strategy: { canary: { steps: unknown[] } } };
      expect(replicas).to.equal(10);
      expect(strategy.canary.steps).to.deep.equal([
        { setWeight: 10 },
        { pause: { duration: "5m" } },
        { setWeight: 50 },
        { pause: { duration: "5m" } },
        { setWeight: 100 },
      ]);
    });
  });

  it("[AF-6] secrets exist only in the environments whose jobs use them, and none in the repository", () => {
    expect(system.secrets ?? []).to.deep.equal([]);
    const names = (name: string) => (environment(name).secrets ?? []).map((secret) => secret.name);
    expect(names("production-approval")).to.deep.equal([]);
    expect(names("production")).to.deep.equal(["PROMOTION_APP_CLIENT_ID", "PROMOTION_APP_PRIVATE_KEY"]);
  });

  it("[AF-7] coverage below 80 % and vulnerabilities are jobs that run only then, and that stop nothing", () => {
    expect(commands("ci.yml", "test")).to.include("coverage.sh coverage.json 80");
    expect(job("ci.yml", "coverage-warning").if).to.equal("needs.test.outputs.below == 'true'");
    expect(job("ci.yml", "vulnerability-warning").if).to.equal("needs.security-scan.outputs.vulnerable == 'true'");
    expect(job("ci.yml", "build-summary").needs).not.to.include.members(["coverage-warning"]);
  });

  it("[AF-7] CI passes in over 95 % of its runs and takes under 15 minutes, with feedback within 10", () => {
    expect(system.objectives).to.deep.equal({ ci: 95, ciMinutes: 15, feedbackMinutes: 10 });
    expect(system.workflows).to.deep.equal({ ci: ["ci.yml"], cd: ["cd-staging.yml", "cd-production.yml"] });
  });
});
