/** T8: destroy, rename and removal cannot take production down. */
import { tiersOf } from "../deployments.ts";
import { judgeCascades } from "../lifecycle/cascades.ts";
import { judgeKept, keptOf } from "../lifecycle/kept.ts";
import type { Theorem } from "../theorem.ts";

export const lifecycleTheorem: Theorem = {
  id: "T8",
  title: "Destroy, rename and removal cannot take production down",
  why: "One line of the program that is renamed, or one command on the wrong stack, deletes what Argo CD, GitHub or Docker hold under it.",
  *subjects(world) {
    for (const tier of tiersOf(world)) {
      if (tier.tier.production !== true) continue;
      yield {
        name: tier.name,
        judge: () => ({
          // What protects a resource from whoever holds the cluster's or GitHub's own credentials is no part of a declaration.
          assumptions: ["nobody deletes what Pulumi declares by other means"],
          counterexamples: [...keptOf(world, tier).flatMap((kept) => judgeKept(tier, kept)), ...judgeCascades(world, tier)],
        }),
      };
    }
  },
};
