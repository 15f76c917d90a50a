/** The combinations of a job, as far as its matrix is known before the run. */
import { data } from "@actions/expressions";
import type { Contexts } from "./contexts.ts";
import type { Scope } from "./expressions.ts";
import { expandMatrix, MAX_MATRIX_JOBS, type Combination, type MatrixDefinition } from "./matrix.ts";
import { entriesOf, isBasicExpression, isMapping, itemsOf, placeOf, valueOf, type TemplateToken } from "./tokens.ts";
import { dependencies, fromPlain, known, partial, unknown, type Value } from "./values.ts";
import type { Job, Problem } from "./workflow.ts";

export type JobMatrix =
  | { readonly kind: "none" }
  | { readonly kind: "known"; readonly combinations: readonly Combination[]; readonly problems: readonly Problem[] }
  | { readonly kind: "unknowable"; readonly about: readonly string[] };

/** Combinations that are tried before GitHub's limit is checked; `exclude` may still bring them below it. */
const MAX_PRODUCT = 65_536;

/** @param scope What the matrix's expressions may see. Only `github`, `inputs`, `vars` and `needs` are allowed there. */
export function matrixOf(job: Job, scope: Scope): JobMatrix {
  const token = strategyField(job, "matrix");
  if (token === undefined) return { kind: "none" };
  const value = valueOf(token, scope);
  if (value.kind !== "known") return { kind: "unknowable", about: dependencies(value) };
  const problem = (at: TemplateToken, severity: Problem["severity"], code: string, text: string, fix: string): Problem => ({
    ...placeOf(job.place.file, at),
    severity,
    code,
    text: `job "${job.id}": ${text}`,
    fix,
  });
  const refused = (text: string, fix: string): JobMatrix => ({
    kind: "known",
    combinations: [],
    problems: [problem(token, "error", "matrix", text, fix)],
  });
  const matrix = definitionOf(value.data);
  if (typeof matrix === "string") return refused(matrix, "write every key as a list, and `include` and `exclude` as lists of mappings");
  if (matrix.vectors.length === 0 && matrix.include.length === 0)
    return refused("the matrix defines no combination", "give it a key with values");
  const product = matrix.vectors.reduce((size, vector) => size * vector.values.length, 1);
  if (product > MAX_PRODUCT)
    return refused(`the matrix makes ${product} combinations`, `GitHub runs ${MAX_MATRIX_JOBS} jobs at most; split it`);
  const keys = new Set(matrix.vectors.map((vector) => vector.key.toLowerCase()));
  const problems: Problem[] = [];
  const excludes = itemsOf(matrixField(token, "exclude"));
  for (const [index, exclude] of matrix.exclude.entries()) {
    const foreign = exclude.pairs().find((pair) => !keys.has(pair.key.toLowerCase()));
    if (foreign === undefined) continue;
    const text = `\`exclude\` names "${foreign.key}", which is no key of the matrix`;
    problems.push(problem(excludes[index] ?? token, "error", "matrix-exclude-key", text, `name one of ${[...keys].join(", ")}`));
  }
  const { combinations, unmatchedExcludes } = expandMatrix(matrix);
  for (const index of unmatchedExcludes) {
    const entry = matrix.exclude[index];
    if (entry?.pairs().some((pair) => !keys.has(pair.key.toLowerCase())) === true) continue;
    const shown = entry?.pairs().map((pair) => `${pair.key}: ${pair.value.coerceString()}`);
    const text = `\`exclude\` (${shown?.join(", ") ?? ""}) matches no combination, so it does nothing`;
    const fix = "remove it, or name values that the matrix has";
    problems.push(problem(excludes[index] ?? token, "warning", "matrix-exclude-unmatched", text, fix));
  }
  if (combinations.length > MAX_MATRIX_JOBS) {
    const text = `the matrix makes ${combinations.length} jobs; GitHub runs ${MAX_MATRIX_JOBS} at most`;
    problems.push(problem(token, "error", "matrix-size", text, "split the job or exclude combinations"));
  }
  return { kind: "known", combinations, problems };
}

/** The contexts of one combination: what its name, its `continue-on-error` and its steps may see on top of the workflow's. */
export function combinationContexts(
  job: Job,
  contexts: Contexts,
  combination: Combination | undefined,
  index: number,
  total: number,
): Contexts {
  const failFast = strategyField(job, "fail-fast");
  const parallel = strategyField(job, "max-parallel");
  const literal = (token: TemplateToken | undefined, fallback: unknown, about: string): Value =>
    token === undefined
      ? known(fromPlain(fallback))
      : isBasicExpression(token)
        ? unknown(about)
        : valueOf(token, { contexts, functions: new Map() });
  const strategy = partial("strategy", {
    "fail-fast": literal(failFast, true, "strategy.fail-fast"),
    "job-index": known(fromPlain(index)),
    "job-total": known(fromPlain(total)),
    "max-parallel": literal(parallel, total, "strategy.max-parallel"),
  });
  return new Map<string, Value>([
    ...contexts,
    ["matrix", known(combination === undefined ? new data.Null() : combination.values)],
    ["strategy", strategy],
  ]);
}

function strategyField(job: Job, name: string): TemplateToken | undefined {
  return entriesOf(job.strategy).find((entry) => entry.key === name)?.value;
}

function matrixField(token: TemplateToken, name: string): TemplateToken | undefined {
  return isMapping(token) ? entriesOf(token).find((entry) => entry.key === name)?.value : undefined;
}

/** What is wrong with the matrix's shape as text, or the matrix. The parser checks a literal one; one from `fromJSON` can be anything. */
function definitionOf(value: data.ExpressionData): MatrixDefinition | string {
  if (!(value instanceof data.Dictionary)) return "the matrix is not a mapping";
  const vectors: { key: string; values: readonly data.ExpressionData[] }[] = [];
  const filters: Record<"include" | "exclude", data.Dictionary[]> = { include: [], exclude: [] };
  for (const { key, value: list } of value.pairs()) {
    if (!(list instanceof data.Array)) return `"${key}" in the matrix is not a list`;
    if (key !== "include" && key !== "exclude") {
      if (list.values().length === 0) return `"${key}" in the matrix has no values`;
      vectors.push({ key, values: list.values() });
      continue;
    }
    for (const entry of list.values()) {
      if (!(entry instanceof data.Dictionary)) return `an entry of \`${key}\` in the matrix is not a mapping`;
      if (entry.pairs().length === 0) return `an entry of \`${key}\` in the matrix is empty`;
      filters[key].push(entry);
    }
  }
  return { vectors, ...filters };
}

/** The job's name without a combination: what GitHub shows of a job that it skips before it expands the matrix. */
export function skippedName(job: Job): string {
  return job.name === undefined ? job.id : job.name.source;
}
