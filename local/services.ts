/** All local services of a checkout, as data for the supervisor. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argoCdFolders, CLUSTER_PORTS, prepareCluster, type Cluster, type ClusterOptions } from "./cluster/index.ts";
import type { World } from "./github/world.ts";
import { removeStandIn } from "./short-paths.ts";
import type { Service } from "./supervisor/index.ts";

export const PORTS = ["github", "registry", "notification-sink", "notification-sink-smtp", ...CLUSTER_PORTS] as const;

export interface ServicesOptions extends Omit<ClusterOptions, "ports" | "binaries" | "signingKey"> {
  readonly binaries: ClusterOptions["binaries"] & { readonly registry: string };
  readonly ports: Readonly<Record<(typeof PORTS)[number], number>>;
  readonly world: World;
  /** The Docker daemon, where containers are asked for and it is ours to start. */
  readonly docker?: Service;
}

/** Writes what the services read (world, certificates, kubeconfig) into the state folder and says what to run. Starts nothing. */
export async function prepareServices(
  options: ServicesOptions,
): Promise<{ readonly services: readonly Service[]; readonly cluster: Cluster }> {
  const { stateDir, ports, binaries } = options;
  const github = githubService(options);
  const signingKey = { service: github.name, url: `http://127.0.0.1:${ports.github}/_gatehouse/web-flow.asc` };
  const cluster = await prepareCluster({ ...options, signingKey });
  const data = join(stateDir, "registry");
  mkdirSync(data, { recursive: true });
  const registry: Service = {
    name: "registry",
    command: binaries.registry,
    args: ["serve", "--address", `127.0.0.1:${ports.registry}`, "--data", data],
    env: {},
    cwd: data,
    ready: { kind: "http", url: `http://127.0.0.1:${ports.registry}/v2/` },
    dependsOn: [],
    stop: { signal: "SIGTERM", graceSeconds: 5 },
    restart: "on-failure",
    port: ports.registry,
  };
  const sink = sinkService(options);
  // What cannot be sent is written to its log with the address, which is a credential.
  const inOrder = ({ name, dependsOn, ...service }: Service): Service => ({
    ...service,
    name,
    dependsOn: name === "argocd-notifications-controller" ? [...dependsOn, sink.name] : dependsOn,
  });
  return {
    services: [github, registry, sink, ...(options.docker === undefined ? [] : [options.docker]), ...cluster.services.map(inOrder)],
    cluster,
  };
}

function githubService({ stateDir, ports, world }: ServicesOptions): Service {
  const data = join(stateDir, "github");
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const worldFile = join(data, "world.json");
  const text = `${JSON.stringify(world, null, 2)}\n`;
  if (!existsSync(worldFile) || readFileSync(worldFile, "utf8") !== text) {
    // Tokens are in it.
    writeFileSync(`${worldFile}.new`, text, { mode: 0o600 });
    renameSync(`${worldFile}.new`, worldFile);
  }
  const source = join(import.meta.dirname, "github");
  return {
    name: "github",
    command: process.execPath,
    args: [
      "--disable-warning=ExperimentalWarning",
      join(source, "main.ts"),
      ...["--port", String(ports.github), "--data", data, "--world", worldFile],
    ],
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: data,
      LANG: "C.UTF-8",
      // A change of what the server reads at its start makes another service of it, which the supervisor then restarts.
      GATEHOUSE_INPUTS: createHash("sha256").update(text).update(fingerprint(source)).digest("hex").slice(0, 16),
    },
    cwd: data,
    ready: { kind: "http", url: `http://127.0.0.1:${ports.github}/_gatehouse/health` },
    dependsOn: [],
    stop: { signal: "SIGTERM", graceSeconds: 5 },
    restart: "on-failure",
    port: ports.github,
  };
}

/** Where notifications end that would leave this machine. */
function sinkService({ stateDir, ports }: ServicesOptions): Service {
  const source = join(import.meta.dirname, "sink");
  const port = ports["notification-sink"];
  return {
    name: "notification-sink",
    command: process.execPath,
    args: [
      "--disable-warning=ExperimentalWarning",
      "--max-semi-space-size=1",
      join(source, "main.ts"),
      ...["--port", String(port), "--smtp-port", String(ports["notification-sink-smtp"])],
    ],
    env: { LANG: "C.UTF-8", GATEHOUSE_INPUTS: createHash("sha256").update(fingerprint(source)).digest("hex").slice(0, 16) },
    cwd: stateDir,
    ready: { kind: "http", url: `http://127.0.0.1:${port}/health` },
    dependsOn: [],
    stop: { signal: "SIGTERM", graceSeconds: 2 },
    restart: "on-failure",
    port,
  };
}

/** Home folders of gpg that services use. */
export const keyFolders = (stateDir: string): readonly string[] => [argoCdFolders(stateDir).gnupg, signerFolder(stateDir)];

const signerFolder = (stateDir: string): string => join(stateDir, "github", "web-flow", "home");

/** Removes what services keep below /tmp because the state folder's path is long. They must not run. */
export function removeStandIns(stateDir: string): void {
  removeStandIn(stateDir);
  removeStandIn(signerFolder(stateDir));
}

/** Names, sizes and times of the files in a folder, at any depth. */
function fingerprint(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const { size, mtimeMs, isFile } = describe(join(folder, name));
      return isFile ? `${name}:${size}:${mtimeMs}` : "";
    })
    .join("\n");
}

function describe(file: string): { readonly size: number; readonly mtimeMs: number; readonly isFile: boolean } {
  const stat = statSync(file, { throwIfNoEntry: false });
  return { size: stat?.size ?? 0, mtimeMs: stat?.mtimeMs ?? 0, isFile: stat?.isFile() ?? false };
}
