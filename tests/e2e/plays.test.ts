/** What is proved is also so: each play is predicted by a theorem, then played on the services of this machine, for every system. */
import { expect } from "chai";

import { enableAutoMerge, overlayMergeMethod } from "../../cli/operations/auto-merge.ts";
import { kustomizationOf } from "../../delivery/overlays.ts";
import type { Environment, System } from "../../model/system.ts";
import { argocdTarget } from "../../model/target.ts";
import type { ProofWorld } from "../../proof/index.ts";
import { realWorld } from "../proof/support/real.ts";
import { counterexamples, differing } from "./support/prediction.ts";
import { applied, type Applied } from "./support/rig.ts";
import { refusalOf, Stage } from "./support/stage.ts";

const SYSTEMS = ["airflow-etl", "data-platform-aks", "dataenginex", "dataknobs", "kitchen"] as const;

interface State {
  readonly deployment: { readonly resources: readonly { readonly urn: string; readonly parent?: string }[] };
}

/** One look at the state of the stack that owns the tiers before production, for all systems. */
let lowerState: Promise<string> | undefined;
const stateOfDev = (world: Applied): Promise<string> =>
  (lowerState ??= world.rig.pulumi("dev", "stack", "export").then(({ stdout }) => stdout));

for (const name of SYSTEMS) {
  describe(`plays of ${name}, each as the proof predicted it`, function () {
    this.timeout(600_000);
    let world: Applied;
    let proof: ProofWorld;
    let system: System;
    let stage: Stage;
    /** Names branches and files of this play alone. */
    const play = (what: string): { branch: string; file: string } => ({ branch: `plays/${what}`, file: `docs/plays/${what}.md` });

    before(async () => {
      [world, proof] = await Promise.all([applied(), realWorld()]);
      system = proof.systems.find((each) => each.system.name === name)?.system ?? expect.fail(`there is no ${name}`);
      stage = await Stage.open(world, system);
    });

    const target = () => argocdTarget(stage.production.target);
    const subject = () => `${name} ${stage.production.name}`;
    const needsReview = (): boolean => {
      const rule = system.branches.find((branch) => branch.name === stage.branch)?.gate?.pullRequest;
      return (rule?.approvals ?? 1) > 0;
    };
    beforeEach(() => stage.runner.skip());
    after(() => stage.tidy("plays/"));

    it("a direct push to the branch of production is refused", async () => {
      const direct = counterexamples(proof, "T1", subject()).filter(({ steps }) => steps.length <= 2);
      expect(direct, "T1: no push goes straight to production").to.deep.equal([]);
      const { refused, words } = await stage.push(stage.author.token, play("direct").file);
      expect(refused).to.equal(true);
      expect(words).to.include(`GH013: Repository rule violations found for refs/heads/${stage.branch}.`);
      expect(words).to.include("Changes must be made through a pull request.");
    });

    it("a pull request is merged with its checks and reviews, and not without either", async () => {
      expect(counterexamples(proof, "T2", `${name} branch ${stage.branch}`), "T2").to.deep.equal([]);
      const { branch, file } = play("change");
      await stage.commit(stage.author.octokit, file, branch);
      const number = await stage.open(stage.author.octokit, branch);
      const merge = () => stage.merge(stage.author.octokit, number);
      const bare = await refusalOf(merge());
      expect(bare.status).to.equal(405);
      expect(bare.message).to.match(/Required status check "[^"]+" is expected\./);
      const own = await refusalOf(stage.approveAll(number, [stage.author]));
      expect(own.message).to.match(/approve your own pull request/);

      const runs = await stage.runner.work(({ job, event }) => (event === "pull_request" && job === required()[0] ? "failure" : undefined));
      expect(runs.length).to.be.greaterThan(0);
      await stage.approveAll(number);
      expect((await refusalOf(merge())).message, "with reviews, one check failed").to.match(/Required status check "[^"]+" is failing\./);

      // A new head: its checks run anew, and what was approved is approved no more.
      await addTo(branch, file);
      await stage.runner.work();
      if (needsReview()) {
        expect((await refusalOf(merge())).message, "with checks, without reviews").to.match(/approving review|code owner review/);
        await stage.approveAll(number);
      }
      expect((await merge()).data.merged).to.equal(true);
      await stage.runner.skip();
    });

    const required = (): string[] => {
      const checks = system.branches.find(({ name: one }) => one === stage.branch)?.gate?.checks;
      return (checks?.required ?? []).map(({ job }) => job);
    };
    async function addTo(branch: string, file: string): Promise<void> {
      const { data } = await stage.author.octokit.rest.repos.getContent({ ...stage.at, path: file, ref: branch });
      await stage.author.octokit.rest.repos.createOrUpdateFileContents({
        ...stage.at,
        branch,
        path: file,
        message: "docs: more",
        content: Buffer.from("more\n").toString("base64"),
        sha: "sha" in data ? data.sha : "",
      });
    }

    it("the CD bot's push is refused, and its promotion pull request goes through the gates", async () => {
      const token = await stage.appToken();
      const { branch, file } = play("promotion");
      const overlay = target();
      const path = overlay === undefined ? file : kustomizationOf(overlay.path);
      const { refused, words } = await stage.push(token, path);
      expect(refused).to.equal(true);
      expect(words).to.include("Changes must be made through a pull request.");

      const bot = stage.client(token);
      await stage.commit(bot, path, branch);
      const number = await stage.open(bot, branch);
      expect(await stage.state(number)).to.equal("blocked");
      const runs = await stage.runner.work();
      expect(
        runs.filter(({ event }) => event === "pull_request"),
        "an App's pull request starts the workflows",
      ).to.not.be.empty;
      if (needsReview()) expect(await stage.state(number), "with its checks").to.equal("blocked");
      await stage.approveAll(number, [stage.author, ...stage.others]);
      expect(await stage.state(number)).to.equal("clean");
      await stage.close(number, branch);
    });

    // The one system whose lower tier waits for nobody.
    if (name === "airflow-etl")
      it("[AF-4] the CD bot's pull request to staging is merged by itself once its checks have reported, and waits for nobody", async () => {
        const staging = argocdTarget(system.tiers.find((tier) => tier.name === "staging")?.target);
        const { branch: base, path } = staging ?? expect.fail("nothing deploys staging");
        expect(counterexamples(proof, "T2", `${name} branch ${base}`), "T2").to.deep.equal([]);
        const token = await stage.appToken();
        const file = kustomizationOf(path);
        const { refused, words } = await stage.push(token, file, { from: base });
        expect(refused).to.equal(true);
        expect(words).to.include(`GH013: Repository rule violations found for refs/heads/${base}.`);

        const bot = stage.client(token);
        const { branch } = play("staging");
        await stage.commit(bot, file, branch, base);
        const number = await stage.open(bot, branch, base);
        const pull = async () => (await bot.rest.pulls.get({ ...stage.at, pull_number: number })).data;
        const place = { octokit: bot, at: stage.at };
        const waits = await enableAutoMerge(place, { number, nodeId: (await pull()).node_id }, overlayMergeMethod(system));
        expect(waits).to.deep.equal({ state: "enabled" });
        await stage.runner.work(({ job, event }) => (event === "pull_request" && job === required()[0] ? "failure" : undefined));
        expect((await pull()).merged, "one check failed").to.equal(false);
        await stage.commit(bot, file, branch, branch);
        await stage.runner.work();
        expect((await pull()).merged, "all have passed").to.equal(true);
        expect((await bot.rest.pulls.listReviews({ ...stage.at, pull_number: number })).data).to.deep.equal([]);
      });

    it("a promotion pull request that GITHUB_TOKEN opens waits for its checks for ever, as T2 finds", async () => {
      const opening = {
        system: name,
        change: { type: "WorkflowRepositoryPermissions", set: { canApprovePullRequestReviews: true } },
        files: {
          ".github/workflows/promote.yml": `name: Promote
on: workflow_dispatch
permissions: {}
jobs:
  propose:
    runs-on: ubuntu-24.04
    permissions: { contents: write, pull-requests: write }
    steps:
      - env: { GH_TOKEN: "\${{ github.token }}" }
        run: gh pr create --fill --base ${stage.branch}
`,
        },
      };
      const found = counterexamples(differing(proof, opening), "T2", `${name} branch ${stage.branch}`);
      expect(found.length, "T2").to.be.greaterThan(0);
      expect(found[0]?.steps[0]?.text).to.equal("the job propose of promote.yml opens a pull request with its GITHUB_TOKEN");

      await letActionsPropose(true);
      try {
        const bot = stage.client(await stage.jobToken({ contents: "write", pull_requests: "write" }));
        const { branch, file } = play("by-github-token");
        await stage.commit(bot, file, branch);
        const number = await stage.open(bot, branch);
        expect(await stage.runner.work(), "nothing starts").to.deep.equal([]);
        await stage.approveAll(number, [stage.author, ...stage.others]);
        expect(await stage.state(number)).to.equal("blocked");
        const { status, message } = await refusalOf(stage.merge(stage.author.octokit, number));
        expect(status).to.equal(405);
        const [, waited] = /Required status check "([^"]+)" is expected\./.exec(message) ?? [];
        expect(found.map(({ claim }) => claim)).to.include(`a pull request to ${stage.branch} can wait for check ${waited ?? ""} for ever`);
        await stage.close(number, branch);
      } finally {
        await letActionsPropose(false);
      }
    });

    async function letActionsPropose(can_approve_pull_request_reviews: boolean): Promise<void> {
      const { actions } = stage.administrator.rest;
      const ofOrganization = { org: stage.at.owner, can_approve_pull_request_reviews };
      const organization = system.repository.owner.kind === "organization";
      if (organization && can_approve_pull_request_reviews)
        await actions.setGithubActionsDefaultWorkflowPermissionsOrganization(ofOrganization);
      await actions.setGithubActionsDefaultWorkflowPermissionsRepository({ ...stage.at, can_approve_pull_request_reviews });
      if (organization && !can_approve_pull_request_reviews)
        await actions.setGithubActionsDefaultWorkflowPermissionsOrganization(ofOrganization);
    }

    it("an environment with reviewers waits for one of them, and takes nobody else's word", async () => {
      const guarded = system.environments.filter(({ reviewers = [], deployFrom }) => reviewers.length > 0 && deployFrom.branches);
      expect(guarded).to.not.be.empty;
      for (const environment of guarded) await playReview(environment);
    });

    async function playReview(environment: Environment): Promise<void> {
      expect(counterexamples(proof, "T2", `${name} environment ${environment.name}`), "T2").to.deep.equal([]);
      const [first, second = first] = stage.reviewersOf(environment);
      if (first === undefined || second === undefined) throw new Error(`${environment.name} has no reviewers`);
      const branch = system.branches.find((one) =>
        environment.deployFrom.branches?.some((pattern) => pattern.replace("*", "stable") === one.name),
      );
      const workflow = system.workflows?.cd.at(-1) ?? "";
      const run = { workflow, event: "workflow_dispatch", branch: branch?.name ?? "", actor: first.login };
      const job = { name: `play of ${environment.name}`, environment: environment.name };
      const { id, jobs } = await stage.report({ ...run, status: "in_progress", jobs: [{ ...job, status: "queued" }] });
      expect(jobs[0]?.status, environment.name).to.equal("waiting");
      const { data: pending } = await first.octokit.rest.actions.getPendingDeploymentsForRun({ ...stage.at, run_id: id });
      const environment_ids = pending.map((one) => one.environment.id ?? 0);
      const review = (octokit: typeof first.octokit) =>
        octokit.rest.actions.reviewPendingDeploymentsForRun({ ...stage.at, run_id: id, environment_ids, state: "approved", comment: "" });
      if (environment.selfReview !== true) expect((await refusalOf(review(first.octokit))).status, "who started the run").to.equal(422);
      const stranger = stage.others.find(({ login }) => !stage.reviewersOf(environment).some((one) => one.login === login));
      if (stranger) expect((await refusalOf(review(stranger.octokit))).message).to.include("may not review deployments");
      const bot = stage.client(await stage.appToken());
      expect((await refusalOf(review(bot))).message, "the promotion App").to.equal("Resource not accessible by integration");
      await review(second.octokit);
      const later = new Date(Date.now() + (environment.waitTimerMinutes ?? 0) * 60_000 + 1_000).toISOString();
      if (environment.waitTimerMinutes !== undefined) {
        const early = stage.report({ ...run, id, status: "in_progress", jobs: [{ ...job, status: "in_progress" }] });
        const refused: unknown = await early.catch((error: unknown) => error);
        expect(refused).to.be.instanceOf(Error).and.have.property("message").that.includes("wait timer");
      }
      const done = await stage.report({
        ...run,
        id,
        status: "completed",
        updatedAt: later,
        jobs: [{ ...job, status: "completed", conclusion: "cancelled" }],
      });
      expect(done.jobs[0]?.conclusion).to.equal("cancelled");

      const { branch: elsewhere, file } = play(`of-${environment.name}`);
      await stage.commit(stage.author.octokit, file, elsewhere);
      const off = await stage.report({ ...run, branch: elsewhere, jobs: [job] });
      expect(off.jobs[0]?.conclusion, "of a branch that may not deploy there").to.equal("failure");
      await stage.administrator.rest.git.deleteRef({ ...stage.at, ref: `heads/${elsewhere}` });
      await stage.runner.skip();
    }

    it("what a job of a lower tier holds changes nothing of production, at GitHub or in the state", async () => {
      expect(counterexamples(proof, "T9", name), "T9").to.deep.equal([]);
      const holder = stage.client(await stage.appToken());
      const { rest } = holder;
      const environment = system.environments.find((one) => one.tier === stage.production.name && one.reviewers !== undefined)?.name ?? "";
      const { data: rulesets } = await stage.author.octokit.rest.repos.getRepoRulesets({ ...stage.at, includes_parents: false });
      for (const [what, request] of [
        ["the environment", () => rest.repos.createOrUpdateEnvironment({ ...stage.at, environment_name: environment, reviewers: null })],
        [
          "its branch policy",
          () => rest.repos.createDeploymentBranchPolicy({ ...stage.at, environment_name: environment, name: "plays/*" }),
        ],
        [
          "its variables",
          () => rest.actions.createEnvironmentVariable({ ...stage.at, environment_name: environment, name: "A", value: "1" }),
        ],
        ["a ruleset", () => rest.repos.updateRepoRuleset({ ...stage.at, ruleset_id: rulesets[0]?.id ?? 0, enforcement: "disabled" })],
        ["the repository", () => rest.repos.update({ ...stage.at, description: "play" })],
      ] as const) {
        expect(await refusalOf(request()), what).to.deep.equal({ status: 403, message: "Resource not accessible by integration" });
      }
      const { deployment } = JSON.parse(await stateOfDev(world)) as State;
      const own = deployment.resources.filter(({ urn, parent = "" }) => [urn, parent].some((each) => each.includes(`:${name}`)));
      expect(own, "what the stack of lower tiers keeps of the system").to.not.be.empty;
      const production = target();
      const kept = JSON.stringify(own);
      expect(kept).to.not.include(`refs/heads/${stage.branch}"`);
      if (production) expect(kept).to.not.include(`"namespace":"${production.namespace}"`);
    });
  });
}
