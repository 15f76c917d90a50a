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

  describe("refuses", () => {
    const plain = job("build");
    const cases: readonly (readonly [string, ReturnType<typeof read>, readonly string[], RegExp, RegExp])[] = [
      [
        "an unknown workflow",
        ci("pull_request", plain),
        ["ic.yml build"],
        /names a file under \.github\/workflows/u,
        /did you mean "ci\.yml"/u,
      ],
      ["an unknown job", ci("pull_request", plain), ["biuld"], /by its id in ci\.yml/u, /did you mean "build"/u],
      ["a job by its name", ci("pull_request", job("a", "name: Lint")), ["Lint"], /by its id/u, /its id is "a"/u],
      [
        "a workflow that does not parse",
        read({ "ci.yml": "on: push\n" }),
        ["build"],
        /GitHub refuses a workflow with an error/u,
        /mend the file/u,
      ],
      ["[DK-5] a path-filtered job", ci("{ pull_request: { paths: [a] } }", plain), ["build"], /`paths`/u, /remove the path filter/u],
      [
        "a paths-ignore filter",
        ci("{ pull_request: { paths-ignore: [a] } }", plain),
        ["build"],
        /`paths-ignore`/u,
        /remove the path filter/u,
      ],
      [
        "a filter that excludes the branch",
        ci("{ pull_request: { branches: [dev] } }", plain),
        ["build"],
        /excludes the branch "main"/u,
        /add the branch/u,
      ],
      [
        "a workflow that starts on labels only",
        ci("{ pull_request: { types: [labeled] } }", plain),
        ["build"],
        /leaves out opened/u,
        /remove `types`/u,
      ],
      [
        "[DEX-6] a job by label",
        ci("pull_request", job("build", "if: \"contains(github.event.pull_request.labels.*.name, 'x')\"")),
        ["build"],
        /reports success without having run/u,
        /gate job/u,
      ],
      [
        "a job that never runs on it",
        ci("[push, pull_request]", job("build", "if: github.event_name == 'push'")),
        ["build"],
        /is false for this event/u,
        /runs on pull requests/u,
      ],
      ["a push to the branch itself", ci("{ push: { branches: [main] } }", plain), ["build"], /after the merge/u, /`pull_request`/u],
      ["a push alone, since a fork's is none of ours", ci("push", plain), ["build"], /push to a fork/u, /`pull_request`/u],
      ["tags", ci("{ push: { tags: [v*] } }", plain), ["build"], /for tags only/u, /`pull_request`/u],
      ["a run by hand", ci("workflow_dispatch", plain), ["build"], /does not count such a run/u, /`pull_request`/u],
      ["a run after another workflow", ci("{ workflow_run: { workflows: [CI] } }", plain), ["build"], /default branch/u, /`pull_request`/u],
      ["a schedule", ci("{ schedule: [{ cron: '0 6 * * *' }] }", plain), ["build"], /default branch/u, /`pull_request`/u],
      ["a review's run", ci("pull_request_review", plain), ["build"], /only when somebody reviews/u, /`pull_request`/u],
      [
        "a workflow that is only called",
        ci("workflow_call", plain),
        ["build"],
        /only when another workflow calls/u,
        /the job that calls it/u,
      ],
      [
        "a name that the run makes",
        ci("pull_request", job("build", "name: '${{ vars.X }}'")),
        ["build"],
        /cannot be named before the run.*vars\.X/u,
        /fixed name/u,
      ],
      [
        "a matrix that the run makes",
        ci("pull_request", job("build", 'strategy: { matrix: { v: "${{ fromJSON(vars.V) }}" } }')),
        ["build"],
        /cannot be named before the run.*vars\.V/u,
        /gate job/u,
      ],
      [
        "a matrix without a combination",
        ci("pull_request", job("build", "strategy: { matrix: { v: [1], exclude: [{ v: 1 }] } }")),
        ["build"],
        /no combination left/u,
        /give the matrix/u,
      ],
      [
        "a remote call",
        ci("pull_request", "build: { uses: a/b/.github/workflows/c.yml@v1 }"),
        ["build"],
        /another repository/u,
        /provide the called/u,
      ],
      [
        "[BK-4] a job with continue-on-error",
        ci("pull_request", job("build", "continue-on-error: true")),
        ["build"],
        /must be able to stop a merge/u,
        /remove `continue-on-error`/u,
      ],
      [
        "[BK-4] a job whose steps all go on",
        ci("pull_request", "build: { runs-on: x, steps: [{ run: a, continue-on-error: true }] }"),
        ["build"],
        /cannot fail/u,
        /from the step/u,
      ],
      ["a check twice", ci("pull_request", plain), ["build", "build"], /required once/u, /remove the second/u],
      [
        "the same name from two workflows",
        read({ "ci.yml": workflow("pull_request", plain), "other.yml": workflow("pull_request", plain) }),
        ["build"],
        /other\.yml job "build" reports under it too/u,
        /another name/u,
      ],
      [
        "the same name from two jobs of one file",
        ci("pull_request", `${job("a", "name: Same")}\n${job("b", "name: Same")}`),
        ["a"],
        /ci\.yml job "b" reports under it too/u,
        /another name/u,
      ],
      [
        "the same name from every combination",
        ci("pull_request", job("build", "name: '${{ github.base_ref }}', strategy: { matrix: { v: [1, 2] } }")),
        ["build"],
        /2 jobs of it report under the one name "main"/u,
        /use the matrix/u,
      ],
      [
        "a job whose needed job may fail unseen",
        ci("pull_request", `${job("test")}\n${job("build", "needs: test")}`),
        ["build"],
        /if "test" fails, "build" is skipped, and the merge goes through/u,
        /require "test" as well/u,
      ],
      [
        "a gate job that looks at no result",
        ci("pull_request", `${job("test")}\n${job("build", "needs: test, if: always()")}`),
        ["build"],
        /none of its steps looks at/u,
        /require "test" as well/u,
      ],
    ];
    for (const [what, pipelines, jobs, rule, fix] of cases) {
      it(what, () => {
        const { contexts, faults } = required(pipelines, jobs);
        const fault = faults.find((one) => rule.test(one.rule));
        expect(fault, JSON.stringify(faults)).to.exist;
        expect(fault?.fix).to.match(fix);
        expect(fault?.path).to.match(new RegExp(`^required\\[${jobs.length - 1}\\]`, "u"));
        expect(contexts.length).to.equal(jobs.length - 1);
      });
    }
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
