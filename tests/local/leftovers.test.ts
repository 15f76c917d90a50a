import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { identify, isRunning } from "../../local/supervisor/processes.ts";

/** A test process that starts a service, says who it is, and is then killed. */
const STARTER = `
  import { superviseServices, supervisorStatus } from "${new URL("../../local/supervisor/index.ts", import.meta.url).href}";
  import { temporaryFolder } from "${new URL("../support/temporary.ts", import.meta.url).href}";
  import { script, STAYS } from "${new URL("./services.ts", import.meta.url).href}";
  const stateDir = temporaryFolder("gatehouse-test-");
  await superviseServices(stateDir, [script("stays", STAYS)], () => undefined);
  const { pid, services } = await supervisorStatus(stateDir);
  console.log(JSON.stringify({ stateDir, pids: [pid, services[0].pid] }));
  setInterval(() => undefined, 1000);
`;

describe("a test run that ends in the middle", function () {
  this.timeout(60_000);
  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    it(`by ${signal} leaves no supervisor, no service and no folder`, async () => {
      const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", STARTER], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
      const { stateDir, pids } = JSON.parse(line) as { stateDir: string; pids: number[] };
      const processes = pids.map((pid) => identify(pid)!);
      expect(processes.map(isRunning)).to.deep.equal([true, true]);
      child.kill(signal);
      while (processes.some(isRunning) || existsSync(stateDir)) await new Promise((resolve) => setTimeout(resolve, 20));
    });
  }
});
