import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { system } from "../../systems/airflow-etl/system.ts";
import { repositoryFiles, repositoryFolder } from "./repository.ts";

const files = repositoryFiles("airflow-etl");

describe("systems/airflow-etl: scripts", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "gatehouse-airflow-scripts-"))));
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function run(path: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const output = join(folder, "output");
    writeFileSync(output, "");
    const { status, stdout, stderr } = spawnSync("bash", [join(repositoryFolder("airflow-etl"), "scripts", path), ...args], {
      encoding: "utf8",
      cwd: folder,
      env: { PATH: process.env["PATH"], HOME: folder, RUNNER_TEMP: folder, GITHUB_OUTPUT: output, ...environment },
    });
    return { status, stdout, stderr, output: readFileSync(output, "utf8") };
  }

  for (const [severity, kinds, minutes, command] of [
    ["critical", ["immediate"], 1, "gatehouse rollback airflow-etl --tier production --emergency --to sha-a1b2c3d4"],
    ["high", ["immediate", "database"], 5, "airflow db downgrade"],
    ["medium", ["artifact"], 20, "cd-production.yml -f version=a1b2c3d4"],
    ["low", ["hotfix"], null, "feature/hotfix"],
  ] as const) {
    it(`[AF-7] the decision matrix answers ${severity} with ${kinds.join(" and ")}, and the plan says how`, () => {
      const matrix = JSON.parse(files.get("deploy/rollback-matrix.json")!) as Record<
        string,
        { kinds: string[]; withinMinutes: number | null }
      >;
      expect(matrix[severity]).to.deep.include({ kinds, withinMinutes: minutes });
      const { status, stdout } = run("rollback-plan.sh", [severity, "--to", "sha-a1b2c3d4"]);
      expect(status).to.equal(0);
      expect(stdout).to.include(command);
      expect(stdout).to.include(minutes === null ? "next deployment" : `within ${minutes} min`);
    });
  }

  it("[AF-7] the plan refuses an unknown severity, and a tag that moves", () => {
    expect(run("rollback-plan.sh", ["bad"]).stderr).to.include("critical, high, medium, low");
    expect(run("rollback-plan.sh", ["high", "--to", "latest"]).status).to.equal(1);
  });

  for (const [covered, below] of [
    [80, "false"],
    [79.999, "true"],
    [93.456, "false"],
  ] as const) {
    it(`[AF-7] a coverage of ${covered} % is ${below === "true" ? "" : "not "}below 80 %, and fails nothing`, () => {
      writeFileSync(join(folder, "coverage.json"), JSON.stringify({ totals: { percent_covered: covered } }));
      const { status, output } = run("ci/coverage.sh", ["coverage.json", "80"]);
      expect(status).to.equal(0);
      expect(output).to.include(`below=${below}`);
    });
  }

  for (const [title, needs, status] of [
    ["passes where all jobs succeeded", { lint: { result: "success" }, test: { result: "success" } }, 0],
    ["fails for a job that was skipped", { lint: { result: "success" }, test: { result: "skipped" } }, 1],
    ["fails for a job that was cancelled", { lint: { result: "cancelled" } }, 1],
    ["fails where it looks at no job", {}, 1],
  ] as const) {
    it(`[AF-1] the summary ${title}`, () => {
      const result = run("ci/verdict.sh", [], { NEEDS: JSON.stringify(needs) });
      expect(result.status).to.equal(status);
      expect(result.output).to.match(/^report=.*\.md$/m);
    });
  }

  it("[AF-2] a version that is no commit and a reason of blanks are refused before GitHub is asked", () => {
    const asked = { GITHUB_API_URL: "http://127.0.0.1:1", GITHUB_TOKEN: "unused" };
    expect(run("ci/request.sh", [], { ...asked, VERSION: "v1; rm", REASON: "OPS-12: weekly release" }).stderr).to.include("version is");
    expect(run("ci/request.sh", [], { ...asked, VERSION: "main", REASON: "        x" }).stderr).to.include("at least eight");
  });

  it("[AF-6] the alerts are those of the document: each to its channel, on events that its workflows have", () => {
    const sent = system.notifications!.map(({ on, to }) => {
      const what = "workflow" in on ? `${on.workflow} ${on.job ?? on.branch ?? "run"} ${on.outcome}` : `${on.tier} ${on.application}`;
      return `${what}: ${to.join(", ")}`;
    });
    expect(sent.slice(0, 7)).to.deep.equal([
      "ci.yml main failure: team-lead",
      "ci.yml coverage-warning success: team",
      "ci.yml vulnerability-warning success: security",
      "cd-staging.yml run failure: on-call",
      "cd-production.yml run failure: pagerduty",
      "cd-production.yml run success: deployments",
      "cd-production.yml emergency-rollback completed: pagerduty, deployments",
    ]);
    for (const { on, to } of system.notifications!) {
      if ("workflow" in on) expect(files.get(`.github/workflows/${on.workflow}`)).to.include(on.job ?? "jobs:");
      for (const name of to) expect(system.channels).to.have.property(name);
    }
    expect(system.channels!["deployments"]).to.include({ kind: "slack", channel: "#deployments" });
  });
});
