/** What a system's document promises, against what was counted. */
import type { Objectives } from "../model/system.ts";
import type { DeploymentFigures, RunFigures } from "./metrics.ts";

export interface JudgedObjective {
  /** Field of `System.objectives`. */
  readonly name: keyof Objectives;
  /** What is promised, in words: `CI runs that pass`. */
  readonly title: string;
  /** @example "> 95 %" */
  readonly target: string;
  /** In the target's unit; `null` where nothing is known. */
  readonly actual: number | null;
  /** `null` where nothing is known: no history keeps no promise, and breaks none. */
  readonly met: boolean | null;
}

interface Figures {
  readonly ci: RunFigures;
  readonly cd: RunFigures;
  readonly deployments: DeploymentFigures;
}

const minutes = (inSeconds: number | undefined): number | null => (inSeconds === undefined ? null : inSeconds / 60);

const kinds: Readonly<
  Record<keyof Objectives, { readonly title: string; readonly unit: "%" | "min"; readonly of: (figures: Figures) => number | null }>
> = {
  ci: { title: "CI runs that pass", unit: "%", of: ({ ci }) => ci.passRate },
  cd: { title: "CD runs that pass", unit: "%", of: ({ cd }) => cd.passRate },
  deployment: { title: "deployments that succeed", unit: "%", of: ({ deployments }) => deployments.successRate },
  ciMinutes: { title: "duration of CI, P95", unit: "min", of: ({ ci }) => minutes(ci.duration?.p95) },
  feedbackMinutes: { title: "feedback of CI, mean", unit: "min", of: ({ ci }) => minutes(ci.feedback?.mean) },
};

const targetOf = (name: keyof Objectives, limit: number): string =>
  `${kinds[name].unit === "min" ? "<" : ">"} ${limit} ${kinds[name].unit}`;

/** The declared objectives in words, for a page. */
export function describeObjectives(objectives: Objectives): Pick<JudgedObjective, "title" | "target">[] {
  return (Object.keys(kinds) as (keyof Objectives)[]).flatMap((name) => {
    const limit = objectives[name];
    return limit === undefined ? [] : [{ title: kinds[name].title, target: targetOf(name, limit) }];
  });
}

/** Every declared objective, in the order of the model. Rates lie above their target, times below. */
export function judgeObjectives(objectives: Objectives, figures: Figures): JudgedObjective[] {
  return (Object.keys(kinds) as (keyof Objectives)[]).flatMap((name) => {
    const limit = objectives[name];
    if (limit === undefined) return [];
    const { title, unit, of } = kinds[name];
    const actual = of(figures);
    // Nothing lies above 100 %: there, all is enough.
    const met = actual === null ? null : unit === "min" ? actual < limit : actual > limit || actual === 100;
    return [{ name, title, target: targetOf(name, limit), actual, met }];
  });
}
