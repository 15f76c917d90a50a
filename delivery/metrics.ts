/** How well a system delivers, counted from its history. Durations are seconds, rates percent; what nothing is known of is `null`. */
import type { System } from "../model/system.ts";
import { attemptsOf, type Attempt, type History, type RunFact } from "./history.ts";
import { failuresOf } from "./incidents.ts";
import { judgeObjectives, type JudgedObjective } from "./objectives.ts";
import { distribution, share, type Distribution } from "./statistics.ts";

const day = 86_400_000;

/** Runs of some workflows. */
export interface RunFigures {
  /** That succeeded or failed; others are not counted. */
  readonly runs: number;
  readonly passed: number;
  readonly passRate: number | null;
  readonly duration: Distribution | null;
  /** Until the first job failed, or all had passed. */
  readonly feedback: Distribution | null;
  /** The jobs that failed, the most frequent first, with the share of the runs that they failed in. */
  readonly failedJobs: readonly { readonly job: string; readonly runs: number; readonly rate: number }[];
}

export interface DeploymentFigures {
  readonly deployments: number;
  readonly succeeded: number;
  readonly successRate: number | null;
  readonly duration: Distribution | null;
}

/** The four of DORA, for the production tier. */
export interface DoraFigures {
  /** Successful deployments a day; `null` where none was even tried. */
  readonly deploymentFrequency: number | null;
  /** From the begin of a change to its successful deployment. */
  readonly leadTime: Distribution | null;
  /** Deployments that failed or were taken back. */
  readonly changeFailureRate: number | null;
  /** From a bad deployment to the next good one, or to the rollback. */
  readonly timeToRestore: Distribution | null;
  /** Incidents that nothing has ended yet; they have no time to restore. */
  readonly unrestored: number;
}

export interface Metrics {
  readonly system: string;
  readonly since: string;
  readonly until: string;
  readonly ci: RunFigures;
  readonly cd: RunFigures;
  readonly deployments: DeploymentFigures & {
    readonly tiers: Readonly<Record<string, DeploymentFigures>>;
    /** Tiers that were counted from the commits of their overlay: see `History`. */
    readonly fromOverlay: readonly string[];
  };
  readonly dora: DoraFigures;
  readonly objectives: readonly JudgedObjective[];
}

/** The time that figures are counted over, in milliseconds since 1970. */
export interface Period {
  readonly since: number;
  readonly until: number;
}

/** Counts what began within the period. */
export function metricsOf(system: System, history: History, period: Period): Metrics {
  const within = (moment: number): boolean => moment >= period.since && moment <= period.until;
  const runs = history.runs.filter(({ startedAt }) => within(startedAt));
  const attempts = attemptsOf(history.deployments).filter(({ startedAt }) => within(startedAt));
  const of = (workflows: readonly string[] = []): RunFigures => figuresOf(runs.filter(({ workflow }) => workflows.includes(workflow)));
  const [ci, cd] = [of(system.workflows?.ci), of(system.workflows?.cd)];
  const deployments = {
    ...deploymentFigures(attempts),
    tiers: Object.fromEntries(system.tiers.map(({ name }) => [name, deploymentFigures(attempts.filter(({ tier }) => tier === name))])),
    fromOverlay: history.fromOverlay,
  };
  const production = system.tiers.find((tier) => tier.production === true)?.name;
  const inProduction = attempts.filter(({ tier }) => tier === production);
  const rollbacks = history.rollbacks.filter(within);
  const steps = history.steps.filter(({ deployedAt }) => within(deployedAt));
  return {
    system: system.name,
    since: new Date(period.since).toISOString(),
    until: new Date(period.until).toISOString(),
    ci,
    cd,
    deployments,
    dora: doraOf(inProduction, { steps, rollbacks }, (period.until - period.since) / day),
    objectives: judgeObjectives(system.objectives ?? {}, { ci, cd, deployments }),
  };
}

const seconds = (from: number, to: number): number => (to - from) / 1_000;

function figuresOf(runs: readonly RunFact[]): RunFigures {
  const passed = runs.filter(({ outcome }) => outcome === "success").length;
  const failures = new Map<string, number>();
  for (const { failedJobs } of runs) for (const job of new Set(failedJobs)) failures.set(job, (failures.get(job) ?? 0) + 1);
  return {
    runs: runs.length,
    passed,
    passRate: share(passed, runs.length),
    duration: distribution(runs.map(({ startedAt, endedAt }) => seconds(startedAt, endedAt))),
    feedback: distribution(runs.map(({ startedAt, feedbackAt }) => seconds(startedAt, feedbackAt))),
    failedJobs: [...failures]
      .map(([job, count]) => ({ job, runs: count, rate: (count / runs.length) * 100 }))
      .sort((a, b) => b.runs - a.runs || a.job.localeCompare(b.job)),
  };
}

function deploymentFigures(attempts: readonly Attempt[]): DeploymentFigures {
  const succeeded = attempts.filter(({ outcome }) => outcome === "success").length;
  return {
    deployments: attempts.length,
    succeeded,
    successRate: share(succeeded, attempts.length),
    duration: distribution(attempts.map(({ startedAt, endedAt }) => seconds(startedAt, endedAt))),
  };
}

function doraOf(attempts: readonly Attempt[], { steps, rollbacks }: Pick<History, "steps" | "rollbacks">, days: number): DoraFigures {
  const { failed, incidents } = failuresOf(attempts, { steps, rollbacks });
  const succeeded = attempts.filter(({ outcome }) => outcome === "success").length;
  return {
    deploymentFrequency: attempts.length === 0 ? null : succeeded / days,
    leadTime: distribution(steps.flatMap(({ deployedAt, changes }) => changes.map((began) => seconds(began, deployedAt)))),
    changeFailureRate: share(failed.length, attempts.length),
    timeToRestore: distribution(
      incidents.flatMap(({ beganAt, restoredAt }) => (restoredAt === null ? [] : [seconds(beganAt, restoredAt)])),
    ),
    unrestored: incidents.filter(({ restoredAt }) => restoredAt === null).length,
  };
}
