/** What one question about a gate has found. */
import type { Counterexample } from "../theorem.ts";

export interface Finding {
  readonly counterexamples: readonly Counterexample[];
  readonly assumptions: readonly string[];
}

export const broken = (...counterexamples: readonly Counterexample[]): Finding => ({ counterexamples, assumptions: [] });
export const assumed = (...assumptions: readonly string[]): Finding => ({ counterexamples: [], assumptions });
export const fine: Finding = { counterexamples: [], assumptions: [] };

export function together(findings: readonly Finding[]): Finding {
  return {
    counterexamples: findings.flatMap(({ counterexamples }) => counterexamples),
    assumptions: [...new Set(findings.flatMap(({ assumptions }) => assumptions))],
  };
}
