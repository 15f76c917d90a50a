/** T2: whatever should pass the gates can. */
import { github } from "../../policies/rules/declaration.ts";
import { judgeApprovals } from "../gates/approvals.ts";
import { judgeChecks } from "../gates/checks.ts";
import { together } from "../gates/finding.ts";
import { judgeMethods } from "../gates/methods.ts";
import { judgeEnvironment } from "../gates/reviewers.ts";
import { guardsOf } from "../graph/gate.ts";
import type { Subject, Theorem } from "../theorem.ts";
import type { ProofWorld } from "../world.ts";

export const gateTheorem: Theorem = {
  id: "T2",
  title: "Every gate can be satisfied",
  why: "A gate that nothing can pass is taken down in a hurry, and what comes through then has passed none.",
  *subjects(world: ProofWorld): Iterable<Subject> {
    for (const of of world.systems) {
      for (const { name } of of.system.branches) {
        yield {
          name: `${of.system.name} branch ${name}`,
          judge: () => {
            const guards = guardsOf(world, of, name);
            return together([
              judgeChecks(world, of, name, guards),
              judgeApprovals(world, of, name, guards),
              judgeMethods(world, of, name, guards),
            ]);
          },
        };
      }
      for (const { name } of of.system.environments) {
        yield {
          name: `${of.system.name} environment ${name}`,
          judge: () => {
            const declared = world.of(github("RepositoryEnvironment"), of.repository).filter((each) => each.text("environment") === name);
            return together(declared.map((each) => judgeEnvironment(world, of, each)));
          },
        };
      }
    }
  },
};
