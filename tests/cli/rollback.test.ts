import { expect } from "chai";

import { promote } from "../../cli/operations/promote.ts";
import { decide, describeDecision } from "../../cli/operations/rollback-kinds.ts";
import { rollBack } from "../../cli/operations/rollback.ts";
import { tagsOf } from "../../delivery/overlays.ts";
import { failureOf, type Operated, type OperationsRig, startOperations } from "./operations.ts";

const FIRST = "sha-f1f1f1f1";
const GOOD = "sha-600d600d";
const BAD = "sha-0badc0de";
const now = new Date("2026-11-18T11:00:00Z");

describe("gatehouse rollback", function () {
  this.timeout(60_000);
  let rig: OperationsRig;
  before(async () => {
    rig = await startOperations();
    for (const image of ["thedataenginex/dex", "airflow-etl/airflow-etl", "data-platform-aks/airflow", "data-platform-aks/frontend"])
      await rig.registry.image(image).push([FIRST, GOOD, BAD]);
  });
  after(async () => {
    const violations = await rig.github.violations();
    await rig.stop();
    expect(violations, "answers that GitHub would not give").to.deep.equal([]);
  });

  describe("of dataenginex", () => {
    const folder = "infra/argocd/overlays/prod";
    let dex: Operated;
    beforeEach(async () => {
      dex = await rig.system("dataenginex");
      for (const tag of [FIRST, GOOD]) await dex.recordDeployment("prod", await dex.deploy("prod", { dex: tag }), "success");
      await dex.recordDeployment("prod", await dex.deploy("prod", { dex: BAD }), "failure");
    });
    const run = (to?: string) => rollBack(dex.gitops("prod"), { autoMerge: false, ...(to !== undefined && { to }) });

    it("[DEX-11] opens one pull request to the last image that ran well, which bans the bad one", async () => {
      const done = await run();
      expect(done).to.deep.include({ tier: "prod", from: { dex: BAD }, to: { dex: GOOD } });
      const [pull, ...more] = await dex.pulls();
      expect(more).to.deep.equal([]);
      expect(pull).to.include({ number: done.pullRequest?.number, title: `fix(prod): roll back to ${GOOD}` });
      const files = await dex.filesOf(pull!.number);
      expect(Object.keys(files)).to.have.members([`${folder}/kustomization.yaml`, `${folder}/banned-tags.txt`]);
      expect(tagsOf(files[`${folder}/kustomization.yaml`] ?? "").get("dex")).to.equal(GOOD);
      expect(files[`${folder}/banned-tags.txt`]).to.include(`\n${BAD} # rolled back to ${GOOD}\n`);
      const { data: commits } = await dex.place.octokit.rest.pulls.listCommits({ ...dex.place.at, pull_number: pull!.number });
      expect(commits, "one commit").to.have.length(1);
      expect(commits[0]?.commit.verification?.verified).to.equal(true);
    });

    it("[DEX-11] finds its pull request when it is asked again", async () => {
      const first = await run();
      const { last } = (await rig.github.requests()).summary;
      expect((await run()).pullRequest).to.deep.equal({ ...first.pullRequest, state: "current" });
      expect((await rig.github.requests(last)).summary.writes).to.equal(0);
    });

    it("[DEX-11] no promotion returns the banned tag after the merge", async () => {
      const { pullRequest } = await run();
      await dex.place.octokit.rest.pulls.merge({ ...dex.place.at, pull_number: pullRequest!.number, merge_method: "squash" });
      await dex.recordDeployment("dev", await dex.deploy("dev", { dex: BAD }), "success");
      const message = await failureOf(promote(dex.gitops("dev"), dex.gitops("prod"), { image: BAD, autoMerge: false, now }));
      expect(message).to.include("it is banned");
      expect((await run()).to, "and a second rollback goes further back").to.deep.equal({ dex: FIRST });
    });

    it("[DEX-9] [DEX-11] stays possible outside the window and in a freeze", async () => {
      const freezes = [{ from: "2020-01-01", to: "2020-12-31", reason: "every day of every year" }];
      const tier = dex.gitops("prod", { windows: { open: [{ days: ["Mon"], from: "09:00", to: "09:01" }], freezes } });
      expect((await rollBack(tier, { autoMerge: false })).pullRequest?.state).to.equal("opened");
    });

    it("[DEX-11] goes to a tag or a commit that it is told, if that was deployed there before", async () => {
      expect((await run(FIRST)).to).to.deep.equal({ dex: FIRST });
      const seed = await dex.place.octokit.rest.repos.listCommits({ ...dex.place.at, path: `${folder}/kustomization.yaml` });
      expect(await failureOf(run(seed.data.at(-1)!.sha)), "sha-a1b2c3d4 is in no registry").to.include("Not in the registry");
      const message = await failureOf(run("sha-00000000"));
      expect(message).to.include("never deployed it").and.include(`${GOOD}; ${FIRST}; sha-a1b2c3d4`).and.include("gatehouse promote");
    });

    it("[DEX-11] refuses when nothing is known to have run well, with what it looked at", async () => {
      const fresh = await rig.system("dataenginex");
      await fresh.deploy("prod", { dex: GOOD });
      await fresh.deploy("prod", { dex: BAD });
      const message = await failureOf(rollBack(fresh.gitops("prod"), { autoMerge: false }));
      expect(message).to.include(`${GOOD}: no cluster could be asked`).and.include("dex:sha-a1b2c3d4 is not in the registry");
      expect(await fresh.pulls()).to.deep.equal([]);
    });
  });

  it("[AKS-7] all deployments go back together, in one pull request with a Conventional title", async () => {
    const aks = await rig.system("data-platform-aks");
    await aks.recordDeployment("prod", await aks.deploy("prod", { airflow: GOOD, frontend: FIRST }), "success");
    await aks.deploy("prod", { airflow: BAD, frontend: BAD });
    const done = await rollBack(aks.gitops("prod"), { autoMerge: false });
    expect(done.from).to.deep.equal({ airflow: BAD, frontend: BAD });
    expect(done.to).to.deep.equal({ airflow: GOOD, frontend: FIRST });
    const [pull] = await aks.pulls();
    expect(pull?.title).to.equal(`fix(prod): roll back to airflow ${GOOD}, frontend ${FIRST}`);
    const files = await aks.filesOf(pull!.number);
    expect([...tagsOf(files["k8s/aks/overlays/prod/kustomization.yaml"] ?? "").values()]).to.deep.equal([GOOD, FIRST]);
    expect(files["k8s/aks/overlays/prod/banned-tags.txt"]).to.include(`\n${BAD} # `);
  });

  it("[AF-7] the decision matrix chooses the kind by severity; a system without one says so", async () => {
    const { declared } = await rig.system("airflow-etl");
    const kinds = (severity: string) => decide(declared.files, "airflow-etl", severity).kinds;
    expect(["critical", "high", "medium", "low"].map(kinds)).to.deep.equal([
      ["immediate"],
      ["immediate", "database"],
      ["artifact"],
      ["hotfix"],
    ]);
    expect(describeDecision(decide(declared.files, "airflow-etl", "critical"))).to.equal(
      "Production is down: immediate rollback, within 1 min",
    );
    expect(() => decide(declared.files, "airflow-etl", "grave")).to.throw("critical, high, medium, low");
    expect(() => decide(new Map(), "dataknobs", "high")).to.throw("no decision matrix");
  });

  it("[AF-7] an earlier artifact goes to branch production, whose gate asks two people", async () => {
    const airflow = await rig.system("airflow-etl");
    await airflow.recordDeployment("production", await airflow.deploy("production", { "airflow-etl": GOOD }), "success");
    await airflow.deploy("production", { "airflow-etl": BAD });
    await rollBack(airflow.gitops("production"), { autoMerge: false });
    const [pull] = await airflow.pulls();
    expect([pull?.base.ref, pull?.title]).to.deep.equal(["production", `fix(production): roll back to ${GOOD}`]);
    const branch = airflow.declared.system.branches.find(({ name }) => name === "production");
    expect(branch?.gate?.pullRequest?.approvals).to.equal(2);
  });
});
