import { assert } from "chai";
import { FaultsError } from "../../model/fault.ts";
import { applyExceptions } from "../../policies/rules/exceptions.ts";
import { readSettings, type Result } from "../../policies/rules/index.ts";
import { presets, presetSettings } from "../../policies/rules/presets.ts";
import { levelOf, rules } from "../../policies/rules/index.ts";

const failure = (subject: string, more: Partial<Result> = {}): Result => ({
  rule: "repository-visibility-stated",
  severity: "high",
  verdict: "fail",
  subject,
  message: "found",
  ...more,
});
const exception = { subject: "shop*", owner: "platform", reason: "moves next month", expires: "2027-01-31" };
const settings = { "repository-visibility-stated": { exceptions: [exception] } };

describe("an exception", () => {
  it("covers the failures of its rule at its subject until its last day, and nothing else", () => {
    const others = [failure("store"), failure("shop", { verdict: "error" }), failure("shop", { rule: "other-rule" })];
    const answers = applyExceptions([failure("shop"), failure("shop-eu"), ...others], settings, "2027-01-31");
    assert.deepEqual(
      answers.map(({ verdict }) => verdict),
      ["excepted", "excepted", "fail", "error", "fail"],
    );
    assert.equal(answers[0]?.exception?.owner, "platform");
  });

  it("fails when it is over, beside what it no longer covers", () => {
    const answers = applyExceptions([failure("shop")], settings, "2027-02-01");
    assert.deepEqual(
      answers.map(({ verdict }) => verdict),
      ["fail", "fail"],
    );
    assert.match(answers[1]!.message, /platform answers for ended on 2027-01-31/);
  });

  it("fails when it covers nothing any more, and is left alone where its rule judged nothing or does not know", () => {
    const answers = applyExceptions([failure("store")], settings, "2027-01-01");
    assert.match(answers[1]!.message, /covers nothing/);
    assert.isEmpty(applyExceptions([], settings, "2027-01-01"));
    const unknown = applyExceptions([failure("shop", { verdict: "unknown" })], settings, "2027-01-01");
    assert.deepEqual(
      unknown.map(({ verdict }) => verdict),
      ["unknown"],
    );
  });

  it("is not missed by a part of the results: a policy sees one resource at a time, and says only that its own is over", () => {
    const part = (subject: string, today: string) =>
      applyExceptions([failure(subject)], settings, today, false).map(({ message }) => message);
    assert.deepEqual(part("store", "2027-01-01"), ["found"]);
    assert.deepEqual(part("store", "2027-02-01"), ["found"]);
    assert.match(part("shop", "2027-02-01").join("\n"), /ended on/);
  });

  it("takes its subject literally but for *", () => {
    const dotted = { "repository-visibility-stated": { exceptions: [{ ...exception, subject: "a.b" }] } };
    assert.equal(applyExceptions([failure("axb")], dotted, "2027-01-01")[0]?.verdict, "fail");
  });
});

describe("settings", () => {
  it("are read as CrossGuard's configuration files have them", () => {
    const read = readSettings({ "rule-a": "advisory", "rule-b": { enforcementLevel: "disabled", exceptions: [exception], least: 2 } });
    assert.deepEqual(read, {
      "rule-a": { level: "advisory" },
      "rule-b": { level: "disabled", exceptions: [exception], parameters: { least: 2 } },
    });
  });

  it("that are no settings are one error", () => {
    for (const data of [null, [], "x", { "rule-a": 5 }, { "rule-a": { exceptions: "all" } }])
      assert.throws(() => readSettings(data), FaultsError);
  });
});

describe("presets", () => {
  it("choose at least one rule each, and disable all others", () => {
    for (const { name } of presets) {
      const chosen = presetSettings(name, rules)!;
      const levels = rules.map(({ id, severity }) => levelOf({ rule: id, severity }, chosen));
      assert.include(levels, "mandatory", name);
      assert.include(levels, "disabled", name);
    }
    assert.isUndefined(presetSettings("no-such", rules));
  });

  it("leave the last word to the project's own settings", () => {
    const own = { "repository-visibility-stated": { level: "advisory" as const } };
    assert.equal(levelOf({ rule: "repository-visibility-stated", severity: "high" }, presetSettings("startup", rules, own)!), "advisory");
  });
});
