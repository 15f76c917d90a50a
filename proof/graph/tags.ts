/** Who may make a tag. */
import { guardsOfTags } from "../../policies/rules/tag-guards.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

/** A name that a pattern lets, and most likely none that exists. */
export const nameLike = (pattern: string): string => pattern.replace(/\*+/gu, "x").replace(/[?]/gu, "x");

/** Does a ruleset say who may make such a tag? That it cannot be moved is another rule. @throws UnknownValue */
export function isTagGuarded(world: ProofWorld, of: ProofSystem, pattern: string): boolean {
  return guardsOfTags(of.system.repository.name, nameLike(pattern), world.declared).some((ruleset) => ruleset.flag("rules.creation"));
}
