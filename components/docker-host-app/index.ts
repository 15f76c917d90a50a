import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { checkArguments, type Token } from "../shared/arguments.ts";
import { dockerHostAppArgs, type DockerHostAppArgs } from "./args.ts";

export type { DockerHostAppArgs } from "./args.ts";

const token: Token = "gatehouse:docker:DockerHostApp";

/**
 * A container on one Docker host, in a network of its own, so that no other tier can reach it except through its published port.
 *
 * The image carries a program `healthcheck` on its PATH, called with the address to ask: an image made from scratch has no shell and no
 * curl, and the host should not decide what an image contains.
 */
export class DockerHostApp extends pulumi.ComponentResource {
  readonly container: docker.Container;

  /**
   * @param name Unique among the containers of the stack.
   * @throws FaultsError with every fault of the arguments; nothing is registered then.
   */
  constructor(name: string, args: DockerHostAppArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArguments(token, name, dockerHostAppArgs, args);
    const { target, production, system, tier } = args;
    const { container, hostPort, containerPort, health } = target;
    super(token, name, { container, hostPort, production }, opts);

    const kept = { parent: this, ...(production && { protect: true }) };
    const labels = [
      { label: "gatehouse.system", value: system },
      { label: "gatehouse.tier", value: tier },
    ];
    const network = new docker.Network(name, { name: container, driver: "bridge", labels }, kept);
    const image = new docker.RemoteImage(name, { name: args.image, keepLocally: true }, { parent: this });
    const volumes = Object.entries(target.volumes ?? {}).map(([volume, containerPath]) => {
      // Data outlives the declaration: a volume that is taken out of it stays on the host.
      const made = new docker.Volume(`${name}-${volume}`, { name: volume, labels }, { ...kept, retainOnDelete: true });
      return { volumeName: made.name, containerPath };
    });
    this.container = new docker.Container(
      name,
      {
        name: container,
        image: image.imageId,
        // Not `unless-stopped`: a daemon that was killed counts what it ends at its next start as stopped by somebody.
        restart: "always",
        mustRun: true,
        // A container whose health check fails is no deployment: the update fails and says so.
        wait: true,
        waitTimeout: 120,
        ports: [{ internal: containerPort, external: hostPort, ip: "127.0.0.1", protocol: "tcp" }],
        networksAdvanced: [{ name: network.name }],
        healthcheck: {
          tests: ["CMD", "healthcheck", `http://127.0.0.1:${containerPort}${health.path}`],
          interval: `${health.intervalSeconds ?? 10}s`,
          timeout: `${health.timeoutSeconds ?? 5}s`,
          retries: health.retries ?? 3,
        },
        envs: Object.entries(target.environment ?? {}).map(([variable, value]) => `${variable}=${value}`),
        ...(volumes.length > 0 && { volumes }),
        labels,
      },
      // Name and port are taken until the old one is gone.
      { ...kept, deleteBeforeReplace: true },
    );
    this.registerOutputs({ container, address: `http://127.0.0.1:${hostPort}` });
  }
}
