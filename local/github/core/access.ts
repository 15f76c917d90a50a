/** Who may do what: the rights of a caller over a repository and an organization, and the look-ups that answer 404 as GitHub does. */
import { ApiError, forbidden, notFound } from "./errors.ts";
import type { Actor, Call } from "./family.ts";
import type { AccountRecord, ApiPermission, RepositoryRecord } from "./records.ts";
import { accounts, collaborators, memberships, repositories, teamMembers, teamRepositories, teams } from "./records.ts";
import type { Store, Stored } from "./store.ts";

/** Rights over a repository, least first. */
export const ROLES = ["none", "read", "triage", "write", "maintain", "admin"] as const;
export type Role = (typeof ROLES)[number];

const ROLE_OF: Record<ApiPermission, Role> = { pull: "read", triage: "triage", push: "write", maintain: "maintain", admin: "admin" };

/** The role that a permission in a request gives: `push` is `write`. */
export const roleOf = (permission: ApiPermission): Role => ROLE_OF[permission];

export const atLeast = (role: Role, wanted: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(wanted);

const highest = (roles: readonly Role[]): Role => roles.reduce((best, role) => (atLeast(role, best) ? role : best), "none");

/** The role of a user over a repository: as owner, organization member, through teams and their parents, and as collaborator. */
export function roleIn(store: Store, repository: Stored<RepositoryRecord>, userId: number): Role {
  const open: Role = repository.value.visibility === "public" ? "read" : "none";
  const user = userId === 0 ? undefined : accounts(store).byId(userId);
  if (!user) return open;
  if (user.value.siteAdmin || repository.owner === user.id) return "admin";
  const direct = collaborators(store).get(repository.id, user.value.login);
  return highest([open, direct ? roleOf(direct.value.permission) : "none", organizationRole(store, repository, user)]);
}

function organizationRole(store: Store, repository: Stored<RepositoryRecord>, user: Stored<AccountRecord>): Role {
  const organization = accounts(store).byId(repository.owner);
  const membership = memberships(store).get(repository.owner, user.value.login);
  if (organization?.value.type !== "Organization" || !membership) return "none";
  if (membership.value.role === "admin") return "admin";
  const base = organization.value.settings["default_repository_permission"] ?? "read";
  const roles: Role[] = [ROLES.find((role) => role === base) ?? "none"];
  for (const team of teams(store).list(organization.id)) {
    if (!teamMembers(store).get(team.id, user.value.login)) continue;
    // A child team has every right of its parents.
    for (let step: typeof team | undefined = team; step; step = step.value.parentId ? teams(store).byId(step.value.parentId) : undefined) {
      const grant = teamRepositories(store).get(step.id, String(repository.id));
      if (grant) roles.push(roleOf(grant.value.permission));
    }
  }
  return highest(roles);
}

/** Whether a token's scopes reach a repository: `repo` for all, `public_repo` for public ones; no scope at all reads public ones. */
function scopeAllows(actor: Actor, repository: RepositoryRecord, wanted: Role): boolean {
  if (actor.scopes.includes("repo")) return true;
  if (repository.visibility !== "public") return false;
  return wanted === "read" || actor.scopes.includes("public_repo");
}

/**
 * The repository that `{owner}/{repo}` names, for a caller with at least `wanted` rights over it.
 * @throws ApiError 404 when there is none or the caller may not even see it, 403 when the caller sees it but has fewer rights.
 */
export function repositoryOf(call: Call, wanted: Role = "read"): Stored<RepositoryRecord> {
  const found = findRepository(call.store, String(call.path["owner"]), String(call.path["repo"]));
  if (!found) throw notFound();
  return requireRole(call, found, wanted);
}

/** As `repositoryOf`, by number. */
export function repositoryById(call: Call, id: number, wanted: Role = "read"): Stored<RepositoryRecord> {
  const found = repositories(call.store).byId(id);
  if (!found) throw notFound();
  return requireRole(call, found, wanted);
}

/** The repository of that owner and name, without asking who may see it. */
export function findRepository(store: Store, owner: string, name: string): Stored<RepositoryRecord> | undefined {
  const account = accounts(store).get(0, owner);
  return account && repositories(store).get(account.id, name);
}

/** @throws ApiError 404 or 403, see `repositoryOf`. */
export function requireRole(
  call: { readonly store: Store; readonly actor: Actor },
  repository: Stored<RepositoryRecord>,
  wanted: Role,
): Stored<RepositoryRecord> {
  const role = roleIn(call.store, repository, call.actor.id);
  if (!atLeast(role, "read") || !scopeAllows(call.actor, repository.value, "read")) throw notFound();
  if (!atLeast(role, wanted) || !scopeAllows(call.actor, repository.value, wanted)) {
    throw forbidden(wanted === "admin" ? undefined : `Must have ${wanted} rights to Repository.`);
  }
  if (repository.value.archived && wanted === "write") throw new ApiError(403, "Repository was archived so is read-only.");
  return repository;
}

/**
 * The organization that `{org}` names. `wanted`: `any` for what everybody may read, `member` or `admin`.
 * @throws ApiError 404 when there is none or the caller is no member, 403 when it is no owner of it.
 */
export function organizationOf(call: Call, wanted: "any" | "member" | "admin" = "any"): Stored<AccountRecord> {
  const found = accounts(call.store).get(0, String(call.path["org"]));
  if (found?.value.type !== "Organization") throw notFound();
  if (wanted === "any" || call.actor.siteAdmin) return found;
  const membership = memberships(call.store).get(found.id, call.actor.login);
  if (!membership) throw notFound();
  if (wanted === "admin" && !(membership.value.role === "admin" && hasScope(call.actor, "admin:org"))) {
    throw forbidden("You must be an admin of the organization or have the admin:org scope to do this.");
  }
  return found;
}

/** `admin:org` includes `write:org` and `read:org`; the same holds for every `admin:` scope. */
export function hasScope(actor: Actor, scope: string): boolean {
  const [, subject = ""] = scope.split(":");
  const wider = scope.startsWith("read:")
    ? [`write:${subject}`, `admin:${subject}`]
    : scope.startsWith("write:")
      ? [`admin:${subject}`]
      : [];
  return [scope, ...wider].some((name) => actor.scopes.includes(name));
}

/** The user of that login. @throws ApiError 404. */
export function userNamed(store: Store, login: string): Stored<AccountRecord> {
  const found = accounts(store).get(0, login);
  if (found?.value.type !== "User") throw notFound();
  return found;
}

/** The account of that id, which a record of ours names: its absence is our fault. */
export function accountById(store: Store, id: number): Stored<AccountRecord> {
  const found = accounts(store).byId(id);
  if (!found) throw new Error(`account ${id} is named by a record but does not exist`);
  return found;
}
