import { expect } from "chai";
import { ci, codes, job, reports, verdicts } from "./support.ts";

describe("pipelines/conditions: does the job run?", () => {
  const cases: readonly [string, string, string][] = [
    ["github.event_name == 'pull_request'", "always", ""],
    ["!cancelled()", "always", ""],
    ["always()", "always", ""],
    ["github.event_name == 'push'", "never", "condition-false"],
    ["github.ref == 'refs/heads/main'", "never", "condition-false"],
    ["github.ref_name == 'main'", "never", "condition-false"],
    ["startsWith(github.ref, 'refs/tags/')", "never", "condition-false"],
    ["github.base_ref == 'main'", "always", ""],
    ["github.event.pull_request.base.ref == 'dev'", "never", "condition-false"],
    ["github.event.action == 'labeled'", "never", "condition-false"],
    ["github.event.action != 'closed'", "always", ""],
    ["github.event.action == 'opened'", "conditional", "condition"],
    ["github.event.pull_request.merged", "never", "condition-false"],
    ["github.event.pull_request.draft == false", "conditional", "condition"],
    ["contains(github.event.pull_request.labels.*.name, 'full-test')", "conditional", "condition"],
    ["github.event.label.name == 'full-test'", "never", "condition-false"],
    ["github.event.pull_request.head.repo.full_name == github.repository", "conditional", "condition"],
    ["github.actor != 'dependabot[bot]'", "conditional", "condition"],
    ["vars.ENABLED == 'true'", "conditional", "condition"],
    ["inputs.deploy", "never", "condition-false"],
    ["failure()", "never", "condition-false"],
    ["false", "never", "condition-false"],
    ["github.event_name == 'pull_request' || vars.X", "always", ""],
    ["github.event_name == 'push' && vars.X", "never", "condition-false"],
  ];
  for (const [condition, verdict, code] of cases) {
    it(`if: ${condition}: ${verdict}`, () => {
      const [report] = reports(ci("pull_request", job("a", `if: ${JSON.stringify(condition)}`)));
      expect(report?.verdict).to.equal(verdict);
      if (code !== "") expect(codes(report)).to.include(code);
    });
  }

  it("[DEX-1] a job by label or dispatch is optional: skipped, it reports success", () => {
    const condition = "github.event_name == 'workflow_dispatch' || contains(github.event.pull_request.labels.*.name, 'full-test')";
    const [report] = reports(ci("[pull_request, workflow_dispatch]", job("integration-test", `if: ${JSON.stringify(condition)}`)));
    expect(report?.verdict).to.equal("conditional");
    expect(codes(report)).to.deep.equal(["condition", "skipped-counts-as-success"]);
    expect(report?.reasons[0]?.text).to.contain("github.event.pull_request.labels");
  });

  it("a label is known to be none unless the workflow starts on labels", () => {
    const jobs = job("a", "if: github.event.label.name == 'x'");
    const types = (more: string): string => `{ pull_request: { types: [opened, synchronize, reopened${more}] } }`;
    expect(verdicts(ci(types(""), jobs))).to.deep.equal(["a: never"]);
    expect(verdicts(ci(types(", labeled"), jobs))).to.deep.equal(["a: conditional"]);
    expect(verdicts(ci(types(", unlabeled"), jobs))).to.deep.equal(["a: conditional"]);
  });

  it("a skipped matrix job reports under its bare name, so that the others never report", () => {
    const [report] = reports(ci("pull_request", job("test", "if: vars.X, strategy: { matrix: { v: [1, 2] } }")));
    expect(codes(report)).to.include("skipped-reports-other-name");
    expect(report?.reasons.at(-1)?.text).to.contain('only "test" reports');
  });

  it("a skipped job with an expression in its name reports the expression itself", () => {
    const [report] = reports(ci("pull_request", job("test", "if: vars.X, name: 'T ${{ matrix.v }}', strategy: { matrix: { v: [1] } }")));
    expect(report?.context).to.equal("T 1");
    expect(report?.reasons.at(-1)?.text).to.contain('only "T ${{ matrix.v }}" reports');
  });

  it("a repository that is known decides a condition on it", () => {
    const pipelines = ci("pull_request", job("a", "if: github.repository == 'acme/app'"));
    expect(verdicts(pipelines, {}, "main", "acme/app")).to.deep.equal(["a: always"]);
    expect(verdicts(pipelines, {}, "main", "fork/app")).to.deep.equal(["a: never"]);
  });

  describe("needs", () => {
    const chain = (first: string, second = ""): string =>
      `${job("a", first)}\n${job("b", `needs: a${second === "" ? "" : `, ${second}`}`)}\n${job("c", "needs: [b]")}`;

    it("a job whose needs may fail still always reports, but then as skipped", () => {
      const all = reports(ci("pull_request", chain("")));
      expect(all.map((report) => report.verdict)).to.deep.equal(["always", "always", "always"]);
      expect(codes(all[1])).to.include("needs-failed-skips");
    });

    it("a job that needs an optional one is optional, through any number of jobs", () => {
      expect(verdicts(ci("pull_request", chain("if: vars.X")))).to.deep.equal(["a: conditional", "b: conditional", "c: conditional"]);
    });

    it("a job that needs one that never runs never runs", () => {
      const pipelines = ci("pull_request", chain("if: github.event_name == 'push'"));
      expect(verdicts(pipelines)).to.deep.equal(["a: never", "b: never", "c: never"]);
      expect(reports(pipelines)[1]?.reasons.at(-1)?.text).to.contain('needs the job "a", which never runs');
    });

    it("a gate job with always() runs whatever its needs do, but what needs the gate looks further up", () => {
      expect(verdicts(ci("pull_request", chain("if: vars.X", "if: always()")))).to.deep.equal([
        "a: conditional",
        "b: always",
        "c: conditional",
      ]);
    });

    it("a job after a failure is optional", () => {
      const [, report] = reports(ci("pull_request", `${job("a")}\n${job("b", "needs: a, if: failure()")}`));
      expect([report?.verdict, codes(report)[0]]).to.deep.equal(["conditional", "only-after-failure"]);
    });

    it("a condition on a result that the needs always have is sure, one on an output is not", () => {
      const one = (condition: string): string[] =>
        verdicts(ci("pull_request", `${job("a")}\n${job("b", `needs: a, if: ${JSON.stringify(condition)}`)}`));
      expect(one("always() && needs.a.result == 'success'")[1]).to.equal("b: always");
      expect(one("needs.a.result == 'skipped'")[1]).to.equal("b: never");
      expect(one("needs.a.outputs.changed == 'true'")[1]).to.equal("b: conditional");
    });

    it("the result of a job that is needed only further up is null: GitHub gives a job the results of the jobs in its own needs alone", () => {
      const chained = (condition: string): string | undefined =>
        verdicts(ci("pull_request", `${job("a")}\n${job("b", "needs: a")}\n${job("c", `needs: b, if: ${JSON.stringify(condition)}`)}`))[2];
      expect(chained("always() && needs.b.result == 'success'")).to.equal("c: always");
      expect(chained("always() && needs.a.result == 'success'")).to.equal("c: never");
      expect(chained("needs.a.outputs.changed == 'true'")).to.equal("c: never");
      expect(chained("always() && needs.a.result != 'failure'")).to.equal("c: always");
    });

    it("a needed job with continue-on-error never fails what comes after it", () => {
      const [, report] = reports(ci("pull_request", `${job("a", "continue-on-error: true")}\n${job("b", "needs: a")}`));
      expect(codes(report)).to.not.include("needs-failed-skips");
    });
  });

  it("a job that one event skips and another runs is told once, by the one that runs it", () => {
    const pipelines = ci("[push, pull_request]", job("t", "if: github.event_name == 'pull_request', strategy: { matrix: { v: [1, 2] } }"));
    expect(verdicts(pipelines)).to.deep.equal(["t (1): always", "t (2): always"]);
  });
});

describe("pipelines/conditions: can the check fail?", () => {
  const one = (text: string) => reports(ci("pull_request", text))[0];

  it("an ordinary job can", () => {
    expect(one(job("a"))).to.include({ canFail: true, toleratesFailure: false });
  });

  it("[BK-4] one whose every step goes on after an error cannot", () => {
    const report = one("a: { runs-on: x, steps: [{ run: a, continue-on-error: true }, { run: b, continue-on-error: true }] }");
    expect(report?.canFail).to.be.false;
    expect(codes(report)).to.include("continue-on-error-steps");
  });

  it("one with a step that stops can", () => {
    expect(one("a: { runs-on: x, steps: [{ run: a, continue-on-error: true }, { run: b }] }")?.canFail).to.be.true;
  });

  it("[BK-4] one with continue-on-error itself fails alone: the workflow and later jobs call it a success", () => {
    const report = one(job("a", "continue-on-error: true"));
    expect(report).to.include({ canFail: true, toleratesFailure: true });
    expect(codes(report)).to.include("continue-on-error-job");
  });

  it("continue-on-error by combination is evaluated for each", () => {
    const fields =
      "continue-on-error: '${{ matrix.experimental }}', strategy: { matrix: { v: [1, 2], include: [{ v: 1, experimental: false }, { v: 2, experimental: true }] } }";
    const all = reports(ci("pull_request", job("a", fields.replaceAll("'", '"'))));
    expect(all.map((report) => report.toleratesFailure)).to.deep.equal([false, true]);
  });
});
