import { expect } from "chai";

import { promoteCommit, productionWorkflow } from "../../cli/operations/promote-docker.ts";
import { promote, type PromotionRequest } from "../../cli/operations/promote.ts";
import { tagsOf } from "../../delivery/overlays.ts";
import { failureOf, type Operated, type OperationsRig, startOperations } from "./operations.ts";

const GOOD = "sha-600d600d";
const NEW = "sha-0e0e0e0e";
/** A Wednesday at noon in Paris. */
const now = new Date("2026-11-18T11:00:00Z");
const request = (more: Partial<PromotionRequest> = {}): PromotionRequest => ({ autoMerge: false, now, ...more });

describe("gatehouse promote", function () {
  this.timeout(60_000);
  let rig: OperationsRig;

  before(async () => {
    rig = await startOperations();
    for (const image of ["thedataenginex/dex", "dataknobs/dataknobs", "airflow-etl/airflow-etl"])
      await rig.registry.image(image).push([GOOD, NEW]);
    for (const image of ["airflow", "frontend"]) await rig.registry.image(`data-platform-aks/${image}`).push([GOOD, NEW]);
  });
  after(async () => {
    const violations = await rig.github.violations();
    await rig.stop();
    expect(violations, "answers that GitHub would not give").to.deep.equal([]);
  });

  /** Writes to GitHub while `work` runs. */
  async function writesOf(work: () => Promise<unknown>): Promise<number> {
    const { last } = (await rig.github.requests()).summary;
    await work();
    return (await rig.github.requests(last)).summary.writes;
  }

  describe("with an image", () => {
    let dex: Operated;
    beforeEach(async () => {
      dex = await rig.system("dataenginex");
      await dex.recordDeployment("dev", await dex.deploy("dev", { dex: GOOD }), "success");
    });

    const run = (more: Partial<PromotionRequest> = {}, windows = {}) =>
      promote(dex.gitops("dev"), dex.gitops("prod", windows), request({ image: GOOD, ...more }));

    it("[DEX-11] proposes the tag to the overlay of the next tier, and changes nothing else", async () => {
      const before = await dex.head("main");
      const { pullRequest, images } = await run();
      expect(images).to.have.length(1);
      expect(images[0]).to.include({ package: "dex", tag: GOOD });
      expect(images[0]?.digest).to.equal(await rig.registry.image("thedataenginex/dex").digest(GOOD));
      expect(images[0]?.validated).to.include("deployed to environment dev with success");
      const [pull, ...more] = await dex.pulls();
      expect(more).to.deep.equal([]);
      expect(pull).to.include({ number: pullRequest?.number, title: `chore(prod): promote ${GOOD} from dev` });
      expect(pull?.base.ref).to.equal("main");
      const path = "infra/argocd/overlays/prod/kustomization.yaml";
      const files = await dex.filesOf(pull!.number);
      expect(Object.keys(files)).to.deep.equal([path]);
      expect(files[path]).to.equal((await dex.text(path, "main")).replace("sha-a1b2c3d4", GOOD));
      expect(pull?.body).to.include(images[0]!.digest);
      expect(await dex.head("main"), "the branch itself is left alone").to.equal(before);
    });

    it("[DEX-11] finds its pull request when it is asked again, and writes nothing", async () => {
      const first = await run();
      const writes = await writesOf(async () => {
        expect((await run()).pullRequest).to.deep.equal({ ...first.pullRequest, state: "current" });
      });
      expect(writes).to.equal(0);
    });

    it("[DEX-11] with auto-merge GitHub merges once review and check are there, and not before", async () => {
      const { octokit, at } = dex.place;
      await octokit.rest.teams.addOrUpdateRepoPermissionsInOrg({ org: "acme", team_slug: "platform", ...at, permission: "push" });
      await octokit.rest.repos.createRepoRuleset({
        ...at,
        name: "main",
        target: "branch",
        enforcement: "active",
        conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
        rules: [
          {
            type: "pull_request",
            parameters: {
              required_approving_review_count: 1,
              dismiss_stale_reviews_on_push: true,
              require_code_owner_review: false,
              require_last_push_approval: true,
              required_review_thread_resolution: false,
            },
          },
        ],
      });
      const { pullRequest } = await run({ autoMerge: true });
      expect(pullRequest?.autoMerge).to.deep.equal({ state: "enabled" });
      const pull_number = pullRequest!.number;
      expect((await octokit.rest.pulls.get({ ...at, pull_number })).data.merged).to.equal(false);
      await rig.github.as("platform-1").rest.pulls.createReview({ ...at, pull_number, event: "APPROVE" });
      expect((await octokit.rest.pulls.get({ ...at, pull_number })).data.merged).to.equal(true);
      const { data: commits } = await octokit.rest.repos.listCommits({ ...at, per_page: 1 });
      expect(commits[0]?.commit.message.split("\n")[0]).to.equal(`chore(prod): promote ${GOOD} from dev (#${pull_number})`);
    });

    it("[DEX-11] says that there is nothing to promote where the overlay carries the tag", async () => {
      await dex.deploy("prod", { dex: GOOD });
      expect((await run()).pullRequest).to.equal(null);
      expect(await dex.pulls()).to.deep.equal([]);
    });

    it("[DEX-11] refuses a tag that is not in the registry, was never validated and is banned, all at once", async () => {
      await dex.write("main", "infra/argocd/overlays/prod/banned-tags.txt", "sha-0badc0de # bad\n");
      const message = await failureOf(run({ image: "sha-0badc0de" }));
      expect(message).to.include("ghcr.io/thedataenginex/dex:sha-0badc0de is not in the registry");
      expect(message).to.include("it is banned: it stands in infra/argocd/overlays/prod/banned-tags.txt on main");
      expect(message).to.include("it has never been in infra/argocd/overlays/dev/kustomization.yaml on dev");
      expect(await dex.pulls()).to.deep.equal([]);
    });

    it("[DEX-11] refuses a tag that dev carried and that failed there", async () => {
      await dex.recordDeployment("dev", await dex.deploy("dev", { dex: NEW }), "failure");
      expect(await failureOf(run({ image: NEW }))).to.include("environment dev has no successful deployment of it");
      expect((await run()).pullRequest?.state, "the one before still may").to.equal("opened");
    });

    it("[DEX-11] refuses a tag that is banned in the tier before", async () => {
      await dex.write("dev", "infra/argocd/overlays/dev/banned-tags.txt", `${GOOD}\n`);
      expect(await failureOf(run())).to.include("it stands in infra/argocd/overlays/dev/banned-tags.txt on dev");
    });

    it("[DEX-9] [DEX-11] refuses outside the window and in a freeze, with the next open slot", async () => {
      const { windows } = dex.declared.system.tiers.find(({ name }) => name === "prod")!;
      const saturday = new Date("2026-11-21T10:00:00Z");
      const message = await failureOf(run({ now: saturday }, { windows }));
      expect(message).to.include("outside the tier's deployment window");
      expect(message).to.include("the next open slot, 2026-11-23 09:00 UTC to 2026-11-23 17:00 UTC");
      const frozen = { windows: { ...windows!, freezes: [{ from: "2026-11-18", to: "2026-11-19", reason: "stocktaking" }] } };
      expect(await failureOf(run({}, frozen))).to.include("frozen from 2026-11-18 to 2026-11-19: stocktaking");
      expect((await run({}, { windows })).pullRequest?.state).to.equal("opened");
    });

    it("[DEX-11] refuses to go backwards", async () => {
      expect(await failureOf(promote(dex.gitops("prod"), dex.gitops("dev"), request()))).to.include("dev → prod");
    });
  });

  describe("without an image", () => {
    it("[DEX-11] refuses to promote a branch whose head no cluster is known to run", async () => {
      const dex = await rig.system("dataenginex");
      await dex.write("dev", "src/new.py", "pass\n");
      const message = await failureOf(promote(dex.gitops("dev"), dex.gitops("prod"), request()));
      expect(message).to.include("branch dev at").and.include("no cluster could be asked");
    });

    it("[DK-8] says that there is nothing to promote where staging's branch has no more commits than production's", async () => {
      const knobs = await rig.system("dataknobs");
      expect((await promote(knobs.gitops("staging"), knobs.gitops("production"), request())).pullRequest).to.equal(null);
    });

    it("[DK-8] an image goes from staging to production when staging has validated it", async () => {
      const knobs = await rig.system("dataknobs");
      const run = () => promote(knobs.gitops("staging"), knobs.gitops("production"), request({ image: NEW }));
      const commit = await knobs.deploy("staging", { dataknobs: NEW });
      expect(await failureOf(run())).to.include("staging has not validated it");
      await knobs.recordDeployment("staging", commit, "success");
      const { pullRequest } = await run();
      const [pull] = await knobs.pulls();
      expect(pull).to.include({ number: pullRequest?.number, title: `chore(production): promote ${NEW} from staging` });
      expect(pull?.base.ref).to.equal("release/stable");
    });

    it("promotes both images that staging runs, where the branch is the same", async () => {
      const aks = await rig.system("data-platform-aks");
      await aks.recordDeployment("staging", await aks.deploy("staging", { airflow: GOOD, frontend: NEW }), "success");
      const { pullRequest, images } = await promote(aks.gitops("staging"), aks.gitops("prod"), request());
      expect(images.map((image) => [image.package, image.tag])).to.deep.equal([
        ["airflow", GOOD],
        ["frontend", NEW],
      ]);
      const files = await aks.filesOf(pullRequest!.number);
      expect([...tagsOf(files["k8s/aks/overlays/prod/kustomization.yaml"] ?? "")]).to.deep.equal([
        ["airflow", GOOD],
        ["frontend", NEW],
      ]);
      const one = await promote(aks.gitops("staging"), aks.gitops("prod"), request({ package: "frontend" }));
      expect(one.images.map((image) => image.package)).to.deep.equal(["frontend"]);
      expect(await failureOf(promote(aks.gitops("staging"), aks.gitops("prod"), request({ package: "none" })))).to.include(
        "airflow, frontend",
      );
      expect(await failureOf(promote(aks.gitops("dev"), aks.gitops("prod"), request()))).to.include("one tier at a time");
    });
  });

  describe("of a container on a Docker host", () => {
    let kitchen: Operated;
    beforeEach(async () => {
      kitchen = await rig.system("kitchen");
    });
    const run = (wanted?: string, when = now, change = {}) =>
      promoteCommit(kitchen.docker("preprod"), kitchen.docker("prod", change), { wanted, files: kitchen.declared.files, now: when });
    const validate = (sha: string, state: "success" | "failure") =>
      kitchen.place.octokit.rest.repos.createCommitStatus({ ...kitchen.place.at, sha, context: "preprod/validated", state });

    it("[BK-2] [BK-8] starts the production workflow with the newest validated commit", async () => {
      const validated = await kitchen.write("main", "app.py", "one\n");
      await validate(validated, "success");
      await validate(await kitchen.write("main", "app.py", "two\n"), "failure");
      const done = await run();
      expect(done).to.deep.include({ sha: validated, workflow: "cd-prod.yml" });
      expect(done.run.state).to.equal("started");
      const { data } = await kitchen.place.octokit.rest.actions.listWorkflowRunsForRepo({ ...kitchen.place.at });
      expect(data.workflow_runs.map(({ path, event, status }) => ({ path, event, status }))).to.deep.equal([
        { path: ".github/workflows/cd-prod.yml", event: "workflow_dispatch", status: "queued" },
      ]);
      expect((await run()).run, "a second time while it is under way").to.deep.equal({ ...done.run, state: "current" });
    });

    it("[BK-7] [BK-8] refuses a commit that preprod has not validated, one that is not on main, and one that does not exist", async () => {
      const failed = await kitchen.write("main", "app.py", "two\n");
      await validate(failed, "failure");
      expect(await failureOf(run(failed))).to.include("preprod/validated is failure");
      expect(await failureOf(run())).to.include("has preprod/validated");
      const { octokit, at } = kitchen.place;
      await octokit.rest.git.createRef({ ...at, ref: "refs/heads/feature", sha: failed });
      const aside = await kitchen.write("feature", "app.py", "three\n");
      await validate(aside, "success");
      expect(await failureOf(run(aside))).to.include("it is not on main");
      expect(await failureOf(run("0".repeat(40)))).to.include("no such commit");
      expect(await failureOf(run(failed.slice(0, 8)))).to.include("no full commit SHA");
    });

    it("[BK-8] refuses outside Tuesday to Thursday mornings, with the next open slot", async () => {
      await validate(await kitchen.head("main"), "success");
      const { windows } = kitchen.declared.system.tiers.find(({ name }) => name === "prod")!;
      const friday = new Date("2026-11-20T18:00:00Z");
      expect(await failureOf(run(undefined, friday, { windows }))).to.include("2026-11-24 07:00 UTC to 2026-11-24 11:00 UTC");
      expect((await run(undefined, new Date("2026-11-18T08:00:00Z"), { windows })).run.state).to.equal("started");
    });

    it("[BK-8] needs a workflow that asks for a confirmation and a commit", () => {
      expect(() => productionWorkflow(new Map(), "prod")).to.throw("No workflow deploys to prod by hand");
      expect(() => productionWorkflow(kitchen.declared.files, "preprod")).to.throw("No workflow deploys to preprod by hand");
    });
  });
});
