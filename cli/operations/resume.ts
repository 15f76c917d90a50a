/** After a rollback: git and the cluster agree, so Argo CD may work by itself again. */
import { setTimeout as delay } from "node:timers/promises";

import { overlayImages, tagsOf } from "../../delivery/overlays.ts";
import { isOpen } from "../../delivery/windows.ts";
import { Failure, exitCode } from "../failure.ts";
import type { Output } from "../output.ts";
import type { Cluster } from "../up/applications.ts";
import { clusterOf, existing, pausedAnnotation, pausedOf, type Paused } from "./emergency.ts";
import { imagesOf, patchApplication, workloadsOf } from "./kubernetes.ts";
import type { GitOpsTier } from "./open.ts";
import { readOverlay } from "./overlay.ts";
import { repositoryOf } from "./registry.ts";

export interface Resumed {
  readonly tier: string;
  readonly application: string;
  /** Is its sync automated? */
  readonly automated: boolean;
  /** Is it Synced with what git says? */
  readonly synced: boolean;
}

/**
 * Switches a paused sync on again. Where a window holds automated syncs back, one is started by hand: a rollback is possible at any time.
 *
 * @throws Failure while git would have Argo CD deploy something else than what the cluster was taken to
 */
export async function resume(tier: GitOpsTier, waitSeconds: number, output: Output): Promise<Resumed> {
  const { gitops } = tier;
  const cluster = clusterOf(tier);
  const name = gitops.application;
  const paused = pausedOf(await existing(cluster, name));
  if (paused !== undefined) {
    await inLine(tier, cluster, paused);
    await patchApplication(cluster, name, {
      metadata: { annotations: { [pausedAnnotation]: null } },
      spec: { syncPolicy: { automated: paused.automated } },
    });
    output.note(`Automated sync of ${name} is as it was`);
  }
  const synced = await settle(tier, cluster, waitSeconds);
  const { spec } = await existing(cluster, name);
  const automated = spec.syncPolicy?.automated;
  return { tier: tier.tier.name, application: name, automated: automated !== undefined && automated !== null, synced };
}

async function inLine(tier: GitOpsTier, cluster: Cluster, { tags }: Paused): Promise<void> {
  const { gitops, system } = tier;
  const overlay = await readOverlay(tier);
  const declared = tagsOf(overlay.kustomization);
  const wrong = Object.entries(tags).filter(([name, tag]) => declared.get(name) !== tag);
  if (wrong.length > 0) {
    const words = wrong.map(([name, tag]) => `${name}: git says ${declared.get(name) ?? "nothing"}, the cluster was taken to ${tag}`);
    throw new Failure(
      exitCode.failed,
      [
        `Git is not in line yet, and a sync would change what runs; ${gitops.application} stays paused.`,
        ...words.map((line) => `  ${line}`),
        `What to do: merge the pull request of the rollback to ${overlay.branch}; \`gatehouse status ${system.name}\` names it.`,
      ].join("\n"),
    );
  }
  for (const workload of await workloadsOf(cluster, gitops.namespace)) {
    for (const image of imagesOf(workload).values()) {
      const entry = overlayImages(overlay.kustomization).find(
        (one) => image.startsWith(`${one.image}:`) || sameRepository(image, one.image),
      );
      if (entry === undefined || image.endsWith(`:${entry.tag}`)) continue;
      const what = `${workload.kind} ${workload.metadata.name} runs ${image}, and git says ${entry.tag}`;
      throw new Failure(
        exitCode.failed,
        `The cluster was changed since: ${what}. Run the rollback again; ${gitops.application} stays paused.`,
      );
    }
  }
}

const sameRepository = (image: string, declared: string): boolean => repositoryOf(image.replace(/:[^:/]+$/, "")) === repositoryOf(declared);

/** Waits until the Application is Synced; starts the sync where nothing else does. */
async function settle({ gitops, tier }: GitOpsTier, cluster: Cluster, waitSeconds: number): Promise<boolean> {
  const name = gitops.application;
  // Argo CD looks at git every few minutes; this has it look now.
  await patchApplication(cluster, name, { metadata: { annotations: { "argocd.argoproj.io/refresh": "normal" } } });
  const held = tier.windows !== undefined && !isOpen(tier.windows, new Date());
  const deadline = Date.now() + waitSeconds * 1_000;
  let started = false;
  for (;;) {
    const { status, spec, metadata } = await existing(cluster, name);
    const refreshed = metadata.annotations?.["argocd.argoproj.io/refresh"] === undefined;
    if (refreshed && status?.sync?.status === "Synced") return true;
    const byHand = held || spec.syncPolicy?.automated === undefined || spec.syncPolicy.automated === null;
    if (refreshed && byHand && !started && status?.sync?.status === "OutOfSync") {
      started = true;
      const info = [{ name: "Reason", value: "rollback" }];
      await patchApplication(cluster, name, {
        operation: { initiatedBy: { username: "gatehouse" }, info, sync: { prune: true } },
      });
    }
    if (Date.now() > deadline) return false;
    await delay(1_000);
  }
}
