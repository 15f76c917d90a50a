import { expect } from "chai";

import type { Metrics } from "../../delivery/metrics.ts";
import { applied, type Applied } from "./support/rig.ts";

const minute = 60_000;

describe("gatehouse metrics", function () {
  this.timeout(600_000);
  let world: Applied;
  const at = { owner: "airflow-etl", repository: "airflow-etl" };

  before(async () => {
    world = await applied();
  });

  const metrics = () => world.rig.json<Metrics>("metrics", "airflow-etl");

  async function report(conclusion: "success" | "failure", minutes: number): Promise<void> {
    const { data: actor } = await world.github.octokit.users.getAuthenticated();
    const [startedAt, updatedAt] = [new Date(Date.now() - minutes * minute).toISOString(), new Date().toISOString()];
    const jobs = [{ name: "metrics-test", conclusion }];
    const body = { ...at, workflow: "ci.yml", branch: "main", actor: actor.login, conclusion, startedAt, updatedAt, jobs };
    const answer = await fetch(`${world.github.url}/_gatehouse/runs`, { method: "POST", body: JSON.stringify(body) });
    expect(answer.status, await answer.text()).to.equal(200);
  }

  it("[AF-7] has no data of a system that never ran, misses nothing, and then counts its runs against what is promised", async () => {
    const before = await metrics();
    expect(before.ci).to.include({ runs: 0, passRate: null });
    expect(before.objectives.map(({ name, met }) => [name, met])).to.deep.equal([
      ["ci", null],
      ["ciMinutes", null],
      ["feedbackMinutes", null],
    ]);
    const unknown = await world.rig.run(["metrics", "airflow-etl", "--check"]);
    expect(unknown.code, unknown.stderr).to.equal(0);
    expect(unknown.stdout).to.include("no data");

    await report("success", 20);
    await report("failure", 4);
    const after = await metrics();
    expect(after.ci).to.include({ runs: 2, passed: 1, passRate: 50 });
    const missed = await world.rig.run(["metrics", "airflow-etl", "--check"]);
    expect(missed.code).to.equal(1);
    expect(missed.stderr)
      .to.include("Missed: CI runs that pass > 95 %, it is 50.0.")
      .and.to.include("Missed: duration of CI, P95 < 15 min");
    expect(missed.stdout).to.match(/CI runs +2 +1 +50\.0 %/);
  });

  it("changes nothing at GitHub", async () => {
    const last = await world.github.lastRequest();
    await metrics();
    expect((await world.github.requestsSince(last)).writes).to.equal(0);
  });

  it("refuses a number of days that GitHub keeps no runs for", async () => {
    for (const days of ["0", "401", "a week"]) {
      const { code, stderr } = await world.rig.run(["metrics", "airflow-etl", "--days", days]);
      expect(code, days).to.equal(2);
      expect(stderr).to.match(/1 to 400|whole number/);
    }
  });
});
