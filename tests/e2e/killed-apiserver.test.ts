import { expectConverged } from "./support/converged.ts";
import { again, startToKill } from "./support/killing.ts";
import type { GitHub, Rig } from "./support/rig.ts";
import { killService, RunningUp, serviceIsBack, type EngineLine, type Trigger } from "./support/running.ts";

const mostRuns = 60;

/** What watches the cluster waits up to half a minute to ask again after so many deaths of the server; started anew, it asks at once. */
const watchers = ["kube-controller-manager", "argocd-application-controller"];

describe("SIGKILL of kube-apiserver in the middle of an `up`", function () {
  this.timeout(900_000);
  let rig: Rig;
  let github: GitHub;
  const killed: string[] = [];

  before(async () => {
    ({ rig, github } = await startToKill("apiserver"));
  });

  after(async () => {
    await rig.run(["local", "reset", "--yes"]);
  });

  /** In turn when the engine begins with an object and when it heard that the object is there: every other run gets one object further. */
  const trigger = (): Trigger => {
    const verb = killed.length % 2 === 0 ? "creating" : "created";
    return { line: (line: EngineLine) => line.type.startsWith("kubernetes:") && line.verb === verb };
  };

  async function startWatchersAnew(): Promise<void> {
    for (const name of watchers) await serviceIsBack(rig, name, await killService(rig, name));
  }

  /** Runs `up` until one succeeds, with a kill whenever the trigger strikes. */
  async function upUntilDone(...parameters: string[]): Promise<void> {
    for (let run = 0; run < mostRuns; run += 1) {
      const up = await RunningUp.start(rig, github.url, trigger(), ["--wait", "0", ...parameters, "--", "--parallel", "1"]);
      for (let what = await up.hit(); what !== undefined; what = await up.hit()) {
        const pid = await killService(rig, "kube-apiserver");
        killed.push(what);
        if (await serviceIsBack(rig, "kube-apiserver", pid)) await up.arm(trigger());
      }
      if ((await up.ended).code === 0) return startWatchersAnew();
    }
    throw new Error(`no \`up\` succeeded in ${mostRuns} runs, with kills at ${killed.join("; ")}`);
  }

  it("goes on in the same `up` or in the next one, however often it is killed", async () => {
    await upUntilDone();
    await again("cluster", rig, killed, upUntilDone);
  });

  it("nothing is doubled and nothing is lost: everything exists once and as declared, in the state too", async () => {
    await expectConverged(rig);
  });
});
