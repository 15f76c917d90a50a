import { assert } from "chai";
import { rules } from "../../policies/rules/index.ts";
import { runRule, specify, UNKNOWN, type Example } from "./examples.ts";

const repository = { type: "github:index/repository:Repository", name: "shop", properties: { name: "shop" } };
const sound = {
  nonFastForward: true,
  deletion: true,
  requiredSignatures: true,
  requiredLinearHistory: true,
  pullRequest: {
    requiredApprovingReviewCount: 1,
    dismissStaleReviewsOnPush: true,
    requireCodeOwnerReview: true,
    requireLastPushApproval: true,
    requiredReviewThreadResolution: true,
  },
  requiredStatusChecks: { strictRequiredStatusChecksPolicy: true, requiredChecks: [{ context: "test", integrationId: 15368 }] },
};

type Rules = Readonly<Record<string, unknown>>;
const ruleset = (rules: Rules = sound, more: Rules = {}) => ({
  type: "github:index/repositoryRuleset:RepositoryRuleset",
  name: "shop-main",
  properties: {
    ...{ repository: "shop", target: "branch", enforcement: "active", bypassActors: [], rules },
    conditions: { refName: { includes: ["~DEFAULT_BRANCH"], excludes: [] } },
    ...more,
  },
});
const guarded = (rules?: Rules, more?: Rules): Example => ({ given: [repository, ruleset(rules, more)] });
const without = (path: string): Rules => {
  const [first = "", second] = path.split(".");
  const kept = (object: Rules, left: string): Rules => Object.fromEntries(Object.entries(object).filter(([key]) => key !== left));
  return second === undefined ? kept(sound, first) : { ...sound, [first]: kept(sound[first as "pullRequest"], second) };
};
const classic = (properties: Rules) => ({
  given: [
    repository,
    { type: "github:index/branchProtectionV3:BranchProtectionV3", properties: { repository: "shop", branch: "main", ...properties } },
  ],
});
const reviewed = (field: string, value: unknown) => classic({ requiredPullRequestReviews: { [field]: value } });

const settings: readonly [id: string, path: string, classicTwin: Example, says: RegExp][] = [
  ["branch-no-force-push", "nonFastForward", classic({}), /force push/],
  ["branch-no-deletion", "deletion", classic({}), /delete/],
  ["branch-pull-request", "pullRequest", reviewed("requiredApprovingReviewCount", 0), /direct pushes/],
  ["branch-approvals", "pullRequest.requiredApprovingReviewCount", reviewed("requiredApprovingReviewCount", 1), /1 approval$/m],
  ["branch-code-owners", "pullRequest.requireCodeOwnerReview", reviewed("requireCodeOwnerReviews", true), /code owner/],
  ["branch-last-push-approved", "pullRequest.requireLastPushApproval", reviewed("requireLastPushApproval", true), /last push/],
  ["branch-stale-reviews-dismissed", "pullRequest.dismissStaleReviewsOnPush", reviewed("dismissStaleReviews", true), /outlive/],
  ["branch-threads-resolved", "pullRequest.requiredReviewThreadResolution", classic({ requireConversationResolution: true }), /threads/],
  ["branch-checks", "requiredStatusChecks", classic({ requiredStatusChecks: { checks: ["test:15368"] } }), /no check/],
  ["branch-signatures", "requiredSignatures", classic({ requireSignedCommits: true }), /unsigned/],
];

for (const [id, path, twin, says] of settings) {
  const [first = "", second] = path.split(".");
  const unknownValue =
    second === undefined ? { ...sound, [first]: UNKNOWN } : { ...sound, [first]: { ...sound.pullRequest, [second]: UNKNOWN } };
  specify(id, {
    pass: {
      "a ruleset of the default branch that asks for it": guarded(),
      "classic protection that asks for it": twin,
      "one of two rulesets that asks for it": { given: [repository, ruleset(without(path)), ruleset()] },
      "an organization's ruleset that takes the repository by its name": {
        given: [
          repository,
          {
            type: "github:index/organizationRuleset:OrganizationRuleset",
            properties: {
              ...{ target: "branch", enforcement: "active", rules: sound },
              conditions: { refName: { includes: ["~ALL"], excludes: [] }, repositoryName: { includes: ["sh*"], excludes: [] } },
            },
          },
        ],
      },
      "a ruleset of the default branch, whatever that will be called": {
        given: [{ ...repository, properties: { name: "shop", defaultBranch: UNKNOWN } }, ruleset()],
      },
      "an archived repository": { given: [{ ...repository, properties: { name: "shop", archived: true } }] },
    },
    fail: {
      "a repository that nothing guards": { given: [repository], says },
      "a ruleset that does not ask for it": { ...guarded(without(path)), says },
      "a ruleset that only evaluates": { ...guarded(sound, { enforcement: "evaluate" }), says },
      "a ruleset of another repository": { ...guarded(sound, { repository: "store" }), says },
      "a ruleset of another branch": {
        ...guarded(sound, { conditions: { refName: { includes: ["refs/heads/dev"], excludes: [] } } }),
        says,
      },
      "a ruleset that leaves the default branch out": {
        ...guarded(sound, { conditions: { refName: { includes: ["~ALL"], excludes: ["refs/heads/main"] } } }),
        says,
      },
      "a ruleset of tags": { ...guarded(sound, { target: "tag" }), says },
      "a ruleset of main where the default branch is another": {
        given: [
          repository,
          ruleset(sound, { conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } } }),
          { type: "github:index/branchDefault:BranchDefault", properties: { repository: "shop", branch: "trunk" } },
        ],
        says,
      },
    },
    unknown: {
      "a value that is computed": guarded(unknownValue),
      "a ruleset of main where the default branch is computed": {
        given: [
          { ...repository, properties: { name: "shop", defaultBranch: UNKNOWN } },
          ruleset(sound, { conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } } }),
        ],
      },
      "a ruleset of a repository whose name is computed": guarded(sound, { repository: UNKNOWN }),
    },
  });
}

specify("branch-approvals", {
  pass: {
    "two where two are asked for": { ...guarded({ ...sound, pullRequest: { requiredApprovingReviewCount: 2 } }), parameters: { least: 2 } },
  },
  fail: { "one where two are asked for": { ...guarded(), parameters: { least: 2 }, says: /2 approvals/ } },
  unknown: { "a computed number": guarded({ ...sound, pullRequest: { requiredApprovingReviewCount: UNKNOWN } }) },
});

specify("branch-up-to-date", {
  pass: {
    "strict checks": guarded(),
    "a merge queue": guarded({
      ...without("requiredStatusChecks.strictRequiredStatusChecksPolicy"),
      mergeQueue: { mergeMethod: "SQUASH" },
    }),
  },
  fail: {
    "checks that are not strict": { ...guarded(without("requiredStatusChecks.strictRequiredStatusChecksPolicy")), says: /behind/ },
    "strictness without a check, which GitHub ignores": {
      ...guarded({ requiredStatusChecks: { strictRequiredStatusChecksPolicy: true, requiredChecks: [] } }),
      says: /behind/,
    },
  },
  unknown: { "computed checks": guarded({ requiredStatusChecks: UNKNOWN }) },
});

const checks = (...requiredChecks: unknown[]) => ({ requiredStatusChecks: { requiredChecks } });
specify("branch-checks-pinned", {
  pass: {
    "checks of named apps": guarded(),
    "a classic check of a named app": classic({ requiredStatusChecks: { checks: ["test:15368"] } }),
    "no check at all, which is another rule's": { given: [repository] },
  },
  fail: {
    "a check of anybody": {
      ...guarded(checks({ context: "test" }, { context: "lint", integrationId: 1 })),
      says: /takes test from anybody/,
    },
    "a check of app 0, which is anybody": { ...guarded(checks({ context: "test", integrationId: 0 })), says: /test/ },
    "a classic context": { ...classic({ requiredStatusChecks: { contexts: ["test"] } }), says: /test/ },
  },
  unknown: {
    "a computed app": guarded(checks({ context: "test", integrationId: UNKNOWN })),
    "a ruleset that may be another repository's": guarded(checks({ context: "test" }), { repository: UNKNOWN }),
  },
});

specify("branch-linear-history", {
  pass: { "a line": guarded() },
  fail: { merges: { ...guarded(without("requiredLinearHistory")), says: /merge commits/ } },
  unknown: { "a computed setting": guarded({ ...sound, requiredLinearHistory: UNKNOWN }) },
});

const team = { actorType: "Team", actorId: 7, bypassMode: "pull_request" };
specify("branch-no-bypass", {
  pass: {
    "an empty list": guarded(),
    "classic protection that binds administrators": classic({ enforceAdmins: true }),
    "a team by a pull request, where that is allowed": {
      ...guarded(sound, { bypassActors: [team] }),
      parameters: { pullRequestBypass: true },
    },
  },
  fail: {
    "a team by a pull request": { ...guarded(sound, { bypassActors: [team] }), says: /Team 7/ },
    "a team at any time, even where a pull request is allowed": {
      ...guarded(sound, { bypassActors: [{ ...team, bypassMode: "always" }] }),
      parameters: { pullRequestBypass: true },
      says: /Team 7/,
    },
    "one of two rulesets": { given: [repository, ruleset(), ruleset(sound, { bypassActors: [team] })], says: /Team 7/ },
    "classic protection that lets somebody push by force": {
      given: [
        repository,
        {
          type: "github:index/branchProtection:BranchProtection",
          properties: { repositoryId: "shop", pattern: "main", enforceAdmins: true, forcePushBypassers: ["/octocat"] },
        },
      ],
      says: /octocat/,
    },
    "classic protection that leaves administrators out": { ...classic({}), says: /administrators/ },
  },
  unknown: {
    "computed actors": guarded(sound, { bypassActors: UNKNOWN }),
    "a ruleset that may be another repository's": guarded(sound, { repository: UNKNOWN, bypassActors: [team] }),
  },
});

describe("rules of branches", () => {
  const develop = { type: "github:index/branch:Branch", name: "shop-develop", properties: { repository: "shop", branch: "develop" } };
  const failed = (id: string, example: Example): string[] =>
    runRule(
      rules.find((rule) => rule.id === id)!,
      example,
    ).flatMap(({ verdict, subject, message }) => (verdict === "pass" ? [] : [`${subject}: ${message}`]));
  const of = (branch: string) => ({ conditions: { refName: { includes: [branch], excludes: [] } } });

  it("judge every declared branch by what guards it, and not by what guards the default one", () => {
    const both: Example = { given: [repository, develop, ruleset(), ruleset(sound, of("refs/heads/develop"))] };
    assert.isEmpty(failed("branch-pull-request", both));
    const one: Example = { given: [repository, develop, ruleset()] };
    assert.deepEqual(failed("branch-pull-request", one), ["shop-develop: the branch takes direct pushes"]);
  });

  it("ask for two approvals where a branch is named", () => {
    const given = [repository, develop, ruleset(), ruleset(sound, of("refs/heads/develop"))];
    assert.deepEqual(failed("branch-approvals", { given, parameters: { two: ["shop-develop"] } }), [
      "shop-develop: a pull request does not need 2 approvals",
    ]);
  });

  it("ask for checks that are named", () => {
    const named = (context: string): Example => ({ ...guarded(), parameters: { named: [`shop ${context}`, "other build"] } });
    assert.isEmpty(failed("branch-checks", named("test")));
    assert.deepEqual(failed("branch-checks", named("end to end")), ["shop: check end to end is not required"]);
  });

  it("take a check from known apps only", () => {
    const other = { ...sound, requiredStatusChecks: { requiredChecks: [{ context: "test", integrationId: 4711 }] } };
    assert.match(failed("branch-checks-pinned", guarded(other)).join(), /test of app 4711, which is not known/);
    assert.isEmpty(failed("branch-checks-pinned", { ...guarded(other), parameters: { apps: ["4711"] } }));
  });

  it("are all about the repository and its branches, so that one without any ruleset is judged too", async () => {
    const { branchRules } = await import("../../policies/rules/branches.ts");
    for (const { types } of branchRules.filter(({ id }) => id !== "branch-same-checks"))
      assert.deepEqual(types, ["github:index/repository:Repository", "github:index/branch:Branch"]);
  });
});
