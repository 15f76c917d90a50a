import { assert } from "chai";
import { once } from "../../model/once.ts";

describe("reading once", () => {
  /** What it reads, and how often it did. */
  function counted(most?: number): { readonly read: (file: string, text: string) => string; readonly reads: string[] } {
    const reads: string[] = [];
    const read = (file: string, text: string): string => {
      reads.push(`${file} ${text}`);
      return `${file}: ${text}`;
    };
    return { read: most === undefined ? once(read) : once(read, most), reads };
  }

  it("gives the same answer to whoever asks about the same file again", () => {
    const { read, reads } = counted();
    assert.equal(read("a.yml", "x"), "a.yml: x");
    assert.equal(read("a.yml", "x"), "a.yml: x");
    assert.deepEqual(reads, ["a.yml x"]);
  });

  it("takes neither another file for it nor another text", () => {
    const { read } = counted();
    const asked = [read("a.yml", "x"), read("b.yml", "x"), read("a.yml", "y"), read("a.yml", "x"), read("a.yml\nx", "")];
    assert.deepEqual(asked, ["a.yml: x", "b.yml: x", "a.yml: y", "a.yml: x", "a.yml\nx: "]);
  });

  it("keeps so many texts, and lets go of the one that nobody asked about for longest", () => {
    const { read, reads } = counted(2);
    for (const text of ["x", "y", "x", "z"]) read("a.yml", text);
    reads.length = 0;
    read("a.yml", "x");
    assert.isEmpty(reads);
    read("a.yml", "y");
    assert.deepEqual(reads, ["a.yml y"]);
  });
});
