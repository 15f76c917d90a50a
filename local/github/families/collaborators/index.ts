/** Who has rights over a repository in their own name. */
import { accountById, atLeast, repositoryOf, roleIn, roleOf, userNamed } from "../../core/access.ts";
import { ApiError, notFound, validationFailed } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { accounts, collaborators, memberships } from "../../core/records.ts";
import type { AccountRecord, ApiPermission, RepositoryRecord } from "../../core/records.ts";
import { created, noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { permissionNamed, roleFlags } from "../support/permission.ts";
import { simpleUser } from "../users/render.ts";
import { invitationOperations, invitations, renderInvitation } from "./invitations.ts";

/** Users by affiliation: `direct` were added by name, `outside` are those of them who are no members, `all` may read the repository. */
function affiliated(call: Call, repository: Stored<RepositoryRecord>): Stored<AccountRecord>[] {
  const affiliation = call.query["affiliation"] ?? "all";
  const owner = accountById(call.store, repository.owner);
  const members = memberships(call.store).list(owner.id);
  const direct = collaborators(call.store)
    .list(repository.id)
    .map(({ value }) => value.userId);
  const isMember = new Set(members.map(({ value }) => value.userId));
  const own = owner.value.type === "User" ? [owner.id] : [];
  const reading = members.map(({ value }) => value.userId).filter((id) => hasGrantedRole(call, repository, id));
  const ids =
    affiliation === "outside"
      ? direct.filter((id) => !isMember.has(id))
      : affiliation === "direct"
        ? [...own, ...direct]
        : [...own, ...reading, ...direct];
  return [...new Set(ids)].map((id) => accountById(call.store, id));
}

/** Everybody reads a public repository; a member is listed only with a right of its own over it. */
function hasGrantedRole(call: Call, repository: Stored<RepositoryRecord>, userId: number): boolean {
  return roleIn(call.store, { ...repository, value: { ...repository.value, visibility: "private" } }, userId) !== "none";
}

function renderCollaborator(call: Call, repository: Stored<RepositoryRecord>, user: Stored<AccountRecord>): Record<string, unknown> {
  const role = roleIn(call.store, repository, user.id);
  return { ...simpleUser(call, user), permissions: roleFlags(role), role_name: role };
}

function add(call: Call): Reply {
  const repository = repositoryOf(call, "admin");
  const owner = accountById(call.store, repository.owner);
  const user = userNamed(call.store, String(call.path["username"]));
  if (user.id === owner.id) {
    throw validationFailed([
      { resource: "Repository", code: "custom", field: "collaborator", message: "Repository owner cannot be a collaborator" },
    ]);
  }
  const asked = permissionNamed(call.body["permission"] ?? "push");
  if (!asked) throw new ApiError(422, "Validation Failed", [{ resource: "Repository", code: "invalid", field: "permission" }]);
  // A user's repository has one kind of collaborator: they may push.
  const permission: ApiPermission = owner.value.type === "User" ? "push" : asked;
  const { login } = user.value;
  const before = collaborators(call.store).get(repository.id, login);
  if (before) {
    collaborators(call.store).update(before.id, { userId: user.id, permission });
    return noContent();
  }
  if (memberships(call.store).get(owner.id, login)) {
    collaborators(call.store).insert(repository.id, login, { userId: user.id, permission });
    return noContent();
  }
  const value = { inviteeId: user.id, inviterId: call.actor.id, permission, createdAt: call.now };
  const pending = invitations(call.store).get(repository.id, login);
  const invitation = pending
    ? invitations(call.store).update(pending.id, { ...pending.value, permission })
    : invitations(call.store).insert(repository.id, login, value);
  return created(renderInvitation(call, invitation));
}

function remove(call: Call): Reply {
  const login = String(call.path["username"]);
  // Everybody may leave; only admins may remove others.
  const repository = repositoryOf(call, login.toLowerCase() === call.actor.login.toLowerCase() ? "read" : "admin");
  const found = collaborators(call.store).get(repository.id, login);
  const pending = invitations(call.store).get(repository.id, login);
  if (found) collaborators(call.store).remove(found.id);
  if (pending) invitations(call.store).remove(pending.id);
  return noContent();
}

/** The four classic levels of a role: `maintain` counts as write, `triage` as read. */
function permissionLevel(call: Call): Reply {
  const repository = repositoryOf(call, "read");
  const user = userNamed(call.store, String(call.path["username"]));
  const role = roleIn(call.store, repository, user.id);
  const level = role === "admin" ? "admin" : atLeast(role, "write") ? "write" : atLeast(role, "read") ? "read" : "none";
  return ok({ permission: level, role_name: role, user: renderCollaborator(call, repository, user) });
}

export const collaboratorsFamily: Family = {
  name: "collaborators",
  operations: {
    "repos/list-collaborators": (call) => {
      const repository = repositoryOf(call, "write");
      const wanted = call.query["permission"] as ApiPermission | undefined;
      const users = affiliated(call, repository).filter(
        ({ id }) => wanted === undefined || atLeast(roleIn(call.store, repository, id), roleOf(wanted)),
      );
      return page(call, users, (user) => renderCollaborator(call, repository, user));
    },
    "repos/check-collaborator": (call) => {
      const repository = repositoryOf(call, "write");
      const user = accounts(call.store).get(0, String(call.path["username"]));
      if (!user || !hasGrantedRole(call, repository, user.id)) throw notFound();
      return noContent();
    },
    "repos/add-collaborator": add,
    "repos/remove-collaborator": remove,
    "repos/get-collaborator-permission-level": permissionLevel,
    ...invitationOperations,
  },
  onRepositoryDeleted: (store, repositoryId) => {
    collaborators(store).removeOwned(repositoryId);
    invitations(store).removeOwned(repositoryId);
  },
};
