/** Which deployments to production went wrong, and how long it took until production was well again. */
import type { Attempt, History } from "./history.ts";

/** From the first bad deployment to what ended it. */
export interface Incident {
  readonly beganAt: number;
  /** `null` while nothing has ended it. */
  readonly restoredAt: number | null;
}

export interface Failures {
  /** Tries that failed, and those that were taken back later. */
  readonly failed: readonly Attempt[];
  readonly incidents: readonly Incident[];
}

/**
 * A rollback, and a deployment of an earlier commit, take back what was deployed last before them. Where an overlay is followed, the commit
 * that rolls back is a deployment of the same moment, which must not be taken for the bad one.
 *
 * @param attempts To production, by their ends.
 */
export function failuresOf(attempts: readonly Attempt[], { steps, rollbacks }: Pick<History, "steps" | "rollbacks">): Failures {
  const backwards = steps.filter(({ back }) => back).map(({ deployedAt }) => deployedAt);
  const takenBack = new Set([
    ...rollbacks.flatMap((moment) => attempts.filter(({ endedAt }) => endedAt < moment).at(-1) ?? []),
    ...backwards.flatMap((moment) => attempts.filter(({ endedAt }) => endedAt < moment).at(-1) ?? []),
  ]);
  const failed = attempts.filter((attempt) => attempt.outcome === "failure" || takenBack.has(attempt));
  const good = attempts.filter((attempt) => !failed.includes(attempt)).map(({ endedAt }) => endedAt);
  const incidents: Incident[] = [];
  for (const { endedAt: beganAt } of failed) {
    const last = incidents.at(-1);
    // Another bad deployment before production is well again makes the same incident longer, not a second one.
    if (last && (last.restoredAt === null || last.restoredAt > beganAt)) continue;
    const ends = [...good.filter((moment) => moment > beganAt), ...rollbacks.filter((moment) => moment >= beganAt)];
    incidents.push({ beganAt, restoredAt: ends.length === 0 ? null : Math.min(...ends) });
  }
  return { failed, incidents };
}
