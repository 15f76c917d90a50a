import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

import { expect } from "chai";

import { Rig } from "../e2e/support/rig.ts";
import { temporaryFolder } from "../support/temporary.ts";

describe("an interrupted command", function () {
  this.timeout(180_000);

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`ends soon after ${signal} with 130 and a sentence, and the next command goes on`, async () => {
      const rig = new Rig(path.join(temporaryFolder("gatehouse-interrupted-"), "home"));
      const child = rig.start(["local", "up", "--json"]);
      try {
        const [line] = (await once(createInterface({ input: child.stderr }), "line")) as [string];
        expect(line, "progress of the step that is interrupted").to.not.equal("");
        const asked = Date.now();
        child.kill(signal);
        const { exitCode, stdout } = await child;
        expect(exitCode).to.equal(130);
        expect(Date.now() - asked, "milliseconds until it ended").to.be.below(5_000);
        expect((JSON.parse(stdout) as { error: { message: string } }).error.message).to.match(/^Interrupted\..*again/);
        const next = await rig.run(["local", "up", "--json"]);
        expect(next.code, next.stderr).to.equal(0);
        expect(JSON.parse(next.stdout)).to.include.keys("github", "registry", "kubernetes", "argocd");
      } finally {
        await rig.run(["local", "reset", "--yes"]);
      }
    });
  }
});
