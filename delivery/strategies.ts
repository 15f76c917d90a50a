/**
 * Strategies as objects of Argo Rollouts, in a file beside the overlay that they belong to. A Rollout takes the pods' template from the
 * overlay's Deployment, so that an image is set in one place only.
 */
import { stringify } from "yaml";
import type { Analysis, BlueGreenStrategy, CanaryStrategy, RollingStrategy, Strategy } from "../model/strategy.ts";
import type { GitOpsTarget, System } from "../model/system.ts";
import { argocdTarget } from "../model/target.ts";
import { isOrdered, waveAnnotation, wavesOf } from "../model/waves.ts";
import { madeBy } from "./render.ts";

/** Name of the file in an overlay's folder; its kustomization lists it under resources. */
export const rolloutsFile = "rollouts.yaml";

/** A Kubernetes object as plain data. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

const apiVersion = "argoproj.io/v1alpha1";
/** Applied before anything: a Rollout whose analysis is not there yet is degraded. */
const templatesWave = "-1";

/** `<overlay>/rollouts.yaml` for each target with strategies. */
export function renderStrategies(system: System): ReadonlyMap<string, string> {
  const head = `# ${madeBy}${system.name}/system.ts: change it there.\n`;
  return new Map(
    system.tiers.flatMap(({ target }) => {
      const argocd = argocdTarget(target);
      if (argocd?.strategies === undefined) return [];
      const text = rolloutManifests(argocd).map((manifest) => stringify(manifest, { lineWidth: 0 }));
      return [[`${argocd.path}/${rolloutsFile}`, head + text.join("---\n")] as const];
    }),
  );
}

/** An AnalysisTemplate for each analysis and a Rollout for each strategy of a target. */
export function rolloutManifests({ namespace, strategies = [] }: GitOpsTarget): Manifest[] {
  const waves = isOrdered(strategies) ? wavesOf(strategies) : undefined;
  const templates = strategies.flatMap(({ workload, analysis }) =>
    analysis === undefined ? [] : [analysisTemplate(workload, analysis, namespace)],
  );
  return [...templates, ...strategies.map((strategy) => rollout(strategy, waves?.get(strategy.workload)))];
}

function rollout(strategy: Strategy, wave: number | undefined): Manifest {
  return {
    apiVersion,
    kind: "Rollout",
    metadata: { name: strategy.workload, ...(wave !== undefined && { annotations: { [waveAnnotation]: String(wave) } }) },
    spec: {
      replicas: strategy.replicas,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: strategy.progressDeadlineSeconds ?? 600,
      // Without it a version that never gets ready is only called degraded, and stays.
      progressDeadlineAbort: true,
      workloadRef: {
        apiVersion: "apps/v1",
        kind: "Deployment",
        name: strategy.workload,
        // The Deployment's own pods serve until the Rollout's do.
        scaleDown: "onsuccess",
      },
      strategy: strategyOf(strategy),
    },
  };
}

function strategyOf(strategy: Strategy): Record<string, unknown> {
  switch (strategy.kind) {
    case "rolling":
      return { canary: rolling(strategy) };
    case "canary":
      return { canary: canary(strategy) };
    case "blueGreen":
      return { blueGreen: blueGreen(strategy) };
  }
}

/** A canary without steps is Kubernetes' own rolling update, with the difference that a failed one is taken back. */
function rolling({ workload, analysis, maxSurge = 1, maxUnavailable = 0 }: RollingStrategy): Record<string, unknown> {
  return { maxSurge, maxUnavailable, ...(analysis !== undefined && { analysis: templatesOf(workload) }) };
}

/** Every weight is judged by the analysis before the pause begins, so that a person who looks at it knows the result. */
function canary({ workload, analysis, steps, traffic }: CanaryStrategy): Record<string, unknown> {
  return {
    // Never fewer pods than without an update.
    maxSurge: "25%",
    maxUnavailable: 0,
    ...(traffic !== undefined && {
      stableService: traffic.stableService,
      canaryService: traffic.canaryService,
      trafficRouting: { [traffic.router]: { stableIngress: traffic.ingress } },
    }),
    steps: steps.flatMap(({ weight, pauseMinutes }) => [
      { setWeight: weight },
      ...(analysis === undefined ? [] : [{ analysis: templatesOf(workload) }]),
      ...(pauseMinutes === undefined || pauseMinutes === 0
        ? []
        : [{ pause: pauseMinutes === null ? {} : { duration: `${pauseMinutes}m` } }]),
    ]),
  };
}

function blueGreen(strategy: BlueGreenStrategy): Record<string, unknown> {
  const { workload, analysis, activeService, previewService, promoteAfterMinutes = null, keepOldMinutes = 30 } = strategy;
  return {
    activeService,
    previewService,
    autoPromotionEnabled: promoteAfterMinutes !== null,
    ...(promoteAfterMinutes !== null && promoteAfterMinutes > 0 && { autoPromotionSeconds: promoteAfterMinutes * 60 }),
    scaleDownDelaySeconds: keepOldMinutes * 60,
    ...(analysis !== undefined && { prePromotionAnalysis: templatesOf(workload) }),
  };
}

function templatesOf(workload: string): Record<string, unknown> {
  return { templates: [{ templateName: workload }] };
}

function analysisTemplate(workload: string, analysis: Analysis, namespace: string): Manifest {
  const { service, port, path, intervalSeconds, count, failureLimit = 0 } = analysis;
  return {
    apiVersion,
    kind: "AnalysisTemplate",
    metadata: { name: workload, annotations: { [waveAnnotation]: templatesWave } },
    spec: {
      metrics: [
        {
          name: "answers",
          interval: `${intervalSeconds}s`,
          count,
          failureLimit,
          // An answer other than 2xx, or none, is an error to Argo Rollouts and not a failed measurement.
          consecutiveErrorLimit: failureLimit,
          provider: { web: { url: `http://${service}.${namespace}.svc:${port}${path}`, timeoutSeconds: 10 } },
        },
      ],
    },
  };
}
