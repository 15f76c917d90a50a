import { execFileSync } from "node:child_process";

import { expect } from "chai";
import fc from "fast-check";

import { blobSha, changesBetween, keepImageTags } from "../../cli/propose/changes.ts";

const overlay = (tag: string): string =>
  ["resources:", "  - ../../base", "images:", "  - name: acme/app", "    newName: ghcr.io/acme/app", `    newTag: ${tag}`, ""].join("\n");
const path = "infra/argocd/overlays/prod/kustomization.yaml";

describe("what a proposal of pipeline files changes", () => {
  it("names a file by the object id that git gives it", () => {
    for (const content of ["", "one\n", "ünïcode\n"]) {
      const sha = execFileSync("git", ["hash-object", "--stdin"], { input: content, encoding: "utf8" }).trim();
      expect(blobSha(content)).to.equal(sha);
    }
  });

  it("adds what is missing, changes what differs, leaves undeclared files alone", () => {
    const declared = new Map([
      ["b", "new"],
      ["a", "1"],
      ["same", "x"],
    ]);
    const live = new Map([
      ["a", "2"],
      ["same", "x"],
      ["theirs", "y"],
    ]);
    expect(changesBetween(declared, live)).to.deep.equal([
      { path: "a", kind: "changed", content: "1" },
      { path: "b", kind: "added", content: "new" },
    ]);
  });

  it("never takes an image tag back to the one of the first commit", () => {
    expect(changesBetween(new Map([[path, overlay("sha-00000000")]]), new Map([[path, overlay("sha-a1b2c3d4")]]))).to.deep.equal([]);
  });

  it("changes the rest of an overlay and keeps the live tag", () => {
    const declared = `${overlay("sha-00000000")}namespace: prod\n`;
    const [change] = changesBetween(new Map([[path, declared]]), new Map([[path, overlay("sha-a1b2c3d4")]]));
    expect(change?.content).to.include("newTag: sha-a1b2c3d4").and.include("namespace: prod").and.not.include("sha-00000000");
  });

  it("keeps any tag that was live, and changes nothing else [property]", () => {
    const tag = fc.stringMatching(/^sha-[0-9a-f]{8}$/);
    fc.assert(
      fc.property(tag, tag, (declared, live) => {
        expect(keepImageTags(overlay(declared), overlay(live))).to.equal(overlay(live));
      }),
    );
  });
});
