/** Synthetic systems for figures: one public repository of an organization each, with a guarded default branch that production runs from. */
import type { BranchGate, System } from "../../model/system.ts";

const nameOf = (index: number): string => `service-${index}`;

/** Which tiers a stack owns of the first so many, as `gatehouse:tiers` has it. */
export const syntheticTiers = (count: number): Record<string, readonly string[]> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [nameOf(index), ["prod"]]));

/**
 * The smallest system that can be delivered.
 *
 * @param gate Of its default branch, whose other settings are the defaults.
 * @param more Instead of what the smallest one has.
 */
export function syntheticSystem(index: number, gate: BranchGate, more: Partial<System> = {}): System {
  const name = nameOf(index);
  return {
    name,
    title: name,
    repository: {
      owner: { login: "acme", kind: "organization", plan: "enterprise" },
      name,
      description: "One of many",
      visibility: "public",
      actions: { allowedActions: [] },
    },
    tiers: [{ name: "prod", production: true }],
    branches: [{ name: "main", default: true, tier: "prod", gate }],
    tags: [],
    environments: [],
    ...more,
  };
}
