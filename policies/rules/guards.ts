/** Which of all that is declared binds a ref of a repository, where some of that may be known only after the update, or at GitHub only. */
import { fnmatch } from "../../model/fnmatch.ts";
import { github, UnknownValue, type Declaration, type Stack } from "./declaration.ts";

/** `undefined` where nobody knows yet. */
export type Answer = boolean | undefined;

/** All that guards one ref. GitHub adds it up: the strictest wins. */
export class Guards<Guard> {
  readonly #all: readonly Guard[];
  /** What is not known where some guard may or may not be this ref's. */
  readonly #maybe: string | undefined;

  constructor(all: readonly Guard[], maybe: string | undefined) {
    this.#all = all;
    this.#maybe = maybe;
  }

  /** Every one of them. @throws UnknownValue behind the last, when there may be more */
  *each(): Iterable<Guard> {
    yield* this.#all;
    if (this.#maybe !== undefined) throw new UnknownValue(this.#maybe);
  }

  /** Whether one of them says so. @throws UnknownValue when none is known to, and one might */
  some(question: (guard: Guard) => boolean): boolean {
    let unknown: UnknownValue | undefined;
    for (const guard of this.#all) {
      try {
        if (question(guard)) return true;
      } catch (error) {
        if (!(error instanceof UnknownValue)) throw error;
        unknown = error;
      }
    }
    if (unknown !== undefined) throw unknown;
    if (this.#maybe !== undefined) throw new UnknownValue(this.#maybe);
    return false;
  }
}

/** Gathers guards, one after the other. */
export class Gathering<Guard> {
  readonly #all: Guard[] = [];
  #maybe = false;

  /** @param applies May throw UnknownValue, which is no answer. */
  consider(guard: Guard, applies: () => Answer): void {
    try {
      const answer = applies();
      if (answer === true) this.#all.push(guard);
      this.#maybe ||= answer === undefined;
    } catch (error) {
      if (!(error instanceof UnknownValue)) throw error;
      this.#maybe = true;
    }
  }

  /**
   * @param what Is guarded, for people. @example "what guards the branch"
   * @param elsewhere Whether what is not declared here may be declared in another stack.
   */
  guards(what: string, elsewhere: boolean): Guards<Guard> {
    return new Guards(this.#all, this.#maybe || (elsewhere && this.#all.length === 0) ? what : undefined);
  }
}

/**
 * The rulesets that may bind refs of a repository: its own, and its organization's by their conditions.
 *
 * @param repository Name without its owner.
 * @param takesRefs Whether the ruleset is in force, and about the refs.
 */
export function* rulesetsOver(
  repository: string,
  stack: Stack,
  takesRefs: (ruleset: Declaration) => Answer,
): Iterable<readonly [ruleset: Declaration, applies: () => Answer]> {
  for (const ruleset of stack.about(github("RepositoryRuleset"), "repository", repository))
    yield [ruleset, () => both(isAbout(ruleset, "repository", repository), takesRefs(ruleset))];
  for (const ruleset of stack.all(github("OrganizationRuleset")))
    yield [ruleset, () => both(takesRefs(ruleset), takesRepository(ruleset, repository))];
}

/** Whether a property names the repository, with its owner or without. */
export function isAbout(declaration: Declaration, property: string, name: string): Answer {
  try {
    const about = declaration.text(property);
    return about === undefined ? undefined : about === name || about.endsWith(`/${name}`);
  } catch (error) {
    if (error instanceof UnknownValue) return undefined;
    throw error;
  }
}

/** Both must hold. */
export const both = (one: Answer, two: Answer): Answer =>
  one === false || two === false ? false : one === true && two === true ? true : undefined;

function takesRepository(ruleset: Declaration, name: string): Answer {
  if (ruleset.has("conditions.repositoryName")) {
    const matches = (pattern: string): boolean => pattern === "~ALL" || fnmatch(pattern.toLowerCase(), name.toLowerCase());
    const { includes, excludes } = {
      includes: ruleset.texts("conditions.repositoryName.includes"),
      excludes: ruleset.texts("conditions.repositoryName.excludes"),
    };
    return includes.some(matches) && !excludes.some(matches);
  }
  // By number or by property: which repositories these are is known at GitHub only.
  return undefined;
}
