/** Containers that a program runs on a Docker host. */
import { docker, type Declaration } from "./declaration.ts";
import type { Finding, ResourceRule } from "./rule.ts";

const types = [docker("Container")];
const field = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
/** What a container sees of the host: volumes by path, and mounts. */
const hostPaths = (container: Declaration): readonly unknown[] => [
  ...container.list("volumes").map((volume) => field(volume, "hostPath")),
  ...container
    .list("mounts")
    .filter((mount) => field(mount, "type") === "bind")
    .map((mount) => field(mount, "source")),
];

function* ports(container: Declaration): Iterable<Finding> {
  for (const [index, port] of container.list("ports").entries()) {
    const address = field(port, "ip");
    if (address === undefined || address === null || address === "0.0.0.0" || address === "::") {
      yield { path: `ports[${index}].ip`, message: "the port is open on every address of the host" };
    }
  }
}

export const containerRules: readonly ResourceRule[] = [
  {
    id: "container-image-pinned",
    kind: "resource",
    types,
    title: "A container runs an image by digest",
    why: "A tag can be moved; what runs is then not what was tested in the tier before.",
    severity: "high",
    standards: { scorecard: { check: "Pinned-Dependencies" } },
    fix: "Name the image by its digest: `image@sha256:…`, or by the id of a RemoteImage that is.",
    *judge(container) {
      const image = container.text("image") ?? "";
      if (!/sha256:[0-9a-f]{64}$/.test(image)) yield { path: "image", message: "the image is named by a tag" };
    },
  },
  {
    id: "container-not-privileged",
    kind: "resource",
    types,
    title: "A container has no rights over its host",
    why: "A privileged container is root on the host.",
    severity: "critical",
    standards: {},
    fix: "Remove `privileged`, and add the one capability that is needed.",
    *judge(container) {
      if (container.flag("privileged")) yield { path: "privileged", message: "it is privileged" };
      for (const added of container.texts("capabilities.adds")) {
        if (/^(CAP_)?(ALL|SYS_ADMIN)$/i.test(added)) yield { path: "capabilities.adds", message: `it has ${added}` };
      }
    },
  },
  {
    id: "container-no-docker-socket",
    kind: "resource",
    types,
    title: "A container does not hold the Docker socket",
    why: "Whoever may talk to the daemon may start a privileged container.",
    severity: "critical",
    standards: {},
    fix: "Remove the volume.",
    *judge(container) {
      if (hostPaths(container).some((path) => typeof path === "string" && /\/docker\.sock$/.test(path)))
        yield "the Docker socket is mounted";
    },
  },
  {
    id: "container-ports-bound",
    kind: "resource",
    types,
    title: "A port is open on a named address",
    why: "Docker opens a port on every address, around the host's firewall.",
    severity: "medium",
    standards: {},
    fix: "Set `ip` of the port, such as 127.0.0.1 behind a proxy.",
    judge: ports,
  },
  {
    id: "container-own-network",
    kind: "resource",
    types,
    title: "A container does not share the host's network",
    why: "It reaches whatever listens on loopback, and takes any port.",
    severity: "high",
    standards: {},
    fix: "Give it a network of its own.",
    *judge(container) {
      if (container.text("networkMode") === "host") yield { path: "networkMode", message: "it shares the host's network" };
    },
  },
  {
    id: "container-restarts",
    kind: "resource",
    types,
    title: "A container that should run starts again",
    why: "It stays down after a crash or a restart of the host otherwise.",
    severity: "low",
    standards: {},
    fix: 'Set `restart` to "unless-stopped" or "always".',
    *judge(container) {
      if (container.get("mustRun") !== false && (container.text("restart") ?? "no") === "no")
        yield { path: "restart", message: "it stays down" };
    },
  },
  {
    id: "container-health-checked",
    kind: "resource",
    types,
    title: "A container says whether it is well",
    why: "A process that hangs is up to Docker.",
    severity: "low",
    standards: {},
    fix: "Declare `healthcheck`.",
    *judge(container) {
      if (!container.has("healthcheck")) yield { path: "healthcheck", message: "nobody asks whether it is well" };
    },
  },
];
