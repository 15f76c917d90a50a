/**
 * A Docker daemon of our own: own socket, data and networks, started by the supervisor. Root is needed for that; whoever is not root but
 * may use the machine's daemon uses that one.
 */
import { accessSync, constants, mkdirSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { ensurePrograms } from "../packages.ts";
import { socketFolder } from "../short-paths.ts";
import type { Service } from "../supervisor/index.ts";

export type Docker =
  | {
      /** For Docker clients. @example "unix:///var/run/docker.sock" */
      readonly host: string;
      /** Absent where the machine's own daemon is used. */
      readonly service?: Service;
    }
  /** Why there is none, and what to do. */
  | { readonly missing: string };

export interface DockerOptions {
  /** Absolute. */
  readonly stateDir: string;
  /** Told in words before something is installed. */
  readonly report: (text: string) => void;
  /** @default what this process runs as */
  readonly isRoot?: boolean;
  /** @default /var/run/docker.sock */
  readonly machineSocket?: string;
  /** PATH to look for dockerd in. @default this process's */
  readonly path?: string;
}

/** Never throws for a machine that cannot run Docker: everything else goes on without it. */
export async function prepareDocker(options: DockerOptions): Promise<Docker> {
  const {
    stateDir,
    report,
    isRoot = process.getuid?.() === 0,
    machineSocket = "/var/run/docker.sock",
    path = process.env["PATH"],
  } = options;
  if (!isRoot) {
    if (mayUse(machineSocket) && (await answers(machineSocket))) return { host: `unix://${machineSocket}` };
    return { missing: `a Docker daemon of our own needs root, and ${machineSocket} is not there or not ours to use (group docker)` };
  }
  let dockerd: string;
  try {
    ({ dockerd } = await ensurePrograms(["dockerd"], report, path === undefined ? {} : { path }));
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
  const sockets = socketFolder(stateDir, "docker/run");
  const socket = join(sockets, "d.sock");
  return { host: `unix://${socket}`, service: serviceOf(dockerd, join(stateDir, "docker"), sockets, socket, path ?? "") };
}

function serviceOf(dockerd: string, folder: string, sockets: string, socket: string, path: string): Service {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    name: "dockerd",
    command: join(import.meta.dirname, "dockerd.sh"),
    args: [
      ...[sockets, dockerd],
      ...["--host", `unix://${socket}`, "--pidfile", join(sockets, "pid")],
      ...["--data-root", join(folder, "data"), "--exec-root", join(sockets, "x")],
      // Every container has a network of its own; the default bridge would be one that all daemons of a machine want.
      ...["--bridge", "none", "--default-address-pool", "base=10.213.0.0/16,size=24"],
    ],
    // It starts containerd and runc by name, and iptables.
    env: { PATH: [dirname(dockerd), path, "/usr/sbin", "/sbin"].filter((entry) => entry !== "").join(":"), HOME: folder },
    cwd: folder,
    ready: { kind: "log", pattern: "API listen on" },
    dependsOn: [],
    // Containers get ten seconds to end.
    stop: { signal: "SIGTERM", graceSeconds: 30 },
    restart: "on-failure",
  };
}

function mayUse(socket: string): boolean {
  try {
    accessSync(socket, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once("connect", () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("error", () => {
      resolve(false);
    });
  });
}
