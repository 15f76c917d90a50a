/**
 * Rollback in the cluster first. Self-heal would bring the bad image back within seconds, so the Application's automated sync is paused, and
 * what is under way is written on the Application itself: a command that was interrupted goes on where it was, from any machine.
 */
import { setTimeout as delay } from "node:timers/promises";

import { describeTags } from "../../delivery/promotion.ts";
import { overlayImages } from "../../delivery/overlays.ts";
import { Failure, exitCode } from "../failure.ts";
import type { Output } from "../output.ts";
import type { Cluster } from "../up/applications.ts";
import { imagesOf, kubectl, patchApplication, readApplication, workloadsOf, type Application, type Workload } from "./kubernetes.ts";
import type { GitOpsTier } from "./open.ts";
import { repositoryOf } from "./registry.ts";
import { bringGitInLine, planRollback, type Rollback, type RollbackPlan, type Tags } from "./rollback.ts";
import { settleRollouts } from "./rollouts.ts";

/** On the Application while an emergency rollback is under way: `Paused` as JSON. */
export const pausedAnnotation = "gatehouse.dev/rollback";

/** What an emergency has to remember until git is in line. */
export interface Paused {
  /** Package → tag that the cluster was taken to, of everything that the overlay deploys. */
  readonly tags: Tags;
  /** Tags that it was taken back from. */
  readonly bad: readonly string[];
  /** `spec.syncPolicy.automated` as it was; null where there was none. */
  readonly automated: Readonly<Record<string, unknown>> | null;
}

export interface EmergencyRollback extends Rollback {
  readonly application: string;
  /** Workloads that run the earlier image now. */
  readonly cluster: readonly string[];
}

export interface EmergencyRequest {
  readonly to?: string;
  readonly waitSeconds: number;
}

/** @throws Failure that says how far it came; the same command goes on from there */
export async function rollBackAtOnce(tier: GitOpsTier, request: EmergencyRequest, output: Output): Promise<EmergencyRollback> {
  const { gitops } = tier;
  const cluster = clusterOf(tier);
  const application = await existing(cluster, gitops.application);
  const before = pausedOf(application);
  const plan = await planFor(tier, request.to, before);
  const bad = [...new Set([...(before?.bad ?? []), ...[...plan.change.values()].map((one) => one.bad)])];
  const good = new Set(plan.tags.values());
  const paused: Paused = {
    tags: Object.fromEntries(plan.tags),
    bad: bad.filter((tag) => !good.has(tag)),
    automated: before === undefined ? (application.spec.syncPolicy?.automated ?? null) : before.automated,
  };
  // One request: there is no moment at which the sync is paused and nobody knows why.
  await patchApplication(cluster, gitops.application, {
    metadata: { annotations: { [pausedAnnotation]: JSON.stringify(paused) } },
    spec: { syncPolicy: { automated: null } },
  });
  output.note(`Automated sync of ${gitops.application} is paused`);
  await endOperation(cluster, gitops.application);
  const changed = await setImages(tier, cluster, plan);
  output.note(`The cluster is told to run ${describeTags(plan.tags)}`);
  await rolledOut(tier, cluster, changed, request.waitSeconds);
  const pullRequest = await bringGitInLine(tier, plan, true, paused.bad);
  const from = Object.fromEntries([...plan.change].map(([name, one]) => [name, one.bad]));
  const to = Object.fromEntries([...plan.change].map(([name, one]) => [name, one.good]));
  const names = changed.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return { tier: tier.tier.name, from, to, proof: plan.proof, pullRequest, application: gitops.application, cluster: names };
}

/** @throws Failure where no cluster is known */
export function clusterOf({ cluster, stack }: GitOpsTier): Cluster {
  if (cluster !== undefined) return cluster;
  throw new Failure(
    exitCode.unavailable,
    `kubectl knows no cluster for stack ${stack}: set \`gatehouse:kubernetes\` or a current context.`,
  );
}

export async function existing(cluster: Cluster, name: string): Promise<Application> {
  const application = await readApplication(cluster, name);
  if (application !== undefined) return application;
  throw new Failure(exitCode.failed, `The cluster has no Application ${name}: run \`gatehouse up\` first.`);
}

/** What an earlier emergency left on the Application. */
export function pausedOf({ metadata }: Application): Paused | undefined {
  const text = metadata.annotations?.[pausedAnnotation];
  return text === undefined ? undefined : (JSON.parse(text) as Paused);
}

/** An interrupted one goes on to where it was going, unless it is told to go elsewhere. */
async function planFor(tier: GitOpsTier, to: string | undefined, before: Paused | undefined): Promise<RollbackPlan> {
  if (before === undefined || to !== undefined) return planRollback(tier, to);
  return planRollback(tier, undefined, new Map(Object.entries(before.tags)));
}

interface Operating extends Application {
  readonly operation?: object;
  readonly status?: NonNullable<Application["status"]> & { readonly operationState?: { readonly phase?: string } };
}

/** A sync that is under way goes on to apply the bad version, also without automation; Argo CD ends it when its phase says so. */
async function endOperation(cluster: Cluster, name: string): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const { operation, status } = (await existing(cluster, name)) as Operating;
    const phase = status?.operationState?.phase;
    if (operation === undefined && phase !== "Running" && phase !== "Terminating") return;
    if (phase === "Running") await patchApplication(cluster, name, { status: { operationState: { phase: "Terminating" } } });
    await delay(1_000);
  }
  throw new Failure(exitCode.failed, `A sync of ${name} does not end; its automated sync is paused. Run the command again.`);
}

/** Sets the earlier tag wherever a workload of the namespace runs one of the packages. */
async function setImages({ gitops }: GitOpsTier, cluster: Cluster, { overlay, tags }: RollbackPlan): Promise<Workload[]> {
  const packages = overlayImages(overlay.kustomization).flatMap((entry) => {
    const tag = tags.get(entry.package);
    return tag === undefined ? [] : [{ repository: repositoryOf(entry.image), tag }];
  });
  const changed: Workload[] = [];
  for (const workload of await workloadsOf(cluster, gitops.namespace)) {
    const images = [...imagesOf(workload)].flatMap(([container, image]) => {
      const name = image.split("@")[0]?.replace(/:[^:/]+$/, "") ?? image;
      const found = packages.find(({ repository }) => repository === repositoryOf(name));
      return found === undefined ? [] : [`${container}=${name}:${found.tag}`];
    });
    if (images.length === 0) continue;
    await kubectl(cluster, gitops.namespace, "set", "image", `${workload.kind.toLowerCase()}/${workload.metadata.name}`, ...images);
    changed.push(workload);
  }
  if (changed.length > 0) return changed;
  throw new Failure(
    exitCode.failed,
    `No workload in namespace ${gitops.namespace} runs an image of this system; the automated sync of ${gitops.application} is paused. ` +
      "What to do: run the command again with --resume to switch it on.",
  );
}

async function rolledOut({ gitops }: GitOpsTier, cluster: Cluster, changed: readonly Workload[], seconds: number): Promise<void> {
  const taken = new Set(gitops.strategies?.map(({ workload }) => workload));
  for (const { kind, metadata } of changed) {
    // The pods of these belong to a Rollout.
    if (taken.has(metadata.name)) continue;
    await kubectl(cluster, gitops.namespace, "rollout", "status", `${kind.toLowerCase()}/${metadata.name}`, "--timeout", `${seconds}s`);
  }
  await settleRollouts(cluster, gitops.namespace, [...taken], seconds);
}
