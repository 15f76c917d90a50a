/** Who may do what: the rights of a caller over a repository and an organization, and the look-ups that answer 404 as GitHub does. */
import { ACTIONS_APP, appOfBot, installationAt } from "../families/apps/apps.ts";
import { ApiError, forbidden, notFound } from "./errors.ts";
import type { Actor, Call } from "./family.ts";
import { reachesRepository } from "./grants.ts";
import { permits } from "./permissions.ts";
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
  if (user.value.type === "Bot") return highest([open, botRole(store, repository, user)]);
  const direct = collaborators(store).get(repository.id, user.value.login);
  return highest([open, direct ? roleOf(direct.value.permission) : "none", organizationRole(store, repository, user)]);
}

/** A bot writes where its app is installed with a right to write; it administers nothing, whatever its permissions are. */
function botRole(store: Store, repository: Stored<RepositoryRecord>, bot: Stored<AccountRecord>): Role {
  const app = appOfBot(store, bot);
  if (!app) return "none";
  // Actions needs no installation: each job's token says what it may do.
  if (app.id === ACTIONS_APP) return "write";
  const installation = installationAt(store, app.id, repository.owner)?.value;
  const names = installation?.repositories;
  if (!installation || (names && !names.includes(repository.value.name))) return "none";
  return permits(installation.permissions, { anyOf: ["contents", "pull_requests"], access: "write" }) ? "write" : "read";
}

/**
 * The role that a caller has through its token: an installation's permissions are judged for each operation by themselves, so within its
 * reach it has every role; a fine-grained token has its owner's role there. Beyond its reach a token is anybody's.
 */
export function actorRole(store: Store, repository: Stored<RepositoryRecord>, actor: Actor): Role {
  const { grant } = actor;
  if (!grant) return roleIn(store, repository, actor.id);
  if (!reachesRepository(grant, repository)) return repository.value.visibility === "public" ? "read" : "none";
  return grant.kind === "installation" ? "admin" : roleIn(store, repository, actor.id);
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
  // What a grant allows was judged before.
  if (actor.grant || actor.scopes.includes("repo")) return true;
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
  const role = actorRole(call.store, repository, call.actor);
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
  const { grant, siteAdmin } = call.actor;
  if (wanted === "any" || siteAdmin || (grant?.kind === "installation" && grant.accountId === found.id)) return found;
  const membership = memberships(call.store).get(found.id, call.actor.login);
  if (!membership) throw notFound();
  if (wanted === "admin" && !(membership.value.role === "admin" && hasScope(call.actor, "admin:org"))) {
    throw forbidden("You must be an admin of the organization or have the admin:org scope to do this.");
  }
  return found;
}

/** `admin:org` includes `write:org` and `read:org`; the same holds for every `admin:` scope. */
export function hasScope(actor: Actor, scope: string): boolean {
  // What a grant allows was judged before.
  if (actor.grant) return true;
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
