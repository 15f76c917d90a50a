import { expect } from "chai";
import fc from "fast-check";
import { parse } from "yaml";

import { bannedTags, overlayImages, tagsOf, withBan, withTags } from "../../delivery/overlays.ts";

const overlay = `# Kept.
resources:
  - ../../base
images:
  - name: data-platform/airflow
    newName: ghcr.io/data-platform-aks/airflow
    newTag: sha-d1e2f3a4 # delivery moves it
  - { name: data-platform/frontend, newName: ghcr.io/data-platform-aks/frontend, newTag: "1.10" }
  - name: example/sidecar
patches: []
`;

describe("image tags of an overlay", () => {
  it("are read with the image that they belong to, as they are written", () => {
    expect(overlayImages(overlay)).to.deep.equal([
      { image: "ghcr.io/data-platform-aks/airflow", package: "airflow", tag: "sha-d1e2f3a4" },
      { image: "ghcr.io/data-platform-aks/frontend", package: "frontend", tag: "1.10" },
      { image: "example/sidecar", package: "sidecar", tag: "" },
    ]);
    expect([...tagsOf(overlay)]).to.deep.equal([
      ["airflow", "sha-d1e2f3a4"],
      ["frontend", "1.10"],
    ]);
  });

  it("change alone: every other character stays", () => {
    const changed = withTags(overlay, new Map([["airflow", "sha-00000001"]]));
    expect(changed).to.equal(overlay.replace("sha-d1e2f3a4", "sha-00000001"));
    const both = withTags(
      overlay,
      new Map([
        ["airflow", "a"],
        ["frontend", "b"],
      ]),
    );
    expect(both).to.equal(overlay.replace("sha-d1e2f3a4", "a").replace('"1.10"', "b"));
  });

  it("stay text, whatever a tag looks like", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/), (tag) => {
        const { images } = parse(withTags(overlay, new Map([["airflow", tag]]))) as { images: { newTag: unknown }[] };
        expect(images[0]?.newTag).to.equal(tag);
      }),
    );
  });

  it("are refused for a package that the overlay gives no tag", () => {
    for (const name of ["sidecar", "none"]) expect(() => withTags(overlay, new Map([[name, "a"]]))).to.throw(`no newTag for ${name}`);
    expect(overlayImages("images: [")).to.deep.equal([]);
    expect(overlayImages("resources: []\n")).to.deep.equal([]);
  });
});

describe("the list of banned tags", () => {
  it("has one tag a line; # begins a comment", () => {
    expect([...bannedTags("# all\n\nsha-1 # bad\n  sha-2\t\n#sha-3\n")]).to.deep.equal(["sha-1", "sha-2"]);
    expect(bannedTags("")).to.have.property("size", 0);
  });

  it("takes a tag once, with the reason on its line, and keeps what was there", () => {
    const once = withBan("# Ours\nsha-1", "sha-2", "rolled back:\nno answer");
    expect(once).to.equal("# Ours\nsha-1\nsha-2 # rolled back: no answer\n");
    expect(withBan(once, "sha-2", "again")).to.equal(once);
    expect(withBan("", "sha-2", "why")).to.match(/^# .+\nsha-2 # why\n$/);
  });
});
