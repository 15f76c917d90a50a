/** Whether those who approve an environment's jobs are those whom the system names: a resource has only their numbers. */
import { at } from "../deployments.ts";
import { grantsOf } from "../graph/actors.ts";
import { environmentOf, reviewersOf } from "../graph/environment.ts";
import type { Counterexample } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

/** Teams only: a person's number stands nowhere beside the name. @throws UnknownValue */
export function judgeReviewers(world: ProofWorld, of: ProofSystem): Counterexample[] {
  const slugs = new Map(grantsOf(world, of).flatMap(({ team }) => (team === undefined ? [] : [[team.id, team.slug] as const])));
  return of.system.environments.flatMap(({ name, reviewers = [] }) => {
    const environment = environmentOf(world, of, name);
    if (environment === undefined) return [];
    const named = new Set(reviewers.flatMap((reviewer) => (reviewer.kind === "team" ? [reviewer.slug.toLowerCase()] : [])));
    const other = reviewersOf(environment).teams.find((id) => !named.has((slugs.get(id) ?? id).toLowerCase()));
    if (other === undefined) return [];
    const who = slugs.get(other) ?? `${other}, to which nobody gives a right,`;
    const wanted = [...named].map((slug) => `team ${slug}`).join(", ");
    return [
      {
        claim: `somebody else than ${of.system.name} says approves jobs of environment ${name}`,
        steps: [
          { text: `team ${who} approves them`, at: at(environment, "reviewers") },
          { text: `the system names ${wanted === "" ? "no team" : wanted}`, at: `${of.system.name} environments.${name}.reviewers` },
        ],
        fix: "Declare the environment by what its system says.",
      },
    ];
  });
}
