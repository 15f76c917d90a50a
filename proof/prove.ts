/** Runs theorems over a world. */
import { UnknownValue } from "../policies/rules/declaration.ts";
import type { Proof, Subject, Theorem } from "./theorem.ts";
import type { ProofWorld } from "./world.ts";

export interface Proved {
  readonly theorem: Theorem;
  /** One for each subject that holds or is unknown, and one for each counterexample. */
  readonly proofs: readonly Proof[];
}

/** Judges every subject of every theorem. */
export function prove(world: ProofWorld, theorems: readonly Theorem[]): Proved[] {
  return theorems.map((theorem) => ({ theorem, proofs: [...theorem.subjects(world)].flatMap(judge) }));
}

function judge({ name, judge: run }: Subject): Proof[] {
  try {
    const { assumptions = [], counterexamples } = run();
    if (counterexamples.length === 0) return [{ subject: name, verdict: "holds", assumptions }];
    return counterexamples.map((counterexample) => ({ subject: name, verdict: "broken", assumptions, counterexample }));
  } catch (error) {
    if (!(error instanceof UnknownValue)) throw error;
    return [{ subject: name, verdict: "unknown", assumptions: [], reason: error.message }];
  }
}
