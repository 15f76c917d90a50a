/** What happened to a system, as facts that figures are counted from. All moments are milliseconds since 1970. */

/** The last attempt of one run of a workflow that has ended. */
export interface RunFact {
  /** File name under `.github/workflows/`. */
  readonly workflow: string;
  readonly outcome: Outcome;
  readonly startedAt: number;
  readonly endedAt: number;
  /** When whoever waited knew: with the first job that failed, else with the end. */
  readonly feedbackAt: number;
  /** Names of the jobs that failed. */
  readonly failedJobs: readonly string[];
}

export type Outcome = "success" | "failure";

/** One deployment to the environment of a tier. */
export interface DeploymentFact {
  readonly tier: string;
  /** The commit that was deployed, or as much of its begin as is known; `null` where nobody said. */
  readonly sha: string | null;
  /** The run that made it; `null` where nobody said. */
  readonly run: number | null;
  readonly startedAt: number;
  /** `null` while it is under way. */
  readonly endedAt: number | null;
  readonly outcome: Outcome | null;
}

/** What lies between two successful deployments to production, one after the other. */
export interface StepFact {
  /** End of the later deployment. */
  readonly deployedAt: number;
  /** The later one brought an earlier commit. */
  readonly back: boolean;
  /** When each change that it brought was begun. */
  readonly changes: readonly number[];
}

export interface History {
  /** Runs of the system's CI and CD workflows. */
  readonly runs: readonly RunFact[];
  readonly deployments: readonly DeploymentFact[];
  /** Tiers whose deployments nobody records: theirs are the commits of the overlay, known to have failed only when banned. */
  readonly fromOverlay: readonly string[];
  readonly steps: readonly StepFact[];
  /** When a version was taken out of production by banning its image. */
  readonly rollbacks: readonly number[];
}

/**
 * Which way a run or a job went. `null` for one that says nothing about the software: still under way, cancelled by somebody or by a newer
 * run, skipped, or waiting for a person.
 *
 * @param conclusion GitHub's word.
 */
export function outcomeOf(conclusion: string | null): Outcome | null {
  if (conclusion === "success") return "success";
  return conclusion === "failure" || conclusion === "timed_out" || conclusion === "startup_failure" ? "failure" : null;
}

/** One try to bring a tier to a version. */
export interface Attempt {
  readonly tier: string;
  readonly sha: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
}

/**
 * Deployments as tries, by their ends. Several jobs of one run that name the same environment are deployments of their own at GitHub, and
 * one try together: it has failed when one of them has. What a run deploys after that is a new try, since the run was started again.
 * What is under way is left out.
 */
export function attemptsOf(deployments: readonly DeploymentFact[]): Attempt[] {
  const attempts: DeploymentFact[] = [];
  const open = new Map<string, number>();
  for (const one of [...deployments].sort((a, b) => a.startedAt - b.startedAt)) {
    const key = one.run === null ? undefined : `${one.run} ${one.tier}`;
    const at = key === undefined ? undefined : open.get(key);
    const before = at === undefined ? undefined : attempts[at];
    const ended = before?.outcome === "failure" && before.endedAt !== null && before.endedAt <= one.startedAt;
    if (at === undefined || before === undefined || ended) {
      if (key !== undefined) open.set(key, attempts.length);
      attempts.push(one);
    } else {
      attempts[at] = together(before, one);
    }
  }
  return attempts
    .flatMap(({ tier, sha, startedAt, endedAt, outcome }) =>
      endedAt === null || outcome === null ? [] : [{ tier, sha, startedAt, endedAt, outcome }],
    )
    .sort((a, b) => a.endedAt - b.endedAt);
}

function together(a: DeploymentFact, b: DeploymentFact): DeploymentFact {
  const endedAt = a.endedAt === null || b.endedAt === null ? null : Math.max(a.endedAt, b.endedAt);
  const outcome = a.outcome === null || b.outcome === null ? null : a.outcome === "success" ? b.outcome : a.outcome;
  return { ...a, endedAt, outcome };
}
