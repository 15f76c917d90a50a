/** The order in which the workloads of one target are updated: waves of Argo CD, from `after` of their strategies. */

/** Argo CD applies what has a lower number first, and waits until it is healthy. */
export const waveAnnotation = "argocd.argoproj.io/sync-wave";

interface Ordered {
  readonly workload: string;
  readonly after?: readonly string[];
}

/**
 * The wave of each workload: 0 for one that waits for nothing, else one more than the latest that it waits for. Workloads on a circle have
 * none; those that are not in the list are waited for by nobody.
 */
export function wavesOf(strategies: readonly Ordered[]): ReadonlyMap<string, number> {
  const waves = new Map<string, number>();
  const names = new Set(strategies.map(({ workload }) => workload));
  // Each round settles at least one workload more, or none ever will be.
  for (let settled = -1; settled < waves.size;) {
    settled = waves.size;
    for (const { workload, after = [] } of strategies) {
      const before = after.filter((name) => names.has(name)).map((name) => waves.get(name));
      if (!waves.has(workload) && !before.includes(undefined)) waves.set(workload, Math.max(-1, ...before.map((wave) => wave ?? 0)) + 1);
    }
  }
  return waves;
}

/** Does any workload wait for another? */
export function isOrdered(strategies: readonly Ordered[] | undefined): boolean {
  return strategies?.some(({ after = [] }) => after.length > 0) ?? false;
}
