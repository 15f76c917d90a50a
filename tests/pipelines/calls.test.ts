import { expect } from "chai";
import fc from "fast-check";
import { codes, job, problemsOf, read, reports, verdicts, workflow } from "./support.ts";

const call = (id: string, file: string, fields = ""): string =>
  `${id}: { ${fields === "" ? "" : `${fields}, `}uses: ./.github/workflows/${file} }`;

describe("pipelines/calls: reusable workflows", () => {
  it("a called job is named after all its callers, and a caller has no check of its own", () => {
    const files = {
      "ci.yml": workflow("pull_request", call("call", "a.yml", "name: Call")),
      "a.yml": workflow("workflow_call", `${job("lint")}\n${call("deep", "b.yml")}`),
      "b.yml": workflow("workflow_call", job("test", "name: Test, strategy: { matrix: { v: [1, 2] } }")),
    };
    const found = reports(read(files)).filter((report) => report.workflow === "ci.yml");
    expect(found.map((report) => report.context)).to.deep.equal(["Call / lint", "Call / deep / Test (1)", "Call / deep / Test (2)"]);
    expect(found.map((report) => report.verdict)).to.deep.equal(["always", "always", "always"]);
    expect(found[1]?.jobPath).to.deep.equal(["call", "deep", "test"]);
    expect(found[1]?.job).to.equal("call");
  });

  it("a caller with a matrix calls once for each combination", () => {
    const files = {
      "ci.yml": workflow("pull_request", call("call", "a.yml", "strategy: { matrix: { os: [a, b] } }, with: { os: '${{ matrix.os }}' }")),
      "a.yml": workflow("{ workflow_call: { inputs: { os: { type: string } } } }", job("t", "name: 'on ${{ inputs.os }}'")),
    };
    expect(verdicts(read(files))).to.include.members(["call (a) / on a: always", "call (b) / on b: always"]);
  });

  it("inputs come from the call, else from their default, else are empty by type", () => {
    const inputs =
      "{ given: { type: string }, fallback: { type: number, default: 3.10 }, flag: { type: boolean }, empty: { type: string } }";
    const name = "name: '${{ inputs.given }}|${{ inputs.fallback }}|${{ inputs.flag }}|${{ inputs.EMPTY }}|${{ inputs.none }}'";
    const files = {
      "ci.yml": workflow("pull_request", call("c", "a.yml", "with: { given: '${{ github.base_ref }}' }")),
      "a.yml": workflow(`{ workflow_call: { inputs: ${inputs} } }`, job("t", name)),
    };
    expect(verdicts(read(files))[1]).to.equal("c / main|3.1|false||: always");
  });

  it("an input that the run makes leaves the name unknowable", () => {
    const files = {
      "ci.yml": workflow("pull_request", call("c", "a.yml", "with: { x: '${{ vars.X }}' }")),
      "a.yml": workflow("{ workflow_call: { inputs: { x: { type: string } } } }", `${job("t", "name: '${{ inputs.x }}'")}\n${job("u")}`),
    };
    expect(verdicts(read(files)).slice(-2)).to.deep.equal(["c / ${{ inputs.x }}: unknowable", "c / u: always"]);
  });

  it("the event in a called workflow is its caller's", () => {
    const files = {
      "ci.yml": workflow("pull_request", call("c", "a.yml")),
      "a.yml": workflow(
        "workflow_call",
        `${job("t", "if: github.event_name == 'pull_request'")}\n${job("u", "if: github.event_name == 'push'")}`,
      ),
    };
    expect(verdicts(read(files)).slice(-2)).to.deep.equal(["c / t: always", "c / u: never"]);
  });

  it("jobs of an optional caller are optional: skipped, only the caller reports", () => {
    const files = {
      "ci.yml": workflow("pull_request", call("c", "a.yml", "if: vars.X")),
      "a.yml": workflow("workflow_call", job("t")),
    };
    const report = reports(read(files)).find((one) => one.context === "c / t");
    expect(report?.verdict).to.equal("conditional");
    expect(codes(report)).to.include("condition");
  });

  it("a caller that never runs reports itself", () => {
    const files = {
      "ci.yml": workflow("pull_request", call("c", "a.yml", "if: github.event_name == 'push'")),
      "a.yml": workflow("workflow_call", job("t")),
    };
    expect(verdicts(read(files)))
      .to.include("c: never")
      .and.not.include("c / t: always");
  });

  it("a remote workflow is unknowable, unless its file is provided under the text of the call", () => {
    const uses = "acme/shared/.github/workflows/lint.yml@v1";
    const ci = workflow("pull_request", `c: { uses: ${uses} }`);
    const [alone] = reports(read({ "ci.yml": ci }));
    expect([alone?.context, alone?.verdict, codes(alone).at(-1)]).to.deep.equal(["c / …", "unknowable", "call-unknowable"]);
    const provided = read({ "ci.yml": ci, [uses]: workflow("workflow_call", job("lint")) });
    expect(verdicts(provided)).to.deep.equal(["c / lint: always"]);
  });

  const problems: readonly [string, Record<string, string>, string][] = [
    ["a file that does not exist", { "ci.yml": workflow("push", call("c", "none.yml")) }, "ci.yml:3:14 error call-missing"],
    [
      "a file that cannot be called",
      { "ci.yml": workflow("push", call("c", "a.yml")), "a.yml": workflow("push", job("t")) },
      "ci.yml:3:14 error call-not-callable",
    ],
    [
      "a file that GitHub refuses",
      { "ci.yml": workflow("push", call("c", "a.yml")), "a.yml": "on: workflow_call\n" },
      "ci.yml:3:14 error call-broken",
    ],
    [
      "a circle",
      {
        "ci.yml": workflow("push", call("c", "a.yml")),
        "a.yml": workflow("workflow_call", call("d", "b.yml")),
        "b.yml": workflow("workflow_call", call("e", "a.yml")),
      },
      "a.yml:3:14 error call-circle",
    ],
    ["a workflow that calls itself", { "ci.yml": workflow("[push, workflow_call]", call("c", "ci.yml")) }, "ci.yml:3:14 error call-circle"],
  ];
  for (const [what, files, place] of problems) {
    it(`${what} is an error at the call`, () => {
      expect(problemsOf(read(files))).to.include(place);
    });
  }

  /** A caller and a chain of `levels - 1` called workflows. */
  function chain(levels: number): Record<string, string> {
    const files: Record<string, string> = {};
    for (let level = 1; level <= levels; level += 1) {
      const on = level === 1 ? "pull_request" : "workflow_call";
      files[`l${level}.yml`] = workflow(on, level === levels ? job("leaf") : call("c", `l${level + 1}.yml`));
    }
    return files;
  }

  it("ten levels of workflows are allowed, eleven are not", () => {
    expect(problemsOf(read(chain(10)))).to.deep.equal([]);
    expect(verdicts(read(chain(10)))[0]).to.equal(`${"c / ".repeat(9)}leaf: always`);
    expect(problemsOf(read(chain(11)))).to.deep.equal(["l1.yml:3:14 error call-depth"]);
  });

  it("at any depth the name has one part a level", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), (levels) => {
        expect(reports(read(chain(levels)))[0]?.context.split(" / ")).to.have.length(levels);
      }),
      { numRuns: 20 },
    );
  });

  it("fifty different called workflows are allowed, fifty-one are not", () => {
    const files = (count: number): Record<string, string> => {
      const names = Array.from({ length: count }, (_, index) => `r${index}.yml`);
      const jobs = names.map((name, index) => call(`c${index}`, name)).join("\n");
      return {
        "ci.yml": workflow("pull_request", jobs),
        ...Object.fromEntries(names.map((name) => [name, workflow("workflow_call", job("t"))])),
      };
    };
    expect(problemsOf(read(files(50)))).to.deep.equal([]);
    expect(problemsOf(read(files(51)))).to.deep.equal(["ci.yml:3:15 error call-count"]);
  });
});
