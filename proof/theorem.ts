/** What a theorem is: a sentence about the declared world that holds everywhere, or has a counterexample. */
import type { ProofWorld } from "./world.ts";

/** One step of a counterexample: who does what, and what lets them. */
export interface Step {
  /** A sentence without a full stop. @example "the job publish of cd.yml pushes to main with its GITHUB_TOKEN" */
  readonly text: string;
  /** What lets it happen: a file with its line, or a resource with a property. @example ".github/workflows/cd.yml:41" or "dex-main bypassActors.0" */
  readonly at: string;
}

/** Why a theorem is broken: the fewest steps that break it. */
export interface Counterexample {
  /** What these steps reach. @example "a commit that nobody but its author has seen is deployed to prod" */
  readonly claim: string;
  /** In order; at least one. */
  readonly steps: readonly Step[];
  /** One sentence: what to change. */
  readonly fix: string;
}

/**
 * - `holds`: under the assumptions that stand beside it.
 * - `broken`: there is a counterexample.
 * - `unknown`: something it depends on is known only after the update.
 */
export interface Proof {
  /** What was judged. @example "dataenginex prod" */
  readonly subject: string;
  readonly verdict: "holds" | "broken" | "unknown";
  /** What cannot be seen from here and was taken for true. @example "team maintainers has at least 2 members" */
  readonly assumptions: readonly string[];
  readonly counterexample?: Counterexample;
  /** Why it is unknown. */
  readonly reason?: string;
}

export type TheoremId = `T${number}`;

export interface Theorem {
  /** Never changes. @example "T1" */
  readonly id: TheoremId;
  /** What must hold, as one sentence without a full stop. */
  readonly title: string;
  /** What goes wrong otherwise. */
  readonly why: string;
  /**
   * The subjects that it speaks about, each with its judgement; one thunk each, so that what one does not know leaves the others alone.
   * A thunk may throw UnknownValue: the subject is unknown then.
   */
  readonly subjects: (world: ProofWorld) => Iterable<Subject>;
}

export interface Subject {
  readonly name: string;
  readonly judge: () => Judgement;
}

/** Every counterexample that is not only a longer form of another; none when it holds. */
export interface Judgement {
  readonly assumptions?: readonly string[];
  readonly counterexamples: readonly Counterexample[];
}
