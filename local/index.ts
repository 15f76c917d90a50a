/**
 * The embedded default: GitHub, a registry, Kubernetes and Argo CD on this machine. This is all that the command line uses of it.
 * Everything it keeps is in the state folder; programs that can be built again are in the cache folder.
 */
import { existsSync, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import { CLUSTER_BINARIES, CONTEXT } from "./cluster/index.ts";
import { prepareDocker } from "./docker/index.ts";
import { unmountBelow } from "./docker/mounts.ts";
import { removeBridges } from "./docker/networks.ts";
import { cacheFolder, ensureBinaries, type BuildEvent } from "./engine/binaries.ts";
import type { World } from "./github/world.ts";
import { endKeyAgents } from "./key-agents.ts";
import { ensurePrograms } from "./packages.ts";
import { choosePorts, knownPorts } from "./ports.ts";
import { seedImages, type SeedImage } from "./registry/seed.ts";
import { keyFolders, PORTS, prepareServices, removeStandIns } from "./services.ts";
import { claimStateDir, exclusively, removeStateDir } from "./state.ts";
import {
  lastLines,
  stopServices,
  superviseServices,
  supervisorStatus,
  type SupervisorEvent,
  type SupervisorStatus,
} from "./supervisor/index.ts";
import { readFrom } from "./supervisor/logs.ts";

export type { World } from "./github/world.ts";
export type { SeedImage } from "./registry/seed.ts";
export { ServicesFailedError, describeEnd, type ServiceStatus, type SupervisorEvent, type SupervisorStatus } from "./supervisor/index.ts";

export type LocalEvent =
  | { readonly kind: "build"; readonly event: BuildEvent }
  | { readonly kind: "service"; readonly event: SupervisorEvent }
  /** Something that people should know, as a sentence. */
  | { readonly kind: "note"; readonly text: string };

export type LocalReport = (event: LocalEvent) => void;

/** How to reach the local services. */
export interface LocalEndpoints {
  readonly github: {
    /** For browsers and git, without a trailing slash. */
    readonly url: string;
    /** For API clients, with a trailing slash. */
    readonly apiUrl: string;
    /** Id of the OpenPGP key that the server signs commits with: 16 hexadecimal digits. */
    readonly signingKey: string;
  };
  /** Host and port. */
  readonly registry: { readonly host: string };
  /** Path of the administrator's kubeconfig, and its context. */
  readonly kubernetes: { readonly kubeconfig: string; readonly context: string };
  /** Argo CD's API. */
  readonly argocd: { readonly url: string };
  /** Where notifications end: addresses without a slash at the end. */
  readonly sink: {
    /** For people; what arrived is at `/messages`. */
    readonly url: string;
    /** Followed by `/SYSTEM/CHANNEL/KEY`, an incoming webhook. */
    readonly webhooks: string;
    /** In place of `https://events.pagerduty.com`. */
    readonly pagerDutyUrl: string;
    /** `smtp://127.0.0.1:PORT`. */
    readonly smtp: string;
  };
  /** Where containers run, and the port that each got; absent where none are asked for, or no Docker can run: `report` said why. */
  readonly docker?: { readonly host: string; readonly ports: Readonly<Record<string, number>> };
}

export interface LocalUpOptions {
  /** Absolute. */
  readonly stateDir: string;
  /** Who has to exist at the local GitHub. */
  readonly world: World;
  /** What the registry has to hold. */
  readonly images: readonly SeedImage[];
  /** Containers that will run on a Docker host, with the ports that they want: name → port. Without any, no Docker is started. */
  readonly containers?: Readonly<Record<string, number>>;
  readonly report: LocalReport;
}

/**
 * Starts the local services that do not run, after building what is missing. Those that run as they should are left alone.
 *
 * @throws ServicesFailedError with the last lines of every service that did not become ready; BuildError; Error for a missing system program.
 */
export async function localUp(options: LocalUpOptions): Promise<LocalEndpoints> {
  const { stateDir, report } = options;
  claimStateDir(stateDir);
  const note = (text: string) => {
    report({ kind: "note", text });
  };
  const wait = () => {
    note("waiting for another command that starts or stops the local services");
  };
  return exclusively(stateDir, wait, async () => {
    const onBuild = (event: BuildEvent) => {
      report({ kind: "build", event });
    };
    const binaries = await ensureBinaries([...CLUSTER_BINARIES, "registry"], onBuild);
    const programs = await ensurePrograms(["redis-server", "git", "gpg"], note);
    const running = await supervisorStatus(stateDir);
    for (const text of deathsOf(running)) note(text);
    const containers = Object.entries(options.containers ?? {});
    const docker = containers.length === 0 ? undefined : await prepareDocker({ stateDir, report: note });
    if (docker !== undefined && "missing" in docker) {
      note(`No Docker: ${docker.missing}. Left out, and everything else goes on: ${containers.map(([name]) => name).join(", ")}`);
    }
    const wanted = {
      ports: Object.fromEntries(containers.map(([name, port]) => [`dockerd-${name}`, port])),
      claims: join(cacheFolder(), "ports"),
    };
    const names: readonly string[] = [...PORTS, ...Object.keys(wanted.ports)];
    const { ports: chosen, moved } = await choosePorts<string>(stateDir, names, portsInUse(running, names), wanted);
    for (const name of moved)
      note(`somebody else has the port of ${name.replace("dockerd-", "container ")}; it moved to ${chosen[name] ?? ""}`);
    const ports = chosen as Record<(typeof PORTS)[number], number>;
    const { services, cluster } = await prepareServices({
      stateDir,
      cacheDir: cacheFolder(),
      binaries,
      redis: programs["redis-server"],
      ports,
      world: options.world,
      ...(docker !== undefined && "service" in docker && { docker: docker.service }),
      report: note,
    });
    await superviseServices(stateDir, services, (event) => {
      report({ kind: "service", event });
    });
    const host = `127.0.0.1:${ports.registry}`;
    await seedImages(binaries.registry, host, options.images);
    const [signingKey] = readdirSync(cluster.signingKeysDir);
    if (signingKey === undefined)
      throw new Error(`The local GitHub's signing key is not in ${cluster.signingKeysDir}; run the command again`);
    return {
      ...endpoints(ports, cluster.kubeconfig, signingKey),
      ...(docker !== undefined &&
        "host" in docker && {
          docker: {
            host: docker.host,
            ports: Object.fromEntries(containers.map(([name, port]) => [name, chosen[`dockerd-${name}`] ?? port])),
          },
        }),
    };
  });
}

/** Stops all local services, dependents first; also those that a killed supervisor left behind. Nothing to stop is no error. */
export async function localDown(stateDir: string, report: LocalReport): Promise<void> {
  if (!existsSync(stateDir)) return;
  await stopServices(stateDir, (event) => {
    report({ kind: "service", event });
  });
  await endKeyAgents(keyFolders(stateDir));
  await unmountBelow(join(stateDir, "docker"));
}

/** Stops all local services and removes the state folder. @throws Error when the folder was not made by the local services. */
export async function localReset(stateDir: string, report: LocalReport): Promise<void> {
  await localDown(stateDir, report);
  await removeBridges(join(stateDir, "docker"));
  removeStateDir(stateDir);
  removeStandIns(stateDir);
}

/** What runs: each service with state, pid, port, uptime, memory and restarts. Undefined when nothing runs. */
export function localStatus(stateDir: string): Promise<SupervisorStatus | undefined> {
  return supervisorStatus(stateDir);
}

/**
 * The last lines of a service's log; with `follow` also what is added, until the signal aborts.
 *
 * @param write takes whole lines, without their ends.
 * @throws Error that names the services there are when there is no such log.
 */
export async function localLogs(
  stateDir: string,
  service: string,
  options: { readonly lines: number; readonly follow: boolean; readonly signal?: AbortSignal; readonly write: (line: string) => void },
): Promise<void> {
  const folder = join(stateDir, "logs");
  const file = join(folder, `${service}.log`);
  const known = existsSync(folder) ? readdirSync(folder).flatMap((name) => /^([a-z0-9-]+)\.log$/.exec(name)?.[1] ?? []) : [];
  if (!known.includes(service)) {
    const hint = known.length > 0 ? `there are ${known.join(", ")}` : "nothing was started yet";
    throw new Error(`There is no log of ${JSON.stringify(service)}; ${hint}`);
  }
  let offset = readFrom(file, 0).end;
  for (const line of lastLines(file, options.lines)) options.write(line);
  if (!options.follow) return;
  const { signal } = options;
  await new Promise<void>((resolve) => {
    const watcher = watch(folder, () => {
      const { text, end } = readFrom(file, offset);
      // Only whole lines: the rest comes with the next change.
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      offset = end - Buffer.byteLength(text.slice(whole.length));
      for (const line of whole.split("\n").slice(0, -1)) options.write(line);
    });
    const stop = () => {
      watcher.close();
      resolve();
    };
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

function endpoints(ports: Readonly<Record<(typeof PORTS)[number], number>>, kubeconfig: string, signingKey: string): LocalEndpoints {
  const github = `http://127.0.0.1:${ports.github}`;
  const sink = `http://127.0.0.1:${ports["notification-sink"]}`;
  return {
    github: { url: github, apiUrl: `${github}/`, signingKey },
    registry: { host: `127.0.0.1:${ports.registry}` },
    kubernetes: { kubeconfig, context: CONTEXT },
    argocd: { url: `http://127.0.0.1:${ports["argocd-server"]}` },
    sink: {
      url: sink,
      webhooks: `${sink}/hooks`,
      pagerDutyUrl: `${sink}/pagerduty`,
      smtp: `smtp://127.0.0.1:${ports["notification-sink-smtp"]}`,
    },
  };
}

/** Ports of services that run, and those that go with them. */
function portsInUse(status: SupervisorStatus | undefined, names: readonly string[]): Set<string> {
  const running = (status?.services ?? []).filter(({ pid }) => pid !== undefined).map(({ name }) => name);
  return new Set(names.filter((port) => running.some((name) => port === name || port.startsWith(`${name}-`))));
}

/** What ended unasked since it was looked at last, in words. */
function deathsOf(status: SupervisorStatus | undefined): string[] {
  return (status?.services ?? []).flatMap(({ name, lastDeath, state, restarts }) => {
    if (!lastDeath) return [];
    const how = lastDeath.signal ?? `exit code ${lastDeath.exitCode ?? "unknown"}`;
    const lines = lastDeath.lastLines.map((line) => `\n    ${line}`).join("");
    return [
      `${name} ended unexpectedly at ${lastDeath.at} (${how}); it is ${state} now, after ${restarts} restarts. Its last lines:${lines}`,
    ];
  });
}

/** The ports that were chosen before; empty before the first start. */
export { knownPorts };
