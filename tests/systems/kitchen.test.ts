import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { expect } from "chai";

import { judgeFleet } from "../../components/fleet/judge.ts";
import { loadStackFiles, loadSystems } from "../../components/fleet/load.ts";
import { judgeRunners } from "../../components/fleet/runners.ts";
import { isOpen } from "../../delivery/windows.ts";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import type { System } from "../../model/system.ts";
import { dockerTarget } from "../../model/target.ts";
import { judgeSystems } from "../../model/validate/index.ts";
import { checksOnPullRequest, readPipelines, resolveRequiredChecks } from "../../pipelines/index.ts";
import { system } from "../../systems/kitchen/system.ts";
import { repositoryFiles, repositoryFolder, workflowFiles, type JobFile } from "./repository.ts";

const files = repositoryFiles("kitchen");
const workflows = workflowFiles("kitchen");
const pipelines = readPipelines(files);
const repository = "julienlafrance/backtothefuturekitchen";
const job = (file: string, id: string): JobFile => workflows.get(file)!.jobs[id]!;
const commands = (file: string, id: string): string =>
  job(file, id)
    .steps.map((step) => step.run ?? "")
    .join("\n");
const container = (tier: string) => dockerTarget(system.tiers.find(({ name }) => name === tier)!.target)!;

/** The declared system with something changed, judged. */
const faultsWith = (change: (copy: { -readonly [Key in keyof System]: System[Key] }) => void): string[] => {
  const declared = structuredClone(system) as { -readonly [Key in keyof System]: System[Key] };
  change(declared);
  return judgeSystems([{ folder: "kitchen", declared, files }]).map(({ path, rule }) => `${path}: ${rule}`);
};

describe("systems/kitchen", () => {
  it("its workflows have no fault, and pass actionlint", async function () {
    this.timeout(300_000);
    expect(pipelines.problems.filter(({ severity }) => severity === "error")).to.deep.equal([]);
    const { actionlint } = await ensureBinaries(["actionlint"], () => undefined);
    const paths = [...workflows.keys()].map((name) => join(repositoryFolder("kitchen"), ".github", "workflows", name));
    const { stdout, status } = spawnSync(actionlint, ["-no-color", ...paths], { encoding: "utf8" });
    expect(stdout).to.equal("");
    expect(status).to.equal(0);
  });

  it("gives each job its own rights and a time limit, and keeps no credentials in a clone", () => {
    for (const [file, { permissions, jobs }] of workflows) {
      if (file === "notifications.yml") continue;
      expect(permissions, file).to.deep.equal({});
      for (const [id, { permissions: own, steps, ...rest }] of Object.entries(jobs)) {
        expect(own, `${file} ${id}`).to.be.an("object");
        expect(rest["timeout-minutes"], `${file} ${id}`).to.be.a("number");
        for (const { uses, with: inputs } of steps) {
          if (uses?.startsWith("actions/checkout@") === true) expect(inputs?.["persist-credentials"], `${file} ${id}`).to.equal(false);
        }
      }
    }
  });

  describe("ci.yml", () => {
    it("[BK-1] checks quality, tests with 90 % coverage, and keeps the report for 30 days", () => {
      expect(workflows.get("ci.yml")!.on).to.deep.equal({ push: { branches: ["main"] }, pull_request: { branches: ["main"] } });
      for (const tool of ["flake8", "black --check", "pydocstyle", "mypy"]) expect(commands("ci.yml", "quality")).to.contain(tool);
      expect(commands("ci.yml", "preprod-tests")).to.contain("--cov-fail-under=90");
      const report = job("ci.yml", "preprod-tests").steps.find(({ uses }) => uses?.startsWith("actions/upload-artifact@"))!;
      expect(report.if).to.equal("always()");
      expect(report.with).to.deep.include({ "retention-days": 30 });
    });

    it("[BK-1] the summary fails when quality or tests did, also when they were skipped, and not when infrastructure tests did", () => {
      const summary = job("ci.yml", "summary");
      expect(summary.if).to.equal("always()");
      const script = summary.steps[0]!.run!;
      const run = (results: Record<string, string>): number | null =>
        spawnSync("bash", ["-eo", "pipefail", "-c", script], {
          env: { PATH: process.env["PATH"]!, GITHUB_STEP_SUMMARY: "/dev/null", ...results },
        }).status;
      const good = { QUALITY: "success", TESTS: "success", INFRASTRUCTURE: "failure" };
      expect(run(good)).to.equal(0);
      for (const bad of ["failure", "skipped", "cancelled"]) {
        expect(run({ ...good, QUALITY: bad }), bad).to.not.equal(0);
        expect(run({ ...good, TESTS: bad }), bad).to.not.equal(0);
      }
    });
  });

  describe("main", () => {
    const required = system.branches[0]!.gate!.checks!.required;

    it("[BK-4] requires the checks that can fail, and all of them always report", () => {
      const { contexts, faults } = resolveRequiredChecks(pipelines, required, {
        branch: "main",
        mergeQueue: false,
        repository,
        path: "required",
      });
      expect(faults).to.deep.equal([]);
      expect(contexts.map(({ context }) => context)).to.have.members(["quality", "preprod-tests", "summary"]);
      const always = checksOnPullRequest(pipelines, { base: "main", repository }).filter(({ verdict }) => verdict === "always");
      expect(always.map(({ context }) => context)).to.include.members(contexts.map(({ context }) => context));
    });

    it("[BK-4] the check that cannot fail is refused as a gate, with the reason", () => {
      const options = { branch: "main", mergeQueue: false, repository, path: "required" };
      const { faults } = resolveRequiredChecks(pipelines, [{ workflow: "ci.yml", job: "infrastructure-tests" }], options);
      expect(faults.map(({ rule }) => rule).join(), "the fault").to.match(/continue-on-error/);
    });
  });

  describe("the self-hosted runner", () => {
    const judge = (changed: ReadonlyMap<string, string> | undefined, declared: System = system): string[] =>
      judgeRunners(declared, changed ?? files).map(({ path, rule }) => `${path}: ${rule}`);
    const with_ = (file: string, change: (text: string) => string): Map<string, string> => {
      const path = `.github/workflows/${file}`;
      return new Map([...files, [path, change(files.get(path)!)]]);
    };

    it("[BK-5] serves the deploying workflows only", () => {
      expect(judge(undefined)).to.deep.equal([]);
      const jobs = [...workflows].flatMap(([file, { jobs }]) =>
        Object.entries(jobs).map(([id, { "runs-on": on }]) => [`${file} ${id}`, on] as const),
      );
      const own = jobs.filter(([, on]) => JSON.stringify(on).includes("self-hosted")).map(([name]) => name);
      expect(own).to.have.members(["cd-preprod.yml deploy", "cd-preprod.yml rollback", "cd-prod.yml deploy"]);
    });

    it("[BK-5] no event of a fork may start a job on it", () => {
      for (const event of ["pull_request", "pull_request_target", "issue_comment"]) {
        const changed = with_("cd-preprod.yml", (text) => text.replace("on:\n", `on:\n  ${event}:\n`));
        expect(judge(changed).join("\n"), event).to.match(new RegExp(`cd-preprod\\.yml\\.deploy\\.runs-on: .*${event}.*fork`));
      }
    });

    it("[BK-5] a workflow that is not named, and labels that no runner has, are refused", () => {
      const other = with_("health-check.yml", (text) => text.replace("runs-on: ubuntu-24.04", "runs-on: [self-hosted, Linux, X64]"));
      expect(judge(other)).to.have.length(1);
      expect(judge(other)[0]).to.match(/health-check\.yml\.health\.runs-on: this workflow may not use the runner/);
      const labels = with_("cd-prod.yml", (text) => text.replace("[self-hosted, Linux, X64]", "[self-hosted, Linux, ARM64]"));
      expect(judge(labels).join("\n")).to.match(/no declared runner has these labels/);
      expect(judge(undefined, { ...system, runners: [] })).to.have.length(3);
    });

    it("[BK-5] a workflow that never asks for it is not let in", () => {
      const runners = [{ ...system.runners![0]!, workflows: [...system.runners![0]!.workflows, "ci.yml"] }];
      expect(judge(undefined, { ...system, runners }).join()).to.match(/no job of this workflow asks for the runner/);
    });
  });

  describe("the owner is a user account", () => {
    it("[BK-5] what needs an organization is refused with the reason", () => {
      expect(faultsWith(() => undefined)).to.deep.equal([]);
      const teams = faultsWith((copy) => (copy.repository = { ...copy.repository, teams: { cooks: "push" } }));
      expect(teams.join()).to.match(/teams.*organization/);
      const group = faultsWith((copy) => (copy.runners = [{ ...copy.runners![0]!, group: "kitchen" }]));
      expect(group.join()).to.match(/runners\[0\]\.group: .*organization/);
      const reviewers = [{ kind: "team", slug: "cooks" }] as const;
      const reviewed = faultsWith((copy) => (copy.environments = copy.environments.map((one) => ({ ...one, reviewers }))));
      expect(reviewed.join()).to.match(/environments\[0\]\.reviewers\[0\].*organization/);
    });

    it("[BK-5] the owner reviews production, since nobody else can", () => {
      const prod = system.environments.find(({ name }) => name === "prod")!;
      expect(prod.reviewers).to.deep.equal([{ kind: "user", login: system.repository.owner.login }]);
      expect(prod.selfReview).to.equal(true);
      expect(prod.adminBypass).to.equal(false);
    });
  });

  describe("deployment", () => {
    it("[BK-2] preprod is deployed first, watched by a job of its own, then validated or rolled back", () => {
      expect(workflows.get("cd-preprod.yml")!.on).to.have.keys("push", "workflow_dispatch");
      expect(job("cd-preprod.yml", "deploy").needs).to.equal(undefined);
      expect(commands("cd-preprod.yml", "deploy")).to.contain('"$GITHUB_SHA"');
      expect(job("cd-preprod.yml", "watch")["runs-on"]).to.equal("ubuntu-24.04");
      expect(job("cd-preprod.yml", "validate").if).to.equal("needs.watch.outputs.verdict == 'success'");
      expect(job("cd-preprod.yml", "rollback").if).to.match(/always\(\).*verdict != 'success'/);
      expect(commands("cd-preprod.yml", "rollback")).to.contain('"$ROLLBACK_POINT"');
    });

    it("[BK-2] production is started by hand, after DEPLOY is typed and the commit is found validated", () => {
      expect(workflows.get("cd-prod.yml")!.on).to.have.keys("workflow_dispatch");
      expect(job("cd-prod.yml", "deploy").needs).to.equal("check");
      expect(job("cd-prod.yml", "deploy").environment).to.equal("prod");
      expect(commands("cd-prod.yml", "check")).to.contain("check_promotion.sh");
      expect(files.get("70_scripts/deploy_preprod_to_prod.sh"))
        .to.match(/tag "\$backup"/)
        .and.match(/deploy\.sh" kitchen-prod .* 5\n/);
    });

    it("[BK-3] health is asked every hour, and documentation touches no deployment", () => {
      expect(JSON.stringify(workflows.get("health-check.yml")!.on)).to.contain('"0 * * * *"');
      const documentation = workflows.get("documentation.yml")!;
      expect(documentation.on["push"]!.paths).to.include("90_doc/source/**");
      for (const [file, text] of files) {
        if (file.endsWith("documentation.yml") || file.endsWith("notifications.yml") || !file.startsWith(".github/workflows/")) continue;
        expect(text, file).to.not.match(/documentation/i);
      }
      for (const { environment } of Object.values(documentation.jobs)) expect([undefined, "github-pages"]).to.include(environment);
    });
  });

  describe("targets", () => {
    it("[BK-7] are two containers with a port, a volume and a network each, asked at Streamlit's health address", () => {
      const [preprod, prod] = [container("preprod"), container("prod")];
      expect([preprod.hostPort, prod.hostPort]).to.deep.equal([8500, 8501]);
      for (const { health } of [preprod, prod]) expect(health.path).to.equal("/_stcore/health");
      expect(preprod.container).to.not.equal(prod.container);
      expect(Object.keys(preprod.volumes!).filter((volume) => volume in prod.volumes!)).to.deep.equal([]);
    });

    it("[BK-7] a port or a name that both want is refused", () => {
      const same = faultsWith((copy) => (copy.tiers = copy.tiers.map((tier) => ({ ...tier, target: container("prod") }))));
      expect(same.join("\n"))
        .to.match(/container.*the same container/)
        .and.to.match(/hostPort.*the same port/);
    });

    it("[BK-8] production is deployed to on Tuesday to Thursday mornings, not on a Friday evening", () => {
      const windows = system.tiers.find(({ production }) => production === true)!.windows!;
      expect(isOpen(windows, new Date("2026-11-24T09:00:00Z")), "Tuesday, ten in Paris").to.equal(true);
      expect(isOpen(windows, new Date("2026-11-27T18:00:00Z")), "Friday evening").to.equal(false);
      expect(isOpen(windows, new Date("2026-11-23T09:00:00Z")), "Monday").to.equal(false);
      expect(isOpen(windows, new Date("2026-11-24T13:00:00Z")), "Tuesday afternoon").to.equal(false);
    });
  });

  it("each tier belongs to one stack", async () => {
    const root = join(import.meta.dirname, "..", "..");
    const { stacks } = judgeFleet(await loadSystems(root), await loadStackFiles(root));
    const owned = stacks.flatMap(({ stack, tiers }) => (tiers["kitchen"] ?? []).map((tier) => `${stack} ${tier}`));
    expect(owned).to.have.members(["dev preprod", "prod prod"]);
  });
});
