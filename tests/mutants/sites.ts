/** Places in plain data, and copies of it with one place changed. */

export type Path = readonly (string | number)[];

/** One place: a property or a member of a list. */
export interface Site {
  readonly path: Path;
  readonly value: unknown;
  /** The path without positions. @example "rules.requiredStatusChecks.requiredChecks[].integrationId" */
  readonly pattern: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Every place below a value, outermost first. */
export function* sitesOf(value: unknown, path: Path = []): Iterable<Site> {
  const members: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((member, index) => [index, member] as const)
    : isRecord(value)
      ? Object.entries(value)
      : [];
  for (const [key, member] of members) {
    const inner = [...path, key];
    yield { path: inner, value: member, pattern: patternOf(inner) };
    yield* sitesOf(member, inner);
  }
}

const patternOf = (path: Path): string =>
  path.reduce<string>((text, part) => (typeof part === "number" ? `${text}[]` : text === "" ? part : `${text}.${part}`), "");

/** For people: `rules.requiredStatusChecks.requiredChecks[2]`. */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`), "");

/** A copy in which another value stands at the path; `undefined` leaves the property or the member out. */
export function changed<Value>(value: Value, path: Path, to: unknown): Value {
  const [key, ...rest] = path;
  if (key === undefined) return to as Value;
  if (Array.isArray(value)) {
    const copy: unknown[] = [...(value as readonly unknown[])];
    if (rest.length === 0 && to === undefined) copy.splice(Number(key), 1);
    else copy[Number(key)] = changed(copy[Number(key)], rest, to);
    return copy as Value;
  }
  const copy: Record<string, unknown> = { ...(value as Record<string, unknown>) };
  const inner = changed(copy[key], rest, to);
  if (rest.length === 0 && to === undefined) Reflect.deleteProperty(copy, key);
  else copy[key] = inner;
  return copy as Value;
}

/** A value on one line, cut at 60 characters. */
export function valueText(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "symbol") return `a ${value.description ?? "symbol"}`;
  const text = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "symbol" ? `(${inner.description ?? ""})` : inner));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
