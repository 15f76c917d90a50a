import { expect } from "chai";
import type { RuleSubject } from "../../../local/github/families/rulesets/matching.ts";
import { matchingRulesets } from "../../../local/github/families/rulesets/matching.ts";

type Ruleset = Parameters<typeof matchingRulesets>[0][number];

const subject = (ref: string, more: Partial<RuleSubject["repository"]> = {}): RuleSubject => ({
  ref,
  defaultBranch: "main",
  repository: { id: 7, name: "app", ...more },
});
const ruleset = (more: Partial<Ruleset>): Ruleset => ({ target: "branch", enforcement: "active", conditions: null, ...more });
const named = (include: string[], exclude: string[] = []): Ruleset => ruleset({ conditions: { ref_name: { include, exclude } } });
const applies = (one: Ruleset, to: RuleSubject, evaluate = false): boolean => matchingRulesets([one], to, { evaluate }).length === 1;

describe("which rulesets apply to a ref", () => {
  it("~DEFAULT_BRANCH is the default branch and no other, ~ALL is every ref of the target", () => {
    expect(applies(named(["~DEFAULT_BRANCH"]), subject("refs/heads/main"))).to.equal(true);
    expect(applies(named(["~DEFAULT_BRANCH"]), subject("refs/heads/dev"))).to.equal(false);
    expect(applies(named(["~ALL"]), subject("refs/heads/dev"))).to.equal(true);
    expect(applies(named(["~ALL"]), subject("refs/tags/v1"))).to.equal(false);
    expect(applies({ ...named(["~ALL"]), target: "tag" }, subject("refs/tags/v1"))).to.equal(true);
  });

  it("exclusion wins over inclusion, and without an inclusion nothing is protected", () => {
    expect(applies(named(["~ALL"], ["refs/heads/dev"]), subject("refs/heads/dev"))).to.equal(false);
    expect(applies(named([]), subject("refs/heads/main"))).to.equal(false);
    expect(applies(ruleset({}), subject("refs/heads/main"))).to.equal(false);
  });

  it("a disabled ruleset never applies, one that evaluates only when it is asked for", () => {
    expect(applies({ ...named(["~ALL"]), enforcement: "disabled" }, subject("refs/heads/main"), true)).to.equal(false);
    const evaluating: Ruleset = { ...named(["~ALL"]), enforcement: "evaluate" };
    expect([applies(evaluating, subject("refs/heads/main")), applies(evaluating, subject("refs/heads/main"), true)]).to.deep.equal([
      false,
      true,
    ]);
  });

  it("a push ruleset applies to every ref", () => {
    expect(applies(ruleset({ target: "push" }), subject("refs/heads/anything"))).to.equal(true);
  });

  it("an organization's ruleset selects repositories by name in any case, by id or by property", () => {
    const where = (conditions: Record<string, unknown>): Ruleset =>
      ruleset({ conditions: { ref_name: { include: ["~ALL"] }, ...conditions } });
    const main = subject("refs/heads/main");
    expect(applies(where({ repository_name: { include: ["AP*"] } }), main)).to.equal(true);
    expect(applies(where({ repository_name: { include: ["~ALL"], exclude: ["app"] } }), main)).to.equal(false);
    expect(applies(where({ repository_id: { repository_ids: [7] } }), main)).to.equal(true);
    expect(applies(where({ repository_id: { repository_ids: [8] } }), main)).to.equal(false);
    const tier = (value: string): Record<string, unknown> => ({ name: "tier", property_values: [value] });
    const prod = subject("refs/heads/main", { properties: { tier: "prod", languages: ["go", "ts"] } });
    expect(applies(where({ repository_property: { include: [tier("prod")] } }), prod)).to.equal(true);
    expect(applies(where({ repository_property: { include: [tier("prod"), tier("dev")] } }), prod)).to.equal(false);
    expect(applies(where({ repository_property: { include: [], exclude: [tier("prod")] } }), prod)).to.equal(false);
    expect(applies(where({ repository_property: { include: [{ name: "languages", property_values: ["ts"] }] } }), prod)).to.equal(true);
    expect(applies(where({ repository_property: { include: [tier("prod")] } }), main)).to.equal(false);
    const visible = where({ repository_property: { include: [{ name: "visibility", source: "system", property_values: ["private"] }] } });
    expect(applies(visible, subject("refs/heads/main", { systemProperties: { visibility: "private" } }))).to.equal(true);
  });
});
