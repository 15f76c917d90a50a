import type * as github from "@pulumi/github";
import type { BypassActor } from "../../model/system.ts";
import type { Directory } from "./directory.ts";

/** Ids that GitHub gives its built-in repository roles (https://docs.github.com/rest/repos/rules). */
const roleIds = { maintain: 2, write: 4, admin: 5 } as const;

/** Bypass actors by name, as a ruleset takes them. An organization administrator has no id: GitHub ignores one. */
export function bypassActors(actors: readonly BypassActor[], directory: Directory): github.types.input.RepositoryRulesetBypassActor[] {
  return actors.map((actor) => {
    if (actor.kind === "team") return { actorType: "Team", actorId: directory.team(actor.slug), bypassMode: actor.mode };
    if (actor.kind === "role") return { actorType: "RepositoryRole", actorId: roleIds[actor.role], bypassMode: actor.mode };
    return { actorType: "OrganizationAdmin", bypassMode: actor.mode };
  });
}
