import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { assert } from "chai";
import { FaultsError } from "../../model/fault.ts";
import { Declaration, judge, resolveConfig, rules, UNKNOWN, type Rule } from "../../policies/rules/index.ts";

describe("the catalogue of rules", () => {
  it("has an id of its own, a title, a reason, a fix and safe defaults for each", () => {
    assert.lengthOf(new Set(rules.map(({ id }) => id)), rules.length);
    for (const { id, title, why, fix, config = {} } of rules) {
      assert.match(id, /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/, id);
      assert.match(title, /^[A-Z`].*[^.]$/, id);
      for (const text of [why, fix]) assert.match(text, /^[A-Z`].*\.$/s, id);
      for (const [name, parameter] of Object.entries(config)) assert.isNotEmpty(parameter.description, `${id}.${name}`);
    }
  });

  it("has an example of passing, failing and not knowing for each rule", async () => {
    const folder = import.meta.dirname;
    const texts: string[] = [];
    for await (const file of glob("*.test.ts", { cwd: folder })) texts.push(await readFile(path.join(folder, file), "utf8"));
    const tests = texts.filter((text) => text.includes("specify("));
    assert.isEmpty(rules.filter(({ id }) => !tests.some((text) => text.includes(`"${id}"`))).map(({ id }) => id));
  });
});

describe("judging", () => {
  const rule = (id: string, judgeIt: (resource: Declaration) => Iterable<string>, config: Rule["config"] = {}): Rule => ({
    id,
    kind: "resource",
    types: ["a:b:C"],
    title: "T",
    why: "W.",
    severity: "low",
    standards: {},
    fix: "F.",
    config,
    judge: judgeIt,
  });
  const resource = (properties: Record<string, unknown>) => new Declaration({ type: "a:b:C", name: "c", urn: "urn:c", properties });
  const world = { resources: [resource({ known: 1, later: UNKNOWN, deep: { list: [1, UNKNOWN] } })], workflows: [] };

  it("reports a rule that throws as that rule's failure with the resource, and runs the others", () => {
    const broken = rule("is-broken", () => {
      throw new TypeError("no such thing");
    });
    const results = judge(world, [broken, rule("is-sound", () => ["found"])]);
    assert.deepEqual(
      results.map(({ rule: id, verdict, subject }) => [id, verdict, subject]),
      [
        ["is-broken", "error", "c"],
        ["is-sound", "fail", "c"],
      ],
    );
    assert.match(results[0]!.message, /no such thing/);
  });

  it("says unknown, never pass, for a value that nobody knows yet, also deep inside of another and inside of a list", () => {
    for (const at of ["later", "later.more", "deep", "deep.list", "deep.list.1"]) {
      const [result] = judge(world, [
        rule("asks-it", function* (subject) {
          if (subject.get(at) === 5) yield "five";
        }),
      ]);
      assert.equal(result?.verdict, "unknown", at);
    }
    const [known] = judge(world, [
      rule("asks-it", function* (subject) {
        if (subject.get("deep.list.0") !== 1) yield "not one";
      }),
    ]);
    assert.equal(known?.verdict, "pass");
  });

  it("keeps what was found before a value was unknown", () => {
    const results = judge(world, [
      rule("asks-it", function* (subject) {
        yield "first";
        if (subject.flag("later")) yield "second";
      }),
    ]);
    assert.deepEqual(
      results.map(({ verdict }) => verdict),
      ["fail", "unknown"],
    );
  });

  it("does not run a disabled rule, and takes parameters over defaults", () => {
    const least = { type: "integer", description: "D", default: 2, minimum: 1 } as const;
    const configured: Rule = {
      ...rule("asks-it", () => [], { least }),
      kind: "resource",
      types: ["a:b:C"],
      *judge(_resource, config) {
        yield String(config["least"]);
      },
    };
    assert.isEmpty(judge(world, [configured], { "asks-it": { level: "disabled" } }));
    assert.isEmpty(judge(world, [configured], { all: { level: "disabled" } }));
    assert.equal(judge(world, [configured])[0]?.message, "2");
    assert.equal(judge(world, [configured], { "asks-it": { parameters: { least: 3 } } })[0]?.message, "3");
  });

  it("refuses a configuration that does not fit, all of it in one error", () => {
    const least = { type: "integer", description: "D", default: 2, minimum: 1 } as const;
    const settings = {
      "asks-it": { parameters: { least: 0, most: 1 } },
      "has-none": { parameters: { x: 1 } },
      "no-such": {},
      all: { level: "loud" as never },
    };
    try {
      judge(world, [rule("asks-it", () => [], { least }), rule("has-none", () => [])], settings);
      assert.fail("was not refused");
    } catch (error) {
      assert.instanceOf(error, FaultsError);
      for (const part of ["asks-it.least", "asks-it.most", "has-none.x", "no-such", "all.level"]) assert.include(error.message, part);
    }
  });

  for (const [what, schema, value, fits] of [
    ["an integer", { type: "integer", default: 2 }, 3, true],
    ["a fraction for an integer", { type: "integer", default: 2 }, 2.5, false],
    ["a text for an integer", { type: "integer", default: 2 }, "3", false],
    ["the least", { type: "integer", default: 2, minimum: 1 }, 1, true],
    ["less than the least", { type: "integer", default: 2, minimum: 1 }, 0, false],
    ["more than the most", { type: "integer", default: 2, maximum: 6 }, 7, false],
    ["false for a boolean", { type: "boolean", default: true }, false, true],
    ["a text for a boolean", { type: "boolean", default: true }, "false", false],
    ["null for a text", { type: "string", default: "a" }, null, false],
    ["one of several", { type: "string", default: "a", enum: ["a", "b"] }, "b", true],
    ["none of several", { type: "string", default: "a", enum: ["a", "b"] }, "c", false],
    ["an empty list", { type: "array", default: [], items: { type: "string" } }, [], true],
    ["a list of texts and a number", { type: "array", default: [], items: { type: "string" } }, ["a", 1], false],
    ["an object for a list", { type: "array", default: [], items: { type: "string" } }, {}, false],
  ] as const) {
    it(`${fits ? "takes" : "refuses"} ${what} as a parameter`, () => {
      const asks = rule("asks-it", () => [], { asked: { description: "D", ...schema } });
      const run = () => judge(world, [asks], { "asks-it": { parameters: { asked: value } } });
      if (fits) assert.doesNotThrow(run);
      else assert.throws(run, FaultsError, "asks-it.asked");
    });
  }

  it("refuses a parameter that is called like something that every object has", () => {
    assert.throws(() => judge(world, [rule("asks-it", () => [])], { "asks-it": { parameters: { toString: "x" } } }), FaultsError);
  });

  it("has defaults that fit their own schemas", () => {
    for (const { id, config = {} } of rules) {
      const defaults = Object.fromEntries(Object.entries(config).map(([name, parameter]) => [name, parameter.default]));
      assert.doesNotThrow(() => resolveConfig(rules, { [id]: { parameters: defaults } }), id);
    }
  });
});
