import { codeOwners, codeOwnersFile } from "../../model/code-owners.ts";
import { refuse, type Fault } from "../../model/fault.ts";
import type { Stack } from "../../model/stack.ts";
import type { BypassActor, Reviewer, System } from "../../model/system.ts";
import type { Actor } from "../shared/directory.ts";
import type { SystemPlan } from "./plan.ts";
import type { Providers } from "./providers.ts";

/**
 * Looks up every team and user that is going to be named. Done before anything is declared, so that a wrong name, a wrong token or an
 * organization that does not exist is one clear error. The foundation looks up those of every tier: it is applied first, so nothing is
 * changed anywhere while a lower tier names somebody who is not there.
 *
 * @throws FaultsError with everybody who cannot be found, each with the system, the tier and the place that names them.
 */
export async function judgeActors(plans: readonly SystemPlan[], stack: Stack, providers: Providers): Promise<void> {
  const faults: Fault[] = [];
  for (const { system, files } of plans) {
    const actors = actorsOf(system, files, stack);
    if (actors.length === 0) continue;
    const { directory } = providers.github(providers.ownerOf(system));
    faults.push(...(await directory.judge(actors)).map((fault) => ({ ...fault, path: `${system.name}: ${fault.path}` })));
  }
  refuse("The teams and users that the systems name", faults);
}

/** Teams and users that a stack names when it declares a system; for the foundation those of all tiers. */
export function actorsOf(
  system: System,
  files: ReadonlyMap<string, string>,
  stack: Pick<Stack, "name" | "foundation" | "tiers">,
): readonly Actor[] {
  const isFoundation = stack.name === stack.foundation;
  const judges = (tier: string | undefined) => isFoundation || (tier !== undefined && (stack.tiers[system.name]?.includes(tier) ?? false));
  const actors: Actor[] = [];
  const name = (actor: BypassActor | Reviewer, place: string) => {
    if (actor.kind === "team") actors.push({ kind: "team", name: actor.slug, place });
    else if (actor.kind === "user") actors.push({ kind: "user", name: actor.login, place });
  };
  for (const branch of system.branches) {
    if (!judges(branch.tier)) continue;
    const place = `${branch.tier === undefined ? "" : `tier ${branch.tier}, `}bypass of branch ${branch.name}`;
    for (const actor of branch.gate?.bypass ?? []) name(actor, place);
  }
  for (const environment of system.environments) {
    if (!judges(environment.tier)) continue;
    for (const reviewer of environment.reviewers ?? [])
      name(reviewer, `tier ${environment.tier}, reviewer of environment ${environment.name}`);
  }
  if (!isFoundation) return actors;
  for (const tag of system.tags) for (const actor of tag.bypass ?? []) name(actor, `bypass of tags ${tag.pattern}`);
  for (const slug of Object.keys(system.repository.teams ?? {})) actors.push({ kind: "team", name: slug, place: "repository.teams" });
  for (const login of Object.keys(system.repository.collaborators ?? {})) {
    actors.push({ kind: "user", name: login, place: "repository.collaborators" });
  }
  return [...actors, ...codeOwnersOf(system, files)];
}

/** A line of CODEOWNERS whose team or user does not exist protects nothing, and GitHub says so nowhere but in the file's own page. */
function codeOwnersOf(system: System, files: ReadonlyMap<string, string>): Actor[] {
  const file = codeOwnersFile(files);
  return codeOwners(file?.text ?? "").map(({ name, line }): Actor => {
    const place = `${file?.path ?? ""}:${line}`;
    const [owner, slug] = name.split("/");
    if (slug === undefined) return { kind: "user", name, place };
    // Its own organization may be another one where the stack puts an owner in the place of the declared one.
    const own = owner?.toLowerCase() === system.repository.owner.login.toLowerCase();
    return { kind: "team", name: own ? slug : name, place };
  });
}
