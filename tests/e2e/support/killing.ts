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

/** Takes dev down and puts it up again until there were kill points enough: how many one `up` has depends on what it meets. */
export async function again(rig: Rig, killed: readonly string[], upUntilDone: (...parameters: string[]) => Promise<void>): Promise<void> {
  while (killed.length < enough) {
    const before = killed.length;
    const { code, stderr } = await rig.pulumi("dev", "destroy", "--yes", "--skip-preview", "--non-interactive");
    expect(code, stderr).to.equal(0);
    await upUntilDone("--stack", "dev");
    expect(killed.length, "kill points of this turn").to.be.above(before);
  }
}
