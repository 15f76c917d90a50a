/** What guards tags of a repository: its own rulesets, and those of its organization. */
import { fnmatch } from "../../model/fnmatch.ts";
import { github, type Declaration, type Stack } from "./declaration.ts";
import { Gathering, rulesetsOver, type Guards } from "./guards.ts";

/**
 * The rulesets in force that take every tag of a pattern.
 *
 * @param repository Name without its owner.
 * @param pattern Of tags, without `refs/tags/`. One tag is a pattern too.
 */
export function guardsOfTags(repository: string, pattern: string, stack: Stack): Guards<Declaration> {
  const gathering = new Gathering<Declaration>();
  for (const [ruleset, applies] of rulesetsOver(repository, stack, (each) => takesAll(each, pattern))) gathering.consider(ruleset, applies);
  // The stack of an environment need not be the one of the repository, where its tags are guarded.
  const isElsewhere = stack.isPart && stack.about(github("Repository"), "name", repository).length === 0;
  return gathering.guards(`what guards tags ${pattern}`, isElsewhere);
}

function takesAll(ruleset: Declaration, pattern: string): boolean {
  if (ruleset.text("target") !== "tag" || ruleset.text("enforcement") !== "active") return false;
  const tags = `refs/tags/${pattern}`;
  return (
    ruleset.texts("conditions.refName.includes").some((each) => covers(each, tags)) &&
    !ruleset.texts("conditions.refName.excludes").some((each) => meets(each, tags))
  );
}

const isName = (pattern: string): boolean => !/[*?[\\]/u.test(pattern);

/** Whether one pattern takes all that another takes. Of two patterns it says no where that is hard to tell. */
function covers(pattern: string, other: string): boolean {
  if (pattern === "~ALL" || pattern === other) return true;
  // A `*` that takes the other pattern as if it were a name takes all that it stands for; `?` and `[…]` would take its `*` as one character.
  return (isName(other) || (!/[?[\\]/u.test(pattern) && !other.includes("**"))) && fnmatch(pattern, other);
}

/** Whether two patterns may take the same. Of two patterns with wildcards it says yes unless they begin differently. */
function meets(pattern: string, other: string): boolean {
  if (pattern === "~ALL") return true;
  if (isName(other)) return fnmatch(pattern, other);
  if (isName(pattern)) return fnmatch(other, pattern);
  const [one = "", two = ""] = [pattern, other].map((each) => each.replace(/[*?[\\].*$/u, ""));
  return one.startsWith(two) || two.startsWith(one);
}
