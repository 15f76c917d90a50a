import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { renderFiles } from "../../delivery/render.ts";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import type { System } from "../../model/system.ts";
import { readPipelines } from "../../pipelines/index.ts";
import { system as airflow } from "../../systems/airflow-etl/system.ts";
import { system as aks } from "../../systems/data-platform-aks/system.ts";
import { system as dataenginex } from "../../systems/dataenginex/system.ts";
import { system as dataknobs } from "../../systems/dataknobs/system.ts";
import { system as kitchen } from "../../systems/kitchen/system.ts";
import { shop, shopFiles } from "../support/systems.ts";
import { repositoryFiles } from "../systems/repository.ts";
import { workflowText, type NotifyWorkflow } from "./runs.ts";

const file = ".github/workflows/notifications.yml";
const systems: readonly (readonly [row: string, system: System, secrets: readonly string[], runs: readonly string[]])[] = [
  ["BK-6", kitchen, ["DISCORD_WEBHOOK_URL"], ["CI Pipeline", "Documentation", "CD Preprod", "CD Production", "Health Check"]],
  [
    "AF-6",
    airflow,
    ["PAGERDUTY_PRODUCTION_KEY", "PAGERDUTY_STAGING_KEY", "SLACK_WEBHOOK_URL", "SMTP_URL"],
    ["CI Pipeline", "Deploy to Staging", "Deploy to Production"],
  ],
  [
    "DK-4",
    dataknobs,
    ["SLACK_WEBHOOK"],
    ["CI Pipeline", "Security", "Release Pipeline", "Documentation", "Continuous Deployment", "Deploy", "Performance"],
  ],
  [
    "DEX-13",
    dataenginex,
    ["SLACK_WEBHOOK_URL"],
    [
      "Continuous Integration",
      "Security Scans",
      "Package Validation",
      "Continuous Deployment",
      "Release DataEngineX",
      "Release CareerDEX",
      "PyPI Publish",
    ],
  ],
  ["AKS-4", aks, ["SLACK_WEBHOOK_URL"], ["CI", "Security", "dbt CI", "Schema Quality", "Release", "CD Deploy"]],
];

describe("the workflow of notifications", () => {
  for (const [row, system, secrets, runs] of systems) {
    const text = workflowText(system, repositoryFiles(system.name));
    const { on, permissions, jobs } = parse(text) as NotifyWorkflow;

    it(`[${row}] of ${system.name} is started by the runs that its rules name, and passes actionlint`, async function () {
      this.timeout(300_000);
      expect(on.workflow_run.workflows).to.have.members(runs);
      const files = new Map([...repositoryFiles(system.name), [file, text]]);
      expect(readPipelines(files).problems.filter((problem) => problem.file === file)).to.deep.equal([]);
      const { actionlint } = await ensureBinaries(["actionlint"], () => undefined);
      const folder = mkdtempSync(join(tmpdir(), "gatehouse-actionlint-"));
      try {
        const path = join(folder, "notifications.yml");
        writeFileSync(path, text);
        // With shellcheck on PATH actionlint judges the script too.
        const { stdout, status } = spawnSync(actionlint, ["-no-color", path], { encoding: "utf8" });
        expect(stdout).to.equal("");
        expect(status).to.equal(0);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it(`[${row}] of ${system.name} reads runs and nothing else, checks nothing out, and holds its channels' secrets in its one step`, () => {
      expect(permissions).to.deep.equal({});
      expect(Object.keys(jobs)).to.deep.equal(["notify"]);
      const job = jobs["notify"]!;
      expect(job.permissions).to.deep.equal({ actions: "read" });
      expect(job.environment).to.deep.equal({ name: "notifications", deployment: false });
      expect(job["timeout-minutes"]).to.be.a("number");
      expect(job.steps.map(({ uses }) => uses)).to.deep.equal([undefined]);
      const { run, env } = job.steps[0]!;
      // What others wrote is in the event, which is read as a file.
      const expressions = Object.values(env).flatMap((value) => value.match(/\$\{\{.*?\}\}/g) ?? []);
      expect(expressions).to.deep.equal(["${{ github.token }}", ...secrets.map((name) => `\${{ secrets.${name} }}`)]);
      expect(run).not.to.include("${{");
      const declared = system.environments.find(({ name }) => name === "notifications")!;
      expect(declared.secrets!.map(({ name }) => name)).to.have.members([...secrets]);
      expect(declared.deployFrom).to.deep.equal({ branches: ["main"] });
    });
  }

  const textOf = (change: Partial<System>): NotifyWorkflow => parse(workflowText({ ...shop, ...change }, shopFiles)) as NotifyWorkflow;
  const rule = (outcome: "started" | "success" | "failure") => ({ on: { workflow: "ci.yml", outcome }, to: ["team"] });

  it("is made only where a rule is about a workflow, beside what else is made", () => {
    expect([...renderFiles(shop, shopFiles).keys()]).to.include(file);
    const applications = shop.notifications!.filter(({ on }) => "application" in on);
    for (const notifications of [[], applications]) {
      expect([...renderFiles({ ...shop, notifications }, shopFiles).keys()]).not.to.include(file);
    }
  });

  it("takes no runner for runs that no rule can be about", () => {
    const only = textOf({ notifications: [rule("failure")] });
    expect(only.jobs["notify"]!.if).to.match(/conclusion != 'success'/);
    expect(only.on.workflow_run.types).to.deep.equal(["completed"]);
    const more = textOf({ notifications: [rule("failure"), rule("success"), rule("started")] });
    expect(more.jobs["notify"]!.if).to.equal("github.event.workflow_run.conclusion != 'skipped'");
    expect(more.on.workflow_run.types).to.deep.equal(["in_progress", "completed"]);
  });

  it("shows GitHub no expression in what a rule says", () => {
    const message = "look at ${{ secrets.SLACK_WEBHOOK_URL }}";
    const text = workflowText({ ...shop, notifications: [{ ...rule("failure"), message }] }, shopFiles);
    const { RULES = "" } = (parse(text) as NotifyWorkflow).jobs["notify"]!.steps[0]!.env;
    expect(RULES).not.to.include("${{");
    expect(JSON.parse(RULES)).to.deep.equal([{ workflow: "ci.yml", outcome: "failure", to: ["team"], message }]);
  });
});
