import { expect } from "chai";
import { ci, fixture, job, read, required, workflow } from "./support.ts";

describe("pipelines/required: from references to contexts", () => {
  it("names the contexts in order, each once, pinned to GitHub Actions", () => {
    const pipelines = ci("pull_request", `${job("lint")}\n${job("test", "name: Test, strategy: { matrix: { v: [1, 2] } }")}`);
    expect(required(pipelines, ["test", "lint"])).to.deep.equal({ contexts: ["Test (1)", "Test (2)", "lint"], faults: [] });
  });

  it("[AKS-2] takes the 18 checks of four workflows, by their names", () => {
    const pipelines = read({
      "ci.yml": fixture("platform-ci.yml"),
      "security.yml": fixture("platform-security.yml"),
      "dbt-ci.yml": fixture("platform-dbt-ci.yml"),
      "schema-quality.yml": fixture("platform-schema-quality.yml"),
    });
    const jobs = {
      "ci.yml": [
        "preflight",
        "lint-python",
        "typecheck-python",
        "lint-frontend",
        "unit-tests",
        "integration-smoke",
        "build-python",
        "build-frontend",
      ],
      "security.yml": ["gitleaks", "codeql", "python-deps", "node-deps", "trivy", "sbom"],
      "dbt-ci.yml": ["compile", "build", "schema"],
      "schema-quality.yml": ["validate-dbml"],
    };
    const all = Object.entries(jobs).flatMap(([file, ids]) => ids.map((id) => `${file} ${id}`));
    const { contexts, faults } = required(pipelines, all);
    expect(faults).to.deep.equal([]);
    expect(contexts).to.have.length(18);
    expect(contexts).to.include.members([
      "dbt compile & parse",
      "dbt build & test",
      "schema & DAG validation",
      "validate-dbml",
      "preflight",
    ]);
  });

  it("[DK-5] takes the six tests with the rest of the CI by job, and its mended docs workflow is none of them", () => {
    const pipelines = read({ "ci.yml": fixture("library-ci.yml"), "docs.yml": fixture("library-docs.yml") });
    expect(pipelines.problems.map((problem) => problem.code)).to.deep.equal(["matrix-exclude-unmatched", "step-never-runs"]);
    const { contexts, faults } = required(pipelines, ["code-quality", "security-scan", "test", "build"]);
    expect(faults).to.deep.equal([]);
    expect(contexts).to.have.length(9).and.to.include.members(["Code Quality Checks", "Test Suite (macos-latest, 3.13)", "Build Packages"]);
    expect(required(pipelines, ["docs.yml docs"]).faults[0]?.rule).to.contain("`paths` under `pull_request`");
  });

  it("[AF-3] takes lint, test, DAG validation and a summary that always runs and looks at them", () => {
    const summary =
      "summary: { name: Build Summary, needs: [lint, test, dags, scan], if: always(), runs-on: x, " +
      "steps: [{ if: \"contains(needs.*.result, 'failure')\", run: exit 1 }] }";
    const jobs = [job("lint"), job("test", "needs: lint"), job("dags", "name: DAG Validation"), job("scan", "if: vars.SCAN"), summary].join(
      "\n",
    );
    const pipelines = ci(
      "{ push: { branches: [main, develop, feature/**] }, pull_request: { branches: [main, develop] }, workflow_dispatch: }",
      jobs,
    );
    expect(required(pipelines, ["lint", "test", "dags", "summary"], { branch: "develop" })).to.deep.equal({
      contexts: ["lint", "test", "DAG Validation", "Build Summary"],
      faults: [],
    });
    expect(required(pipelines, ["summary"]).contexts).to.deep.equal(["Build Summary"]);
  });

  it("tells one fault a reason, not one a combination", () => {
    const pipelines = ci("{ pull_request: { paths: [a] } }", job("test", "strategy: { matrix: { v: [1, 2, 3] } }"));
    expect(required(pipelines, ["test"]).faults).to.have.length(1);
  });

  it("tells all faults of all references at once, each under its own path", () => {
    const pipelines = ci("pull_request", `${job("a", "continue-on-error: true")}\n${job("b", "if: vars.X")}`);
    const { faults } = required(pipelines, ["none", "a", "b"], { path: "branches[0].gate.checks.required" });
    expect(faults.map((fault) => fault.path)).to.deep.equal([
      "branches[0].gate.checks.required[0].job",
      "branches[0].gate.checks.required[1].job",
      "branches[0].gate.checks.required[2].job",
    ]);
  });

  it("points to the line that is the reason", () => {
    const pipelines = read({ "ci.yml": "on:\n  pull_request:\n    paths: [a]\njobs:\n  a:\n    runs-on: x\n    steps: [{ run: b }]\n" });
    expect(required(pipelines, ["a"]).faults[0]).to.include({ file: ".github/workflows/ci.yml", line: 3 });
  });

  it("takes a job whose needs are all required themselves", () => {
    const pipelines = ci("pull_request", `${job("a")}\n${job("b", "needs: a")}\n${job("c", "needs: b")}`);
    expect(required(pipelines, ["c"]).faults[0]?.rule).to.contain('"b", "a" fails');
    expect(required(pipelines, ["b", "c"]).faults.map((fault) => fault.rule)).to.have.length(2);
    expect(required(pipelines, ["a", "b", "c"]).faults).to.deep.equal([]);
  });

  it("takes a gate job that fails on the results of optional ones", () => {
    const gate = `gate: { name: CI gate, needs: [test, optional], if: always(), runs-on: x, steps: [{ run: "test '\${{ needs.test.result }}' = success" }] }`;
    const dynamic = job("test", 'strategy: { matrix: { v: "${{ fromJSON(vars.V) }}" } }');
    expect(required(ci("pull_request", `${dynamic}\n${job("optional", "if: vars.X")}\n${gate}`), ["gate"])).to.deep.equal({
      contexts: ["CI gate"],
      faults: [],
    });
  });

  it("sees a gate job look at results in a step's condition, in a step's text and in its environment", () => {
    const gate = (fields: string): string => `${job("test")}\ngate: { needs: [test], if: always(), runs-on: x, ${fields} }`;
    for (const [fields, reads] of [
      ["steps: [{ if: needs.test.result != 'success', run: exit 1 }]", true],
      ["steps: [{ run: \"echo '${{ toJSON(needs) }}' | ./gate\" }]", true],
      ["env: { RESULTS: '${{ toJSON(needs) }}' }, steps: [{ run: ./gate }]", true],
      ["steps: [{ if: always(), run: ./notify }]", false],
      ["steps: [{ name: needs work, run: ./notify }]", false],
    ] as const) {
      expect(required(ci("pull_request", gate(fields)), ["gate"]).faults.length === 0, fields).to.equal(reads);
    }
  });

  it("does not let a job that never reports here take a name", () => {
    const other = workflow("workflow_dispatch", job("build"));
    expect(required(read({ "ci.yml": workflow("pull_request", job("build")), "manual.yml": other }), ["build"]).faults).to.deep.equal([]);
  });

  it("refuses a name that a commit status has too", () => {
    const { faults } = required(ci("pull_request", job("build")), ["build"], { commitStatuses: ["build"] });
    expect(faults[0]?.rule).to.contain("GitHub then requires both");
  });

  describe("with a merge queue", () => {
    it("refuses a check that does not run there", () => {
      const pipelines = ci("pull_request", job("build"));
      expect(required(pipelines, ["build"]).faults).to.deep.equal([]);
      const { contexts, faults } = required(pipelines, ["build"], { mergeQueue: true });
      expect(contexts).to.deep.equal([]);
      expect(faults.map((fault) => fault.fix)).to.deep.equal(["add `merge_group:` under `on:` of the workflow"]);
      expect(faults[0]?.rule).to.contain("`pull_request` does not run in the merge queue (.github/workflows/ci.yml:1)");
    });

    it("takes one that does", () => {
      expect(required(ci("[pull_request, merge_group]", job("build")), ["build"], { mergeQueue: true }).contexts).to.deep.equal(["build"]);
    });

    it("refuses one that its condition or its branches keep out, or that has another name there", () => {
      for (const [on, fields] of [
        ["[pull_request, merge_group]", "if: github.event_name == 'pull_request'"],
        ["{ pull_request: , merge_group: { branches: [dev] } }", ""],
        ["[pull_request, merge_group]", "name: 'on ${{ github.event_name }}'"],
      ] as const) {
        expect(required(ci(on, job("build", fields)), ["build"], { mergeQueue: true }).faults, fields).to.have.length(1);
      }
    });
  });

  it("asks every job of a called workflow", () => {
    const called = workflow("workflow_call", `${job("lint")}\n${job("extra", "if: vars.X")}`);
    const files = { "ci.yml": workflow("pull_request", "c: { uses: ./.github/workflows/a.yml }"), "a.yml": called };
    expect(required(read(files), ["c"]).faults[0]).to.include({ file: ".github/workflows/a.yml" });
    expect(required(read({ ...files, "a.yml": workflow("workflow_call", job("lint")) }), ["c"]).contexts).to.deep.equal(["c / lint"]);
  });
});
