/** Argo CD Applications as the cluster reports them, the first sync of a new one, and the wait until they have settled. */
import { execa, ExecaError } from "execa";

import { Failure, exitCode } from "../failure.ts";
import type { Output } from "../output.ts";
import type { Target } from "../target/index.ts";

/** How to reach a cluster: `kubectl` with its kubeconfig, context and Argo CD's namespace. */
export interface Cluster {
  readonly kubectl: string;
  /** Absent: kubectl's own rules. */
  readonly kubeconfig: string | undefined;
  readonly context: string;
  readonly namespace: string;
}

export interface ApplicationStatus {
  readonly name: string;
  readonly sync: string;
  readonly health: string;
  readonly revision: string;
  readonly images: readonly string[];
  /** Ever synced. One that never was may not be deployed automatically outside its sync windows. */
  readonly deployed: boolean;
  /** Argo CD's own words for what is wrong. */
  readonly messages: readonly string[];
}

interface Application {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly sync?: { readonly status?: string; readonly revision?: string };
    readonly health?: { readonly status?: string; readonly message?: string };
    readonly summary?: { readonly images?: readonly string[] };
    readonly history?: readonly unknown[];
    readonly conditions?: readonly { readonly message: string; readonly type: string }[];
    readonly operationState?: {
      readonly phase?: string;
      readonly message?: string;
      readonly syncResult?: { readonly resources?: readonly { readonly images?: readonly string[] }[] };
    };
  };
}

async function kubectl(cluster: Cluster, ...parameters: string[]): Promise<string> {
  const { kubeconfig, context, namespace } = cluster;
  const file = kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig];
  const { stdout } = await execa(cluster.kubectl, [...file, "--context", context, "-n", namespace, ...parameters]);
  return stdout;
}

/** Those of the named Applications that there are. Asked by name: who has the rights of one stack may not list all. */
export async function readApplications(cluster: Cluster, names: readonly string[]): Promise<ApplicationStatus[]> {
  const text = await kubectl(cluster, "get", "applications.argoproj.io", ...names, "--ignore-not-found", "-o", "json");
  // Nothing for none, the object itself for one.
  const found = (text === "" ? { items: [] } : JSON.parse(text)) as Application | { readonly items: readonly Application[] };
  return ("items" in found ? found.items : [found]).map(({ metadata, status = {} }) => ({
    name: metadata.name,
    sync: status.sync?.status ?? "Unknown",
    health: status.health?.status ?? "Unknown",
    revision: status.sync?.revision ?? "",
    // The summary comes with a later refresh; what was synced is known at once.
    images: status.summary?.images ?? status.operationState?.syncResult?.resources?.flatMap(({ images = [] }) => images) ?? [],
    deployed: (status.history?.length ?? 0) > 0,
    messages: [
      ...(status.conditions ?? []).map(({ type, message }) => `${type}: ${message}`),
      ...(status.operationState?.phase === "Failed" || status.operationState?.phase === "Error"
        ? [status.operationState.message ?? ""]
        : []),
      ...(status.health?.message === undefined ? [] : [status.health.message]),
    ],
  }));
}

/**
 * Starts the first sync of an Application that was never deployed. A sync window holds automated syncs only; without this, a system
 * installed on a Saturday would stay empty until Monday. Later deployments keep to their windows.
 */
export async function startFirstSync(cluster: Cluster, name: string): Promise<void> {
  const operation = {
    operation: { initiatedBy: { username: "gatehouse" }, info: [{ name: "Reason", value: "first deployment" }], sync: { prune: true } },
  };
  await kubectl(cluster, "patch", "applications.argoproj.io", name, "--type", "merge", "-p", JSON.stringify(operation));
}

const settled = ({ sync, health }: ApplicationStatus): boolean => sync === "Synced" && health === "Healthy";

/**
 * Waits for the Applications of these stacks, cluster by cluster, or not at all with 0 seconds; those of a stack without a cluster are named
 * and left.
 */
export async function settleApplications(
  target: Target,
  stacks: readonly string[],
  timeoutSeconds: number,
  output: Output,
): Promise<ApplicationStatus[]> {
  if (timeoutSeconds === 0) {
    output.note("The Applications are not waited for; `gatehouse status SYSTEM` shows them");
    return [];
  }
  const clusters = new Map<string, { readonly cluster: Cluster; readonly names: string[] }>();
  for (const stack of stacks) {
    const names = target.applications([stack]);
    if (names.length === 0) continue;
    const cluster = await target.cluster(stack);
    if (cluster === undefined) {
      output.note(`Not waited for, since kubectl knows no cluster for stack ${stack}: ${names.join(", ")}`);
      continue;
    }
    const key = JSON.stringify(cluster);
    const entry = clusters.get(key) ?? { cluster, names: [] };
    clusters.set(key, entry);
    entry.names.push(...names);
  }
  if (clusters.size === 0) return [];
  return output.step("Applications", async () => {
    const settled: ApplicationStatus[] = [];
    for (const { cluster, names } of clusters.values())
      settled.push(...(await waitForApplications(cluster, names, timeoutSeconds, output)));
    return settled;
  });
}

/** Argo CD says nothing of a window that holds a sync back. Where none does, it starts within its few seconds of reconciliation. */
const windowPatienceMilliseconds = 20_000;

/**
 * Waits until the named Applications are Synced and Healthy, starting the first sync of those that were never deployed.
 * @throws Failure after `timeoutSeconds`, with what Argo CD says of each that is not.
 */
export async function waitForApplications(
  cluster: Cluster,
  names: readonly string[],
  timeoutSeconds: number,
  output: Output,
): Promise<ApplicationStatus[]> {
  const started = new Set<string>();
  let heldSince: number | undefined;
  const deadline = Date.now() + timeoutSeconds * 1_000;
  for (;;) {
    const applications = await whenThere(() => readApplications(cluster, names), deadline, output);
    const waiting = applications.filter((application) => !settled(application));
    if (waiting.length === 0 && applications.length === names.length) return applications;
    for (const { name, deployed, sync } of waiting) {
      if (deployed || started.has(name) || sync !== "OutOfSync") continue;
      started.add(name);
      await whenThere(() => startFirstSync(cluster, name), deadline, output);
    }
    // One that was deployed before, and whose new commit stays unsynced, waits for its window: no failure, the summary says so.
    const held = waiting.length > 0 && waiting.every((one) => one.deployed && one.sync === "OutOfSync" && one.health === "Healthy");
    heldSince = held ? (heldSince ?? Date.now()) : undefined;
    if (heldSince !== undefined && Date.now() - heldSince > windowPatienceMilliseconds) return applications;
    if (Date.now() > deadline) throw new Failure(exitCode.failed, notSettled(cluster, names, applications, timeoutSeconds));
    output.progress(waiting.map(({ name, sync, health }) => `${name}: ${sync}, ${health}`).join("; "));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** A cluster's API server may be away for a moment, such as when it is started again: asked until the deadline. */
async function whenThere<T>(ask: () => Promise<T>, deadline: number, output: Output): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ExecaError)) throw error;
      const said = String(error.stderr).trim().split("\n").at(-1) ?? "";
      if (Date.now() > deadline) throw new Failure(exitCode.unavailable, `The Applications cannot be read: ${said || error.shortMessage}`);
      output.progress(`The Applications cannot be read yet: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function notSettled(
  { namespace }: Cluster,
  names: readonly string[],
  applications: readonly ApplicationStatus[],
  timeoutSeconds: number,
): string {
  const lines = names.flatMap((name) => {
    const application = applications.find((candidate) => candidate.name === name);
    if (application === undefined) return [`  ${name}: not in the cluster`];
    return settled(application)
      ? []
      : [`  ${name}: ${application.sync}, ${application.health}`, ...application.messages.map((line) => `    ${line}`)];
  });
  return [
    `Applications did not become Synced and Healthy within ${timeoutSeconds} s:`,
    ...lines,
    `What to do: read Argo CD's words above; \`gatehouse kubectl -- describe application NAME -n ${namespace}\` has more.`,
  ].join("\n");
}
