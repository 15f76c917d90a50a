import { expect } from "chai";

import { expectConverged, expectNothingLost } from "./support/converged.ts";
import { again, startToKill } from "./support/killing.ts";
import type { GitHub, Rig } from "./support/rig.ts";
import { engineProcesses, RunningUp, type EngineLine } from "./support/running.ts";

/** Enough for every kill point below, and far from endless. */
const mostRuns = 60;

describe("SIGKILL of the engine in the middle of an `up`", function () {
  this.timeout(900_000);
  let rig: Rig;
  let github: GitHub;
  const killed: string[] = [];

  before(async () => {
    ({ rig, github } = await startToKill("engine"));
  });

  after(async () => {
    await rig.run(["local", "reset", "--yes"]);
  });

  let verb = "creating";
  async function upUntilDone(...parameters: string[]): Promise<void> {
    for (let run = 0; run < mostRuns; run += 1) {
      // One resource at a time, so that each kill point is reached and not overtaken. A POST is what cannot simply run again: each one is
      // killed when GitHub has carried it out and the engine does not know. Every ninth PUT, seeded files mostly, in turn before and after
      // it is carried out. In the cluster, in turn before and after the engine heard of the object.
      const up = await RunningUp.start(
        rig,
        github.url,
        {
          holds: [
            { method: "POST", when: "after" },
            { method: "PUT", every: 9, when: run % 2 === 0 ? "before" : "after" },
          ],
          line: (line: EngineLine) => /^kubernetes:.*:(Namespace|Application)$/.test(line.type) && line.verb === verb,
        },
        ["--wait", "0", ...parameters, "--", "--parallel", "1"],
      );
      const what = await up.hit();
      if (what === undefined) {
        const { code, stderr } = await up.ended;
        expect(code, stderr).to.equal(0);
        return;
      }
      const engine = await up.engine();
      expect(engine, `the engine that ran ${what}`).to.not.equal(undefined);
      process.kill(engine!, "SIGKILL");
      const { code, stderr } = await up.ended;
      expect(code, stderr).to.equal(1);
      expect(stderr).to.match(/was ended by SIGKILL\. Run the command again/);
      expect(await engineProcesses(rig), "what is left of the engine").to.deep.equal([]);
      if (what.includes("kubernetes:")) verb = verb === "creating" ? "created" : "creating";
      killed.push(what);
    }
    throw new Error(`no \`up\` succeeded in ${mostRuns} runs, with kills at ${killed.join("; ")}`);
  }

  it("goes on with the next `up`, however often it is killed", async () => {
    await upUntilDone();
    await again("GitHub and cluster", rig, killed, upUntilDone);
  });

  it("nothing is doubled: everything exists once and as declared, in the state too", async () => {
    await expectConverged(rig);
  });

  it("nothing is lost: every write that GitHub answered is there", async () => {
    await expectNothingLost(github);
  });
});
