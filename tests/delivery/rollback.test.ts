import { expect } from "chai";

import type { OverlayFacts } from "../../delivery/promotion.ts";
import { changeTo, earlierStates, rollbackFiles, stateNamed } from "../../delivery/rollback.ts";

const text = (airflow: string, frontend: string): string =>
  ["images:", `  - name: acme/airflow`, `    newTag: ${airflow}`, "  - name: acme/frontend", `    newTag: ${frontend}`, ""].join("\n");
const overlay = (airflow: string, frontend: string, banned = ""): OverlayFacts => ({
  tier: "prod",
  branch: "main",
  folder: "deploy/prod",
  kustomization: text(airflow, frontend),
  banned,
});
const version = (sha: string, airflow: string, frontend: string) => ({
  sha: sha.repeat(40),
  date: `2026-01-0${sha}`,
  text: text(airflow, frontend),
});
const versions = [
  version("5", "a3", "f2"),
  version("4", "a2", "f2"),
  version("3", "a1", "f2"),
  version("2", "a2", "f2"),
  version("1", "a1", "f1"),
];

describe("what an overlay may go back to", () => {
  it("is every state that it had before, once, the newest first, without the one of now", () => {
    const states = earlierStates(overlay("a3", "f2"), versions);
    expect(states.map(({ sha, tags }) => [sha[0], ...tags.values()])).to.deep.equal([
      ["4", "a2", "f2"],
      ["3", "a1", "f2"],
      ["1", "a1", "f1"],
    ]);
  });

  it("has no banned tag among what it would change", () => {
    const states = earlierStates(overlay("a3", "f2", "a2\n"), versions);
    expect(states.map(({ sha }) => sha[0])).to.deep.equal(["3", "1"]);
    expect(
      earlierStates(overlay("a3", "f2", "f2\n"), versions).map(({ sha }) => sha[0]),
      "what stays is not gone back to",
    ).to.deep.equal(["4", "3", "1"]);
  });

  it("is named by a commit, by a tag, or by the commit that a tag was built from", () => {
    const states = earlierStates(overlay("a3", "f2"), versions);
    expect(stateNamed(states, "3333333")?.sha[0]).to.equal("3");
    expect(stateNamed(states, "f1")?.sha[0]).to.equal("1");
    expect(stateNamed(states, "a9")).to.equal(undefined);
    const built = earlierStates(overlay("a3", "f2"), [version("1", "sha-0123abcd", "f2")]);
    expect(stateNamed(built, "0123abcd".padEnd(40, "0"))?.sha[0]).to.equal("1");
  });
});

describe("a rollback's commit", () => {
  const tags = new Map([
    ["airflow", "a1"],
    ["frontend", "f2"],
  ]);

  it("[AKS-7] takes the tags back and bans those that it takes out, and nothing else", () => {
    const now = overlay("a3", "f2", "# Ours\n");
    expect([...changeTo(now, tags)]).to.deep.equal([["airflow", { bad: "a3", good: "a1" }]]);
    expect([...rollbackFiles(now, tags)]).to.deep.equal([
      ["deploy/prod/kustomization.yaml", text("a1", "f2")],
      ["deploy/prod/banned-tags.txt", "# Ours\na3 # rolled back to airflow a1, frontend f2\n"],
    ]);
  });

  it("bans also what the cluster was taken back from when git was in line already, and never what it goes to", () => {
    expect([...rollbackFiles(overlay("a1", "f2"), tags, ["a3", "a1"]).keys()]).to.deep.equal(["deploy/prod/banned-tags.txt"]);
    expect(rollbackFiles(overlay("a1", "f2", "a3\n"), tags, ["a3"])).to.have.property("size", 0);
  });
});
