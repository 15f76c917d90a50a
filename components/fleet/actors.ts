import { refuse, type Fault } from "../../model/fault.ts";
import type { Stack } from "../../model/stack.ts";
import type { BypassActor, System } from "../../model/system.ts";
import type { Actors } from "../shared/directory.ts";
import type { SystemPlan } from "./plan.ts";
import type { Providers } from "./providers.ts";

/**
 * Looks up every team and user that the stack is going to name. Done before anything is declared, so that a wrong name, a wrong token
 * or an organization that does not exist is one clear error.
 *
 * @throws FaultsError with everybody who cannot be found.
 */
export async function judgeActors(plans: readonly SystemPlan[], stack: Stack, providers: Providers): Promise<void> {
  const faults: Fault[] = [];
  for (const { system } of plans) {
    const actors = actorsOf(system, stack);
    if (actors.teams.size + actors.users.size === 0) continue;
    const { directory } = providers.github(providers.ownerOf(system));
    faults.push(...(await directory.judge(actors)).map((fault) => ({ ...fault, path: `${system.name}: ${fault.path}` })));
  }
  refuse("The teams and users that the systems name", faults);
}

/** Teams and users that a stack names when it declares a system. */
export function actorsOf(system: System, stack: Pick<Stack, "name" | "foundation" | "tiers">): Actors {
  const isFoundation = stack.name === stack.foundation;
  const owns = (tier: string | undefined) => (tier === undefined ? isFoundation : (stack.tiers[system.name]?.includes(tier) ?? false));
  const bypass: BypassActor[] = system.branches.filter((branch) => owns(branch.tier)).flatMap((branch) => [...(branch.gate?.bypass ?? [])]);
  if (isFoundation) bypass.push(...system.tags.flatMap((gate) => [...(gate.bypass ?? [])]));
  const reviewers = system.environments.filter(({ tier }) => owns(tier)).flatMap((environment) => [...(environment.reviewers ?? [])]);
  return {
    teams: new Set([
      ...(isFoundation ? Object.keys(system.repository.teams ?? {}) : []),
      ...bypass.flatMap((actor) => (actor.kind === "team" ? [actor.slug] : [])),
      ...reviewers.flatMap((reviewer) => (reviewer.kind === "team" ? [reviewer.slug] : [])),
    ]),
    users: new Set(reviewers.flatMap((reviewer) => (reviewer.kind === "user" ? [reviewer.login] : []))),
  };
}
