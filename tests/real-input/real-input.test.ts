import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { checksOnPullRequest, readPipelines } from "../../pipelines/index.ts";
import { sum, type Outcome, type Required, type Source, judgeSource } from "./judge.ts";
import { digestOf, doubtsOf } from "./reading.ts";

const load = (file: string): unknown => JSON.parse(readFileSync(path.join(import.meta.dirname, file), "utf8"));
const sources = load("sources.json") as { repositories: Source[]; required: Required[]; read: string[] };
const results = load("results.json") as Outcome[];

describe("real workflow files: what is kept of them", () => {
  it("was made from every file of every repository that is listed", () => {
    expect(results.map(({ repository, files }) => [repository, files])).to.deep.equal(
      sources.repositories.map(({ repository, files }) => [repository, Object.keys(files).length]),
    );
    const digests = sources.repositories.flatMap(({ files }) => Object.values(files));
    expect(digests.length).to.be.greaterThan(1000);
    for (const digest of digests) expect(digest).to.match(/^[0-9a-f]{64}$/u);
  });

  it("calls no file broken: GitHub ran all of them", () => {
    const told = sum(results.map(({ problems }) => problems));
    expect(Object.keys(told).filter((code) => code.startsWith("error "))).to.deep.equal([]);
  });

  it("knows every check that a repository really requires, but for those of other apps and of one that is gone", () => {
    const absent = results.flatMap(({ repository, required }) =>
      Object.entries(required?.others ?? {}).flatMap(([context, why]) => (why === "not-found" ? [`${repository}: ${context}`] : [])),
    );
    const others = absent.filter((text) => !/: (DCO|CodeQL)$/u.test(text));
    expect(others).to.deep.equal(["sigstore/sigstore-go: build (ubuntu-24.04-firewall)"]);
  });
});

describe("real workflow files: the second reading", () => {
  const source: Source = { repository: "acme/app", commit: "", branch: "main", files: {} };
  const file = (text: string): ReadonlyMap<string, string> => new Map([[".github/workflows/ci.yml", text]]);
  const doubts = (on: string, job: string, hasRead: (text: string) => boolean = () => false): string[] => {
    const files = file(`on: ${on}\njobs:\n  a: { ${job === "" ? "" : `${job}, `}runs-on: x, steps: [{ run: make }] }\n`);
    const [check] = checksOnPullRequest(readPipelines(files), { base: "main", repository: "acme/app" });
    expect(check, "the workflow has a check").to.exist;
    return doubtsOf(check!, files, "main", hasRead).map(({ kind, settled }) => `${kind} ${settled ? "settled" : "open"}`);
  };

  it("has none about a plain workflow", () => {
    expect(doubts("pull_request", "")).to.deep.equal([]);
    expect(doubts("[push, pull_request]", "name: Build")).to.deep.equal([]);
  });

  it("leaves open what could keep a check from reporting", () => {
    expect(doubts("push", "")).to.deep.equal(["no-pull-request-trigger open"]);
    expect(doubts("{ pull_request: { paths: [src/**] } }", "")).to.deep.equal(["path-filter open"]);
    expect(doubts("{ pull_request: { types: [labeled] } }", "")).to.deep.equal(["activity-types open"]);
    expect(doubts("{ pull_request: { branches: [release/*] } }", "")).to.deep.equal(["branch-filter open"]);
    expect(doubts("{ pull_request: { branches-ignore: [ma*] } }", "")).to.deep.equal(["branch-filter open"]);
    expect(doubts("pull_request", "if: github.actor == 'me'")).to.deep.equal(["condition open"]);
    expect(doubts("pull_request", "name: 'Build ${{ github.actor }}'")).to.deep.equal(["computed-name open"]);
    expect(doubts("pull_request", "strategy: { matrix: { v: '${{ fromJSON(vars.V) }}' } }")).to.deep.equal(["computed-matrix open"]);
  });

  it("settles what it can tell by itself, and what somebody has read", () => {
    expect(doubts("{ pull_request: { paths: [a] }, pull_request_target: }", "")).to.deep.equal([]);
    expect(doubts("{ pull_request: { types: [opened, synchronize, reopened, labeled] } }", "")).to.deep.equal(["activity-types settled"]);
    expect(doubts("{ pull_request: { branches: ['**'] } }", "")).to.deep.equal(["branch-filter settled"]);
    expect(doubts("{ pull_request: { branches-ignore: [gh-pages] } }", "")).to.deep.equal(["branch-filter settled"]);
    expect(doubts("pull_request", "name: '${{ matrix.v }}', strategy: { matrix: { v: [1] } }")).to.deep.equal(["computed-name settled"]);
    expect(doubts("pull_request", "if: true", (text) => text === "true")).to.deep.equal(["condition settled"]);
  });

  it("remembers a text that was read for its repository alone, however it is laid out", () => {
    expect(digestOf("acme/app", "a  &&\n b")).to.equal(digestOf("acme/app", "a && b"));
    expect(digestOf("acme/app", "a")).to.not.equal(digestOf("acme/api", "a"));
  });

  it("counts what a repository's files say, compares what it requires, and hands over what is open", () => {
    const text = `on: pull_request
jobs:
  a: { if: "github.repository == 'acme/app'", runs-on: x, steps: [{ run: make }] }
  b: { strategy: { matrix: { v: "\${{ fromJSON(vars.V) }}" } }, name: "b \${{ matrix.v }}", runs-on: x, steps: [{ run: make }] }
  c: { if: vars.C, runs-on: x, steps: [{ run: make }] }
`;
    const { outcome, open } = judgeSource(source, file(text), ["a", "b 1", "c", "DCO"], () => false);
    expect(outcome).to.include({ files: 1, jobs: 3 });
    expect(outcome.checks).to.deep.equal({ always: 1, conditional: 1, unknowable: 1 });
    expect(outcome.findings).to.include({ "workflow-timeouts": 3 });
    expect(outcome.required?.verdicts).to.deep.equal({ always: 1, conditional: 1, "not-found": 1, unknowable: 1 });
    expect(Object.keys(outcome.required?.others ?? {})).to.deep.equal(["b 1", "c", "DCO"]);
    expect(open.map(({ kind, context }) => [kind, context])).to.deep.equal([["condition", "a"]]);
  });
});
