/**
 * A second, independent reading of workflow files: straight from the YAML, by a few coarse questions, with none of `pipelines/`. It doubts
 * every check that is said to report always, wherever something stands in the file that could keep it from doing so, and says of each
 * doubt whether it is harmless. What is left open is for a person to read.
 */
import { createHash } from "node:crypto";
import { parse } from "yaml";
import type { CheckReport } from "../../pipelines/index.ts";

export type DoubtKind =
  | "no-pull-request-trigger"
  | "path-filter"
  | "activity-types"
  | "branch-filter"
  | "condition"
  | "condition-of-a-need"
  | "computed-matrix"
  | "computed-name";

export interface Doubt {
  readonly kind: DoubtKind;
  /** What stands in the file. */
  readonly text: string;
  readonly settled: boolean;
}

type HasRead = (text: string) => boolean;
type Yaml = Record<string, unknown>;

/** Digest under which it is remembered that a person has read a text of a repository, so that the text itself need not be kept. */
export const digestOf = (repository: string, text: string): string =>
  createHash("sha256")
    .update(`${repository}\n${squeeze(text)}`)
    .digest("hex")
    .slice(0, 16);

const squeeze = (text: string): string => text.replaceAll(/\s+/gu, " ").trim();
const isMap = (value: unknown): value is Yaml => typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
const fieldOf = (value: unknown, key: string): unknown => (isMap(value) ? value[key] : undefined);
const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? ""));

/**
 * Doubts about one check that is said to report on every pull request.
 *
 * @param files Workflow files of the repository by path.
 * @param branch Branch that the pull request is to be merged into.
 * @param hasRead Whether a person has read this condition or matrix, and found that it holds on every pull request.
 */
export function doubtsOf(check: CheckReport, files: ReadonlyMap<string, string>, branch: string, hasRead: HasRead): Doubt[] {
  const root: unknown = parse(files.get(check.file) ?? "", { logLevel: "silent" });
  const doubts = triggerDoubts(fieldOf(root, "on"), branch);
  let jobs = fieldOf(root, "jobs");
  for (const id of check.jobPath) {
    const job = fieldOf(jobs, id);
    doubts.push(...jobDoubts(job, jobs, id, check.context, hasRead));
    const called = fieldOf(job, "uses");
    const next = typeof called === "string" ? files.get(called.replace(/^[.$]\//u, "")) : undefined;
    if (next !== undefined) jobs = fieldOf(parse(next, { logLevel: "silent" }), "jobs");
  }
  return doubts;
}

function triggerDoubts(on: unknown, branch: string): Doubt[] {
  const events = isMap(on) ? on : Object.fromEntries(listOf(on).map((event) => [String(event), null]));
  const triggers = ["pull_request", "pull_request_target"].filter((event) => event in events).map((event) => events[event]);
  if (triggers.length === 0) return [{ kind: "no-pull-request-trigger", text: Object.keys(events).join(", "), settled: false }];
  // One trigger without a filter is enough.
  const filtered = (...names: readonly string[]): readonly unknown[] | undefined => {
    const found = triggers.map((trigger) => names.map((name) => fieldOf(trigger, name)).find((value) => value !== undefined));
    return found.includes(undefined) ? undefined : found;
  };
  const doubts: Doubt[] = [];
  const add = (kind: DoubtKind, values: readonly unknown[] | undefined, settles: (value: readonly unknown[]) => boolean): void => {
    if (values !== undefined) doubts.push({ kind, text: textOf(values), settled: values.some((value) => settles(listOf(value))) });
  };
  add("path-filter", filtered("paths", "paths-ignore"), () => false);
  add("activity-types", filtered("types"), (types) => ["opened", "synchronize", "reopened"].every((type) => types.includes(type)));
  add("branch-filter", filtered("branches"), (names) => [branch, "*", "**"].some((name) => names.includes(name)));
  const ignores = (pattern: unknown): boolean => typeof pattern === "string" && branch.startsWith(pattern.replace(/[*?+[(].*$/su, ""));
  add("branch-filter", filtered("branches-ignore"), (patterns) => !patterns.some(ignores));
  return doubts;
}

const ASKS_STATUS = /\balways\s*\(\s*\)|!\s*(cancelled|failure)\s*\(\s*\)/u;

function jobDoubts(job: unknown, jobs: unknown, id: string, context: string, hasRead: HasRead): Doubt[] {
  const doubts: Doubt[] = [];
  const own = fieldOf(job, "if");
  if (own !== undefined) doubts.push({ kind: "condition", text: textOf(own), settled: hasRead(textOf(own)) });
  const asksStatus = own !== undefined && ASKS_STATUS.test(textOf(own));
  for (const needed of ancestors(jobs, id)) {
    const condition = fieldOf(fieldOf(jobs, needed), "if");
    if (condition === undefined) continue;
    // With always() and its like it runs whatever became of what it needs.
    doubts.push({ kind: "condition-of-a-need", text: textOf(condition), settled: asksStatus || hasRead(textOf(condition)) });
  }
  const matrix = textOf(fieldOf(fieldOf(job, "strategy"), "matrix"));
  if (matrix.includes("${{")) doubts.push({ kind: "computed-matrix", text: matrix, settled: hasRead(matrix) });
  const name = textOf(fieldOf(job, "name"));
  if (name.includes("${{")) {
    const onlyMatrix = [...name.matchAll(/\$\{\{(.*?)\}\}/gsu)].every(([, inner = ""]) => /\bmatrix\./u.test(inner) && !OTHERS.test(inner));
    doubts.push({ kind: "computed-name", text: name, settled: onlyMatrix && !context.includes("${{") });
  }
  return doubts;
}

/** Contexts that a name could hold besides the matrix. */
const OTHERS = /\b(github|needs|vars|inputs|strategy|secrets|env)\./u;

function ancestors(jobs: unknown, id: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const needed of listOf(fieldOf(fieldOf(jobs, id), "needs"))) {
    if (typeof needed !== "string" || seen.has(needed)) continue;
    seen.add(needed);
    ancestors(jobs, needed, seen);
  }
  return seen;
}
