/** What the tests share that kill something in the middle of an `up`. */

import { expect } from "chai";

import { copyOneSystem } from "./project-copy.ts";
import { openGitHub, Rig, type GitHub } from "./rig.ts";
import { temporaryFolder } from "../../support/temporary.ts";

/** Started services, and a project that one `up` applies in a few seconds, so that twenty kills of it are not the whole test run. */
export async function startToKill(what: string): Promise<{ readonly rig: Rig; readonly github: GitHub }> {
  // The README is what GitHub makes with the repository.
  const keep = (file: string): boolean => /^((\.github|infra)\/|README\.md$)/.test(file);
  const rig = new Rig(temporaryFolder(`gatehouse-killed-${what}-`), await copyOneSystem("dataenginex", keep));
  await rig.json("local", "up");
  return { rig, github: await openGitHub(rig) };
}

/** Kill points that each test must have had. */
const enough = 20;

/** What GitHub holds of the tier dev alone: nothing of it is protected. */
const ofDev = ["RepositoryEnvironment", "RepositoryRuleset"].flatMap((type) => ["--target", `**${type}::dataenginex-dev`]);

/**
 * Takes dev down and puts it up again until there were kill points enough: how many one `up` has depends on what it meets.
 *
 * @param where What is taken down of dev: what runs in the cluster, or what GitHub holds too.
 */
export async function again(
  where: "cluster" | "GitHub and cluster",
  rig: Rig,
  killed: readonly string[],
  upUntilDone: (...parameters: string[]) => Promise<void>,
): Promise<void> {
  const destroy = async (stack: string, ...targets: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await rig.pulumi(stack, "destroy", "--yes", "--skip-preview", "--non-interactive", ...targets);
    expect(code, `${stdout}\n${stderr}`).to.equal(0);
  };
  while (killed.length < enough) {
    const before = killed.length;
    await destroy("dev");
    if (where === "cluster") await upUntilDone("--stack", "dev");
    else {
      await destroy("prod", ...ofDev, "--target-dependents");
      await upUntilDone();
    }
    expect(killed.length, "kill points of this turn").to.be.above(before);
  }
}
