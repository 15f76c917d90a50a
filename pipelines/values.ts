/** Values of expressions as far as they can be known before anything runs. */
import { data } from "@actions/expressions";
import { falsy } from "@actions/expressions/result";
import { GitHubNumber } from "./names.ts";

/** Fully known. */
export interface Known {
  readonly kind: "known";
  readonly data: data.ExpressionData;
}

/** Not known, but something may be known about it. */
export interface Unknown {
  readonly kind: "unknown";
  /** What it depends on, as a person would write it: `github.event.label.name`, `the result of job "test"`. */
  readonly about: readonly string[];
  /** Known truthiness, where every possible value agrees. */
  readonly truth?: boolean;
  /** All strings that it can be. */
  readonly oneOf?: readonly string[];
  /** What the string certainly begins with. */
  readonly prefix?: string;
  /** What the string certainly ends with. */
  readonly suffix?: string;
}

/** An object of which some members are known. */
export interface Partial {
  readonly kind: "partial";
  /** By lower-case name: names of members are not case-sensitive. */
  readonly members: ReadonlyMap<string, Value>;
  /** Every other member. */
  readonly rest: Value;
  /** What the object is called. */
  readonly about: string;
}

export type Value = Known | Unknown | Partial;

export function known(value: data.ExpressionData): Known {
  return { kind: "known", data: value };
}

export function knownText(text: string): Known {
  return known(new data.StringData(text));
}

export function knownBoolean(value: boolean): Known {
  return known(new data.BooleanData(value));
}

export const NULL: Known = known(new data.Null());

export function unknown(about: string | readonly string[], more: Omit<Unknown, "kind" | "about"> = {}): Unknown {
  return { kind: "unknown", about: typeof about === "string" ? [about] : [...new Set(about)], ...more };
}

/** An object; `rest` is what every member that is not named is. @default null, as in a complete object */
export function partial(about: string, members: Readonly<Record<string, Value>>, rest: Value = NULL): Partial {
  return { kind: "partial", about, rest, members: new Map(Object.entries(members).map(([name, value]) => [name.toLowerCase(), value])) };
}

/** What a value depends on; empty for a known one. */
export function dependencies(value: Value): readonly string[] {
  if (value.kind === "known") return [];
  return value.kind === "unknown" ? value.about : [value.about];
}

/** Is it true in a condition? `undefined` when that depends on the run. */
export function truth(value: Value): boolean | undefined {
  if (value.kind === "known") return !falsy(value.data);
  return value.kind === "partial" ? true : value.truth;
}

/** Plain JSON data as expression data, with numbers that print the way GitHub prints them. */
export function fromPlain(value: unknown): data.ExpressionData {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "number") return new GitHubNumber(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(fromPlain));
  if (typeof value === "object") {
    return new data.Dictionary(...Object.entries(value).map(([key, member]) => ({ key, value: fromPlain(member) })));
  }
  throw new TypeError(`a ${typeof value} is no value of an expression`);
}

/** Expression data as plain JSON data, for reports. */
export function toPlain(value: data.ExpressionData): unknown {
  if (value instanceof data.Dictionary) return Object.fromEntries(value.pairs().map((pair) => [pair.key, toPlain(pair.value)]));
  if (value instanceof data.Array) return value.values().map(toPlain);
  return value.kind === data.Kind.Null ? null : value.value;
}

/** The same data with numbers that print the way GitHub prints them. */
export function withGitHubNumbers(value: data.ExpressionData): data.ExpressionData {
  if (value instanceof data.Dictionary) {
    return new data.Dictionary(...value.pairs().map((pair) => ({ key: pair.key, value: withGitHubNumbers(pair.value) })));
  }
  if (value instanceof data.Array) return new data.Array(...value.values().map(withGitHubNumbers));
  return value instanceof data.NumberData ? new GitHubNumber(value.value) : value;
}
