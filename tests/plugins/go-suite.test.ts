import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { findGoTests, GoRun } from "./go-suite.ts";

const SOURCES = {
  "go.mod": "module example/tests\n\ngo 1.26\n",
  "fine/fine_test.go": `package fine

import "testing"

func TestMain(m *testing.M) { m.Run() }

func TestPasses(t *testing.T) { t.Run("inner", func(t *testing.T) {}) }

func TestFails(t *testing.T) { t.Run("inner", func(t *testing.T) { t.Error("what went wrong") }) }

func TestSkips(t *testing.T) { t.Skip("why it was skipped") }

func helper(t *testing.T) {}
`,
  "broken/broken_test.go": 'package broken\n\nimport "testing"\n\nfunc TestNeverRuns(t *testing.T) { undefinedName() }\n',
  "panics/panics_test.go": 'package panics\n\nimport "testing"\n\nfunc TestPanics(t *testing.T) { panic("in the middle") }\n',
};

describe("Go tests as tests of this project", function () {
  this.timeout(120_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "gatehouse-go-suite-"));
    for (const [path, text] of Object.entries(SOURCES)) {
      await mkdir(join(folder, path, ".."), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  });

  after(() => rm(folder, { recursive: true }));

  it("finds every test function, and nothing else", () => {
    expect(findGoTests(folder).map((test) => `${test.package} ${test.name}`)).to.deep.equal([
      "./broken TestNeverRuns",
      "./fine TestFails",
      "./fine TestPasses",
      "./fine TestSkips",
      "./panics TestPanics",
    ]);
  });

  it("tells passed, failed and skipped ones apart, with what they printed; one that never ran has failed", async () => {
    const tests = findGoTests(folder);
    const run = new GoRun(folder, tests, {});
    const verdicts = await Promise.all(tests.map(async (test) => ({ name: test.name, ...(await run.verdict(test)) })));
    expect(verdicts.map(({ name, action }) => `${name} ${action}`)).to.deep.equal([
      "TestNeverRuns fail",
      "TestFails fail",
      "TestPasses pass",
      "TestSkips skip",
      "TestPanics fail",
    ]);
    const output = Object.fromEntries(verdicts.map((verdict) => [verdict.name, verdict.output]));
    expect(output["TestNeverRuns"]).to.contain("undefinedName");
    expect(output["TestFails"]).to.contain("what went wrong");
    expect(output["TestSkips"]).to.contain("why it was skipped");
    expect(output["TestPanics"]).to.contain("in the middle");
  });

  it("fails every test when go cannot run", async () => {
    const tests = findGoTests(folder);
    const run = new GoRun(join(folder, "nowhere"), tests, {});
    const verdicts = await Promise.all(tests.map((test) => run.verdict(test)));
    expect(verdicts.map(({ action }) => action)).to.deep.equal(tests.map(() => "fail"));
    expect(verdicts[0]?.output).to.contain("go cannot be started");
  });
});
