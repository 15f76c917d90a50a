import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { projectDir } from "../../cli/project.ts";
import { Rig } from "../e2e/support/rig.ts";
import { temporaryFolder } from "../support/temporary.ts";

interface Found {
  readonly rules: number;
  readonly passed: number;
  readonly unknown: number;
  readonly answers: readonly {
    readonly rule: string;
    readonly verdict: string;
    readonly subject: string;
    readonly message: string;
    readonly level: string;
  }[];
}

describe("gatehouse check", function () {
  this.timeout(120_000);
  const folder = temporaryFolder("gatehouse-check-");
  const rig = new Rig(folder);
  const file = path.join(folder, "config.json");
  const found = async (...args: string[]): Promise<Found> =>
    JSON.parse((await rig.run(["check", "--json", "--on", "2026-12-01", ...args])).stdout) as Found;

  it("judges every system by at least sixty rules without an engine: none breaks, and nothing is unknown", async () => {
    const { rules, passed, unknown, answers } = await found();
    expect(rules).to.be.at.least(60);
    expect(passed).to.be.above(500);
    expect(unknown).to.equal(0);
    expect(answers.filter(({ verdict }) => verdict === "error")).to.deep.equal([]);
    expect(answers.filter(({ verdict, level }) => verdict === "fail" && level === "mandatory")).to.deep.equal([]);
  });

  it("ends with 0 as committed, and with 1 when a failure is no longer excepted", async () => {
    expect((await rig.run(["check", "--on", "2026-12-01"])).code).to.equal(0);
    await writeFile(file, "{}");
    const { code, stdout } = await rig.run(["check", "--config", file]);
    expect(code).to.equal(1);
    expect(stdout).to.match(/fail: .*\n.*why: .*\n.*fix: /s);
  });

  it("fails an exception from the day after its last", async () => {
    const { code, stdout } = await rig.run(["check", "--on", "2027-12-01"]);
    expect(code).to.equal(1);
    expect(stdout).to.match(/ended on 2027-11-30/);
    expect((await rig.run(["check", "--on", "soon"])).code).to.equal(2);
  });

  it("takes a preset, and counts only its rules", async () => {
    const { rules } = await found("--preset", "scorecard-10");
    expect(rules).to.be.within(10, 60);
  });

  it("gives code scanning a document whose places are files of the project", async () => {
    await writeFile(file, "{}");
    const { stdout } = await rig.run(["check", "--format", "sarif", "--config", file]);
    const { version, runs } = JSON.parse(stdout) as {
      version: string;
      runs: [{ results: { locations: [{ physicalLocation: { artifactLocation: { uri: string } } }] }[] }];
    };
    expect(version).to.equal("2.1.0");
    expect(runs[0].results).to.not.be.empty;
    const files = runs[0].results.map(({ locations }) => locations[0].physicalLocation.artifactLocation.uri);
    for (const name of files) expect(existsSync(path.join(projectDir, name)), name).to.equal(true);
    expect(files).to.include("systems/dataenginex/system.ts");
    expect(files.join("\n")).to.match(/repository\/\.github\/workflows\/ci\.yml/);
  });

  it("refuses a configuration that does not fit in one error with every fault, and one that is no JSON", async () => {
    await writeFile(file, JSON.stringify({ "no-such-rule": "advisory", "branch-approvals": { least: 0 } }));
    const misfit = await rig.run(["check", "--config", file]);
    expect(misfit.code).to.equal(2);
    for (const part of ["no-such-rule", "branch-approvals.least"]) expect(misfit.stderr).to.include(part);
    await writeFile(file, "{");
    const { code, stderr } = await rig.run(["check", "--config", file]);
    expect(code).to.equal(2);
    expect(stderr).to.match(/is no JSON/);
    expect((await rig.run(["check", "--preset", "no-such"])).code).to.equal(2);
  });

  it("lists the rules with what they ask for, their parameters and the standards behind them", async () => {
    const list = JSON.parse((await rig.run(["check", "--list", "--json"])).stdout) as {
      id: string;
      fix: string;
      parameters?: object;
      standards: object;
    }[];
    const approvals = list.find(({ id }) => id === "branch-approvals");
    expect(approvals?.parameters).to.have.property("least");
    expect(approvals?.standards).to.deep.include({ cis: ["1.1.3"] });
  });
});
