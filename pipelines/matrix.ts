/**
 * Expands a job's matrix as GitHub does (`actions/runner`, `MatrixBuilder`): the cross product in order of its keys, less what `exclude`
 * matches, with the extra values of every `include` that matches, then every `include` that matched nothing as a combination of its own.
 */
import { data } from "@actions/expressions";
import type { Pair } from "@actions/expressions/data/expressiondata";
import { equals } from "@actions/expressions/result";
import { nameSegments } from "./names.ts";

/** A matrix whose every value is known. */
export interface MatrixDefinition {
  /** Keys with their values, in the order of the file. */
  readonly vectors: readonly { readonly key: string; readonly values: readonly data.ExpressionData[] }[];
  readonly include: readonly data.Dictionary[];
  readonly exclude: readonly data.Dictionary[];
}

/** One job of a matrix. */
export interface Combination {
  /** The `matrix` context of this job. */
  readonly values: data.Dictionary;
  /** What stands in brackets after the job's name. Values that an `include` added to a combination are not part of it. */
  readonly segments: readonly string[];
}

export interface Expansion {
  readonly combinations: readonly Combination[];
  /** Positions of the `exclude` entries that matched no combination: they do nothing. */
  readonly unmatchedExcludes: readonly number[];
}

/** GitHub's limit of jobs that one matrix may make in a run. */
export const MAX_MATRIX_JOBS = 256;

export function expandMatrix(matrix: MatrixDefinition): Expansion {
  const keys = new Set(matrix.vectors.map((vector) => vector.key.toLowerCase()));
  const includes = matrix.include.map((entry) => ({
    filter: entry.pairs().filter((pair) => keys.has(pair.key.toLowerCase())),
    extra: entry.pairs().filter((pair) => !keys.has(pair.key.toLowerCase())),
    matched: false,
  }));
  const excludes = matrix.exclude.map((entry) => ({ filter: entry.pairs(), matched: false }));
  const combinations: Combination[] = [];
  for (const original of crossProduct(matrix.vectors)) {
    const excluded = excludes.filter((entry) => matches(entry.filter, original));
    for (const entry of excluded) entry.matched = true;
    if (excluded.length > 0) continue;
    const extra = new Map<string, Pair>();
    for (const entry of includes) {
      if (!matches(entry.filter, original)) continue;
      entry.matched = true;
      for (const pair of entry.extra) extra.set(pair.key.toLowerCase(), pair);
    }
    combinations.push({ values: new data.Dictionary(...original.pairs(), ...extra.values()), segments: nameSegments(original) });
  }
  for (const entry of includes) {
    if (entry.matched) continue;
    const values = new data.Dictionary(...entry.filter, ...entry.extra);
    combinations.push({ values, segments: nameSegments(values) });
  }
  return { combinations, unmatchedExcludes: excludes.flatMap((entry, index) => (entry.matched ? [] : [index])) };
}

/** Every choice of one value a key, the last key changing fastest. Without a key there is none. */
function* crossProduct(vectors: MatrixDefinition["vectors"]): Generator<data.Dictionary> {
  if (vectors.length === 0) return;
  const total = vectors.reduce((product, vector) => product * vector.values.length, 1);
  for (let index = 0; index < total; index += 1) {
    let block = total;
    const combination = new data.Dictionary();
    for (const vector of vectors) {
      block /= vector.values.length;
      const value = vector.values[Math.floor(index / block) % vector.values.length];
      if (value !== undefined) combination.add(vector.key, value);
    }
    yield combination;
  }
}

/** Does every leaf of the filter equal the same leaf of the combination? Compared like `==` in an expression. */
function matches(filter: readonly Pair[], combination: data.ExpressionData): boolean {
  return filter.every((pair) => leafMatches(pair.value, member(combination, pair.key)));
}

function leafMatches(wanted: data.ExpressionData, actual: data.ExpressionData): boolean {
  if (wanted instanceof data.Dictionary) return matches(wanted.pairs(), actual);
  if (wanted instanceof data.Array) return wanted.values().every((item, index) => leafMatches(item, element(actual, index)));
  return equals(actual, wanted);
}

function member(value: data.ExpressionData, key: string): data.ExpressionData {
  return (value instanceof data.Dictionary ? value.get(key) : undefined) ?? new data.Null();
}

function element(value: data.ExpressionData, index: number): data.ExpressionData {
  return (value instanceof data.Array ? value.values()[index] : undefined) ?? new data.Null();
}
