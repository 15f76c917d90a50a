/** Argo Rollouts on the way back to a version that ran well: no step, pause or analysis has to hold it up. */
import { setTimeout as delay } from "node:timers/promises";

import { Failure, exitCode } from "../failure.ts";
import type { Cluster } from "../up/applications.ts";
import { kubectl } from "./kubernetes.ts";

interface Rollout {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly workloadRef?: { readonly name: string } };
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly currentPodHash?: string;
    readonly stableRS?: string;
    /** Generation of the Deployment that the template was last taken from, as text. */
    readonly workloadObservedGeneration?: string;
    readonly promoteFull?: boolean;
  };
}

/** Waits until the Rollouts run what their Deployments say now. @throws Failure after `seconds`, with what each still does */
export async function settleRollouts(cluster: Cluster, namespace: string, names: readonly string[], seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  const hurried = new Set<string>();
  for (;;) {
    const waiting: Rollout[] = [];
    for (const name of names) {
      const rollout = JSON.parse(await kubectl(cluster, namespace, "get", "rollouts.argoproj.io", name, "-o", "json")) as Rollout;
      if (!(await seen(cluster, namespace, rollout))) waiting.push(rollout);
      else if (rollout.status?.phase !== "Healthy" || rollout.status.stableRS !== rollout.status.currentPodHash) {
        waiting.push(rollout);
        if (!hurried.has(name)) await hurry(cluster, namespace, rollout);
        hurried.add(name);
      }
    }
    if (waiting.length === 0) return;
    if (Date.now() > deadline) {
      const lines = waiting.map(({ metadata, status }) =>
        `  ${metadata.name}: ${status?.phase ?? "unknown"} ${status?.message ?? ""}`.trimEnd(),
      );
      throw new Failure(
        exitCode.failed,
        [`Rollouts do not run the earlier image after ${seconds} s:`, ...lines, "Run the command again to go on."].join("\n"),
      );
    }
    await delay(1_000);
  }
}

/** Has the controller read the Deployment as it is now? */
async function seen(cluster: Cluster, namespace: string, { spec, status }: Rollout): Promise<boolean> {
  if (spec.workloadRef === undefined) return true;
  const text = await kubectl(cluster, namespace, "get", "deployment", spec.workloadRef.name, "-o", "jsonpath={.metadata.generation}");
  return status?.workloadObservedGeneration === text.trim();
}

/** What `kubectl argo rollouts promote --full` does: all that is left of steps, pauses and analyses is skipped. */
async function hurry(cluster: Cluster, namespace: string, { metadata, status }: Rollout): Promise<void> {
  if (status?.stableRS === status?.currentPodHash) return;
  const patch = JSON.stringify({ status: { promoteFull: true } });
  await kubectl(
    cluster,
    namespace,
    "patch",
    "rollouts.argoproj.io",
    metadata.name,
    "--subresource",
    "status",
    "--type",
    "merge",
    "-p",
    patch,
  );
}
