/** How a new version of one workload takes the place of the old one. Rendered to an Argo Rollouts object beside the overlay's Deployment. */

export type Strategy = RollingStrategy | CanaryStrategy | BlueGreenStrategy;

interface Workload {
  /** Name of the Deployment in the overlay that the strategy takes over. */
  readonly workload: string;
  /** Pods that it keeps. */
  readonly replicas: number;
  /** Workloads of the same target that must be updated before this one. */
  readonly after?: readonly string[];
  /** Judged while the new version runs; one that fails aborts and the old version stays. */
  readonly analysis?: Analysis;
  /** A version that makes no progress for so long is aborted. @default 600 */
  readonly progressDeadlineSeconds?: number;
}

/** One pod after the other. */
export interface RollingStrategy extends Workload {
  readonly kind: "rolling";
  /** Pods more than `replicas`, at most. @default 1 */
  readonly maxSurge?: number;
  /** Pods fewer than `replicas`, at most. @default 0 */
  readonly maxUnavailable?: number;
}

/** A growing part of the traffic. */
export interface CanaryStrategy extends Workload {
  readonly kind: "canary";
  readonly steps: readonly CanaryStep[];
  /** Services that a traffic router steers. Without one, the weight is the share of pods: 10 % needs ten replicas. */
  readonly traffic?: { readonly router: "nginx"; readonly ingress: string; readonly stableService: string; readonly canaryService: string };
}

export interface CanaryStep {
  /** Percent that go to the new version, 1 to 100. */
  readonly weight: number;
  /** How long it is watched before the next step; `null` waits for a person. Absent on the last step. */
  readonly pauseMinutes?: number | null;
}

/** The new version beside the old one, and one switch. */
export interface BlueGreenStrategy extends Workload {
  readonly kind: "blueGreen";
  readonly activeService: string;
  readonly previewService: string;
  /** Minutes of preview before the switch; `null` waits for a person. @default null */
  readonly promoteAfterMinutes?: number | null;
  /** Minutes that the old version stays after the switch, for an instant way back. @default 30 */
  readonly keepOldMinutes?: number;
}

/** A request that the new version must answer, again and again. */
export interface Analysis {
  /** Service in the target's namespace. */
  readonly service: string;
  readonly port: number;
  /** @example "/health" */
  readonly path: string;
  readonly intervalSeconds: number;
  /** Measurements in all; the analysis ends with the last one. */
  readonly count: number;
  /** Failed measurements that are tolerated. @default 0 */
  readonly failureLimit?: number;
}
