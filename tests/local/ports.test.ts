import { expect } from "chai";
import { createServer, type AddressInfo } from "node:net";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { choosePorts, knownPorts } from "../../local/ports.ts";
import { withStateDir } from "./services.ts";

/** Listens on a port of 127.0.0.1 while the action runs. */
async function occupying(port: number, action: () => Promise<void>): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  expect((server.address() as AddressInfo).port).to.equal(port);
  try {
    await action();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe("the ports of local services", () => {
  it("are chosen once and kept, in a file for the user alone", () =>
    withStateDir(async (dir) => {
      const first = await choosePorts(dir, ["github", "registry"]);
      expect(new Set(Object.values(first.ports)).size).to.equal(2);
      expect((await choosePorts(dir, ["github", "registry", "more"])).ports).to.include(first.ports);
      expect(knownPorts(dir)).to.include(first.ports);
      expect(statSync(join(dir, "local.json")).mode & 0o077).to.equal(0);
    }));

  it("differ between two checkouts that choose at the same time", () =>
    withStateDir(async (dir) => {
      const names = ["a", "b", "c", "d", "e"] as const;
      const folders = ["one", "two"].map((name) => join(dir, name));
      for (const folder of folders) mkdirSync(folder);
      const chosen = await Promise.all(folders.map((folder) => choosePorts(folder, names)));
      expect(new Set(chosen.flatMap(({ ports }) => Object.values(ports))).size).to.equal(10);
    }));

  it("move when somebody else listens there, and say so", () =>
    withStateDir(async (dir) => {
      const { ports } = await choosePorts(dir, ["github", "registry"]);
      await occupying(ports.github, async () => {
        const again = await choosePorts(dir, ["github", "registry"]);
        expect(again.moved).to.deep.equal(["github"]);
        expect(again.ports.github).to.not.equal(ports.github);
        expect(again.ports.registry).to.equal(ports.registry);
      });
    }));

  it("stay when it is our own service that listens there", () =>
    withStateDir(async (dir) => {
      const { ports } = await choosePorts(dir, ["github"]);
      await occupying(ports.github, async () => {
        expect(await choosePorts(dir, ["github"], new Set(["github"]))).to.deep.equal({ ports, moved: [] });
      });
    }));
});
