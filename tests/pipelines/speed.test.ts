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
});
