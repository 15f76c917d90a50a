/** What became of the mutants, for people and for machines. */
import type { Equivalent } from "./equivalents.ts";
import type { Catchers } from "./judge.ts";
import type { Mutant } from "./mutant.ts";

export type Outcome = "caught" | "equivalent" | "missed";

/** What became of one mutant. */
export interface Judged {
  readonly system: string;
  readonly mutant: Omit<Mutant, "make">;
  readonly outcome: Outcome;
  readonly by: Catchers;
  /** Of an equivalent: why it weakens nothing. */
  readonly reason?: string;
}

/** What became of the mutants of one system, as data. */
export interface Found {
  readonly judged: readonly Judged[];
  /** How many were not made, by reason. */
  readonly excluded: readonly (readonly [reason: string, count: number])[];
}

/** Counts by text, most first. */
export function tally(texts: Iterable<string>): [text: string, count: number][] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([one, first], [two, second]) => second - first || one.localeCompare(two));
}

/** Validation words its rule for the case at hand; a report counts it once. */
const judgeOf = (by: string): string => (by.startsWith("validation") ? "validation" : by);

export function asData(judged: readonly Judged[], excluded: ReadonlyMap<string, number>): unknown {
  return {
    ...countsOf(judged),
    excluded: Object.fromEntries(excluded),
    mutants: judged.map(({ system, mutant: { operator, setting, subject, change }, outcome, by, reason }) => ({
      ...{ system, operator, setting, subject, change, outcome, by },
      ...(reason !== undefined && { reason }),
    })),
  };
}

export function countsOf(judged: readonly Judged[]): Readonly<Record<Outcome | "mutants", number>> {
  const many = (outcome: Outcome): number => judged.filter((each) => each.outcome === outcome).length;
  return { mutants: judged.length, caught: many("caught"), equivalent: many("equivalent"), missed: many("missed") };
}

/** Reasons of rows that excuse nothing any longer: each is a door for what comes next. */
export function unneededOf(rows: readonly Equivalent[], judged: readonly Judged[]): string[] {
  const used = new Set(judged.map(({ reason }) => reason));
  return rows.flatMap(({ reason }) => (used.has(reason) ? [] : [reason]));
}

export function asText(judged: readonly Judged[], excluded: ReadonlyMap<string, number>): string {
  const list = (rows: readonly (readonly [string, number])[]): string[] =>
    rows.map(([text, count]) => `${String(count).padStart(6)}  ${text}`);
  const caught = judged.filter(({ outcome }) => outcome === "caught");
  const missed = judged.filter(({ outcome }) => outcome === "missed");
  const { mutants, ...counts } = countsOf(judged);
  return [
    "caught by (one mutant may be caught by several)",
    ...list(tally(caught.flatMap(({ by }) => [...new Set(by.map(judgeOf))]))),
    "",
    "equivalent, because",
    ...list(tally(judged.flatMap(({ reason }) => reason ?? []))),
    "",
    "not changed, because",
    ...list([...excluded].sort(([, one], [, two]) => two - one)),
    ...(missed.length === 0 ? [] : ["", "missed"]),
    ...missed.map(
      ({ system, mutant: { operator, setting, subject, change } }) => `  ${system} ${operator} ${setting} of ${subject}: ${change}`,
    ),
    "",
    `${mutants} mutants: ${counts.caught} caught, ${counts.equivalent} equivalent, ${counts.missed} missed`,
  ].join("\n");
}
