/** Which team a request names, and whether the caller may see or change it. */
import { hasScope, organizationOf } from "../../core/access.ts";
import { forbidden, notFound } from "../../core/errors.ts";
import type { Call } from "../../core/family.ts";
import { memberships, teamMembers, teams } from "../../core/records.ts";
import type { TeamRecord } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";
import { membersOf } from "./state.ts";

export const isOwner = (call: Call, organizationId: number): boolean =>
  call.actor.siteAdmin ||
  (memberships(call.store).get(organizationId, call.actor.login)?.value.role === "admin" && hasScope(call.actor, "admin:org"));

/** Secret teams are seen by their members and by owners only. */
export function isVisible(call: Call, team: Stored<TeamRecord>): boolean {
  if (team.value.privacy === "closed" || isOwner(call, team.owner)) return true;
  return membersOf(call.store, team).some(({ value }) => value.userId === call.actor.id);
}

/** @throws ApiError 404 when there is no such team or the caller may not see it. */
export function teamOf(call: Call): Stored<TeamRecord> {
  const organization = organizationOf(call, "member");
  const found = teams(call.store).get(organization.id, String(call.path["team_slug"]));
  if (!found || !isVisible(call, found)) throw notFound();
  return found;
}

/** The team, for a caller who is an owner of the organization or a maintainer of the team. @throws ApiError 404 or 403. */
export function maintainedTeamOf(call: Call): Stored<TeamRecord> {
  const team = teamOf(call);
  const maintains = teamMembers(call.store).get(team.id, call.actor.login)?.value.role === "maintainer";
  if (!isOwner(call, team.owner) && !maintains) throw forbidden("Must have admin rights to Team.");
  return team;
}

/** The parent that a body names by id or by slug: undefined when it names none, null when it says "no parent". */
export function parentOf(call: Call, store: Store, organizationId: number): Stored<TeamRecord> | null | undefined {
  const { parent_team_id: id, parent_team_slug: slug } = call.body as { parent_team_id?: number | null; parent_team_slug?: string | null };
  if (id === null || slug === null) return null;
  if (id === undefined && slug === undefined) return undefined;
  const found = id === undefined ? teams(store).get(organizationId, slug ?? "") : teams(store).byId(id);
  if (found?.owner !== organizationId) throw notFound();
  return found;
}
