/**
 * What Argo CD is told, as plain data.
 *
 * Argo CD rewrites what it reads: empty objects and zero values vanish from its spec. So none is written, or it would be a difference
 * for ever.
 */
import { inCluster, pullSecretName } from "../../delivery/argocd-names.ts";
import { syncWindows } from "../../delivery/windows.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { GitOpsTarget } from "../../model/system.ts";
import { isOrdered } from "../../model/waves.ts";
import { wantsSignedCommits, type GitOpsApplicationArgs } from "./args.ts";

/** An AppProject that allows exactly what its one Application needs. */
export function projectSpec(args: GitOpsApplicationArgs): Record<string, unknown> {
  const { target, repositoryUrl } = args;
  return {
    description: `Allows what Application ${target.application} needs, and nothing else`,
    sourceRepos: [repositoryUrl],
    destinations: [{ server: inCluster, namespace: target.namespace }],
    // No cluster-scoped kind at all: the namespace is made by Gatehouse.
    namespaceResourceWhitelist: target.kinds.map((kind) => {
      const slash = kind.indexOf("/");
      return { group: kind.slice(0, slash), kind: kind.slice(slash + 1) };
    }),
    orphanedResources: { warn: true, ignore: [{ kind: "Secret", name: pullSecretName }] },
    ...(args.windows !== undefined && { syncWindows: syncWindows(args.windows, target.application) }),
    ...(wantsSignedCommits(target, args.production) && {
      sourceIntegrity: {
        git: { policies: [{ repos: [{ url: repositoryUrl }], gpg: { mode: "head", keys: args.signatureKeys.map(longKeyId) } }] },
      },
    }),
  };
}

export function applicationSpec(args: GitOpsApplicationArgs): Record<string, unknown> {
  const { target } = args;
  const automated = target.automated === undefined ? { prune: true, selfHeal: true } : target.automated;
  return {
    project: target.application,
    source: { repoURL: args.repositoryUrl, targetRevision: target.branch, path: target.path },
    destination: { server: inCluster, namespace: target.namespace },
    revisionHistoryLimit: 10,
    ...changedByRollouts(target),
    syncPolicy: {
      ...(automated !== null && {
        automated: { enabled: true, ...(automated.prune && { prune: true }), ...(automated.selfHeal && { selfHeal: true }) },
      }),
      // With refresh a fixing commit is taken up while a bad one is still being retried (argo-cd#11494).
      retry: { limit: 5, refresh: true, backoff: { duration: "5s", factor: 2, maxDuration: "3m" } },
      syncOptions: [
        // A wave waits for what is applied in it, so an order needs the Rollouts to be applied with the Deployments that changed.
        ...(isOrdered(target.strategies) ? [] : ["ApplyOutOfSyncOnly=true"]),
        "FailOnSharedResource=true",
        "PruneLast=true",
        ...(target.strategies === undefined ? [] : ["RespectIgnoreDifferences=true"]),
        "ServerSideApply=true",
        ...(args.production ? ["PrunePropagationPolicy=foreground"] : []),
      ],
    },
  };
}

/**
 * What Argo Rollouts changes in objects of the overlay, and self-heal would change back: it scales the Deployments that it takes over to
 * nothing, and lets services select one version. A selector is one value to the API server, so without this Argo CD would send all traffic
 * to both versions.
 */
function changedByRollouts({ strategies }: GitOpsTarget): Record<string, unknown> {
  if (strategies === undefined) return {};
  return {
    ignoreDifferences: [
      ...strategies.map(({ workload }) => ({ group: "apps", kind: "Deployment", name: workload, jsonPointers: ["/spec/replicas"] })),
      ...[...new Set(strategies.flatMap(steeredServices))].map((name) => ({
        kind: "Service",
        name,
        jsonPointers: ["/spec/selector/rollouts-pod-template-hash"],
      })),
    ],
  };
}

function steeredServices(strategy: Strategy): string[] {
  if (strategy.kind === "blueGreen") return [strategy.activeService, strategy.previewService];
  const { traffic } = strategy.kind === "canary" ? strategy : {};
  return traffic === undefined ? [] : [traffic.stableService, traffic.canaryService];
}

/** Argo CD compares long ids: the last 16 digits of a fingerprint, in upper case. */
function longKeyId(id: string): string {
  return id.slice(-16).toUpperCase();
}
