import { expect } from "chai";

import { expectConverged, expectNothingLost } from "./support/converged.ts";
import { again, startToKill } from "./support/killing.ts";
import type { GitHub, Rig } from "./support/rig.ts";
import { killService, RunningUp, serviceIsBack, type Trigger } from "./support/running.ts";

const mostRuns = 60;

/** Creates that cannot simply run again: GitHub answers that the thing exists, or makes a second one. */
const creates = [
  "repos/create-in-org",
  "git/create-ref",
  "repos/create-repo-ruleset",
  "repos/create-deployment-branch-policy",
  "actions/create-environment-variable",
];

describe("SIGKILL of the local GitHub in the middle of an `up`", function () {
  this.timeout(900_000);
  let rig: Rig;
  let github: GitHub;
  const killed: string[] = [];

  before(async () => {
    ({ rig, github } = await startToKill("github"));
  });

  after(async () => {
    await rig.run(["local", "reset", "--yes"]);
  });

  /** In turn before a write is carried out, and after it, when its answer is lost. */
  const trigger = (): Trigger => {
    const when = killed.length % 2 === 0 ? "after" : "before";
    return { holds: [...creates.map((operation) => ({ operation, when: "after" as const })), { method: "PUT", every: 6, when }] };
  };

  /** Runs `up` until one succeeds, with a kill whenever the trigger strikes. */
  async function upUntilDone(...parameters: string[]): Promise<void> {
    for (let run = 0; run < mostRuns; run += 1) {
      // Starts it again where the supervisor gave up: more than five deaths in a minute are too many for it.
      await rig.json("local", "up");
      const up = await RunningUp.start(rig, github.url, trigger(), ["--wait", "0", ...parameters, "--", "--parallel", "1"]);
      for (let what = await up.hit(); what !== undefined; what = await up.hit()) {
        const pid = await killService(rig, "github");
        killed.push(what);
        if (await serviceIsBack(rig, "github", pid)) await up.arm(trigger());
      }
      if ((await up.ended).code === 0) return;
    }
    throw new Error(`no \`up\` succeeded in ${mostRuns} runs, with kills at ${killed.join("; ")}`);
  }

  it("goes on in the same `up` or in the next one, however often it is killed", async () => {
    await upUntilDone();
    await again("GitHub and cluster", rig, killed, upUntilDone);
    for (const operation of creates) {
      expect(
        killed.filter((what) => what.includes(operation)),
        `killed at ${operation}`,
      ).to.not.be.empty;
    }
  });

  it("nothing is doubled: everything exists once and as declared, in the state too", async () => {
    await expectConverged(rig);
  });

  it("nothing is lost: every write that was answered is there", async () => {
    await expectNothingLost(github);
  });
});
