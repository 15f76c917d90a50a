import * as github from "@pulumi/github";
import { assert } from "chai";
import { BranchGate, type BranchGateArgs } from "../../components/branch-gate/index.ts";
import { Directory } from "../../components/shared/directory.ts";
import { TagGate } from "../../components/tag-gate/index.ts";
import { FaultsError } from "../../model/fault.ts";
import { numberOf, record, type Recording } from "../support/pulumi.ts";

const ruleset = "github:index/repositoryRuleset:RepositoryRuleset";

/** Declares a gate of `main` with what the test changes. */
function gate(change: Partial<Record<keyof BranchGateArgs, unknown>> = {}): Promise<Recording<BranchGate>> {
  return record(() => {
    const provider = new github.Provider("github", { owner: "acme" });
    const args = {
      repository: "shop",
      branch: "main",
      production: true,
      hasCodeOwners: true,
      mergeMethods: ["squash"],
      pullRequest: {},
      requiredChecks: [{ context: "test", integrationId: 15368 }],
      directory: new Directory("acme", provider),
      ...change,
    } as BranchGateArgs;
    return new BranchGate("shop-main", args, { provider });
  });
}

async function rulesOf(change: Partial<Record<keyof BranchGateArgs, unknown>>): Promise<Record<string, unknown>> {
  return (await gate(change)).one(ruleset).inputs.rules as Record<string, unknown>;
}

describe("BranchGate", () => {
  it("[DEX-6] declares one ruleset with the safe defaults, checks pinned to GitHub Actions, protected in production", async () => {
    const { resources, one } = await gate();
    assert.deepEqual(
      resources.map(({ type }) => type),
      ["pulumi:providers:github", "gatehouse:github:BranchGate", ruleset],
    );
    const child = one(ruleset, "shop-main");
    assert.deepEqual(child.inputs, {
      name: "branch main",
      repository: "shop",
      target: "branch",
      enforcement: "active",
      bypassActors: [],
      conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } },
      rules: {
        deletion: true,
        nonFastForward: true,
        requiredSignatures: true,
        requiredLinearHistory: false,
        pullRequest: {
          requiredApprovingReviewCount: 1,
          dismissStaleReviewsOnPush: true,
          requireCodeOwnerReview: true,
          requireLastPushApproval: true,
          requiredReviewThreadResolution: true,
          allowedMergeMethods: ["squash"],
        },
        requiredStatusChecks: {
          strictRequiredStatusChecksPolicy: true,
          requiredChecks: [{ context: "test", integrationId: 15368 }],
        },
      },
    });
    assert.isTrue(child.protect);
    assert.equal(child.parent, one("gatehouse:github:BranchGate").urn);
    assert.include(child.provider, "pulumi:providers:github::github");
  });

  it("[DEX-6] asks for signed commits in production unless that is given up, elsewhere only when declared", async () => {
    assert.isTrue((await rulesOf({})).requiredSignatures);
    assert.isFalse((await rulesOf({ signedCommits: null })).requiredSignatures);
    assert.isFalse((await rulesOf({ production: false })).requiredSignatures);
    assert.isTrue((await rulesOf({ production: false, signedCommits: true })).requiredSignatures);
  });

  it("does not protect the ruleset of a lower tier, which its stack may destroy", async () => {
    assert.isFalse((await gate({ production: false })).one(ruleset).protect);
  });

  it("leaves out what is deliberately not enforced", async () => {
    assert.doesNotHaveAnyKeys(await rulesOf({ pullRequest: null, requiredChecks: null }), [
      "pullRequest",
      "requiredStatusChecks",
      "mergeQueue",
    ]);
  });

  it("asks for code owners only where there are any, unless declared", async () => {
    const codeOwners = async (change: object) => ((await rulesOf(change)).pullRequest as Record<string, unknown>).requireCodeOwnerReview;
    assert.isFalse(await codeOwners({ hasCodeOwners: false }));
    assert.isTrue(await codeOwners({ hasCodeOwners: false, pullRequest: { codeOwners: true } }));
    assert.isFalse(await codeOwners({ pullRequest: { codeOwners: false } }));
  });

  it("names who may step around, each looked up once", async () => {
    const bypass = [
      { kind: "team", slug: "maintainers", mode: "pull_request" },
      { kind: "role", role: "maintain", mode: "always" },
      { kind: "organizationAdmin", mode: "always" },
    ];
    const { one, calls } = await gate({ bypass });
    assert.deepEqual(one(ruleset).inputs.bypassActors, [
      { actorType: "Team", actorId: numberOf("maintainers"), bypassMode: "pull_request" },
      { actorType: "RepositoryRole", actorId: 2, bypassMode: "always" },
      { actorType: "OrganizationAdmin", bypassMode: "always" },
    ]);
    assert.deepEqual(
      calls.map(({ inputs }) => inputs as unknown),
      [{ slug: "maintainers", summaryOnly: true }],
    );
  });

  it("puts a merge queue before the branch", async () => {
    assert.deepEqual((await rulesOf({ mergeQueue: { method: "SQUASH" } })).mergeQueue, { mergeMethod: "SQUASH" });
  });

  it("registers nothing and names every fault when its arguments are wrong", async () => {
    let error: unknown;
    const { resources } = await record(() => {
      try {
        new BranchGate("x", {
          branch: "a b",
          pullRequest: { approvals: 11 },
          requiredChecks: [],
          repsitory: "x",
        } as unknown as BranchGateArgs);
      } catch (thrown) {
        error = thrown;
      }
    });
    assert.deepEqual(resources, []);
    assert.instanceOf(error, FaultsError);
    assert.includeMembers(
      error.faults.map(({ path }) => path),
      ["branch", "pullRequest.approvals", "requiredChecks", "repsitory", "repository", "production"],
    );
    assert.include(error.message, 'BranchGate "x"');
  });
});

describe("TagGate", () => {
  const declare = (bypass?: object[]) =>
    record(() => {
      const provider = new github.Provider("github", { owner: "acme" });
      const directory = new Directory("acme", provider);
      return new TagGate(
        "shop-v",
        { repository: "shop", pattern: "v*", directory, ...(bypass && { bypass: bypass as never }) },
        { provider },
      );
    });

  it("[DEX-6] forbids everybody to move or to delete a tag", async () => {
    const { one } = await declare();
    const { inputs, protect } = one(ruleset, "shop-v");
    assert.deepEqual(inputs.rules, { update: true, deletion: true, nonFastForward: true });
    assert.deepEqual(inputs.bypassActors, []);
    assert.deepEqual(inputs.conditions, { refName: { includes: ["refs/tags/v*"], excludes: [] } });
    assert.equal(inputs.target, "tag");
    assert.isTrue(protect);
  });

  it("[DEX-6] lets those who may create a tag not move one: two rulesets", async () => {
    const { all, one } = await declare([{ kind: "role", role: "admin", mode: "always" }]);
    assert.lengthOf(all(ruleset), 2);
    assert.deepEqual(one(ruleset, "shop-v").inputs.bypassActors, []);
    const creation = one(ruleset, "shop-v-creation");
    assert.deepEqual(creation.inputs.rules, { creation: true });
    assert.deepEqual(creation.inputs.bypassActors, [{ actorType: "RepositoryRole", actorId: 5, bypassMode: "always" }]);
    assert.isTrue(creation.protect);
  });
});
