/** Teams of organizations, by slug; the core maps the addresses by number onto these. */
import { organizationOf, userNamed } from "../../core/access.ts";
import { forbidden, validationFailed } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { teamMembers, teamRepositories, teams } from "../../core/records.ts";
import type { TeamRecord } from "../../core/records.ts";
import { created, noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { isVisible, maintainedTeamOf, parentOf, teamOf } from "./lookup.ts";
import { memberOperations } from "./members.ts";
import { renderTeam, renderTeamFull } from "./render.ts";
import { repositoryOperations } from "./repositories.ts";
import { childrenOf, removeTeam, slugOf, withAncestors } from "./state.ts";

const fault = (message: string): { resource: string; code: string; field: string; message: string } => ({
  resource: "Team",
  code: "unprocessable",
  field: "data",
  message,
});

type Body = Partial<Pick<TeamRecord, "name" | "description" | "privacy" | "permission">> & {
  readonly notification_setting?: TeamRecord["notificationSetting"];
  readonly maintainers?: readonly string[];
};

/** What the body says over what was there. @throws ApiError 422 that names every fault. */
function wanted(call: Call, organizationId: number, before?: Stored<TeamRecord>): TeamRecord {
  const body: Body = call.body;
  const asked = parentOf(call, call.store, organizationId);
  const parentId = asked === undefined ? (before?.value.parentId ?? null) : (asked?.id ?? null);
  const name = (body.name ?? before?.value.name ?? "").trim();
  const privacy = body.privacy ?? before?.value.privacy ?? (parentId === null ? "secret" : "closed");
  const value: TeamRecord = {
    name,
    slug: name === before?.value.name ? before.value.slug : slugOf(name),
    description: body.description ?? before?.value.description ?? null,
    privacy,
    notificationSetting: body.notification_setting ?? before?.value.notificationSetting ?? "notifications_enabled",
    permission: body.permission ?? before?.value.permission ?? "pull",
    parentId,
    createdAt: before?.value.createdAt ?? call.now,
    updatedAt: call.now,
  };
  const faults: string[] = [];
  const namesake = value.slug === "" ? undefined : teams(call.store).get(organizationId, value.slug);
  if (value.slug === "") faults.push("Name can't be blank");
  if (namesake && namesake.id !== before?.id) faults.push("Name must be unique for this org");
  if (asked) {
    if (privacy === "secret") faults.push("A secret team can't have a parent team");
    if (asked.value.privacy === "secret") faults.push("A secret team can't be a parent team");
    if (before && withAncestors(call.store, asked).some(({ id }) => id === before.id)) {
      faults.push("A team can't be its own parent or the parent of a team above it");
    }
  }
  if (before && privacy === "secret" && childrenOf(call.store, before).length > 0) faults.push("A team with child teams can't be secret");
  if (faults.length > 0) throw validationFailed(faults.map(fault));
  return value;
}

function create(call: Call): Reply {
  const organization = organizationOf(call, "member");
  const mayCreate = organization.value.settings["members_can_create_teams"] !== false;
  if (!mayCreate) organizationOf(call, "admin");
  const value = wanted(call, organization.id);
  const people = (call.body as Body).maintainers ?? [];
  const maintainers = new Map([call.actor.login, ...people].map((login) => [login.toLowerCase(), userNamed(call.store, login)]));
  const team = teams(call.store).insert(organization.id, value.slug, value);
  for (const user of maintainers.values()) {
    teamMembers(call.store).insert(team.id, user.value.login, { userId: user.id, role: "maintainer" });
  }
  return created(renderTeamFull(call, team));
}

export const teamsFamily: Family = {
  name: "teams",
  operations: {
    "teams/list": (call) => {
      const organization = organizationOf(call, "member");
      const seen = teams(call.store)
        .list(organization.id)
        .filter((team) => isVisible(call, team));
      return page(call, seen, (team) => renderTeam(call, team));
    },
    "teams/get-by-name": (call) => ok(renderTeamFull(call, teamOf(call))),
    "teams/create": create,
    "teams/update-in-org": (call) => {
      const before = maintainedTeamOf(call);
      const value = wanted(call, before.owner, before);
      return ok(renderTeamFull(call, teams(call.store).update(before.id, value, value.slug)));
    },
    "teams/delete-in-org": (call) => {
      removeTeam(call.store, maintainedTeamOf(call));
      return noContent();
    },
    "teams/list-child-in-org": (call) => page(call, childrenOf(call.store, teamOf(call)), (team) => renderTeam(call, team)),
    "teams/list-for-authenticated-user": (call) => {
      if (call.actor.kind === "Anonymous") throw forbidden("Requires authentication");
      const own = teams(call.store)
        .all()
        .filter((team) => teamMembers(call.store).get(team.id, call.actor.login) !== undefined);
      return page(call, own, (team) => renderTeamFull(call, team));
    },
    ...memberOperations,
    ...repositoryOperations,
  },
  onRepositoryDeleted: (store, repositoryId) => {
    for (const grant of teamRepositories(store).all()) {
      if (grant.value.repositoryId === repositoryId) teamRepositories(store).remove(grant.id);
    }
  },
};
