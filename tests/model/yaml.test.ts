import { assert } from "chai";
import { plainYaml, readYaml } from "../../model/yaml.ts";

describe("a YAML file", () => {
  it("is read once, whoever asks, by its name and its text", () => {
    assert.strictEqual(readYaml("a.yml", "a: 1"), readYaml("a.yml", "a: 1"));
    assert.notStrictEqual(readYaml("a.yml", "a: 1"), readYaml("b.yml", "a: 1"));
  });

  it("says plain data", () => {
    assert.deepEqual(plainYaml("a.yml", "a: &x [1, two]\nb: *x\n"), { a: [1, "two"], b: [1, "two"] });
    assert.isNull(plainYaml("a.yml", ""));
  });

  const broken = {
    "an open list": "a: [",
    "a key twice": "a: 1\na: 2\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "an alias of nothing": "a: *b\n",
  };
  for (const [title, text] of Object.entries(broken)) {
    it(`says nothing where it is none: ${title}`, () => {
      assert.isUndefined(plainYaml("a.yml", text));
    });
  }
});
