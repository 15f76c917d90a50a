import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Supervisor, ServicesFailedError, type SupervisorEvent } from "../../local/supervisor/index.ts";
import { LOG_LIMIT_BYTES, openLog } from "../../local/supervisor/logs.ts";
import { checkOrder } from "../../local/supervisor/order.ts";
import { identify } from "../../local/supervisor/processes.ts";
import { script, STAYS, withStateDir } from "./services.ts";

/** Runs a supervisor for one test; stops what it left running. */
async function withSupervisor(
  action: (supervisor: Supervisor, events: SupervisorEvent[], stateDir: string, next: Next) => Promise<void>,
): Promise<void> {
  await withStateDir(async (stateDir) => {
    const events: SupervisorEvent[] = [];
    const waiting: { matches: (event: SupervisorEvent) => boolean; resolve: (event: SupervisorEvent) => void }[] = [];
    const supervisor = new Supervisor(stateDir, (event) => {
      events.push(event);
      for (const one of waiting) if (one.matches(event)) one.resolve(event);
    });
    const next: Next = (kind, service) =>
      new Promise((resolve) => waiting.push({ matches: (event) => event.kind === kind && event.service === service, resolve }));
    try {
      await action(supervisor, events, stateDir, next);
    } finally {
      await supervisor.stop();
    }
  });
}
type Next = (kind: SupervisorEvent["kind"], service: string) => Promise<SupervisorEvent>;

const order = (events: SupervisorEvent[], kind: SupervisorEvent["kind"]) =>
  events.filter((event) => event.kind === kind).map(({ service }) => service);
const pidOf = (supervisor: Supervisor, name: string) => supervisor.status().find((one) => one.name === name)!.pid!;

describe("the supervisor", () => {
  describe("order", () => {
    it("starts a service only after all that it depends on are ready, and independent ones at the same time", () =>
      withSupervisor(async (supervisor, events) => {
        await supervisor.apply([
          script("client", STAYS, { dependsOn: ["server", "other"] }),
          script("server", `setTimeout(() => { ${STAYS} }, 150)`, { dependsOn: [] }),
          script("other", STAYS),
        ]);
        const at = (kind: string, service: string) => events.findIndex((event) => event.kind === kind && event.service === service);
        expect(at("starting", "client")).to.be.greaterThan(at("ready", "server"));
        expect(at("starting", "client")).to.be.greaterThan(at("ready", "other"));
        expect(at("starting", "other")).to.be.lessThan(at("ready", "server"));
      }));

    it("stops in reverse order: a server only after its clients are gone", () =>
      withSupervisor(async (supervisor, events) => {
        const slow = `process.on('SIGTERM', () => setTimeout(() => process.exit(0), 150)); ${STAYS}`;
        await supervisor.apply([script("server", STAYS), script("client", slow, { dependsOn: ["server"] })]);
        await supervisor.stop();
        expect(order(events, "stopped")).to.deep.equal(["client", "server"]);
        expect(supervisor.status()).to.deep.equal([]);
      }));

    it("refuses a missing dependency, a name twice and a circle in one error, and starts nothing", () => {
      const faulty = [
        script("a", STAYS, { dependsOn: ["b"] }),
        script("b", STAYS, { dependsOn: ["a"] }),
        script("c", STAYS, { dependsOn: ["nobody"] }),
        script("c", STAYS),
        script("D d", STAYS),
      ];
      expect(() => {
        checkOrder(faulty);
      }).to.throw(/c: declared twice[^]*"D d": a name has[^]*c: depends on nobody[^]*a -> b -> a/);
    });

    it("does not start what depends on a service that failed, and keeps what became ready", () =>
      withSupervisor(async (supervisor, events) => {
        const failure = await supervisor
          .apply([
            script("good", STAYS),
            script("bad", "console.error('no such flag'); process.exit(7)"),
            script("behind", STAYS, { dependsOn: ["bad"] }),
          ])
          .catch((error: unknown) => error);
        expect(failure).to.be.instanceOf(ServicesFailedError);
        expect((failure as Error).message)
          .to.contain("bad ended with exit code 7")
          .and.contain("no such flag")
          .and.not.contain("behind");
        expect(order(events, "starting")).to.not.include("behind");
        expect(supervisor.status().map(({ name, state }) => `${name} ${state}`)).to.deep.equal([
          "good ready",
          "bad failed",
          "behind waiting",
        ]);
      }));
  });

  describe("readiness", () => {
    it("gives up on a service that does not become ready in time, ends it and says what did not answer", () =>
      withSupervisor(async (supervisor) => {
        const mute = script("mute", "setInterval(() => {}, 1000)", {
          ready: { kind: "tcp", host: "127.0.0.1", port: 1 },
          readySeconds: 0.2,
        });
        const failure = await supervisor.apply([mute]).catch((error: unknown) => error as Error);
        expect((failure as Error).message).to.contain("not ready after 0.2 s: nothing accepted connections on 127.0.0.1:1");
        expect(supervisor.status()[0]!.pid).to.equal(undefined);
      }));

    it("waits for an HTTP answer of 2xx, a port, and a function of the caller's that may throw", () =>
      withSupervisor(async (supervisor) => {
        let asked = 0;
        const server = createServer((_request, response) => response.writeHead((asked += 1) < 3 ? 503 : 204).end());
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        let calls = 0;
        const check = () => {
          if ((calls += 1) < 3) throw new Error("not yet");
          return Promise.resolve(true);
        };
        try {
          await supervisor.apply([
            script("http", STAYS, { ready: { kind: "http", url: `http://127.0.0.1:${port}/` } }),
            script("tcp", STAYS, { ready: { kind: "tcp", host: "127.0.0.1", port } }),
            script("function", STAYS, { ready: { kind: "function", check } }),
          ]);
          expect([asked, calls]).to.deep.equal([3, 3]);
        } finally {
          server.close();
        }
      }));

    it("counts a program that runs to its end as ready when it exits with 0, and as failed otherwise", () =>
      withSupervisor(async (supervisor) => {
        const completed = { ready: { kind: "completed" } as const };
        await supervisor.apply([script("setup", "", completed), script("after", STAYS, { dependsOn: ["setup"] })]);
        expect(supervisor.status().map(({ state }) => state)).to.deep.equal(["completed", "ready"]);
        const failure = await supervisor.apply([script("setup", "process.exit(1)", completed)]).catch((error: unknown) => error as Error);
        expect((failure as Error).message).to.contain("setup ended with exit code 1");
      }));

    it("reports a program that does not exist", () =>
      withSupervisor(async (supervisor) => {
        const failure = await supervisor
          .apply([script("ghost", "", { command: "/nowhere/ghost" })])
          .catch((error: unknown) => error as Error);
        expect((failure as Error).message).to.match(/ghost: \/nowhere\/ghost could not be started: .*ENOENT/);
      }));
  });

  describe("death", () => {
    it("reports one that died with its signal and its last 20 lines", () =>
      withSupervisor(async (supervisor, _events, _dir, next) => {
        await supervisor.apply([script("talker", `for (let i = 1; i <= 30; i++) console.log('line ' + i); ${STAYS}`)]);
        const died = next("died", "talker");
        process.kill(pidOf(supervisor, "talker"), "SIGKILL");
        await died;
        const { state, lastDeath } = supervisor.status()[0]!;
        expect(state).to.equal("failed");
        expect(lastDeath).to.deep.include({ exitCode: null, signal: "SIGKILL" });
        expect(lastDeath!.lastLines).to.have.length(20);
        expect(lastDeath!.lastLines.at(-1)).to.equal("up");
        expect(lastDeath!.lastLines[0]).to.equal("line 12");
      }));

    it("starts it again where that is declared, within a second, and counts it", () =>
      withSupervisor(async (supervisor, events, _dir, next) => {
        await supervisor.apply([script("phoenix", STAYS, { restart: "on-failure" })]);
        const first = pidOf(supervisor, "phoenix");
        const ready = next("ready", "phoenix");
        const killed = Date.now();
        process.kill(first, "SIGKILL");
        await ready;
        expect(Date.now() - killed).to.be.lessThan(2000);
        expect(supervisor.status()[0]).to.include({ state: "ready", restarts: 1 });
        expect(pidOf(supervisor, "phoenix")).to.not.equal(first);
        expect(events.find(({ kind }) => kind === "died")).to.include({ restartInMs: 200 });
      }));

    it("gives up after five restarts in a minute", function () {
      this.timeout(20_000);
      return withSupervisor(async (supervisor, events) => {
        const failure = await supervisor
          .apply([script("hopeless", "process.exit(3)", { restart: "on-failure" })])
          .catch((error: unknown) => error as Error);
        expect((failure as Error).message).to.contain("hopeless ended with exit code 3, the last of 6 starts in a minute");
        expect(order(events, "starting")).to.have.length(6);
      });
    });

    it("ends the children that a dead service left in its process group", () =>
      withSupervisor(async (supervisor, _events, stateDir, next) => {
        const pidFile = join(stateDir, "child");
        const parent = `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {stdio: 'ignore'}); require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(c.pid)); ${STAYS}`;
        await supervisor.apply([script("parent", parent)]);
        const child = Number(readFileSync(pidFile, "utf8"));
        expect(identify(child)).to.not.equal(undefined);
        const failed = next("failed", "parent");
        process.kill(pidOf(supervisor, "parent"), "SIGKILL");
        await failed;
        await until(() => identify(child) === undefined);
      }));
  });

  describe("stopping", () => {
    it("kills one that ignores its signal when the grace time is over", () =>
      withSupervisor(async (supervisor, events) => {
        const deaf = script("deaf", `process.on('SIGTERM', () => {}); ${STAYS}`, { stop: { signal: "SIGTERM", graceSeconds: 0.2 } });
        await supervisor.apply([deaf]);
        await supervisor.stop();
        expect(events.find(({ kind }) => kind === "stopped")).to.include({ killed: true });
      }));

    it("ends an apply that is still waiting", () =>
      withSupervisor(async (supervisor, _events, _dir, next) => {
        const starting = next("starting", "slow");
        const applied = supervisor.apply([script("slow", "setInterval(() => {}, 1000)"), script("behind", STAYS, { dependsOn: ["slow"] })]);
        const failure = applied.catch((error: unknown) => error as Error);
        await starting;
        await supervisor.stop();
        expect(((await failure) as Error).message).to.contain("slow: it was stopped while it started");
      }));
  });

  describe("a second apply", () => {
    it("leaves alone what runs as declared", () =>
      withSupervisor(async (supervisor, events) => {
        const services = [script("a", STAYS), script("b", STAYS, { dependsOn: ["a"] })];
        await supervisor.apply(services);
        const before = events.length;
        await supervisor.apply(services);
        expect(events.length).to.equal(before);
      }));

    it("leaves alone what differs by the caller's PATH only: `make` and a prompt have different ones", () =>
      withSupervisor(async (supervisor, events) => {
        await supervisor.apply([script("a", STAYS, { env: { PATH: "/usr/bin" } })]);
        const before = events.length;
        await supervisor.apply([script("a", STAYS, { env: { PATH: "/usr/bin:/opt/bin" } })]);
        expect(events.length).to.equal(before);
      }));

    it("starts what died, and only that", () =>
      withSupervisor(async (supervisor, _events, _dir, next) => {
        const services = [script("a", STAYS), script("b", STAYS, { dependsOn: ["a"] })];
        await supervisor.apply(services);
        const [a, b] = [pidOf(supervisor, "a"), pidOf(supervisor, "b")];
        const failed = next("failed", "a");
        process.kill(a, "SIGKILL");
        await failed;
        await supervisor.apply(services);
        expect(pidOf(supervisor, "a")).to.not.equal(a);
        expect(pidOf(supervisor, "b")).to.equal(b);
      }));

    it("restarts what is declared differently with all that depend on it, and stops what is no longer listed", () =>
      withSupervisor(async (supervisor) => {
        await supervisor.apply([script("a", STAYS), script("b", STAYS, { dependsOn: ["a"] }), script("c", STAYS), script("d", STAYS)]);
        const before = new Map(supervisor.status().map(({ name, pid }) => [name, pid]));
        await supervisor.apply([script("a", STAYS, { env: { NEW: "1" } }), script("b", STAYS, { dependsOn: ["a"] }), script("c", STAYS)]);
        const after = new Map(supervisor.status().map(({ name, pid }) => [name, pid]));
        expect([...after.keys()]).to.deep.equal(["a", "b", "c"]);
        expect(after.get("a")).to.not.equal(before.get("a"));
        expect(after.get("b")).to.not.equal(before.get("b"));
        expect(after.get("c")).to.equal(before.get("c"));
        expect(identify(before.get("d")!)).to.equal(undefined);
      }));
  });

  describe("logs", () => {
    it("are kept over starts and set aside when they are large", () =>
      withStateDir(async (dir) => {
        const file = join(dir, "a.log");
        writeFileSync(file, "x".repeat(LOG_LIMIT_BYTES + 1));
        expect(openLog(file).offset).to.equal(0);
        expect(readFileSync(`${file}.1`).length).to.equal(LOG_LIMIT_BYTES + 1);
        writeFileSync(file, "kept\n");
        expect(openLog(file).offset).to.equal(5);
        await Promise.resolve();
      }));
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
