import { expect } from "chai";
import fc from "fast-check";
import { readPipelines } from "../../pipelines/index.ts";
import { ci, job, problemsOf, read, reports, verdicts, workflow } from "./support.ts";

describe("pipelines/parse: what GitHub refuses about a file", () => {
  const build = job("build");
  /** What is told: code, the line, what stands in the file at the place that is told, and the message. */
  const cases: readonly (readonly [string, string, string, number, string, RegExp])[] = [
    ["an unknown event", workflow("bogus", build), "error workflow-syntax", 1, "bogus", /Unexpected value 'bogus'/u],
    ["two jobs with one id", workflow("push", `${build}\n${build}`), "error workflow-syntax", 4, "build:", /'build' is already defined/u],
    ["a key twice", "on: push\non: push\njobs: {}\n", "error workflow-syntax", 2, "on: push", /'on' is already defined/u],
    [
      "a circle of needs",
      workflow("push", `${job("a", "needs: b")}\n${job("b", "needs: a")}`),
      "error workflow-syntax",
      3,
      "a: {",
      /at least one job with no/u,
    ],
    [
      "an unknown need",
      workflow("push", `${build}\n${job("b", "needs: biuld")}`),
      "error workflow-syntax",
      4,
      "biuld",
      /unknown job 'biuld'/u,
    ],
    [
      "secrets in a job's if",
      workflow("push", job("a", "if: secrets.X")),
      "error workflow-syntax",
      3,
      "secrets.X",
      /Unrecognized named-value: 'secrets'/u,
    ],
    ["a half expression", workflow("push", job("a", "name: '${{ matrix. }}'")), "error workflow-syntax", 3, "${{ matrix.", /./u],
    [
      "a wrong permission",
      workflow("push", job("a", "permissions: { contents: often }")),
      "error workflow-syntax",
      3,
      "often",
      /Unexpected value/u,
    ],
    ["no jobs", "on: push\n", "error workflow-syntax", 1, "on: push", /jobs/u],
    ["a file that is a list", "- a\n", "error workflow-syntax", 1, "- a", /./u],
    ["an empty file", "", "error workflow-syntax", 1, "", /./u],
    ["a file that is no YAML", "on: [push\njobs: 1]\na: {", "error workflow-syntax", 2, "", /./u],
    ["a list as key", "on: push\njobs:\n  ? [a]\n  : b\n", "error workflow-syntax", 1, "on: push", /./u],
    ["a wrong cron", workflow('{ schedule: [{ cron: "daily" }] }', build), "error workflow-syntax", 1, '"daily"', /cron/u],
    [
      "paths together with paths-ignore",
      workflow("{ push: { paths: [a], paths-ignore: [b] } }", build),
      "error filter-exclusive",
      1,
      "paths-ignore",
      /`paths` and `paths-ignore` stand together under `push`/u,
    ],
    [
      "branches together with branches-ignore",
      workflow("{ pull_request: { branches: [a], branches-ignore: [b] } }", build),
      "error filter-exclusive",
      1,
      "branches-ignore",
      /GitHub takes one of them/u,
    ],
    [
      "tags together with tags-ignore",
      workflow("{ push: { tags: [a], tags-ignore: [b] } }", build),
      "error filter-exclusive",
      1,
      "tags-ignore",
      /`tags` and `tags-ignore`/u,
    ],
    [
      "only patterns that take away",
      workflow('{ push: { branches: ["!main"] } }', build),
      "error filter-only-negative",
      1,
      "branches:",
      /matches nothing/u,
    ],
    ["a pattern that is none", workflow('{ push: { branches: ["v[1"] } }', build), "error filter-pattern", 1, '"v[1"', /never closed/u],
    [
      "a path from the root",
      workflow("{ push: { paths: [/src/**] } }", build),
      "warning filter-never-matches",
      1,
      "/src",
      /matches no path/u,
    ],
    ["a path from here", workflow("{ push: { paths: [./src] } }", build), "warning filter-never-matches", 1, "./src", /matches no path/u],
    [
      "[DK-5] a release that is published twice",
      workflow("{ push: { tags: [v*] }, release: { types: [published] } }", build),
      "warning release-runs-twice",
      1,
      "release:",
      /publishes twice/u,
    ],
    [
      "a filter of an event that knows none",
      "on:\n  create:\n    tags: [v*]\n  pull_request:\njobs:\n  build: { runs-on: x, steps: [{ run: make }] }\n",
      "warning filter-ignored",
      2,
      "create:",
      /`create` knows no filters/u,
    ],
  ];
  for (const [what, text, code, line, there, message] of cases) {
    it(`${what} is told with file, line and column`, () => {
      const problem = read({ "ci.yml": text }).problems.find((one) => `${one.severity} ${one.code}` === code && message.test(one.text));
      expect(problem, `problems of ${JSON.stringify(text)}`).to.include({ file: ".github/workflows/ci.yml", line });
      expect((text.split("\n")[line - 1] ?? "").slice((problem?.column ?? 0) - 1)).to.match(
        new RegExp(`^${there.replace(/[.$*+?{}[\]()|]/gu, "\\$&")}`, "u"),
      );
      expect(problem?.fix).to.not.equal("");
    });
  }

  it("tells all that is wrong with a file at once", () => {
    const text = workflow(
      "{ push: { paths: [a], paths-ignore: [b] }, bogus: }",
      `${job("a", "needs: x")}\n${job("b", "if: secrets.X")}\n${build}`,
    );
    expect(problemsOf(read({ "ci.yml": text })).length).to.be.greaterThanOrEqual(4);
  });

  it("refuses no file for a filter that GitHub passes over", () => {
    expect(verdicts(ci("{ create: { tags: [v*] }, pull_request: }", build))).to.deep.equal(["build: always"]);
    expect(problemsOf(ci("{ create: [], pull_request: }", build))).to.include("ci.yml:1:15 error workflow-syntax");
  });

  it("takes a default of an input by hand that is a number or true or false, as GitHub does, but not of a called workflow's input", () => {
    const one = (event: string): string[] =>
      problemsOf(
        ci(`{ ${event}: { inputs: { a: { default: true, ${event === "workflow_call" ? "type: string" : "required: false"} } } } }`, build),
      );
    expect(one("workflow_dispatch")).to.deep.equal([]);
    const choice = "{ workflow_dispatch: { inputs: { year: { type: choice, default: 2021, options: [2021, 2024] } } } }";
    expect(problemsOf(ci(choice, build))).to.deep.equal([]);
    expect(one("workflow_call")[0]).to.contain("error workflow-syntax");
    expect(problemsOf(ci("{ workflow_dispatch: { inputs: { a: { type: boolean, default: yes please } } } }", build))[0]).to.contain(
      "error",
    );
  });

  it("knows steps in the background, those that wait for them or end them, and steps side by side", () => {
    const steps = (more: string): string => `a: { runs-on: x, steps: [{ id: db, run: db, background: true }, ${more}] }`;
    const sound = "{ parallel: [{ run: one }, { uses: some/action@v1 }] }, { wait: db }, { cancel: db }, { wait-all: }, { run: make }";
    expect(problemsOf(ci("pull_request", steps(sound)))).to.deep.equal([]);
    expect(verdicts(ci("pull_request", steps(sound)))).to.deep.equal(["a: always"]);
    expect(problemsOf(ci("pull_request", steps("{ wait: dv }")))[0]).to.contain("error workflow-syntax");
    expect(problemsOf(ci("pull_request", steps("{ parallel: [{ wait: db }] }")))[0]).to.contain("error workflow-syntax");
  });

  it("a check whose steps all go on after an error cannot fail, though one of them waits and others run side by side", () => {
    const all = (last: string) =>
      reports(
        ci("pull_request", `a: { runs-on: x, steps: [{ parallel: [{ run: a, continue-on-error: true }, ${last}] }, { wait-all: }] }`),
      );
    expect(all("{ run: b, continue-on-error: true }")[0]?.canFail).to.equal(false);
    expect(all("{ run: b }")[0]?.canFail).to.equal(true);
    expect(problemsOf(ci("pull_request", "a: { runs-on: x, steps: [{ parallel: [{ run: a, if: false }] }] }"))[0]).to.contain(
      "step-never-runs",
    );
  });

  it("says nothing about a sound file, and the key `on` is a key", () => {
    expect(problemsOf(ci("[push, pull_request]", build))).to.deep.equal([]);
    expect(verdicts(ci("[push, pull_request]", build))).to.deep.equal(["build: always"]);
  });

  it("follows YAML anchors", () => {
    const text = `on: pull_request\njobs:\n  a: &job { runs-on: x, steps: [{ run: make }] }\n  b: *job\n`;
    expect(verdicts(read({ "ci.yml": text }))).to.deep.equal(["a: always", "b: always"]);
  });

  it("takes only files directly in .github/workflows for workflows", () => {
    const text = workflow("pull_request", build);
    const files = ["ci.yml", ".github/workflows/deep/ci.yml", ".github/workflows/ci.json", ".github/workflows/a.yaml"];
    expect([...readPipelines(new Map(files.map((file) => [file, text]))).workflows.keys()]).to.deep.equal([".github/workflows/a.yaml"]);
  });

  it("never throws, whatever the text", () => {
    const piece = fc.constantFrom(
      "on:",
      " push",
      "\n",
      "jobs:",
      "  a:",
      "  - ",
      "{",
      "}",
      "[",
      "]",
      "${{",
      "}}",
      "? ",
      ": ",
      "&a",
      "*a",
      "'",
      "!",
      "null",
      "1",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (content) => {
        const pipelines = read({ "ci.yml": content });
        for (const problem of pipelines.problems) expect(problem.line).to.be.greaterThanOrEqual(1);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("pipelines/problems: what never does what it says", () => {
  const matrix = 'strategy: { matrix: { os: [ubuntu, macos], python: ["3.12", "3.13"], exclude: [{ os: macos, python: "3.8" }] } }';

  it("[DK-5] a matrix exclude that matches nothing is told at its line", () => {
    const pipelines = ci("pull_request", job("test", matrix));
    expect(problemsOf(pipelines)).to.deep.equal(["ci.yml:3:90 warning matrix-exclude-unmatched"]);
    expect(pipelines.problems[0]?.text).to.contain("os: macos, python: 3.8");
  });

  it("[DK-5] a step that no combination runs is told, with its name", () => {
    const steps = `steps: [{ name: Upload, if: "matrix.v == '3.11'", run: a }, { if: matrix.v == '3.12', run: b }]`;
    const pipelines = ci("pull_request", `test: { strategy: { matrix: { v: ["3.12", "3.13"] } }, runs-on: x, ${steps} }`);
    expect(pipelines.problems.map((problem) => problem.code)).to.deep.equal(["step-never-runs"]);
    expect(pipelines.problems[0]?.text).to.contain('"Upload"');
  });

  it("a step that one of the events runs is not told", () => {
    const steps = "steps: [{ run: a }, { if: github.ref == 'refs/heads/main', run: b }]";
    expect(problemsOf(ci("[push, pull_request]", `docs: { runs-on: x, ${steps} }`))).to.deep.equal([]);
    expect(problemsOf(ci("{ pull_request: }", `docs: { runs-on: x, ${steps} }`))).to.deep.equal(["ci.yml:3:49 warning step-never-runs"]);
    expect(problemsOf(ci("{ push: { branches: [dev] } }", `docs: { runs-on: x, ${steps} }`))).to.have.length(1);
    expect(problemsOf(ci("{ push: { tags: [v*] } }", `docs: { runs-on: x, ${steps} }`))).to.have.length(1);
  });

  it("of a push with branches and tags, both kinds of ref are left open, of one with either, only that", () => {
    const step = (condition: string): string => `a: { runs-on: x, steps: [{ if: "${condition}", run: b }] }`;
    const told = (on: string, condition: string): number => problemsOf(ci(on, step(condition))).length;
    const both = "{ push: { branches: [main], tags: [v*] } }";
    expect([told(both, "github.ref == 'refs/tags/v1'"), told(both, "github.ref == 'refs/heads/main'")]).to.deep.equal([0, 0]);
    expect([told("push", "github.ref_type == 'tag'"), told("push", "github.ref_type == 'branch'")]).to.deep.equal([0, 0]);
    const tags = "{ push: { tags: [v*] } }";
    expect([told(tags, "github.ref_type == 'tag'"), told(tags, "github.ref_type == 'branch'")]).to.deep.equal([0, 1]);
    const branches = "{ push: { branches: [main, dev] } }";
    expect([told(branches, "github.ref_type == 'tag'"), told(branches, "github.ref_name == 'dev'")]).to.deep.equal([1, 0]);
    expect(told(branches, "github.ref_name == 'release'")).to.equal(1);
  });

  it("a push of tags and a release that is only edited do not run twice for one release", () => {
    const on = "{ push: { tags: [v*] }, release: { types: [edited, deleted] } }";
    expect(problemsOf(ci(on, job("a")))).to.deep.equal([]);
  });

  it("of an activity that a merged pull request sees too, it is left open whether that is merged", () => {
    const one = (types: string): string[] =>
      problemsOf(ci(`{ pull_request_target: { types: [${types}] } }`, job("a", "if: github.event.pull_request.merged == true")));
    expect(one("labeled")).to.deep.equal([]);
    expect(one("opened, edited")).to.deep.equal([]);
    expect(one("opened, synchronize")[0]).to.contain("job-never-runs");
  });

  it("a step after a failure, or one that waits for an earlier one, is not told", () => {
    const steps =
      "steps: [{ id: a, run: a }, { if: failure(), run: b }, { if: always(), run: c }, { if: steps.a.outputs.x == '1', run: d }]";
    expect(problemsOf(ci("push", `a: { runs-on: x, ${steps} }`))).to.deep.equal([]);
  });

  it("a job that no event runs is told, and its steps are not", () => {
    const pipelines = ci("pull_request", `${job("a")}\nb: { if: github.event_name == 'push', runs-on: x, steps: [{ if: false, run: a }] }`);
    expect(problemsOf(pipelines)).to.deep.equal(["ci.yml:4:12 warning job-never-runs"]);
  });

  it("a job that runs after a failure is not told", () => {
    expect(problemsOf(ci("push", `${job("a")}\n${job("b", "needs: a, if: failure()")}`))).to.deep.equal([]);
    expect(problemsOf(ci("push", job("b", "if: failure()")))).to.have.length(1);
  });

  it("in a reusable workflow, conditions on inputs and on the event are left open", () => {
    const called = `on: { workflow_call: { inputs: { deploy: { type: boolean } } } }\njobs:\n  a: { if: inputs.deploy && github.event_name == 'push', runs-on: x, steps: [{ run: a }] }\n`;
    expect(problemsOf(read({ "called.yml": called }))).to.deep.equal([]);
  });

  for (const [what, strategy, code] of [
    ["an exclude of a key that the matrix has not", "matrix: { a: [1], exclude: [{ b: 1 }] }", "matrix-exclude-key"],
    ["a matrix that is no mapping", "matrix: \"${{ fromJSON('[1]') }}\"", "matrix"],
    ["a key whose value is no list", "matrix: { a: \"${{ fromJSON('1') }}\" }", "matrix"],
    ["a key without values", "matrix: { a: [] }", "matrix"],
    ["an empty include entry", "matrix: { a: [1], include: [{}] }", "matrix"],
    ["a matrix without combinations", "matrix: { include: [] }", "matrix"],
    ["more than 256 jobs", `matrix: { a: [${Array.from({ length: 257 }, (_, index) => index).join(", ")}] }`, "matrix-size"],
    [
      "a product that nobody can run",
      `matrix: { ${["a", "b", "c", "d", "e", "f"].map((key) => `${key}: [1,2,3,4,5,6,7,8,9]`).join(", ")} }`,
      "matrix",
    ],
  ] as const) {
    it(`${what} is an error`, () => {
      const pipelines = ci("pull_request", job("a", `strategy: { ${strategy} }`));
      expect(pipelines.problems.map((problem) => `${problem.severity} ${problem.code}`)).to.include(`error ${code}`);
    });
  }
});
