/** Rollback by the decision matrix of airflow-etl, whose workloads are Argo Rollouts. */
import { expect } from "chai";

import type { EmergencyRollback } from "../../cli/operations/emergency.ts";
import { eventually } from "./support/eventually.ts";
import { approve, isMerged, merge, passChecks, proposeTags, pushImages, refresh, tidy } from "./support/gates.ts";
import { applied, type Applied } from "./support/rig.ts";

const NAME = "airflow-etl";
const at = { owner: NAME, repo: NAME };
const FIRST = "sha-a1b2c3d4";
const NEW = "sha-0e0e0e0e";

interface Rollouts {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: { readonly phase: string; readonly stableRS: string; readonly currentPodHash: string };
  }[];
}

describe("gatehouse rollback of airflow-etl by severity", function () {
  this.timeout(600_000);
  let world: Applied;
  before(async () => {
    world = await applied();
    await pushImages(world, NAME, [NAME], NEW);
  });
  after(() => tidy(world, at));

  /** Rollouts that are between two versions. */
  async function underWay(): Promise<string[]> {
    const { items } = await world.rig.kubectl<Rollouts>("get", "rollouts.argoproj.io", "-n", NAME);
    return items.filter(({ status }) => status.stableRS !== status.currentPodHash).map(({ metadata }) => metadata.name);
  }
  async function twoPeople(pull_number: number): Promise<void> {
    await passChecks(world, at, pull_number);
    for (const login of ["release-managers-1", "operations-1"]) {
      expect(await isMerged(world, at, pull_number), "before two people have approved").to.equal(false);
      await approve(world, at, pull_number, login);
    }
  }

  it("[AF-7] low goes forward and database is for people: both are said, and nothing is done", async () => {
    for (const [parameters, words] of [
      [["--kind", "database"], "scripts/rollback-plan.sh"],
      [["--severity", "low"], "the fix goes forward"],
    ] as const) {
      const { code, stderr } = await world.rig.run(["rollback", NAME, "--tier", "production", ...parameters]);
      expect(code, stderr).to.equal(1);
      expect(stderr).to.include("Nothing was done").and.include(words);
    }
  });

  it("[AF-7] [AF-5] high takes a blue-green that is under way back at once, and leaves the database to people", async () => {
    const pull = await proposeTags(world, at, { base: "production", folder: "deploy/overlays/production", tags: { [NAME]: NEW } });
    await twoPeople(pull);
    expect(await merge(world, at, pull)).to.equal(200);
    await refresh(world, NAME);
    await eventually("the webserver is between two versions", async () => (await underWay()).includes("airflow-webserver"));

    const { code, stdout, stderr } = await world.rig.run(["--json", "rollback", NAME, "--tier", "production", "--severity", "high"]);
    expect(code, `the database is left\n${stderr}`).to.equal(1);
    expect(stderr).to.include("Data may be corrupted: immediate and database rollback, within 5 min");
    expect(stderr).to.include("The database of production is not taken back");
    const done = JSON.parse(stdout) as EmergencyRollback & { readonly notDone: readonly string[] };
    expect(done).to.deep.include({ from: { [NAME]: NEW }, to: { [NAME]: FIRST }, notDone: ["database"] });
    expect(await underWay()).to.deep.equal([]);

    await twoPeople(done.pullRequest!.number);
    expect(await isMerged(world, at, done.pullRequest!.number), "by itself, after the second").to.equal(true);
    const resumed = await world.rig.json<{ automated: boolean; synced: boolean }>("rollback", NAME, "--tier", "production", "--resume");
    expect(resumed).to.include({ automated: true, synced: true });
    expect(await underWay()).to.deep.equal([]);
  });
});
