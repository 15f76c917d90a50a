/** Users, organizations and membership: `GET /user`, `/users/{username}`, `/orgs/{org}` and its members. */
import { organizationOf, userNamed } from "../../core/access.ts";
import { notFound, requiresAuthentication } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { accountById, hasScope } from "../../core/access.ts";
import { type AccountRecord, accounts, memberships, type MembershipRecord } from "../../core/records.ts";
import { noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { removeMember } from "../outside-collaborators/index.ts";
import { organizationFull, organizationSimple, privateUser, publicUser, simpleUser } from "./render.ts";

function getAuthenticated(call: Call): Reply {
  if (call.actor.kind === "Anonymous") throw requiresAuthentication();
  return ok(privateUser(call, accountById(call.store, call.actor.id)));
}

function getByUsername(call: Call): Reply {
  const account = accounts(call.store).get(0, String(call.path["username"]));
  if (!account) throw notFound();
  return ok(publicUser(call, account));
}

function getOrganization(call: Call): Reply {
  return ok(organizationFull(call, organizationOf(call)));
}

/** Fields of PATCH /orgs/{org} that belong to the account itself; all others are settings that are read back as they were sent. */
function updateOrganization(call: Call): Reply {
  const organization = organizationOf(call, "admin");
  const { name, email, ...settings } = call.body;
  const changed = {
    ...organization.value,
    name: typeof name === "string" ? name : organization.value.name,
    email: typeof email === "string" ? email : organization.value.email,
    settings: { ...organization.value.settings, ...settings },
    updatedAt: call.now,
  };
  return ok(organizationFull(call, accounts(call.store).update(organization.id, changed)));
}

function listOrganizationsOfActor(call: Call): Reply {
  const own = accounts(call.store)
    .all()
    .filter(({ id, value }) => value.type === "Organization" && memberships(call.store).get(id, call.actor.login) !== undefined);
  return page(call, own, (organization) => organizationSimple(call, organization));
}

function membersOf(call: Call, organization: Stored<AccountRecord>): Stored<MembershipRecord>[] {
  const role = call.query["role"] ?? "all";
  return memberships(call.store)
    .list(organization.id)
    .filter(({ value }) => role === "all" || value.role === role);
}

function listMembers(call: Call): Reply {
  const organization = organizationOf(call);
  return page(call, membersOf(call, organization), ({ value }) => simpleUser(call, accountById(call.store, value.userId)));
}

function checkMembership(call: Call): Reply {
  const organization = organizationOf(call);
  const member = memberships(call.store).get(organization.id, String(call.path["username"]));
  if (!member) throw notFound();
  return noContent();
}

function membership(call: Call, organization: Stored<AccountRecord>, member: Stored<MembershipRecord>): Record<string, unknown> {
  const login = organization.value.login;
  return {
    url: `${call.apiUrl}/orgs/${login}/memberships/${member.key}`,
    state: "active",
    role: member.value.role,
    direct_membership: true,
    organization_url: `${call.apiUrl}/orgs/${login}`,
    organization: organizationSimple(call, organization),
    user: simpleUser(call, accountById(call.store, member.value.userId)),
  };
}

function getMembership(call: Call): Reply {
  const organization = organizationOf(call, "member");
  const member = memberships(call.store).get(organization.id, String(call.path["username"]));
  if (!member) throw notFound();
  return ok(membership(call, organization, member));
}

function setMembership(call: Call): Reply {
  const organization = organizationOf(call, "admin");
  const user = userNamed(call.store, String(call.path["username"]));
  const value = { userId: user.id, role: call.body["role"] === "admin" ? ("admin" as const) : ("member" as const) };
  const known = memberships(call.store).get(organization.id, user.value.login);
  const member = known
    ? memberships(call.store).update(known.id, value)
    : memberships(call.store).insert(organization.id, user.value.login, value);
  return ok(membership(call, organization, member));
}

function removeMembership(call: Call): Reply {
  const organization = organizationOf(call, "admin");
  removeMember(call.store, organization, String(call.path["username"]));
  return noContent();
}

/** The caller's own membership; a token needs `read:org` to see it. */
function getOwnMembership(call: Call): Reply {
  const organization = organizationOf(call);
  const member = memberships(call.store).get(organization.id, call.actor.login);
  if (!member || !hasScope(call.actor, "read:org")) throw notFound();
  return ok(membership(call, organization, member));
}

export const users: Family = {
  name: "users",
  operations: {
    "users/get-authenticated": getAuthenticated,
    "users/get-by-username": getByUsername,
    "orgs/get": getOrganization,
    "orgs/update": updateOrganization,
    "orgs/list-for-authenticated-user": listOrganizationsOfActor,
    "orgs/list-members": listMembers,
    "orgs/check-membership-for-user": checkMembership,
    "orgs/get-membership-for-user": getMembership,
    "orgs/set-membership-for-user": setMembership,
    "orgs/remove-membership-for-user": removeMembership,
    "orgs/get-membership-for-authenticated-user": getOwnMembership,
  },
};
