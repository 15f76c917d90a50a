/** T9: the credentials of one tier reach no other. */
import { together } from "../gates/finding.ts";
import { judgeHosts } from "../tiers/hosts.ts";
import { judgeProjects } from "../tiers/projects.ts";
import { judgeSecrets } from "../tiers/secrets.ts";
import { judgeStack, lowerStacks } from "../tiers/stacks.ts";
import type { Subject, Theorem } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

export const credentialTheorem: Theorem = {
  id: "T9",
  title: "The credentials of one tier reach no other",
  why: "Development is where credentials are lost; what is lost there must not open production.",
  *subjects(world: ProofWorld): Iterable<Subject> {
    for (const of of world.systems) {
      for (const tier of of.system.tiers) {
        yield {
          name: `${of.system.name} ${tier.name}`,
          judge: () =>
            together([
              { counterexamples: judgeProjects(world, of, tier), assumptions: [] },
              judgeSecrets(world, of, tier),
              judgeHosts(world, of, tier),
            ]),
        };
      }
      yield { name: `${of.system.name} stacks`, judge: () => judgeStacks(world, of) };
    }
  },
};

const judgeStacks = (world: ProofWorld, of: ProofSystem) => ({
  counterexamples: lowerStacks(world, of).flatMap((stack) => judgeStack(world, of, stack)),
});
