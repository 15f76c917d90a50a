import { expect } from "chai";
import type { PullRequestHead } from "../../pipelines/index.ts";
import { ci, codes, contexts, job, reports, verdicts } from "./support.ts";

describe("pipelines/checks: names of checks", () => {
  const matrix = (text: string, fields = ""): string => job("test", `${fields === "" ? "" : `${fields}, `}strategy: { matrix: ${text} }`);
  const cases: readonly [string, string, readonly string[]][] = [
    ["a job without a name is called by its id", job("unit-tests"), ["unit-tests"]],
    ["a name is taken as it stands", job("dbt", "name: dbt compile & parse"), ["dbt compile & parse"]],
    ["an empty name is none", job("a", 'name: ""'), ["a"]],
    ["a number or a boolean as a name is its text", job("a", "name: 3.10"), ["3.1"]],
    [
      "a matrix is put in brackets behind the id",
      matrix("{ os: [a, b], v: [3.10, '3.10'] }"),
      ["test (a, 3.1)", "test (a, 3.10)", "test (b, 3.1)", "test (b, 3.10)"],
    ],
    ["and behind a literal name", matrix("{ v: [true, 1.50] }", "name: Test Suite"), ["Test Suite (true)", "Test Suite (1.5)"]],
    ["objects are flattened", matrix("{ os: [{ name: linux, bits: 64 }] }"), ["test (linux, 64)"]],
    ["values of an include stay outside", matrix("{ os: [a], include: [{ os: a, extra: x }] }"), ["test (a)"]],
    ["but an include of its own shows all", matrix("{ os: [a], include: [{ os: b, extra: x }] }"), ["test (a)", "test (b, x)"]],
    ["a combination without a value has no brackets", matrix("{ v: [null, ''] }", "name: 'n${{ strategy.job-index }}'"), ["n0", "n1"]],
    ["an expression in the name replaces the brackets", matrix("{ v: [1, 2] }", "name: 'Test ${{ matrix.v }}'"), ["Test 1", "Test 2"]],
    ["an expression that gives nothing falls back to the id", matrix("{ v: [1] }", "name: '${{ matrix.none }}'"), ["test (1)"]],
    [
      "the job's index and the number of jobs are known",
      matrix("{ v: [a, b] }", "name: '${{ strategy.job-index }}/${{ strategy.job-total }}'"),
      ["0/2", "1/2"],
    ],
    ["a matrix from literal JSON is known", matrix('"${{ fromJSON(\'{\\"v\\": [1, 2.50]}\') }}"'), ["test (1)", "test (2.5)"]],
    ["so is one list of it", matrix("{ v: \"${{ fromJSON('[1, 2]') }}\" }"), ["test (1)", "test (2)"]],
    [
      "a name on the event is known",
      job("a", "name: 'on ${{ github.event_name }} to ${{ github.base_ref }}'"),
      ["on pull_request to main"],
    ],
  ];
  for (const [what, jobs, expected] of cases) {
    it(what, () => {
      expect(contexts(ci("pull_request", jobs))).to.deep.equal(expected);
    });
  }

  it("[DK-5] six test checks come of three systems and two versions", () => {
    const os = "os: [ubuntu-latest, windows-latest, macos-latest]";
    expect(contexts(ci("pull_request", matrix(`{ ${os}, python-version: ['3.12', '3.13'] }`, "name: Test Suite")))).to.deep.equal([
      "Test Suite (ubuntu-latest, 3.12)",
      "Test Suite (ubuntu-latest, 3.13)",
      "Test Suite (windows-latest, 3.12)",
      "Test Suite (windows-latest, 3.13)",
      "Test Suite (macos-latest, 3.12)",
      "Test Suite (macos-latest, 3.13)",
    ]);
  });

  it("a name of more than 100 characters is cut to 97 and three dots", () => {
    const long = "x".repeat(99);
    expect(contexts(ci("pull_request", matrix("{ v: [1] }", `name: ${long}`)))).to.deep.equal([`${long.slice(0, 97)}...`]);
  });

  for (const [what, fields, depends] of [
    ["a name from a variable", "name: '${{ vars.NAME }}'", "vars.NAME"],
    ["a name from the pull request's branch", "name: '${{ github.head_ref }}'", "github.head_ref"],
    ["a matrix from a variable", 'strategy: { matrix: { v: "${{ fromJSON(vars.V) }}" } }', "vars.V"],
    ["a whole matrix from a variable", 'strategy: { matrix: "${{ fromJSON(vars.M) }}" }', "vars.M"],
  ] as const) {
    it(`${what} cannot be known, and the reason says why`, () => {
      const [report] = reports(ci("pull_request", job("a", fields)));
      expect(report?.verdict).to.equal("unknowable");
      expect(report?.reasons.at(-1)?.text).to.contain(depends);
    });
  }

  it("a matrix from another job's output cannot be known", () => {
    const first = "plan: { runs-on: x, outputs: { m: '${{ steps.a.outputs.m }}' }, steps: [{ id: a, run: b }] }";
    const second = job("test", 'needs: plan, strategy: { matrix: { v: "${{ fromJSON(needs.plan.outputs.m) }}" } }');
    const report = reports(ci("pull_request", `${first}\n${second}`)).find((one) => one.job === "test");
    expect([report?.context, report?.verdict]).to.deep.equal(["test", "unknowable"]);
    expect(codes(report)).to.include("matrix-unknowable");
  });

  it("tells the combination of a check as plain data", () => {
    const [report] = reports(ci("pull_request", matrix("{ os: [{ name: linux }], v: [3.10], include: [{ v: 3.1, deep: true }] }")));
    expect(report?.matrix).to.deep.equal({ os: { name: "linux" }, v: 3.1, deep: true });
  });
});

describe("pipelines/checks: does the workflow start on a pull request to main?", () => {
  const cases: readonly [string, PullRequestHead, string, string][] = [
    ["pull_request", {}, "always", "runs-on-every-pull-request"],
    ["pull_request_target", {}, "always", "runs-on-every-pull-request"],
    ["{ pull_request: { branches: [main, dev] } }", {}, "always", "runs-on-every-pull-request"],
    ["{ pull_request: { branches: ['ma*'] } }", {}, "always", "runs-on-every-pull-request"],
    ["{ pull_request: { branches: [dev] } }", {}, "never", "branch-filter"],
    ["{ pull_request: { branches: ['**', '!main'] } }", {}, "never", "branch-filter"],
    ["{ pull_request: { branches-ignore: [main] } }", {}, "never", "branch-filter"],
    ["{ pull_request: { branches-ignore: [dev] } }", {}, "always", "runs-on-every-pull-request"],
    ["{ pull_request: { paths: [src/**] } }", {}, "conditional", "path-filter"],
    ["{ pull_request: { paths: [src/**] } }", { paths: ["src/a.ts"] }, "always", "runs-on-every-pull-request"],
    ["{ pull_request: { paths: [src/**] } }", { paths: ["docs/a.md"] }, "never", "path-filter"],
    ["{ pull_request: { paths: ['**', '!docs/**'] } }", { paths: ["docs/a.md"] }, "never", "path-filter"],
    ["{ pull_request: { paths: ['**'] } }", {}, "always", "runs-on-every-pull-request"],
    ["{ pull_request: { paths-ignore: [docs/**] } }", {}, "conditional", "path-filter"],
    ["{ pull_request: { paths-ignore: [docs/**] } }", { paths: ["docs/a.md"] }, "never", "path-filter"],
    ["{ pull_request: { paths-ignore: [docs/**] } }", { paths: ["docs/a.md", "x"] }, "always", "runs-on-every-pull-request"],
    ["{ pull_request: { types: [labeled] } }", {}, "conditional", "activity-types"],
    ["{ pull_request: { types: [opened] } }", {}, "conditional", "activity-types"],
    ["{ pull_request: { types: [opened, synchronize] } }", {}, "conditional", "activity-types"],
    ["{ pull_request: { types: [opened, synchronize, reopened, labeled] } }", {}, "always", "runs-on-every-pull-request"],
    ["pull_request", { openedBy: "GITHUB_TOKEN" }, "conditional", "github-token"],
    ["push", { openedBy: "GITHUB_TOKEN" }, "never", "github-token"],
    ["push", {}, "conditional", "push-fork"],
    ["push", { fork: false }, "always", "runs-on-every-pull-request"],
    ["push", { fork: true }, "never", "push-fork"],
    ["{ push: { branches: [main] } }", {}, "never", "push-branch"],
    ["{ push: { branches: [main, dev] } }", {}, "conditional", "push-branch"],
    ["{ push: { branches: [main, dev] } }", { ref: "dev", fork: false }, "always", "runs-on-every-pull-request"],
    ["{ push: { branches: [main, dev] } }", { ref: "feature/x" }, "never", "push-branch"],
    ["{ push: { branches-ignore: [wip/**] } }", { ref: "wip/x" }, "never", "push-branch"],
    ["{ push: { branches: ['**'] } }", { fork: false }, "always", "runs-on-every-pull-request"],
    ["{ push: { tags: [v*] } }", {}, "never", "push-tags-only"],
    ["{ push: { tags-ignore: [v*] } }", {}, "never", "push-tags-only"],
    ["{ push: { branches: ['**'], paths: [src/**] } }", { fork: false }, "conditional", "path-filter"],
    ["pull_request_review", {}, "conditional", "event-occasional"],
    ["deployment_status", {}, "conditional", "event-occasional"],
    ["workflow_dispatch", {}, "never", "event-not-on-head"],
    ["{ schedule: [{ cron: '0 6 * * *' }] }", {}, "never", "event-not-on-head"],
    ["{ workflow_run: { workflows: [CI] } }", {}, "never", "event-not-on-head"],
    ["issue_comment", {}, "never", "event-not-on-head"],
    ["release", {}, "never", "event-not-on-head"],
    ["merge_group", {}, "never", "event-not-on-head"],
    ["workflow_call", {}, "never", "event-only-called"],
  ];
  for (const [on, head, verdict, code] of cases) {
    it(`${on}${Object.keys(head).length === 0 ? "" : ` with ${JSON.stringify(head)}`}: ${verdict}, because of ${code}`, () => {
      const [report, ...others] = reports(ci(on, job("a")), head);
      expect(others).to.deep.equal([]);
      expect(report?.verdict).to.equal(verdict);
      expect(codes(report)).to.include(code);
      expect(report?.reasons[0]).to.include({ file: ".github/workflows/ci.yml", line: 1 });
    });
  }

  it("one event that always reports is enough, and its reason is the one that is told", () => {
    const pipelines = ci("{ push: { branches: [main, dev] }, pull_request: { branches: [main, dev] }, workflow_dispatch: }", job("a"));
    expect(verdicts(pipelines)).to.deep.equal(["a: always"]);
    expect(codes(reports(pipelines)[0])).to.deep.equal(["runs-on-every-pull-request"]);
  });

  it("[DEX-3] of a push and a path-filtered pull request, the filter is the reason", () => {
    const on = "{ push: { branches: [main, dev] }, pull_request: { branches: [main], paths: [packages/**] } }";
    expect(codes(reports(ci(on, job("wheel")))[0])).to.deep.equal(["path-filter"]);
  });

  it("says of a path filter which files it waits for", () => {
    const text = (filter: string): string | undefined => reports(ci(`{ pull_request: { ${filter}: [a] } }`, job("a")))[0]?.reasons[0]?.text;
    expect(text("paths")).to.contain("where no changed file matches");
    expect(text("paths-ignore")).to.contain("where no changed file is left");
  });

  it("another base has other answers", () => {
    const pipelines = ci("{ pull_request: { branches: [dev] } }", job("a"));
    expect([verdicts(pipelines, {}, "main"), verdicts(pipelines, {}, "dev")]).to.deep.equal([["a: never"], ["a: always"]]);
  });
});
