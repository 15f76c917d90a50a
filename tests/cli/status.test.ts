import { expect } from "chai";

import { deployedTiers, statusOfTiers } from "../../cli/operations/status.ts";
import { promote } from "../../cli/operations/promote.ts";
import { type OperationsRig, startOperations } from "./operations.ts";

const GOOD = "sha-600d600d";
const wednesday = new Date("2026-11-18T11:00:00Z");

describe("gatehouse status", function () {
  this.timeout(60_000);
  let rig: OperationsRig;
  before(async () => {
    rig = await startOperations();
    await rig.registry.image("thedataenginex/dex").push([GOOD]);
  });
  after(async () => {
    const violations = await rig.github.violations();
    await rig.stop();
    expect(violations, "answers that GitHub would not give").to.deep.equal([]);
  });

  it("[DEX-11] shows images with digests, deployments, pending promotions and approvals, and the next window", async () => {
    const dex = await rig.system("dataenginex");
    const commit = await dex.deploy("dev", { dex: GOOD });
    await dex.recordDeployment("dev", commit, "success");
    const promotion = await promote(dex.gitops("dev"), dex.gitops("prod"), { image: GOOD, autoMerge: false, now: wednesday });
    await dex.write("main", "infra/argocd/overlays/prod/banned-tags.txt", "sha-a1b2c3d4\n");
    const { octokit, at } = dex.place;
    const { data: owner } = await octokit.rest.users.getByUsername({ username: "platform-1" });
    await octokit.rest.repos.createOrUpdateEnvironment({ ...at, environment_name: "prod", reviewers: [{ type: "User", id: owner.id }] });
    const run = await fetch(`${rig.github.url}/_gatehouse/runs`, {
      method: "POST",
      body: JSON.stringify({
        owner: at.owner,
        repository: at.repo,
        workflow: "cd.yml",
        event: "workflow_run",
        branch: "main",
        actor: "acme-owner",
        status: "waiting",
        jobs: [{ name: "deploy", status: "waiting", environment: "prod" }],
      }),
    });
    expect(run.status).to.equal(200);
    const { windows } = dex.declared.system.tiers[1]!;
    const [dev, prod, ...more] = await statusOfTiers([dex.gitops("dev"), dex.gitops("prod", { windows: windows! })], wednesday);
    expect(more).to.deep.equal([]);
    const digest = await rig.registry.image("thedataenginex/dex").digest(GOOD);
    expect(dev?.images).to.deep.equal([{ package: "dex", tag: GOOD, digest, banned: false, running: [] }]);
    expect(dev?.deployments.map(({ environment, sha, state }) => [environment, sha, state])).to.deep.equal([["dev", commit, "success"]]);
    expect(dev?.window).to.deep.equal({ open: true, freeze: null, slot: null });
    expect(prod?.images).to.deep.equal([{ package: "dex", tag: "sha-a1b2c3d4", digest: null, banned: true, running: [] }]);
    expect(prod?.pending.pullRequests.map(({ number }) => number)).to.deep.equal([promotion.pullRequest?.number]);
    expect(prod?.pending.approvals.map(({ environment, workflow, reviewers }) => ({ environment, workflow, reviewers }))).to.deep.equal([
      { environment: "prod", workflow: "Continuous Deployment", reviewers: ["platform-1"] },
    ]);
    expect(prod?.window).to.deep.equal({
      open: true,
      freeze: null,
      slot: { opens: "2026-11-18T11:00:00.000Z", closes: "2026-11-18T17:00:00.000Z" },
    });
    expect(prod?.application, "no cluster is asked").to.deep.equal({
      name: "dex",
      sync: "Unknown",
      health: "Unknown",
      revision: "",
      automated: false,
    });
  });

  it("[BK-8] shows the newest validated commit of a container, and leaves out what cannot be asked", async () => {
    const kitchen = await rig.system("kitchen");
    const sha = await kitchen.write("main", "app.py", "one\n");
    await kitchen.place.octokit.rest.repos.createCommitStatus({
      ...kitchen.place.at,
      sha,
      context: "preprod/validated",
      state: "success",
    });
    await kitchen.write("main", "app.py", "two\n");
    const [preprod, prod] = await statusOfTiers([kitchen.docker("preprod"), kitchen.docker("prod")], wednesday);
    expect(preprod?.images.map(({ tag }) => tag)).to.deep.equal([sha]);
    expect(prod?.images).to.deep.equal([]);
    expect(prod?.container).to.equal(null);
    expect(deployedTiers(kitchen.declared.system).map(({ name }) => name)).to.deep.equal(["preprod", "prod"]);
  });
});
