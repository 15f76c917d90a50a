/** Whether a repository is as visible as its system says: what its plan gives was judged by that. */
import { github } from "../../policies/rules/declaration.ts";
import { at } from "../deployments.ts";
import type { Counterexample } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

/** @throws UnknownValue */
export function judgeVisibility(world: ProofWorld, { system }: ProofSystem): Counterexample[] {
  const { name, visibility } = system.repository;
  return world.declared.all(github("Repository")).flatMap((repository) => {
    const is = repository.text("visibility");
    if ((repository.text("name") ?? repository.name) !== name || is === undefined || is === visibility) return [];
    return [
      {
        claim: `GitHub may keep none of the gates of ${system.name}: which it keeps hangs on who sees the repository, and on the plan`,
        steps: [
          {
            text: `the system says that the repository is ${visibility}, and its gates were judged by that`,
            at: `${system.name} repository.visibility`,
          },
          { text: `it is declared ${is}`, at: at(repository, "visibility") },
        ],
        fix: "Declare the repository by what its system says.",
      },
    ];
  });
}
