/** Users with rights over an organization's repositories who are no members of it, and how members leave. */
import { accountById, organizationOf, userNamed } from "../../core/access.ts";
import { forbidden, notFound, validationFailed } from "../../core/errors.ts";
import type { Call, Family } from "../../core/family.ts";
import { collaborators, memberships, repositories, teamMembers, teams } from "../../core/records.ts";
import type { AccountRecord, CollaboratorRecord } from "../../core/records.ts";
import { noContent, page } from "../../core/replies.ts";
import type { Store, Stored } from "../../core/store.ts";
import { simpleUser } from "../users/render.ts";

/** Rights in one user's own name over the repositories of an organization. */
function grantsOf(store: Store, organizationId: number, login: string): Stored<CollaboratorRecord>[] {
  return repositories(store)
    .list(organizationId)
    .flatMap(({ id }) => collaborators(store).get(id, login) ?? []);
}

/** Takes a member out of the organization and out of all its teams. @throws ApiError 404, or 403 for the last owner. */
export function removeMember(store: Store, organization: Stored<AccountRecord>, login: string): void {
  const member = memberships(store).get(organization.id, login);
  if (!member) throw notFound();
  const owners = memberships(store)
    .list(organization.id)
    .filter(({ value }) => value.role === "admin");
  if (member.value.role === "admin" && owners.length === 1) throw forbidden("Cannot remove the last owner of the organization.");
  for (const team of teams(store).list(organization.id)) {
    const inTeam = teamMembers(store).get(team.id, login);
    if (inTeam) teamMembers(store).remove(inTeam.id);
  }
  memberships(store).remove(member.id);
}

function named(call: Call): { organization: Stored<AccountRecord>; login: string } {
  const organization = organizationOf(call, "admin");
  return { organization, login: userNamed(call.store, String(call.path["username"])).value.login };
}

export const outsideCollaboratorsFamily: Family = {
  name: "outside-collaborators",
  operations: {
    "orgs/list-outside-collaborators": (call) => {
      const organization = organizationOf(call, "member");
      const ids = repositories(call.store)
        .list(organization.id)
        .flatMap(({ id }) => collaborators(call.store).list(id))
        .filter(({ key }) => !memberships(call.store).get(organization.id, key))
        .map(({ value }) => value.userId);
      return page(call, [...new Set(ids)], (id) => simpleUser(call, accountById(call.store, id)));
    },
    "orgs/convert-member-to-outside-collaborator": (call) => {
      const { organization, login } = named(call);
      if (!memberships(call.store).get(organization.id, login))
        throw forbidden(`${login} is not a member of the ${organization.value.login} organization.`);
      removeMember(call.store, organization, login);
      return noContent();
    },
    "orgs/remove-outside-collaborator": (call) => {
      const { organization, login } = named(call);
      if (memberships(call.store).get(organization.id, login)) {
        throw validationFailed([`You cannot specify an organization member to remove as an outside collaborator.`]);
      }
      for (const { id } of grantsOf(call.store, organization.id, login)) collaborators(call.store).remove(id);
      return noContent();
    },
    "orgs/remove-member": (call) => {
      const { organization, login } = named(call);
      removeMember(call.store, organization, login);
      for (const { id } of grantsOf(call.store, organization.id, login)) collaborators(call.store).remove(id);
      return noContent();
    },
  },
};
