import { expect } from "chai";
import { checksOnPullRequest, readPipelines, resolveRequiredChecks } from "../../pipelines/index.ts";
import { fixture } from "./support.ts";

describe("pipelines: speed", () => {
  it("reads 50 workflow files and derives their checks in less than a second", () => {
    const names = ["platform-ci.yml", "platform-security.yml", "platform-dbt-ci.yml", "platform-schema-quality.yml", "deploy.yml"];
    const texts = names.map(fixture);
    const files = new Map(
      Array.from({ length: 50 }, (_, index): [string, string] => [`.github/workflows/w${index}.yml`, texts[index % texts.length] ?? ""]),
    );
    const start = performance.now();
    const pipelines = readPipelines(files);
    const checks = checksOnPullRequest(pipelines, { base: "main" });
    resolveRequiredChecks(pipelines, [{ workflow: "w0.yml", job: "preflight" }], { branch: "main" });
    expect(checks.length).to.be.at.least(180);
    expect(performance.now() - start).to.be.lessThan(1000);
  });

  it("reads a file that many repositories carry once, and still tells them apart by path and by text", () => {
    const text = fixture("platform-ci.yml");
    const read = (file: string, content: string) => readPipelines(new Map([[file, content]]));
    read(".github/workflows/a.yml", text);
    const start = performance.now();
    for (let repository = 0; repository < 1000; repository += 1) read(".github/workflows/a.yml", text);
    expect(performance.now() - start).to.be.lessThan(500);
    const other = read(".github/workflows/b.yml", text);
    expect(checksOnPullRequest(other, { base: "main" })[0]).to.include({ workflow: "b.yml", context: "preflight" });
    const changed = read(".github/workflows/a.yml", text.replace("preflight:", "first:").replaceAll("needs: preflight", "needs: first"));
    expect(checksOnPullRequest(changed, { base: "main" })[0]).to.include({ workflow: "a.yml", context: "first" });
  });

  it("does not let one repository's calls decide what another's workflow is", () => {
    const caller = "on: pull_request\njobs:\n  c: { uses: ./.github/workflows/called.yml }\n";
    const called = "on: workflow_call\njobs:\n  t: { runs-on: x, steps: [{ run: make }] }\n";
    const alone = readPipelines(new Map([[".github/workflows/ci.yml", caller]]));
    const whole = readPipelines(
      new Map([
        [".github/workflows/ci.yml", caller],
        [".github/workflows/called.yml", called],
      ]),
    );
    expect(alone.problems.map((problem) => problem.code)).to.deep.equal(["call-missing"]);
    expect(whole.problems).to.deep.equal([]);
    expect(checksOnPullRequest(whole, { base: "main" }).map((check) => check.context)).to.include("c / t");
  });
});
