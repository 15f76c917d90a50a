import { accountById, atLeast, findRepository, repositoryOf, requireRole, roleIn, roleOf } from "../../core/access.ts";
import { ApiError, notFound, validationFailed } from "../../core/errors.ts";
import type { Call, Handler } from "../../core/family.ts";
import { repositories, teamRepositories, teams } from "../../core/records.ts";
import type { ApiPermission, RepositoryRecord, TeamRecord } from "../../core/records.ts";
import { noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { fullRepository, minimalRepository } from "../repositories/render.ts";
import { permissionFlags, permissionNamed } from "../support/permission.ts";
import { isVisible, teamOf } from "./lookup.ts";
import { renderTeam } from "./render.ts";
import { withAncestors } from "./state.ts";

/** The highest right that a team has over a repository, its own or inherited from the teams above it. */
function grantOf(call: Call, team: Stored<TeamRecord>, repositoryId: number): ApiPermission | undefined {
  return withAncestors(call.store, team)
    .flatMap(({ id }) => teamRepositories(call.store).get(id, String(repositoryId))?.value.permission ?? [])
    .reduce<ApiPermission | undefined>((best, one) => (best && atLeast(roleOf(best), roleOf(one)) ? best : one), undefined);
}

/** The repository of the path; GitHub answers 404 for one that does not exist or that the caller may not see. */
function namedRepository(call: Call): Stored<RepositoryRecord> {
  const found = findRepository(call.store, String(call.path["owner"]), String(call.path["repo"]));
  if (!found) throw notFound();
  return requireRole(call, found, "read");
}

const rights = (permission: ApiPermission): Record<string, unknown> => ({
  permissions: permissionFlags(permission),
  role_name: roleOf(permission),
});

export const repositoryOperations: Readonly<Record<string, Handler>> = {
  "teams/list-repos-in-org": (call) => {
    const team = teamOf(call);
    const granted = repositories(call.store)
      .list(team.owner)
      .flatMap((repository) => {
        const permission = grantOf(call, team, repository.id);
        const seen = roleIn(call.store, repository, call.actor.id) !== "none";
        return permission && seen ? [{ repository, permission }] : [];
      });
    return page(call, granted, ({ repository, permission }) => ({ ...minimalRepository(call, repository), ...rights(permission) }));
  },
  "teams/check-permissions-for-repo-in-org": (call) => {
    const team = teamOf(call);
    const repository = namedRepository(call);
    const permission = grantOf(call, team, repository.id);
    if (!permission) throw notFound();
    // Only a client that asks for the repository media type is told more than "yes".
    if (!(call.headers["accept"] ?? "").includes("repository+json")) return noContent();
    return ok({ ...fullRepository(call, repository), ...rights(permission) });
  },
  "teams/add-or-update-repo-permissions-in-org": (call) => {
    const team = teamOf(call);
    const repository = requireRole(call, namedRepository(call), "admin");
    if (repository.owner !== team.owner) {
      throw validationFailed([
        { resource: "Team", code: "custom", field: "repository", message: "The repository is not owned by the organization" },
      ]);
    }
    const asked = call.body["permission"] ?? team.value.permission;
    const permission = permissionNamed(asked);
    if (!permission) throw new ApiError(422, "Validation Failed", [{ resource: "Team", code: "invalid", field: "permission" }]);
    const key = String(repository.id);
    const before = teamRepositories(call.store).get(team.id, key);
    if (before) teamRepositories(call.store).update(before.id, { repositoryId: repository.id, permission });
    else teamRepositories(call.store).insert(team.id, key, { repositoryId: repository.id, permission });
    return noContent();
  },
  "teams/remove-repo-in-org": (call) => {
    const team = teamOf(call);
    const repository = requireRole(call, namedRepository(call), "admin");
    const found = teamRepositories(call.store).get(team.id, String(repository.id));
    if (found) teamRepositories(call.store).remove(found.id);
    return noContent();
  },
  "repos/list-teams": (call) => {
    const repository = repositoryOf(call, "read");
    if (accountById(call.store, repository.owner).value.type === "User") return page(call, []);
    const granted = teams(call.store)
      .list(repository.owner)
      .flatMap((team) => {
        const permission = isVisible(call, team) ? grantOf(call, team, repository.id) : undefined;
        return permission ? [{ team, permission }] : [];
      });
    return page(call, granted, ({ team, permission }) => ({
      ...renderTeam(call, team),
      permission,
      permissions: permissionFlags(permission),
    }));
  },
};
