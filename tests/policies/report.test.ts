import { assert } from "chai";
import { asData, asMarkdown, asSarif, asText, stops } from "../../cli/check/report.ts";
import type { Answer } from "../../policies/rules/exceptions.ts";
import { rules } from "../../policies/rules/index.ts";

const rule = rules.find(({ id }) => id === "repository-visibility-stated")!;
const answer = (more: Partial<Answer>): Answer => ({
  rule: rule.id,
  severity: rule.severity,
  verdict: "fail",
  subject: "shop",
  message: "found it",
  ...more,
});
const reportOf = (answers: readonly Answer[], settings = {}) => ({ rules, settings, answers });
const exception = { subject: "shop", owner: "platform", reason: "moves", expires: "2027-01-31" };
const all = [
  answer({}),
  answer({ verdict: "pass", message: "" }),
  answer({ verdict: "unknown" }),
  answer({ verdict: "excepted", exception }),
];

describe("the report of a check", () => {
  it("stops for a failure of a mandatory rule and for a rule that broke, not for advice, the unknown or an exception", () => {
    const advisory = { [rule.id]: { level: "advisory" as const } };
    assert.isTrue(stops(reportOf([answer({})])));
    assert.isTrue(stops(reportOf([answer({ verdict: "error" })], advisory)));
    assert.isFalse(stops(reportOf([answer({})], advisory)));
    for (const verdict of ["pass", "unknown", "excepted"] as const) assert.isFalse(stops(reportOf([answer({ verdict })])));
  });

  it("tells people what, where, why and what to do, and counts the rest", () => {
    const text = asText(reportOf(all));
    for (const part of [rule.id, rule.title, rule.why, rule.fix, "fail: shop: found it", "until 2027-01-31, platform: moves"])
      assert.include(text, part);
    assert.match(text, /1 passed, 1 failed, 0 advisory, 1 unknown, 1 excepted$/);
  });

  it("gives machines everything but passes, with levels", () => {
    const data = asData(reportOf(all)) as { answers: { verdict: string; level: string }[] };
    assert.deepEqual(
      data.answers.map(({ verdict, level }) => `${verdict} ${level}`),
      ["fail mandatory", "unknown mandatory", "excepted mandatory"],
    );
  });

  it("is a table that survives bars and line breaks in Markdown", () => {
    const lines = asMarkdown(reportOf([answer({ message: "a | b\nc" })])).split("\n");
    assert.include(lines.at(-1), "a \\| b c");
  });

  it("gives code scanning the file and line, the rule with its help, and exceptions as suppressions", () => {
    const sarif = asSarif(reportOf([answer({ file: "ci.yml", line: 7, urn: "urn:x" }), ...all]), () => "systems/shop/system.ts") as {
      version: string;
      runs: [{ tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }];
    };
    assert.equal(sarif.version, "2.1.0");
    const [{ tool, results }] = sarif.runs;
    assert.deepInclude(results[0], {
      ruleId: rule.id,
      level: "error",
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: "systems/shop/system.ts" }, region: { startLine: 7 } },
          logicalLocations: [{ fullyQualifiedName: "urn:x" }],
        },
      ],
    });
    assert.lengthOf(results, 3);
    assert.isDefined(results[2]!["suppressions"]);
    const known = new Set(tool.driver.rules.map(({ id }) => id));
    for (const { ruleId } of results) assert.isTrue(known.has(ruleId as string));
  });
});
