import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { judgeUsage } from "../../components/fleet/usage.ts";
import { checksOnPullRequest, readPipelines, resolveRequiredChecks } from "../../pipelines/index.ts";
import { system } from "../../systems/dataknobs/system.ts";
import { repositoryFiles } from "./repository.ts";

const original = new Map(
  ["ci.yml", "release.yml", "docs.yml"].map((name) => [
    `.github/workflows/${name}`,
    readFileSync(join(import.meta.dirname, "fixtures", "dataknobs", name), "utf8"),
  ]),
);
const files = repositoryFiles("dataknobs");

/** Line of the original that holds a text, from 1. */
const lineOf = (name: string, text: string): number =>
  original
    .get(`.github/workflows/${name}`)!
    .split("\n")
    .findIndex((line) => line.includes(text)) + 1;

describe("systems/dataknobs: the defects of the document's YAML", () => {
  const { problems } = readPipelines(original);
  const problem = (code: string) => problems.filter((candidate) => candidate.code === code);

  it("[DK-5] are three, and no other is reported", () => {
    expect(problems.map(({ code }) => code)).to.have.members(["matrix-exclude-unmatched", "step-never-runs", "release-runs-twice"]);
    for (const { severity, fix } of problems) {
      expect(severity).to.equal("warning");
      expect(fix).not.to.equal("");
    }
  });

  it("[DK-5] a matrix exclude that matches nothing is found at its line", () => {
    const [found, ...more] = problem("matrix-exclude-unmatched");
    expect(more).to.deep.equal([]);
    expect(found).to.include({ file: ".github/workflows/ci.yml", line: lineOf("ci.yml", "- os: macos-latest") });
    expect(found!.text).to.include("os: macos-latest, python-version: 3.8").and.to.include("matches no combination");
  });

  it("[DK-5] a step whose condition holds for no combination is found", () => {
    const [found, ...more] = problem("step-never-runs");
    expect(more).to.deep.equal([]);
    expect(found!.text).to.include("Upload coverage to Codecov").and.to.include("never runs");
  });

  it("[DK-5] a workflow that the tag and the release of the tag both start, and that so publishes twice, is found", () => {
    const [found, ...more] = problem("release-runs-twice");
    expect(more).to.deep.equal([]);
    expect(found).to.include({ file: ".github/workflows/release.yml", line: lineOf("release.yml", "  release:") });
  });

  it("[DK-5] the path-filtered documentation job is refused as a required check, with its filter as the reason", () => {
    const pipelines = readPipelines(original);
    const { faults } = resolveRequiredChecks(pipelines, [{ workflow: "docs.yml", job: "docs" }], { branch: "main", mergeQueue: false });
    expect(faults).to.have.length(1);
    expect(JSON.stringify(faults)).to.include("path");
    const report = checksOnPullRequest(pipelines, { base: "main" }).find(({ workflow }) => workflow === "docs.yml");
    expect(report?.verdict).to.equal("conditional");
    expect(report?.reasons.map(({ code }) => code)).to.include("path-filter");
  });

  it("[DK-6] the long-lived token, and the actions that are not allowed, are refused where the system declares neither", () => {
    const faults = judgeUsage(system, original).map(({ path, value }) => `${path} ${String(value)}`);
    expect(faults).to.include("dataknobs.release.yml.release.secrets.PYPI_API_TOKEN undefined");
    for (const action of ["softprops/action-gh-release", "peaceiris/actions-gh-pages"]) {
      expect(
        faults.some((fault) => fault.includes(action)),
        action,
      ).to.equal(true);
    }
  });

  it("[DK-5] are mended in our copy: no problem is left, and the documentation job reports on every pull request to main", () => {
    const mended = readPipelines(files);
    expect(mended.problems).to.deep.equal([]);
    const report = checksOnPullRequest(mended, { base: "main" }).find(({ context }) => context === "Build Documentation");
    expect(report).to.include({ verdict: "always", canFail: true });
  });
});
