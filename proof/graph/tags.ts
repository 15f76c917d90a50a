/** Who may make a tag. */
import { fnmatch } from "../../model/fnmatch.ts";
import { github } from "../../policies/rules/declaration.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

/** A name that a pattern lets, and most likely none that exists. */
export const nameLike = (pattern: string): string => pattern.replace(/\*+/gu, "x").replace(/[?]/gu, "x");

/** Does a ruleset say who may make such a tag? That it cannot be moved is another rule. @throws UnknownValue */
export function isTagGuarded(world: ProofWorld, of: ProofSystem, pattern: string): boolean {
  const ref = `refs/tags/${nameLike(pattern)}`;
  return world.of(github("RepositoryRuleset"), of.repository).some((ruleset) => {
    if (ruleset.text("target") !== "tag" || ruleset.text("enforcement") !== "active" || !ruleset.flag("rules.creation")) return false;
    const takes = (patterns: readonly string[]): boolean => patterns.some((each) => each === "~ALL" || fnmatch(each, ref));
    return takes(ruleset.texts("conditions.refName.includes")) && !takes(ruleset.texts("conditions.refName.excludes"));
  });
}
