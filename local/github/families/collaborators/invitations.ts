/** Invitations of users to a repository: what adding somebody makes who is no member of the organization. */
import { accountById, repositoryOf, roleOf } from "../../core/access.ts";
import { notFound, requiresAuthentication } from "../../core/errors.ts";
import type { Call, Handler } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import { accounts, collaborators, repositories } from "../../core/records.ts";
import type { ApiPermission } from "../../core/records.ts";
import { noContent, ok, page } from "../../core/replies.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";
import { minimalRepository } from "../repositories/render.ts";
import { permissionNamed } from "../support/permission.ts";
import { simpleUser } from "../users/render.ts";

/** Kind `repository-invitation`, owner the repository's id, key the invitee's login. */
export interface InvitationRecord {
  readonly inviteeId: number;
  readonly inviterId: number;
  readonly permission: ApiPermission;
  readonly createdAt: string;
}

export const invitations = (store: Store): Collection<InvitationRecord> => store.collection("repository-invitation");

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

export function renderInvitation(call: Call, invitation: Stored<InvitationRecord>): Record<string, unknown> {
  const { id, owner, value } = invitation;
  const repository = repositories(call.store).byId(owner);
  if (!repository) throw new Error(`invitation ${id} belongs to repository ${owner}, which does not exist`);
  const fullName = `${accountById(call.store, repository.owner).value.login}/${repository.value.name}`;
  const inviter = accounts(call.store).byId(value.inviterId);
  return {
    id,
    node_id: nodeId("RepositoryInvitation", id),
    repository: minimalRepository(call, repository),
    invitee: simpleUser(call, accountById(call.store, value.inviteeId)),
    inviter: inviter ? simpleUser(call, inviter) : null,
    permissions: roleOf(value.permission),
    created_at: value.createdAt,
    expired: Date.parse(call.now) - Date.parse(value.createdAt) > WEEK_MS,
    url: `${call.apiUrl}/user/repository_invitations/${id}`,
    html_url: `${call.htmlUrl}/${fullName}/invitations`,
  };
}

function invitationOf(call: Call): Stored<InvitationRecord> {
  const repository = repositoryOf(call, "admin");
  const found = invitations(call.store).byId(Number(call.path["invitation_id"]));
  if (found?.owner !== repository.id) throw notFound();
  return found;
}

/** An invitation of the caller's own. */
function ownInvitation(call: Call): Stored<InvitationRecord> {
  const found = invitations(call.store).byId(Number(call.path["invitation_id"]));
  if (found?.value.inviteeId !== call.actor.id) throw notFound();
  return found;
}

export const invitationOperations: Readonly<Record<string, Handler>> = {
  "repos/list-invitations": (call) =>
    page(call, invitations(call.store).list(repositoryOf(call, "admin").id), (invitation) => renderInvitation(call, invitation)),
  "repos/update-invitation": (call) => {
    const before = invitationOf(call);
    const permission = permissionNamed(call.body["permissions"]) ?? before.value.permission;
    return ok(renderInvitation(call, invitations(call.store).update(before.id, { ...before.value, permission })));
  },
  "repos/delete-invitation": (call) => {
    invitations(call.store).remove(invitationOf(call).id);
    return noContent();
  },
  "repos/list-invitations-for-authenticated-user": (call) => {
    if (call.actor.kind === "Anonymous") throw requiresAuthentication();
    const own = invitations(call.store)
      .all()
      .filter(({ value }) => value.inviteeId === call.actor.id);
    return page(call, own, (invitation) => renderInvitation(call, invitation));
  },
  "repos/accept-invitation-for-authenticated-user": (call) => {
    const invitation = ownInvitation(call);
    const { inviteeId: userId, permission } = invitation.value;
    collaborators(call.store).insert(invitation.owner, invitation.key, { userId, permission });
    invitations(call.store).remove(invitation.id);
    return noContent();
  },
  "repos/decline-invitation-for-authenticated-user": (call) => {
    invitations(call.store).remove(ownInvitation(call).id);
    return noContent();
  },
};
