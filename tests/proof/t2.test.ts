import { assert } from "chai";
import { prove } from "../../proof/index.ts";
import { gateTheorem as t2 } from "../../proof/theorems/t2.ts";
import { github, UNKNOWN } from "../../policies/rules/declaration.ts";
import { realWorld } from "./support/real.ts";
import type { SmallGuard, SmallWorld } from "./support/small-worlds.ts";
import { declared, guard, sound, told, worldOf, type More } from "./support/sound.ts";

type Review = NonNullable<SmallGuard["review"]>;
const guarded = (change: Partial<SmallGuard>, review: Partial<Review> = {}): Partial<SmallWorld> => ({
  guards: [{ ...guard, includes: ["refs/heads/main"], review: guard.review === null ? null : { ...guard.review, ...review }, ...change }],
});
/** Of branch main alone, which the guards of these worlds are about. */
const broken = (change: Partial<SmallWorld>, more: More = {}): readonly string[] => told(t2, worldOf({ ...guarded({}), ...change }, more));
const requires = "somebody opens a pull request to main, which requires test (small-rules-0 rules.requiredStatusChecks.requiredChecks.0)";
const waiting = "small branch main: a pull request to main can wait for check test for ever";
const never = "small branch main: a pull request to main can never be merged";

describe("T2: every gate can be satisfied", () => {
  it("holds where a job reports on every pull request, and two people may approve", () => {
    assert.isEmpty(broken({}));
  });

  describe("a required check", () => {
    it("waits for ever where its workflow is left out by a path or a branch", () => {
      const [claim, opened, why] = broken({ trigger: "paths" });
      assert.deepEqual([claim, opened], [waiting, requires]);
      assert.match(why ?? "", /^the job test need not report it: `paths` .* \(\.github\/workflows\/ci\.yml:3\)$/u);
      assert.match(broken({ trigger: "other branch" })[2] ?? "", /excludes the branch "main" \(\.github\/workflows\/ci\.yml:3\)$/u);
    });

    it("waits for ever where no workflow reports it", () => {
      assert.deepEqual(
        broken(
          {},
          {
            files: {
              ".github/workflows/ci.yml": "on: pull_request\njobs:\n  other:\n    runs-on: ubuntu-24.04\n    steps: [{ run: make }]\n",
            },
          },
        ),
        [waiting, requires, "no workflow reports a check of the name test (small-rules-0 rules.requiredStatusChecks.requiredChecks.0)"],
      );
    });

    it("waits for ever on what a job opens with its GITHUB_TOKEN, where it may", () => {
      assert.deepEqual(broken({ opens: "token", mayApprove: true }), [
        waiting,
        "the job report of cd.yml opens a pull request with its GITHUB_TOKEN (.github/workflows/cd.yml:14)",
        "the job test need not report it: a pull request opened with GITHUB_TOKEN starts no run until a person approves it (.github/workflows/ci.yml:2)",
      ]);
      assert.isEmpty(broken({ opens: "token", mayApprove: false }));
      assert.isEmpty(broken({ opens: "app", mayApprove: true }));
    });

    it("finds the request in the scripts that a step runs", () => {
      const files = {
        ".github/workflows/cd.yml":
          "on: push\njobs:\n  go:\n    runs-on: ubuntu-24.04\n    permissions: { pull-requests: write }\n    steps:\n      - run: bash scripts/propose.sh\n",
        "scripts/propose.sh": 'source "$here/lib/github.sh"\n',
        "scripts/lib/github.sh": 'github POST "/repos/$GITHUB_REPOSITORY/pulls" "$body"\n',
      };
      assert.equal(
        broken({ mayApprove: true }, { files })[1],
        "the job go of cd.yml opens a pull request with its GITHUB_TOKEN (.github/workflows/cd.yml:7)",
      );
    });

    it("of another app is taken to be reported, and said so", () => {
      const ruleset = declared(github("RepositoryRuleset"), "small-app", {
        repository: "small",
        target: "branch",
        enforcement: "active",
        conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } },
        rules: { requiredStatusChecks: { requiredChecks: [{ context: "scan", integrationId: 99 }] } },
      });
      const proofs = prove(worldOf({}, { resources: [ruleset] }), [t2])[0]?.proofs;
      assert.equal(proofs?.[0]?.verdict, "holds");
      assert.include(proofs?.[0]?.assumptions ?? [], "App 99 is installed on acme/small and reports scan on every pull request to main");
    });

    it("must report in the merge queue too", () => {
      const queue = declared(github("RepositoryRuleset"), "small-queue", {
        repository: "small",
        target: "branch",
        enforcement: "active",
        conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } },
        rules: { mergeQueue: { mergeMethod: "SQUASH" } },
      });
      assert.include(broken({}, { resources: [queue] })[2] ?? "", "`pull_request` does not run in the merge queue");
    });
  });

  describe("an approval", () => {
    it("is out of reach where all who may push are as many as are asked for", () => {
      const at = "(small-rules-0 rules.pullRequest.requiredApprovingReviewCount)";
      assert.deepEqual(broken(guarded({}, { approvals: 2 })), [
        never,
        `somebody who may push opens a pull request to main ${at}`,
        `2 people may push to acme/small, and the author is one of them, but main asks for 2 approvals ${at}`,
      ]);
      assert.isEmpty(
        broken(guarded({}, { approvals: 2, owners: false }), {
          teams: new Map([
            ["acme/one", ["ann", "bob", "cyd"]],
            ["acme/two", []],
          ]),
        }),
      );
    });

    it("is out of reach of an account with one person", () => {
      assert.include(broken({ account: "user", grants: [], owners: "none" })[2] ?? "", "one person may push to acme/small");
    });

    it("by an owner is out of reach where the owner may not write, or is the only one", () => {
      assert.deepEqual(broken({ owners: "a team of no rights" }).slice(1), [
        "somebody opens a pull request to main that changes *, which needs an owner's approval (small-rules-0 rules.pullRequest.requireCodeOwnerReview)",
        "acme/ghosts is its owner and may not write to acme/small, so an approval does not count (.github/CODEOWNERS:1)",
      ]);
      assert.include(
        broken({ members: [["ann"], ["ann", "bob"]] }),
        "its only owner ann opens it, and nobody approves a pull request of their own (.github/CODEOWNERS:1)",
      );
    });

    it("is taken to be in reach of teams that nobody has looked up, and said so", () => {
      const [proof] = prove(worldOf({}, { teams: new Map() }), [t2])[0]?.proofs ?? [];
      assert.deepEqual(proof?.assumptions, [
        "team one and team two and who else may push to acme/small are at least 2 people",
        "team one, who together own files of acme/small, are at least 2 people",
      ]);
    });
  });

  describe("a method of merging", () => {
    it("is left by all rules together, or the branch takes nothing", () => {
      assert.deepEqual(broken(guarded({ linear: true }, { methods: ["merge"] })), [
        never,
        "the ruleset allows merge only (small-rules-0 rules.pullRequest.allowedMergeMethods)",
        "a linear history takes no merge commit (small-rules-0 rules.requiredLinearHistory)",
      ]);
      assert.include(
        broken(guarded({ signed: true }, { methods: ["rebase"] })),
        "a rebased commit is signed by nobody (small-rules-0 rules.requiredSignatures)",
      );
    });

    it("makes no signed commit of one that a job pushes with Git, unless it squashes", () => {
      const text =
        "on: push\njobs:\n  go:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: |\n          git commit -m update\n          git push origin HEAD:bot\n";
      const files = { ".github/workflows/bot.yml": text };
      assert.deepEqual(broken(guarded({}, { methods: ["merge"] }), { files }).slice(1), [
        "the job go of .github/workflows/bot.yml pushes a commit that nobody has signed (.github/workflows/bot.yml:6)",
        "main takes no such commit, and no squash makes one of GitHub's own of it (small-rules-0 rules.requiredSignatures)",
      ]);
      assert.isEmpty(broken({}, { files }));
    });
  });

  describe("an environment", () => {
    const claim = "small environment deploy: a job of environment deploy can wait for its reviewers for ever";
    it("has somebody left to approve when the one who started is taken out", () => {
      assert.deepEqual(broken({ owners: "none", members: [["ann"], ["ann", "bob"]] }), [
        claim,
        "its only reviewer starts a job of environment deploy (small-deploy reviewers)",
        "nobody may approve a job that they have started (small-deploy preventSelfReview)",
      ]);
      const self = { ...sound.environment, selfReview: true };
      assert.isEmpty(broken({ owners: "none", members: [["ann"], ["ann", "bob"]], environment: self }));
    });

    it("names a ref that may deploy", () => {
      assert.deepEqual(broken({}, { without: ["small-from"] }), [
        "small environment deploy: no job of environment deploy can ever start",
        "it takes branches and tags by policy only, and no policy names one (small-deploy deploymentBranchPolicy)",
      ]);
    });
  });

  it("is unknown where a rule is known only after the update, for the branches that it may be about", () => {
    const resources = [declared(github("TeamRepository"), "small-late", { repository: "small", teamId: "9", permission: UNKNOWN })];
    assert.deepEqual(broken({}, { resources }), [
      "small branch main is unknown: small-late.permission is known only after the update",
      "small environment deploy is unknown: small-late.permission is known only after the update",
    ]);
  });

  it("holds for every branch and every environment of the five systems", async () => {
    const [proved] = prove(await realWorld(), [t2]);
    assert.lengthOf(proved?.proofs ?? [], 36);
    assert.isEmpty(told(t2, await realWorld()));
  });
});
