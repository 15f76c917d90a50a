/** What the operations ask of a cluster and change in it, by kubectl. */
import { execa, ExecaError } from "execa";

import { Failure, exitCode } from "../failure.ts";
import type { Cluster } from "../up/applications.ts";

/** An Argo CD Application; only the fields used here are named. */
export interface Application {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly syncPolicy?: { readonly automated?: Readonly<Record<string, unknown>> | null } };
  readonly status?: {
    readonly sync?: { readonly status?: string; readonly revision?: string };
    readonly health?: { readonly status?: string; readonly message?: string };
    /** One entry for each sync that succeeded, the newest last. */
    readonly history?: readonly { readonly revision?: string; readonly deployedAt?: string }[];
    readonly resources?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
  };
}

interface Container {
  readonly name: string;
  readonly image: string;
}

/** A pod, or the template of one. */
interface PodLike {
  readonly spec?: { readonly containers?: readonly Container[]; readonly initContainers?: readonly Container[] };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly { readonly image: string; readonly imageID: string }[];
  };
}

/** A Deployment or another object that makes pods from a template. */
export interface Workload {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template?: PodLike };
}

/** Runs kubectl in a namespace. @throws Failure with its last words. */
export async function kubectl(cluster: Cluster, namespace: string, ...parameters: readonly string[]): Promise<string> {
  const { kubeconfig, context } = cluster;
  const file = kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig];
  try {
    const { stdout } = await execa(cluster.kubectl, [...file, "--context", context, "-n", namespace, ...parameters]);
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const said = String(error.stderr).trim().split("\n").at(-1) ?? "";
    throw new Failure(exitCode.failed, `kubectl ${parameters.slice(0, 3).join(" ")} in ${namespace} failed: ${said || error.shortMessage}`);
  }
}

/** @returns `undefined` where the cluster has no such Application. */
export async function readApplication(cluster: Cluster, name: string): Promise<Application | undefined> {
  const text = await kubectl(cluster, cluster.namespace, "get", "applications.argoproj.io", name, "-o", "json", "--ignore-not-found");
  return text === "" ? undefined : (JSON.parse(text) as Application);
}

export async function patchApplication(cluster: Cluster, name: string, patch: object): Promise<void> {
  await kubectl(cluster, cluster.namespace, ...["patch", "applications.argoproj.io", name, "--type", "merge", "-p", JSON.stringify(patch)]);
}

/** Images of the running pods of a namespace with the digest that each was pulled as, every pair once. */
export async function runningImages(cluster: Cluster, namespace: string): Promise<{ readonly image: string; readonly id: string }[]> {
  const { items } = JSON.parse(await kubectl(cluster, namespace, "get", "pods", "-o", "json")) as { items: PodLike[] };
  const seen = new Map<string, { readonly image: string; readonly id: string }>();
  for (const { spec, status } of items) {
    if (status?.phase !== "Running") continue;
    const ids = new Map((status.containerStatuses ?? []).map(({ image, imageID }) => [image, imageID]));
    for (const { image } of spec?.containers ?? []) seen.set(image, { image, id: ids.get(image) ?? "" });
  }
  return [...seen.values()].sort((a, b) => a.image.localeCompare(b.image));
}

/** The Deployments, StatefulSets and DaemonSets of a namespace. A Rollout takes its pods' template from a Deployment. */
export async function workloadsOf(cluster: Cluster, namespace: string): Promise<Workload[]> {
  const text = await kubectl(cluster, namespace, "get", "deployments,statefulsets,daemonsets", "-o", "json");
  return (JSON.parse(text) as { items: Workload[] }).items;
}

/** Container → image of a workload's template, those that run before the others included. */
export function imagesOf({ spec }: Workload): ReadonlyMap<string, string> {
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
  return new Map([...initContainers, ...containers].map(({ name, image }) => [name, image]));
}
