import { userNamed } from "../../core/access.ts";
import { notFound } from "../../core/errors.ts";
import type { Call, Handler } from "../../core/family.ts";
import { accountById } from "../../core/access.ts";
import { teamMembers } from "../../core/records.ts";
import type { TeamMemberRecord, TeamRecord } from "../../core/records.ts";
import { noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { simpleUser } from "../users/render.ts";
import { maintainedTeamOf, teamOf } from "./lookup.ts";
import { effectiveRole, isActive, membersOf, withDescendants } from "./state.ts";

function renderMembership(call: Call, team: Stored<TeamRecord>, member: Stored<TeamMemberRecord>): Record<string, unknown> {
  return {
    url: `${call.apiUrl}/organizations/${team.owner}/team/${team.id}/memberships/${member.key}`,
    role: effectiveRole(call.store, team, member.key, member.value.role),
    state: isActive(call.store, team, member.key) ? "active" : "pending",
  };
}

export const memberOperations: Readonly<Record<string, Handler>> = {
  "teams/list-members-in-org": (call) => {
    const team = teamOf(call);
    const role = call.query["role"] ?? "all";
    const wanted = membersOf(call.store, team).filter(
      (member) => role === "all" || effectiveRole(call.store, team, member.key, member.value.role) === role,
    );
    return page(call, wanted, ({ value }) => simpleUser(call, accountById(call.store, value.userId)));
  },
  "teams/get-membership-for-user-in-org": (call) => {
    const team = teamOf(call);
    const login = String(call.path["username"]);
    // Members of a team below are members of this one too.
    const found = withDescendants(call.store, team)
      .map(({ id }) => teamMembers(call.store).get(id, login))
      .find((member) => member !== undefined);
    if (!found) throw notFound();
    return ok(renderMembership(call, team, found));
  },
  "teams/add-or-update-membership-for-user-in-org": (call) => {
    const team = maintainedTeamOf(call);
    const user = userNamed(call.store, String(call.path["username"]));
    const value = { userId: user.id, role: call.body["role"] === "maintainer" ? ("maintainer" as const) : ("member" as const) };
    const before = teamMembers(call.store).get(team.id, user.value.login);
    const member = before
      ? teamMembers(call.store).update(before.id, value)
      : teamMembers(call.store).insert(team.id, user.value.login, value);
    return ok(renderMembership(call, team, member));
  },
  "teams/remove-membership-for-user-in-org": (call) => {
    const team = maintainedTeamOf(call);
    const found = teamMembers(call.store).get(team.id, String(call.path["username"]));
    if (!found) throw notFound();
    teamMembers(call.store).remove(found.id);
    return noContent();
  },
};
