import { access } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";
import { execa } from "execa";

import { loadSystem } from "../../cli/project.ts";
import { dockerTarget } from "../../model/target.ts";
import { applied, type Applied } from "./support/rig.ts";

interface Container {
  readonly Name: string;
  readonly Config: { readonly Image: string; readonly Labels: Readonly<Record<string, string>> };
  readonly State: { readonly Status: string; readonly Health: { readonly Status: string } };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
}

describe("kitchen, applied by `gatehouse up` to a Docker host", function () {
  this.timeout(300_000);
  let world: Applied;
  let host: string;

  before(async function () {
    world = await applied();
    const { leftOut = [] } = (world.summary.systems["prod"]?.["kitchen"] ?? {}) as { leftOut?: readonly string[] };
    if (leftOut.length > 0) {
      this.test!.parent!.title += ` (skipped: ${leftOut.join("; ")})`;
      this.skip();
    }
    const socket = path.join(world.rig.home, "docker/run/d.sock");
    host = (await access(socket).then(
      () => true,
      () => false,
    ))
      ? `unix://${socket}`
      : "unix:///var/run/docker.sock";
  });

  const docker = async (...parameters: readonly string[]): Promise<string> =>
    (await execa("docker", ["--host", host, ...parameters])).stdout;
  const inspect = async (name: string): Promise<Container> => (JSON.parse(await docker("inspect", name)) as [Container])[0];

  async function containers(): Promise<{ readonly tier: string; readonly name: string }[]> {
    const { system } = await loadSystem("kitchen");
    return system.tiers.flatMap(({ name, target }) => {
      const found = dockerTarget(target);
      return found === undefined ? [] : [{ tier: name, name: found.container }];
    });
  }

  /** Addresses by container, as `up` said them. */
  const addresses = (): Record<string, string> =>
    Object.assign(
      {},
      ...Object.values(world.summary.systems).map(
        (systems) => (systems["kitchen"] as { containers?: Record<string, string> } | undefined)?.containers ?? {},
      ),
    ) as Record<string, string>;

  it("[BK-7] both containers are healthy, run the declared image by digest, and say whose they are", async () => {
    const all = await containers();
    expect(all).to.have.length(2);
    for (const { tier, name } of all) {
      const { State, Config } = await inspect(name);
      expect(State.Status, name).to.equal("running");
      expect(State.Health.Status, name).to.equal("healthy");
      expect(Config.Image, name).to.match(/sha256:[0-9a-f]{64}$/);
      expect(Config.Labels).to.include({ "gatehouse.system": "kitchen", "gatehouse.tier": tier });
    }
  });

  it("[BK-7] each answers at its own address, and only there: they share no network", async () => {
    const networks: string[] = [];
    for (const { name } of await containers()) {
      const answer = await fetch(`${addresses()[name]!}/_stcore/health`);
      expect(answer.status, name).to.equal(200);
      networks.push(...Object.keys((await inspect(name)).NetworkSettings.Networks));
    }
    expect(networks).to.have.length(2);
    expect(new Set(networks).size).to.equal(2);
  });

  it("[BK-7] a container that was removed behind our back is seen by a refresh, and `up` brings it back", async () => {
    const { name } = (await containers())[0]!;
    await docker("rm", "--force", name);
    await world.rig.up("--stack", "dev", "--", "--refresh");
    expect((await inspect(name)).State.Health.Status).to.equal("healthy");
  });
});
