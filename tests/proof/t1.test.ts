import { assert } from "chai";
import { prove, ProofWorld } from "../../proof/index.ts";
import { pathTheorem as t1 } from "../../proof/theorems/t1.ts";
import { Declaration, github, kubernetes, UNKNOWN } from "../../policies/rules/declaration.ts";
import { realWorld } from "./support/real.ts";
import type { SmallGuard, SmallWorld } from "./support/small-worlds.ts";
import { declared, guard, sound, steps, told, worldOf } from "./support/sound.ts";

type Review = NonNullable<SmallGuard["review"]>;
const guarded = (change: Partial<SmallGuard>, review: Partial<Review> = {}): Partial<SmallWorld> => ({
  guards: [{ ...guard, review: guard.review === null ? null : { ...guard.review, ...review }, ...change }],
});
const deployed = "Argo CD deploys main to prod (small spec.source.targetRevision)";
const ownJob =
  "a member of team one pushes a branch with a workflow of their own, whose job has a GITHUB_TOKEN that writes (small-one permission)";
const bypassedBy = (type: string, id: number | null, mode = "always"): Partial<SmallWorld> => guarded({ bypass: [{ type, id, mode }] });

describe("T1: nothing reaches production past the gates", () => {
  it("holds where one ruleset asks for an approval, its owner, another than the last pusher, and a check of Actions", () => {
    assert.isEmpty(told(t1, worldOf()));
  });

  it("says in one sentence what was reached, and by which steps", () => {
    const claim = "small prod: a change that nobody but its author has approved, or that its checks have not passed, runs in prod";
    assert.deepEqual(told(t1, worldOf({ guards: [] })), [
      claim,
      "a member of team one pushes a commit to main, which no ruleset guards (acme/small main)",
      deployed,
    ]);
  });

  describe("a push", () => {
    const unguarded = "a member of team one pushes a commit to main, which no ruleset guards (acme/small main)";
    it("is open where the ruleset only evaluates, excludes the branch, or is another branch's", () => {
      for (const change of [
        { enforcement: "evaluate" },
        { excludes: ["refs/heads/main"] },
        { includes: ["refs/heads/release"] },
      ] as const) {
        assert.deepEqual(steps(t1, worldOf(guarded(change))), [unguarded, deployed]);
      }
    });

    it("is open where nothing asks for a pull request", () => {
      const push = "a member of team one pushes a commit to main, which asks for no pull request (small-rules-0 rules.pullRequest)";
      assert.deepEqual(steps(t1, worldOf(guarded({ review: null }))), [push, deployed]);
    });

    it("is closed by a ruleset of the organization too", () => {
      assert.isEmpty(told(t1, worldOf(guarded({ kind: "OrganizationRuleset", includes: ["~DEFAULT_BRANCH"] }))));
    });

    it("is closed by classic protection, and open to administrators where that does not hold them", () => {
      const protection = (enforceAdmins: boolean) =>
        declared(github("BranchProtectionV3"), "small-classic", {
          repository: "small",
          branch: "main",
          enforceAdmins,
          requiredPullRequestReviews: { requiredApprovingReviewCount: 1, dismissStaleReviews: true, requireLastPushApproval: true },
          requiredStatusChecks: { checks: ["test:15368"] },
        });
      assert.isEmpty(told(t1, worldOf({ guards: [] }, { resources: [protection(true)] })));
      const push =
        "an owner of organization acme pushes a commit to main, whose rules it does not have to keep (small-classic enforceAdmins)";
      assert.deepEqual(steps(t1, worldOf({ guards: [] }, { resources: [protection(false)] })), [push, deployed]);
    });
  });

  describe("a bypass", () => {
    const around = (who: string) => `${who} pushes a commit to main, whose rules it does not have to keep (small-rules-0 bypassActors.0)`;
    it("of a team, a role or the organization's owners lets one of them push", () => {
      assert.deepEqual(steps(t1, worldOf(bypassedBy("Team", 1))), [around("a member of team one"), deployed]);
      assert.deepEqual(steps(t1, worldOf(bypassedBy("RepositoryRole", 4))), [around("a member of team one"), deployed]);
      assert.deepEqual(steps(t1, worldOf(bypassedBy("OrganizationAdmin", null))), [around("an owner of organization acme"), deployed]);
    });

    it("for pull requests only lets them merge one", () => {
      const merge = "a member of team two merges a pull request to main without its reviews and checks (small-rules-0 bypassActors.0)";
      assert.deepEqual(steps(t1, worldOf(bypassedBy("Team", 2, "pull_request"))), [merge, deployed]);
    });

    it("of a deploy key that writes, or of an App, lets a machine push", () => {
      assert.deepEqual(steps(t1, worldOf({ ...bypassedBy("DeployKey", null), deployKey: true })), [
        around("deploy key small-writer"),
        deployed,
      ]);
      assert.isEmpty(told(t1, worldOf(bypassedBy("DeployKey", null))));
      assert.deepEqual(steps(t1, worldOf(bypassedBy("Integration", 77))), [around("App 77"), deployed]);
    });

    it("of Actions lets the declared job push, and any job that somebody writes", () => {
      const bypass = bypassedBy("Integration", 15_368);
      assert.deepEqual(steps(t1, worldOf(bypass)), [ownJob, around("a job of theirs"), deployed]);
      assert.deepEqual(steps(t1, worldOf({ ...bypass, jobWrites: true })), [around("the job report of cd.yml"), deployed]);
    });
  });

  describe("an approval", () => {
    it("is missing where none is asked for, and where the owner's is and the file has none", () => {
      const merge =
        "a member of team one merges a pull request of their own to main, as nobody has to approve it (small-rules-0 rules.pullRequest.requiredApprovingReviewCount)";
      assert.deepEqual(steps(t1, worldOf(guarded({}, { approvals: 0, owners: false }))), [merge, deployed]);
      assert.deepEqual(steps(t1, worldOf({ ...guarded({}, { approvals: 0 }), owners: "all but overlays" })), [merge, deployed]);
      assert.deepEqual(steps(t1, worldOf({ ...guarded({}, { approvals: 0 }), owners: "none" })), [merge, deployed]);
    });

    it("of an earlier commit counts where nothing dismisses it", () => {
      assert.deepEqual(steps(t1, worldOf(guarded({}, { dismiss: false, lastPush: false }))), [
        "a member of team one opens a pull request to main, which others approve (small-rules-0 rules.pullRequest.requiredApprovingReviewCount)",
        "a member of team one pushes another commit to it and merges, as the approvals stay (small-rules-0 rules.pullRequest.dismissStaleReviewsOnPush)",
        deployed,
      ]);
      assert.isEmpty(told(t1, worldOf(guarded({}, { dismiss: false }))));
    });

    it("is one's own on somebody else's pull request, where the last pusher may give it", () => {
      assert.deepEqual(steps(t1, worldOf(guarded({}, { lastPush: false }))), [
        "a member of team one pushes a commit to a pull request to main that somebody else opened (small-rules-0 rules.pullRequest.requireLastPushApproval)",
        "a member of team one approves it, as it is not they who opened it (small-rules-0 rules.pullRequest.requireLastPushApproval)",
        deployed,
      ]);
      assert.isEmpty(told(t1, worldOf(guarded({}, { lastPush: false, approvals: 2 }))));
    });

    it("is a workflow's where Actions may approve, and with one's own on somebody else's pull request that makes two", () => {
      assert.deepEqual(steps(t1, worldOf({ ...guarded({}, { owners: false }), mayApprove: true })), [
        ownJob,
        "a member of team one opens a pull request to main (small-rules-0 rules.pullRequest.requiredApprovingReviewCount)",
        "a job of theirs approves it with its GITHUB_TOKEN (small canApprovePullRequestReviews)",
        deployed,
      ]);
      const two = steps(t1, worldOf({ ...guarded({}, { approvals: 2 }), mayApprove: true }));
      assert.deepEqual(two.slice(1), [
        "a member of team one pushes a commit to a pull request to main that somebody else opened (small-rules-0 rules.pullRequest.requireLastPushApproval)",
        "a job of theirs approves it with its GITHUB_TOKEN (small canApprovePullRequestReviews)",
        "a member of team one approves it, as it is not they who opened it (small-rules-0 rules.pullRequest.requiredApprovingReviewCount)",
        deployed,
      ]);
    });

    it("is an App's whose key every job may read", () => {
      assert.deepEqual(steps(t1, worldOf({ ...guarded({}, { owners: false }), keyInRepository: true })), [
        ownJob,
        "the job reads secret APP_KEY, the key of an App (small-shared secretName)",
        "a member of team one opens a pull request to main (small-rules-0 rules.pullRequest.requiredApprovingReviewCount)",
        "a member of team one approves it as the App (.github/workflows/cd.yml:10)",
        deployed,
      ]);
    });
  });

  describe("a check", () => {
    it("that the system declares and no ruleset requires lets what failed through", () => {
      const merge =
        "a member of team one merges a pull request to main although test has failed (small-rules-0 rules.requiredStatusChecks)";
      assert.deepEqual(steps(t1, worldOf(guarded({ check: "none" }))), [merge, deployed]);
    });

    it("that any app may report is reported by whoever wants it to pass", () => {
      const report =
        "a member of team one reports test as passed on a pull request to main, as any app may, and merges it (small-rules-0 rules.requiredStatusChecks.requiredChecks.0)";
      assert.deepEqual(steps(t1, worldOf(guarded({ check: "anybody" }))), [report, deployed]);
    });
  });

  it("sees a tag that moves, which every job can push an image to", () => {
    const image = "the job pushes an image of its own as ghcr.io/acme/small:latest, which prod follows (deploy/kustomization.yaml:4)";
    assert.deepEqual(steps(t1, worldOf({ tag: "latest" })), [ownJob, image]);
  });

  it("sees every Application that deploys into production's namespace, and every repository that is not guarded here", () => {
    const other = declared(kubernetes("argoproj.io/v1alpha1", "Application"), "small-other", {
      metadata: { name: "other" },
      spec: {
        destination: { server: "https://kubernetes.default.svc", namespace: "small" },
        sources: [
          { repoURL: "git@github.com:acme/small.git", targetRevision: "topic", path: "deploy" },
          { repoURL: "https://github.com/acme/charts" },
        ],
      },
    });
    assert.deepEqual(told(t1, worldOf({}, { resources: [other] })).slice(1, 3), [
      "somebody changes acme/charts, of which no gate is declared here, and Argo CD deploys it to prod (small-other spec.sources.1.repoURL)",
    ]);
  });

  describe("an environment whose token a cloud trusts", () => {
    const environment = { ...sound.environment, hasKey: false };
    const cloud = "the job changes prod with the cloud's credential (environment deploy trustedBy)";
    const waits = "a job of theirs uses environment deploy, which waits for nobody (small-deploy reviewers)";

    it("is open to any branch that anybody may push, where nobody has to approve", () => {
      assert.deepEqual(steps(t1, worldOf({ environment: { ...environment, reviewed: false, from: "any" } })), [
        ownJob,
        "any branch may deploy, theirs as well (small-deploy deploymentBranchPolicy)",
        waits,
        cloud,
      ]);
    });

    it("is open to a tag that anybody may make, and closed where a ruleset says who may", () => {
      const change = { environment: { ...environment, reviewed: false, from: "tags" as const } };
      const tag = "a member of team one makes a tag v* on a commit with a workflow of their own, which starts with it (acme/small tags v*)";
      assert.deepEqual(steps(t1, worldOf(change)), [tag, waits, cloud]);
      const creation = declared(github("RepositoryRuleset"), "small-tags", {
        repository: "small",
        target: "tag",
        enforcement: "active",
        conditions: { refName: { includes: ["refs/tags/v*"], excludes: [] } },
        rules: { creation: true },
      });
      assert.isEmpty(told(t1, worldOf(change, { resources: [creation] })));
      const organization = (names: readonly string[]) =>
        declared(github("OrganizationRuleset"), "acme-tags", {
          target: "tag",
          enforcement: "active",
          conditions: { refName: { includes: ["~ALL"], excludes: [] }, repositoryName: { includes: names, excludes: [] } },
          rules: { creation: true },
        });
      assert.isEmpty(told(t1, worldOf(change, { resources: [organization(["sm*"])] })));
      assert.deepEqual(steps(t1, worldOf(change, { resources: [organization(["other"])] })), [tag, waits, cloud]);
    });

    it("is open to who may approve a job of their own, and to administrators who may skip", () => {
      const own =
        "a member of team one, being a reviewer too, approves a job of their own for environment deploy (small-deploy preventSelfReview)";
      assert.include(steps(t1, worldOf({ environment: { ...environment, selfReview: true, from: "any" } })), own);
      const skip =
        "an owner of organization acme lets a job of theirs past the reviewers of environment deploy (small-deploy canAdminsBypass)";
      assert.include(steps(t1, worldOf({ environment: { ...environment, adminBypass: true, from: "x/*" } })), skip);
    });

    it("is open to a stranger whose commit a job of it checks out", () => {
      const text = `on: pull_request_target\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    environment: deploy\n    steps:\n      - uses: actions/checkout@v6\n        with:\n          ref: \${{ github.event.pull_request.head.sha }}\n`;
      const world = worldOf({ environment: { ...environment, reviewed: false } }, { files: { ".github/workflows/target.yml": text } });
      const stranger = "a stranger opens a pull request from a fork, whose code the job build runs with the rights of the repository";
      assert.deepEqual(steps(t1, world), [`${stranger} (.github/workflows/target.yml:7)`, cloud]);
    });
  });

  describe("an account with one person", () => {
    it("asks for a pull request and its checks, as nobody else can approve", () => {
      const alone = { account: "user", grants: [] } as const;
      assert.isEmpty(told(t1, worldOf({ ...alone, ...guarded({}, { approvals: 0, owners: false }) })));
      const [first] = steps(t1, worldOf({ ...alone, guards: [] }));
      assert.equal(first, "acme pushes a commit to main, which no ruleset guards (acme/small main)");
    });

    it("asks for an approval as soon as a second one may push", () => {
      const two = { account: "user", grants: ["push"], ...guarded({}, { approvals: 0, owners: false }) } as const;
      assert.include(steps(t1, worldOf(two))[0], "ann merges a pull request of their own to main");
    });
  });

  it("is unknown where a rule is known only after the update, and does not hold", () => {
    const ruleset = declared(github("RepositoryRuleset"), "small-late", {
      repository: "small",
      target: "branch",
      enforcement: UNKNOWN,
      conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } },
    });
    assert.deepEqual(told(t1, worldOf({}, { resources: [ruleset] })), [
      "small prod is unknown: what guards the branch is known only after the update",
    ]);
  });

  it("names what it takes for true", () => {
    const [proved] = prove(worldOf(), [t1]);
    assert.includeMembers(proved?.proofs[0]?.assumptions as string[], [
      "nobody has a second account",
      "nobody moves a tag sha-* of ghcr.io/acme/small, as the registry lets them",
    ]);
  });

  describe("the five systems", () => {
    it("hold wherever a person's approval is asked for on every branch that a job with an App's key comes from", async () => {
      const [proved] = prove(await realWorld(), [t1]);
      const verdicts = proved?.proofs.map(({ subject, verdict }) => `${subject} ${verdict}`);
      assert.deepEqual(verdicts, [
        "airflow-etl production holds",
        "data-platform-aks prod holds",
        "dataenginex prod holds",
        "dataenginex environment pypi holds",
        "dataknobs production holds",
        "dataknobs environment pypi holds",
        "kitchen prod holds",
      ]);
    });

    it("[AF-4] would not, if main of airflow-etl let the code owner who pushed last approve: as that, and as the App, they would be two", async () => {
      const world = await realWorld();
      const resources = world.resources.map((one) => {
        if (one.name !== "airflow-etl-main" || one.type !== github("RepositoryRuleset")) return one;
        const rules = one.get("rules") as { readonly pullRequest: object };
        const pullRequest = { ...rules.pullRequest, requireLastPushApproval: false };
        return new Declaration({ ...one.input, properties: { ...one.input.properties, rules: { ...rules, pullRequest } } });
      });
      const systems = world.systems.filter(({ system }) => system.name === "airflow-etl");
      const [first, , third, ...more] = steps(t1, new ProofWorld({ resources, systems })).slice(1);
      assert.match(first!, /pushes a commit to a pull request to main that somebody else opened/);
      assert.match(third!, /^a job of theirs uses environment \S+, which waits for nobody/);
      assert.match(more.join(), /approves it as the App/);
      assert.include(more.at(-1), "Argo CD deploys production to production");
    });
  });
});
