import type { Fault } from "../fault.ts";
import { members, type Loose } from "../shape.ts";
import type { System } from "../system.ts";

/** A system as far as it is well formed, and where to put what is wrong with it. Rules read the one and write to the other. */
export interface Judged {
  readonly system: Loose<System>;
  /** Files of the repository: path → text. */
  readonly files: ReadonlyMap<string, string>;
  /** Adds a fault. `path` is relative to the system; the system's name is put before it. */
  readonly report: (path: string, value: unknown, rule: string, fix: string) => void;
}

/** Reports every member of a list whose key was there before. */
export function refuseDuplicates<Member>(
  judged: Judged,
  path: string,
  loose: readonly (Member | undefined)[] | undefined,
  keyOf: (member: Member) => string | undefined,
): void {
  const seen = new Map<string, number>();
  for (const [index, member] of members(loose)) {
    const key = keyOf(member);
    if (key === undefined) continue;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else judged.report(`${path}[${index}]`, key, `is the same as ${path}[${first}]`, "remove one of the two");
  }
}

/** Adds faults of one system, with its name before their paths and its file beside them. */
export function reporter(name: string, file: string, faults: Fault[]): Judged["report"] {
  return (path, value, rule, fix) => {
    faults.push({ path: path === "" ? name : `${name}.${path}`, value, rule, fix, file });
  };
}
