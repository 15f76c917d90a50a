import { rm } from "node:fs/promises";

import { expect } from "chai";

import type { Proposal } from "../../cli/propose/propose.ts";
import { copyProject } from "./support/project-copy.ts";
import { applied, type Applied } from "./support/rig.ts";

const at = { owner: "TheDataEngineX", repo: "DEX" };
const file = ".github/workflows/security.yml";

describe("gatehouse pipelines propose dataenginex", function () {
  this.timeout(600_000);
  let world: Applied;
  let project: string;

  before(async () => {
    world = await applied();
    // A change that the gates allow: the declared checks keep their names.
    project = await copyProject({ file: `systems/dataenginex/repository/${file}`, change: (text) => `${text}# Reviewed.\n` });
  });

  after(async () => {
    await rm(project, { recursive: true });
    const { rest } = world.github.octokit;
    for (const { number, head } of (await rest.pulls.list({ ...at, state: "open" })).data) {
      if (!head.ref.startsWith("gatehouse/pipelines/")) continue;
      await rest.pulls.update({ ...at, pull_number: number, state: "closed" });
    }
    for (const base of ["main", "dev"])
      await rest.git.deleteRef({ ...at, ref: `heads/gatehouse/pipelines/${base}` }).catch(() => undefined);
  });

  async function propose(parameters: readonly string[] = [], from?: string): Promise<Proposal> {
    const options = from === undefined ? {} : { project: from };
    const { code, stdout, stderr } = await world.rig.run(["--json", "pipelines", "propose", "dataenginex", ...parameters], options);
    expect(code, `${stdout}\n${stderr}`).to.equal(0);
    return JSON.parse(stdout) as Proposal;
  }

  it("has nothing to propose right after `up`, and says so", async () => {
    const last = await world.github.lastRequest();
    for (const base of ["main", "dev"]) {
      expect(await propose(["--base", base])).to.deep.equal({ base, changes: [], pullRequest: null });
    }
    const { code, stdout } = await world.rig.run(["pipelines", "propose", "dataenginex"]);
    expect(code).to.equal(0);
    expect(stdout).to.equal("The pipeline files on main are what is declared. Nothing to propose.");
    expect((await world.github.requestsSince(last)).writes).to.equal(0);
  });

  for (const base of ["main", "dev"]) {
    it(`proposes a changed workflow file to ${base} as a pull request that the gates bind`, async () => {
      const { rest } = world.github.octokit;
      const { changes, pullRequest } = await propose(["--base", base], project);
      expect(changes).to.deep.equal([{ path: file, kind: "changed" }]);
      expect(pullRequest).to.include({ state: "opened" });
      const pull_number = pullRequest!.number;
      const { data: pull } = await rest.pulls.get({ ...at, pull_number });
      expect(pull.base.ref).to.equal(base);
      expect((await rest.pulls.listFiles({ ...at, pull_number })).data.map(({ filename }) => filename)).to.deep.equal([file]);
      const merged = await rest.pulls.merge({ ...at, pull_number }).then(
        () => 200,
        (error: unknown) => (error as { status?: number }).status,
      );
      expect(merged, "merged without a review and checks").to.equal(405);

      const last = await world.github.lastRequest();
      expect((await propose(["--base", base], project)).pullRequest).to.deep.equal({ ...pullRequest, state: "current" });
      expect((await world.github.requestsSince(last)).writes).to.equal(0);
    });
  }

  it("closes its pull request when the change is taken back", async () => {
    const { changes, pullRequest } = await propose(["--base", "dev"]);
    expect(changes).to.deep.equal([]);
    expect(pullRequest?.state).to.equal("withdrawn");
  });

  it("refuses a base that is not a long-lived branch", async () => {
    const { code, stderr } = await world.rig.run(["pipelines", "propose", "dataenginex", "--base", "mian"]);
    expect(code).to.equal(2);
    expect(stderr).to.include('did you mean "main"?');
  });
});
