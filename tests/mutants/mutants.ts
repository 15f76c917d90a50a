/** All mutants of a system, and their judgement. */
import type { Base } from "./base.ts";
import { equivalentOf } from "./equivalents.ts";
import { exclusionOf } from "./exclusions.ts";
import type { Judge } from "./judge.ts";
import type { Mutant } from "./mutant.ts";
import type { Judged } from "./report.ts";
import { resourceMutants } from "./resources.ts";
import { fileMutants } from "./workflows.ts";

export interface Mutants {
  readonly mutants: readonly Mutant[];
  /** How many were left out, by reason. */
  readonly excluded: ReadonlyMap<string, number>;
}

/** Every mutant of a system, but of settings that are no gate. */
export function mutantsOf({ declared }: Base): Mutants {
  const mutants: Mutant[] = [];
  const excluded = new Map<string, number>();
  for (const mutant of [...resourceMutants(declared.resources), ...fileMutants(declared.files)]) {
    const exclusion = exclusionOf(mutant.setting);
    if (exclusion === undefined) mutants.push(mutant);
    else excluded.set(exclusion.reason, (excluded.get(exclusion.reason) ?? 0) + 1);
  }
  return { mutants, excluded };
}

export async function judged({ name }: Base, judge: Judge, mutant: Mutant, everybody = false): Promise<Judged> {
  const by = await judge.judge(mutant, everybody);
  if (by.length > 0) return { system: name, mutant, outcome: "caught", by };
  const equivalent = equivalentOf(mutant);
  if (equivalent === undefined) return { system: name, mutant, outcome: "missed", by };
  return { system: name, mutant, outcome: "equivalent", by, reason: equivalent.reason };
}

/** The first mutant of each operator and kind of setting. */
export function sampleOf(mutants: readonly Mutant[]): Mutant[] {
  const first = new Map(mutants.toReversed().map((mutant) => [`${mutant.operator} ${mutant.setting}`, mutant]));
  return mutants.filter((mutant) => first.get(`${mutant.operator} ${mutant.setting}`) === mutant);
}
