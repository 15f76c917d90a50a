import { execFile } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";

import { unmountBelow } from "../../local/docker/mounts.ts";
import { removeBridges } from "../../local/docker/networks.ts";
import { eventually } from "../e2e/support/eventually.ts";
import { prepareDocker, type Docker } from "../../local/docker/index.ts";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import { choosePorts } from "../../local/ports.ts";
import { stopServices, superviseServices, supervisorStatus, type Service } from "../../local/supervisor/index.ts";
import { seedImages } from "../../local/registry/seed.ts";
import { temporaryFolder } from "../support/temporary.ts";

const run = promisify(execFile);
const quiet = (): void => undefined;

describe("the Docker daemon of the local services", function () {
  this.timeout(120_000);

  it("is left out with the reason where the user is not root and may not use the machine's daemon", async () => {
    const folder = temporaryFolder("gatehouse-docker-");
    const docker = await prepareDocker({ stateDir: folder, report: quiet, isRoot: false, machineSocket: path.join(folder, "none.sock") });
    expect(docker)
      .to.have.property("missing")
      .that.matches(/needs root.*group docker/);
  });

  it("is the machine's own where the user is not root but may use it", async () => {
    const folder = temporaryFolder("gatehouse-docker-");
    const socket = path.join(folder, "docker.sock");
    const server = createServer().listen(socket);
    try {
      const docker = await prepareDocker({ stateDir: folder, report: quiet, isRoot: false, machineSocket: socket });
      expect(docker).to.deep.equal({ host: `unix://${socket}` });
    } finally {
      server.close();
    }
  });

  it("takes the port that a container wants, and another one with word of it where somebody listens there", async () => {
    const folder = temporaryFolder("gatehouse-docker-");
    const { ports } = await choosePorts<string>(folder, ["other"]);
    const wanted = { ports: { shop: ports["other"]! }, claims: temporaryFolder("gatehouse-docker-") };
    const free = await choosePorts<string>(temporaryFolder("gatehouse-docker-"), ["shop"], new Set(), wanted);
    expect(free).to.deep.equal({ ports: { shop: ports["other"] }, moved: [] });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(ports["other"], "127.0.0.1", resolve));
    try {
      const taken = await choosePorts<string>(folder, ["shop"], new Set(), { ...wanted, claims: temporaryFolder("gatehouse-docker-") });
      expect(taken.moved).to.deep.equal(["shop"]);
      expect(taken.ports["shop"]).to.not.equal(ports["other"]);
    } finally {
      server.close();
    }
  });

  it("leaves the port to another checkout that took it, though nothing listens there yet, and takes it when that one is gone", async () => {
    const [first, second, third] = [0, 1, 2].map(() => temporaryFolder("gatehouse-docker-")) as [string, string, string];
    const { ports } = await choosePorts<string>(temporaryFolder("gatehouse-docker-"), ["other"]);
    const wanted = { ports: { shop: ports["other"]! }, claims: temporaryFolder("gatehouse-docker-") };
    const choose = (folder: string) => choosePorts<string>(folder, ["shop"], new Set(), wanted);
    expect((await choose(first)).ports["shop"]).to.equal(ports["other"]);
    const { ports: others, moved } = await choose(second);
    expect(moved).to.deep.equal(["shop"]);
    expect(others["shop"]).to.not.equal(ports["other"]);
    expect((await choose(first)).ports["shop"]).to.equal(ports["other"]);
    rmSync(first, { recursive: true });
    expect((await choose(third)).ports["shop"]).to.equal(ports["other"]);
  });

  describe("started", () => {
    let folder: string;
    let docker: Extract<Docker, { host: string }> & { service: Service };
    let network: string;

    before(async function () {
      folder = temporaryFolder("gatehouse-docker-");
      const prepared = await prepareDocker({ stateDir: folder, report: quiet });
      if ("missing" in prepared) {
        this.test!.parent!.title += ` (skipped: ${prepared.missing})`;
        this.skip();
      }
      if (prepared.service === undefined) {
        this.test!.parent!.title += " (skipped: only the machine's own daemon may be used)";
        this.skip();
      }
      docker = { host: prepared.host, service: prepared.service };
      await superviseServices(folder, [docker.service], quiet);
    });

    after(async () => {
      if ((folder as string | undefined) === undefined) return;
      await stopServices(folder, quiet);
      // A daemon that was killed has left its own.
      await unmountBelow(path.join(folder, "docker"));
      const { stdout } = await run("mount");
      expect(stdout, "mounts that are left").to.not.contain(folder);
      const bridge = `br-${network.slice(0, 12)}`;
      expect(await readdir("/sys/class/net"), "the bridge of a daemon that ended").to.include(bridge);
      await removeBridges(path.join(folder, "docker"));
      expect(await readdir("/sys/class/net"), "bridges that are left").to.not.include(bridge);
      rmSync(folder, { recursive: true });
    });

    const client = (...parameters: string[]): Promise<{ stdout: string }> => run("docker", ["--host", docker.host, ...parameters]);

    it("[BK-7] runs the image that stands for an app, from the local registry, and its health check succeeds", async () => {
      const { registry } = await ensureBinaries(["registry"], quiet);
      const { ports } = await choosePorts<string>(folder, ["registry"]);
      const data = path.join(folder, "registry");
      mkdirSync(data);
      const address = `127.0.0.1:${ports["registry"]!}`;
      const service: Service = {
        ...docker.service,
        name: "registry",
        command: registry,
        args: ["serve", "--address", address, "--data", data],
        ready: { kind: "http", url: `http://${address}/v2/` },
        cwd: data,
      };
      await superviseServices(folder, [docker.service, service], quiet);
      const [seeded] = await seedImages(registry, address, [{ repository: "somebody/app", tags: ["sha-00000000"] }]);
      network = (await client("network", "create", "alone")).stdout.trim();
      const image = `${address}/somebody/app@${seeded!.digest}`;
      await client("run", "--detach", "--name", "app", "--network", "alone", "--env", "PORT=8501", image);
      await client("exec", "app", "healthcheck", "http://127.0.0.1:8501/_stcore/health");
      const wrong = await client("exec", "app", "healthcheck", "http://127.0.0.1:8501/nothing").catch((error: unknown) => String(error));
      expect(wrong).to.match(/answered 404/);
    });

    it("brings its containers back after it was killed", async () => {
      await client("update", "--restart", "always", "app");
      const before = (await supervisorStatus(folder))!.services.find(({ name }) => name === "dockerd")!;
      process.kill(before.pid!, "SIGKILL");
      await eventually("the container runs again", async () => {
        const dockerd = (await supervisorStatus(folder))!.services.find(({ name }) => name === "dockerd")!;
        if (dockerd.state !== "ready" || dockerd.pid === before.pid) return false;
        const { stdout } = await client("inspect", "--format", "{{.State.Running}}", "app");
        return stdout.trim() === "true";
      });
      await client("exec", "app", "healthcheck", "http://127.0.0.1:8501/_stcore/health");
    });
  });
});
