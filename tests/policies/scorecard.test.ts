import { assert } from "chai";
import fc from "fast-check";
import { Declaration, scorecards, UNKNOWN, type Score } from "../../policies/rules/index.ts";

type Values = Readonly<Record<string, unknown>>;
const resource = (kind: string, name: string, properties: Values) =>
  new Declaration({ type: `github:index/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`, name, urn: `urn:${name}`, properties });
const shop = resource("Repository", "shop", { name: "shop" });
const review = {
  requiredApprovingReviewCount: 2,
  requireLastPushApproval: true,
  requireCodeOwnerReview: true,
  dismissStaleReviewsOnPush: true,
};
const checks = { strictRequiredStatusChecksPolicy: true, requiredChecks: [{ context: "test", integrationId: 15368 }] };
const ruleset = (rules: Values, more: Values = {}) =>
  resource("RepositoryRuleset", "main", {
    ...{ repository: "shop", target: "branch", enforcement: "active", bypassActors: [], rules },
    conditions: { refName: { includes: ["~DEFAULT_BRANCH"], excludes: [] } },
    ...more,
  });
const score = (rules: Values, more: Values = {}, hasCodeOwners = true): Score =>
  scorecards([shop, ruleset(rules, more)], () => hasCodeOwners)[0]!;
const basic = { nonFastForward: true, deletion: true };

describe("the Scorecard score of a declaration", () => {
  it("counts a tier only when the one before it is complete, and cuts the sum", () => {
    const cases: readonly [Values, number][] = [
      [{}, 0],
      [{ deletion: true }, 1],
      // Reviews without the basics are worth nothing.
      [{ pullRequest: review, requiredStatusChecks: checks }, 0],
      [basic, 3],
      [{ ...basic, pullRequest: {} }, 3],
      [{ ...basic, pullRequest: { requiredApprovingReviewCount: 1 } }, 4],
      [{ ...basic, pullRequest: { requiredApprovingReviewCount: 1, requireLastPushApproval: true } }, 5],
      [{ ...basic, pullRequest: { requiredApprovingReviewCount: 1, requireLastPushApproval: true }, requiredStatusChecks: checks }, 8],
      [
        {
          ...basic,
          pullRequest: { ...review, dismissStaleReviewsOnPush: false, requiredApprovingReviewCount: 1 },
          requiredStatusChecks: checks,
        },
        8,
      ],
      [{ ...basic, pullRequest: { ...review, dismissStaleReviewsOnPush: false }, requiredStatusChecks: checks }, 9],
      [{ ...basic, pullRequest: review, requiredStatusChecks: checks }, 10],
    ];
    for (const [rules, expected] of cases) assert.equal(score(rules).score, expected, JSON.stringify(rules));
  });

  it("is not ten with anybody who may step around, without a CODEOWNERS file, or with strict checks of which there are none", () => {
    const full = { ...basic, pullRequest: review, requiredStatusChecks: checks };
    assert.equal(score(full, { bypassActors: [{ actorType: "Team", actorId: 1, bypassMode: "pull_request" }] }).score, 9);
    assert.equal(score(full, {}, false).score, 8);
    assert.equal(score({ ...full, requiredStatusChecks: { ...checks, requiredChecks: [] } }).score, 5);
    assert.equal(score(full, { enforcement: "evaluate" }).score, 0);
  });

  it("names the steps to ten with the property to set, and what nobody knows yet", () => {
    const { steps } = score({ ...basic, pullRequest: { ...review, requiredApprovingReviewCount: UNKNOWN } });
    assert.deepEqual(
      steps.filter(({ state }) => state === "unknown").map(({ title }) => title),
      ["at least one approval", "at least two approvals"],
    );
    assert.deepInclude(
      steps.find(({ tier }) => tier === 3),
      { state: "missing", fix: "rules.requiredStatusChecks" },
    );
  });

  it("leaves archived repositories out", () => {
    assert.isEmpty(scorecards([resource("Repository", "old", { name: "old", archived: true })], () => true));
  });

  it("never falls when something is added", () => {
    const parts = ["nonFastForward", "deletion", "review", "checks"] as const;
    const rulesOf = (chosen: readonly string[]): Values => ({
      nonFastForward: chosen.includes("nonFastForward"),
      deletion: chosen.includes("deletion"),
      ...(chosen.includes("review") && { pullRequest: review }),
      ...(chosen.includes("checks") && { requiredStatusChecks: checks }),
    });
    fc.assert(
      fc.property(fc.subarray([...parts]), fc.constantFrom(...parts), (chosen, more) => {
        assert.isAtLeast(score(rulesOf([...chosen, more])).score, score(rulesOf(chosen)).score);
      }),
    );
  });
});
