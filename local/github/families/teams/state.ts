/** Teams: their rules, their tree, who is in them. Memberships of users outside the organization are pending and give no rights. */
import { memberships, teamMembers, teamRepositories, teams } from "../../core/records.ts";
import type { TeamMemberRecord, TeamRecord } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";

/** The slug that GitHub makes of a name: lower case, runs of anything but letters, digits and `_` become one hyphen. */
export function slugOf(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

export const childrenOf = (store: Store, team: Stored<TeamRecord>): Stored<TeamRecord>[] =>
  teams(store)
    .list(team.owner)
    .filter(({ value }) => value.parentId === team.id);

/** The team and all teams below it. */
export function withDescendants(store: Store, team: Stored<TeamRecord>): Stored<TeamRecord>[] {
  return [team, ...childrenOf(store, team).flatMap((child) => withDescendants(store, child))];
}

/** The team and all teams above it, nearest first. */
export function withAncestors(store: Store, team: Stored<TeamRecord>): Stored<TeamRecord>[] {
  const parent = team.value.parentId === null ? undefined : teams(store).byId(team.value.parentId);
  return parent ? [team, ...withAncestors(store, parent)] : [team];
}

/** Members of the team and of the teams below it, each once, with the role in the nearest team. */
export function membersOf(store: Store, team: Stored<TeamRecord>): Stored<TeamMemberRecord>[] {
  const found = new Map<number, Stored<TeamMemberRecord>>();
  for (const step of withDescendants(store, team)) {
    for (const member of teamMembers(store).list(step.id)) {
      if (!found.has(member.value.userId) && isActive(store, team, member.key)) found.set(member.value.userId, member);
    }
  }
  return [...found.values()];
}

/** A membership is pending until its user is a member of the organization. */
export const isActive = (store: Store, team: Stored<TeamRecord>, login: string): boolean =>
  memberships(store).get(team.owner, login) !== undefined;

/** Owners of the organization are maintainers of every team they are in, whatever was asked for. */
export const effectiveRole = (
  store: Store,
  team: Stored<TeamRecord>,
  login: string,
  asked: "member" | "maintainer",
): "member" | "maintainer" => (memberships(store).get(team.owner, login)?.value.role === "admin" ? "maintainer" : asked);

/** Removes a team with the teams below it, as GitHub does when an owner removes a parent. */
export function removeTeam(store: Store, team: Stored<TeamRecord>): void {
  for (const step of withDescendants(store, team)) {
    teamMembers(store).removeOwned(step.id);
    teamRepositories(store).removeOwned(step.id);
    teams(store).remove(step.id);
  }
}
