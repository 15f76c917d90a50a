import { expect } from "chai";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureSupervisor, stopServices, superviseServices, supervisorStatus, type SupervisorEvent } from "../../local/supervisor/index.ts";
import { identify, isRunning, type ProcessIdentity } from "../../local/supervisor/processes.ts";
import { script, STAYS, withStateDir } from "./services.ts";

async function withServices(action: (stateDir: string, events: SupervisorEvent[]) => Promise<void>): Promise<void> {
  await withStateDir(async (stateDir) => {
    const events: SupervisorEvent[] = [];
    try {
      await superviseServices(stateDir, [script("a", STAYS), script("b", STAYS, { dependsOn: ["a"] })], (event) => events.push(event));
      await action(stateDir, events);
    } finally {
      await stopServices(stateDir, () => undefined);
    }
  });
}

async function ended(pid: number): Promise<void> {
  while (identify(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}

const processOf = async (stateDir: string, name: string): Promise<ProcessIdentity> =>
  identify((await supervisorStatus(stateDir))!.services.find((service) => service.name === name)!.pid!)!;

describe("the supervisor process", () => {
  it("outlives its starter's call, answers status, and reports the start as it goes on", () =>
    withServices(async (stateDir, events) => {
      expect(events.map(({ kind, service }) => `${kind} ${service}`)).to.deep.equal(["starting a", "ready a", "starting b", "ready b"]);
      const status = await supervisorStatus(stateDir);
      expect(status!.pid).to.not.equal(process.pid);
      expect(status!.services.map(({ state }) => state)).to.deep.equal(["ready", "ready"]);
      expect(status!.services[0]!.memoryBytes).to.be.greaterThan(1e6);
    }));

  it("is one per state folder, also when several commands start it at once", () =>
    withStateDir(async (stateDir) => {
      const found = await Promise.all([1, 2, 3].map(() => ensureSupervisor(stateDir)));
      expect(new Set(found.map(({ pid }) => pid)).size).to.equal(1);
      await stopServices(stateDir, () => undefined);
    }));

  it("stops all and itself; stopping again is no error", () =>
    withServices(async (stateDir) => {
      const { pid } = (await supervisorStatus(stateDir))!;
      const a = await processOf(stateDir, "a");
      await stopServices(stateDir, () => undefined);
      expect(isRunning(a)).to.equal(false);
      await ended(pid);
      await stopServices(stateDir, () => undefined);
      expect(await supervisorStatus(stateDir)).to.equal(undefined);
    }));

  it("killed, leaves orphans that the next start ends before it starts anew", () =>
    withServices(async (stateDir) => {
      const { pid } = (await supervisorStatus(stateDir))!;
      const before = await processOf(stateDir, "a");
      process.kill(pid, "SIGKILL");
      await ended(pid);
      expect(isRunning(before)).to.equal(true);
      const events: SupervisorEvent[] = [];
      await superviseServices(stateDir, [script("a", STAYS)], (event) => events.push(event));
      expect(isRunning(before)).to.equal(false);
      expect((await supervisorStatus(stateDir))!.services.map(({ name, state }) => `${name} ${state}`)).to.deep.equal(["a ready"]);
    }));

  it("killed, leaves orphans that a stop ends too", () =>
    withServices(async (stateDir) => {
      const { pid } = (await supervisorStatus(stateDir))!;
      const orphans = [await processOf(stateDir, "a"), await processOf(stateDir, "b")];
      process.kill(pid, "SIGKILL");
      await ended(pid);
      const events: SupervisorEvent[] = [];
      await stopServices(stateDir, (event) => events.push(event));
      expect(events.map(({ kind, service }) => `${kind} ${service}`)).to.deep.equal(["orphan-stopped b", "orphan-stopped a"]);
      expect(orphans.map(isRunning)).to.deep.equal([false, false]);
    }));

  it("ends, with its services, when the state folder is removed", () =>
    withServices(async (stateDir) => {
      const { pid } = (await supervisorStatus(stateDir))!;
      const services = [await processOf(stateDir, "a"), await processOf(stateDir, "b")];
      rmSync(stateDir, { recursive: true });
      await ended(pid);
      expect(services.map(isRunning)).to.deep.equal([false, false]);
    }));

  it("does not touch a process that was given the pid of a dead service", () =>
    withStateDir(async (stateDir) => {
      await ensureSupervisor(stateDir);
      await stopServices(stateDir, () => undefined);
      const stranger = identify(process.pid)!;
      const record = {
        name: "a",
        dependsOn: [],
        stop: { signal: "SIGKILL", graceSeconds: 0 },
        identity: { ...stranger, startTime: "earlier" },
      };
      writeFileSync(join(stateDir, "supervisor", "processes.json"), JSON.stringify([record]));
      const events: SupervisorEvent[] = [];
      await stopServices(stateDir, (event) => events.push(event));
      expect(events).to.deep.equal([]);
      expect(isRunning(stranger)).to.equal(true);
    }));

  it("reports a failed start to the caller with the service's last lines", () =>
    withStateDir(async (stateDir) => {
      try {
        const failure = await superviseServices(
          stateDir,
          [script("bad", "console.log('port taken'); process.exit(2)")],
          () => undefined,
        ).catch((error: unknown) => error as Error);
        expect((failure as Error).message)
          .to.contain("bad ended with exit code 2")
          .and.contain("port taken");
        expect(existsSync(join(stateDir, "logs", "bad.log"))).to.equal(true);
      } finally {
        await stopServices(stateDir, () => undefined);
      }
    }));
});
