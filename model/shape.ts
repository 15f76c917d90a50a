/**
 * Shapes of plain data, checked at run time: every fault is gathered with its path, and what is well formed is handed on, so that the
 * rules which look at references and plans can judge the rest in the same pass.
 */
import type { Fault } from "./fault.ts";
import { suggest } from "./text.ts";

/** Well-formed parts of a `T`: anything may be missing, because a malformed part was left out and reported. */
export type Loose<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Member)[]
    ? readonly (Loose<Member> | undefined)[]
    : { readonly [Key in keyof T]?: Loose<T[Key]> | undefined };

/** Checks one value: adds what is wrong to `faults`, returns the well-formed part, `undefined` when nothing of it is. */
export type Shape = (value: unknown, path: string, faults: Fault[]) => unknown;

/** Text that follows a rule. `rule` completes "must be …". */
export function text(rule: string, fits: (value: string) => boolean, fix = `write ${rule}`): Shape {
  return (value, path, faults) => {
    if (typeof value === "string" && fits(value)) return value;
    faults.push({ path, value, rule: `must be ${rule}`, fix });
    return undefined;
  };
}

/** Text that matches a pattern as a whole. */
export function pattern(rule: string, expression: RegExp, fix?: string): Shape {
  return text(rule, (value) => expression.test(value), fix);
}

/** Text for people: not blank, at most `most` characters. */
export function words(most: number): Shape {
  return text(`text of 1 to ${most} characters that is not blank`, (value) => value.trim() !== "" && value.length <= most);
}

/** `true` or `false`, not their text. */
export const flag: Shape = (value, path, faults) => {
  if (typeof value === "boolean") return value;
  faults.push({ path, value, rule: "must be true or false", fix: "write true or false, without quotes" });
  return undefined;
};

/** A whole number in a range, ends included. `unit` is said in the rule. */
export function whole(least: number, most: number, unit = ""): Shape {
  return (value, path, faults) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    const said = `a whole number from ${least.toLocaleString("en")} to ${most.toLocaleString("en")}${unit === "" ? "" : ` ${unit}`}`;
    faults.push({ path, value, rule: `must be ${said}`, fix: `write ${said}` });
    return undefined;
  };
}

/** One of a few words. */
export function oneOf(choices: readonly string[]): Shape {
  return (value, path, faults) => {
    if (typeof value === "string" && choices.includes(value)) return value;
    const rule = `must be one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`;
    faults.push({ path, value, rule, fix: typeof value === "string" ? suggest(value, choices) : "choose one of them" });
    return undefined;
  };
}

/** A list; `undefined` stands in the place of a malformed member, so that indices stay true. */
export function list(member: Shape, limits: { readonly least?: number; readonly most?: number; readonly of?: string } = {}): Shape {
  const { least = 0, most = Number.POSITIVE_INFINITY, of = "entries" } = limits;
  return (value, path, faults) => {
    if (!Array.isArray(value)) {
      faults.push({ path, value, rule: "must be a list", fix: "write a list in square brackets" });
      return undefined;
    }
    if (value.length < least || value.length > most) {
      const rule = value.length < least ? `must have at least ${least} ${of}` : `must have at most ${most} ${of}`;
      faults.push({ path, value: value.length, rule, fix: value.length < least ? `add one` : `keep ${most} of them` });
    }
    return value.map((entry, index) => member(entry, `${path}[${index}]`, faults));
  };
}

/** A map from names to values. */
export function record(key: Shape, member: Shape): Shape {
  return (value, path, faults) => {
    if (!isPlainObject(value)) {
      faults.push({ path, value, rule: "must be a map of names to values", fix: "write it in curly brackets" });
      return undefined;
    }
    const kept: Record<string, unknown> = {};
    for (const [name, entry] of Object.entries(value)) {
      key(name, `${path} (name)`, faults);
      const checked = member(entry, joinPath(path, name), faults);
      if (checked !== undefined) kept[name] = checked;
    }
    return kept;
  };
}

/** Marks a field that may be absent. */
export interface Optional {
  readonly optional: Shape;
}

export function optional(shape: Shape): Optional {
  return { optional: shape };
}

/** Also takes `null`: deliberately not enforced. */
export function orNull(shape: Shape): Shape {
  return (value, path, faults) => (value === null ? null : shape(value, path, faults));
}

/** An object with exactly these fields. An unknown one is a fault that names the nearest known one. */
export function object(fields: Readonly<Record<string, Shape | Optional>>): Shape {
  const names = Object.keys(fields);
  return (value, path, faults) => {
    if (!isPlainObject(value)) {
      faults.push({ path, value, rule: `must be an object with ${names.join(", ")}`, fix: "write it in curly brackets" });
      return undefined;
    }
    const kept: Record<string, unknown> = {};
    for (const name of Object.keys(value)) {
      if (!names.includes(name)) {
        faults.push({
          path: joinPath(path, name),
          value: undefined,
          rule: "no such field: an unknown one would be silently without effect",
          fix: `${suggest(name, names)} Or remove it`,
        });
      }
    }
    for (const [name, field] of Object.entries(fields)) {
      const entry = value[name];
      const at = joinPath(path, name);
      if (entry === undefined) {
        if (typeof field === "function") faults.push({ path: at, value: undefined, rule: "is required", fix: `give ${name} a value` });
        continue;
      }
      const checked = (typeof field === "function" ? field : field.optional)(entry, at, faults);
      if (checked !== undefined) kept[name] = checked;
    }
    return kept;
  };
}

/** One of several objects, told apart by the field `kind`. */
export function byKind(variants: Readonly<Record<string, Shape>>): Shape {
  return (value, path, faults) => {
    if (!isPlainObject(value)) {
      faults.push({ path, value, rule: "must be an object with a field kind", fix: "write it in curly brackets" });
      return undefined;
    }
    const kind = oneOf(Object.keys(variants))(value.kind, joinPath(path, "kind"), faults);
    return typeof kind === "string" ? variants[kind]?.(value, path, faults) : undefined;
  };
}

/** `a.b`, or `a["b c"]` where the name would be read wrongly after a dot. */
export function joinPath(path: string, name: string): string {
  if (!/^[\w$-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A number in a range, ends included. */
export function number(least: number, most: number): Shape {
  return (value, path, faults) => {
    if (typeof value === "number" && value >= least && value <= most) return value;
    faults.push({ path, value, rule: `must be a number from ${least} to ${most}`, fix: `write a number from ${least} to ${most}` });
    return undefined;
  };
}

/** The well-formed members of a loose list, with their true indices. */
export function* members<Member>(loose: readonly (Member | undefined)[] | undefined): Generator<[number, Member]> {
  for (const [index, member] of (loose ?? []).entries()) if (member !== undefined) yield [index, member];
}
