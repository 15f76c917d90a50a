import { rm } from "node:fs/promises";

import { expect } from "chai";

import { copyProject } from "../e2e/support/project-copy.ts";
import { Rig } from "../e2e/support/rig.ts";
import { temporaryFolder } from "../support/temporary.ts";

interface Check {
  readonly context: string;
  readonly workflow: string;
  readonly job: string;
  readonly verdict: "always" | "conditional" | "never";
  readonly required: boolean;
  readonly reasons: readonly { readonly code: string; readonly text: string }[];
}
interface Document {
  readonly system: string;
  readonly repository: string;
  readonly branches: readonly {
    readonly branch: string;
    readonly checks: readonly Check[];
    readonly faults: readonly { readonly path: string; readonly rule: string; readonly fix: string }[];
  }[];
  readonly problems: readonly unknown[];
}

describe("gatehouse checks dataenginex", function () {
  this.timeout(60_000);
  const rig = new Rig(temporaryFolder("gatehouse-checks-"));
  let document: Document;

  before(async () => {
    document = await rig.json<Document>("checks", "dataenginex");
  });

  const check = (branch: string, context: string): Check => {
    const checks = document.branches.find((candidate) => candidate.branch === branch)?.checks ?? [];
    const found = checks.find((candidate) => candidate.context === context);
    if (found === undefined) throw new Error(`no check ${context} on ${branch}: ${checks.map((each) => each.context).join(", ")}`);
    return found;
  };
  const codes = (found: Check): string[] => found.reasons.map(({ code }) => code);

  it("judges every long-lived branch, and finds no fault", () => {
    expect(document).to.include({ system: "dataenginex", repository: "TheDataEngineX/DEX" });
    expect(document.branches.map(({ branch }) => branch)).to.have.members(["main", "dev"]);
    for (const { branch, faults } of document.branches) expect(faults, branch).to.deep.equal([]);
    expect(document.problems).to.deep.equal([]);
  });

  for (const branch of ["main", "dev"]) {
    it(`[DEX-1] [DEX-3] [DEX-6] a merge into ${branch} requires lint-and-test, codeql and semgrep, which always report`, () => {
      const { checks = [] } = document.branches.find((candidate) => candidate.branch === branch) ?? {};
      const required = checks.filter((candidate) => candidate.required).map(({ context, verdict }) => ({ context, verdict }));
      expect(required).to.have.deep.members(["lint-and-test", "codeql", "semgrep"].map((context) => ({ context, verdict: "always" })));
      for (const { context } of required) expect(codes(check(branch, context)), context).to.deep.equal(["runs-on-every-pull-request"]);
    });

    it(`[DEX-1] integration-test reports on a pull request to ${branch} under a condition, which is named`, () => {
      const found = check(branch, "integration-test");
      expect(found).to.include({ verdict: "conditional", required: false, workflow: "ci.yml" });
      expect(found.reasons[0]?.code).to.equal("condition");
      expect(found.reasons[0]?.text).to.include("full-test");
      expect(codes(found)).to.include("skipped-counts-as-success");
    });

    it(`[DEX-2] wheel hangs where no file matches its path filter, so a merge into ${branch} does not require it`, () => {
      const found = check(branch, "wheel");
      expect(found).to.include({ verdict: "conditional", required: false, workflow: "package-validation.yml" });
      expect(codes(found)).to.deep.equal(["path-filter"]);
    });
  }

  it("names jobs that no pull request ever sees, and why", () => {
    const found = check("main", "update-prod-manifest");
    expect(found).to.include({ verdict: "never", required: false, workflow: "cd.yml" });
    expect(codes(found)).to.deep.equal(["event-not-on-head"]);
  });

  it("says the same as text, without colour in a pipe, and with the place in the workflow file", async () => {
    const { code, stdout, stderr } = await rig.run(["checks", "dataenginex", "--branch", "main"]);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.equal("");
    expect(stdout).to.not.include("\u001b");
    expect(stdout)
      .to.match(/^Pull requests to main$/m)
      .and.match(/^required +lint-and-test +always +ci\.yml \/ lint-and-test$/m)
      .and.match(/^required +codeql +always +security\.yml \/ codeql$/m)
      .and.match(/^required +semgrep +always +security\.yml \/ semgrep$/m)
      .and.match(/^optional +integration-test +conditional /m)
      .and.match(/\.github\/workflows\/package-validation\.yml:\d+\) \[path-filter\]/);
    expect(stdout).to.not.include("Pull requests to dev");
  });

  it("refuses a branch that is not long-lived, and names those that are", async () => {
    const { code, stdout, stderr } = await rig.run(["checks", "dataenginex", "--branch", "release"]);
    expect(code).to.equal(2);
    expect(stdout).to.equal("");
    expect(stderr).to.include('no long-lived branch "release"').and.include('"main"').and.include('"dev"');
  });

  describe("with a required check that would hang", () => {
    let project: string;

    before(async () => {
      project = await copyProject({
        file: "systems/dataenginex/system.ts",
        change: (text) =>
          text.replaceAll('{ workflow: "ci.yml", job: "lint-and-test" }', '{ workflow: "package-validation.yml", job: "wheel" }'),
      });
    });
    after(() => rm(project, { recursive: true }));

    it("ends with 1 and shows the fault: where, the rule, what to do", async () => {
      const text = await rig.run(["checks", "dataenginex", "--branch", "dev"], { project });
      expect(text.code, text.stderr).to.equal(1);
      expect(text.stdout).to.include("Required, but would not hold").and.include("fix:");
      const json = await rig.run(["checks", "dataenginex", "--branch", "dev", "--json"], { project });
      expect(json.code).to.equal(1);
      const [branch] = (JSON.parse(json.stdout) as Document).branches;
      const index = document.branches.findIndex((candidate) => candidate.branch === "dev");
      expect(branch?.faults.map(({ path }) => path)).to.have.length(1);
      expect(branch?.faults[0]?.path).to.include(`dataenginex.branches[${index}].gate.checks.required[0]`);
      expect(branch?.faults[0]?.rule).to.match(/path/);
    });

    it("and `preview` refuses it with 2 before anything is started", async () => {
      const { code, stderr } = await rig.run(["preview"], { project });
      expect(code).to.equal(2);
      expect(stderr).to.include("Nothing was changed").and.include("wheel");
    });
  });
});
