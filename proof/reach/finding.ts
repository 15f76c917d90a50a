/** How far the word of a failure gets. */
import type { Step } from "../theorem.ts";

/** The steps that it takes, and what stops it; it arrives where nothing does. */
export interface Journey {
  /** What it has passed. */
  readonly passed: readonly Step[];
  readonly stop?: Step;
  /** What cannot be seen from here. */
  readonly assumptions?: readonly string[];
}

/** The journey that arrives, else the one that gets farthest; `undefined` where there is none. */
export function best(journeys: readonly Journey[]): Journey | undefined {
  return (
    journeys.find(({ stop }) => stop === undefined) ??
    journeys.reduce<Journey | undefined>((far, one) => (far === undefined || one.passed.length > far.passed.length ? one : far), undefined)
  );
}
