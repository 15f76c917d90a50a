/** Actors of a classic protection: node ids in the record, logins and slugs in REST. */
import { validationFailed } from "../../core/errors.ts";
import { nodeId, parseNodeId } from "../../core/node-id.ts";
import { accounts, type RepositoryRecord, teams } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";
import { appById, appBySlug } from "../apps/apps.ts";
import { renderApp } from "../checks/app.ts";
import { renderTeam } from "../teams/render.ts";
import { type RenderContext, simpleUser } from "../users/render.ts";

export interface ActorNames {
  readonly users?: readonly string[];
  readonly teams?: readonly string[];
  readonly apps?: readonly string[];
}

/** Node ids of the actors that a REST body names. @throws ApiError 422 for one that does not exist. */
export function actorIds(store: Store, repository: Stored<RepositoryRecord>, names: ActorNames): string[] {
  const missing: string[] = [];
  const idOf = (name: string, id: string | undefined): string[] => {
    if (id === undefined) missing.push(name);
    return id === undefined ? [] : [id];
  };
  const ids = [
    ...(names.users ?? []).flatMap((login) => {
      const user = accounts(store).get(0, login);
      return idOf(login, user?.value.type === "User" ? nodeId("User", user.id) : undefined);
    }),
    ...(names.teams ?? []).flatMap((slug) => {
      const team = teams(store).get(repository.owner, slug);
      return idOf(slug, team && nodeId("Team", team.id));
    }),
    ...(names.apps ?? []).flatMap((slug) => {
      const app = appBySlug(store, slug);
      return idOf(slug, app && nodeId("App", app.id));
    }),
  ];
  if (missing.length > 0)
    throw validationFailed([`${missing.join(", ")} could not be found: only users, teams and apps that exist can be named.`]);
  return ids;
}

/** The actors as REST shows them. Those that are gone are left out. */
export function renderActors(context: RenderContext, ids: readonly string[]): Record<"users" | "teams" | "apps", unknown[]> {
  const { store } = context;
  const nodes = ids.flatMap((id) => parseNodeId(id) ?? []);
  return {
    users: nodes.flatMap(({ type, id }) => {
      const user = type === "User" ? accounts(store).byId(id) : undefined;
      return user ? [simpleUser(context, user)] : [];
    }),
    teams: nodes.flatMap(({ type, id }) => {
      const team = type === "Team" ? teams(store).byId(id) : undefined;
      return team ? [renderTeam(context, team)] : [];
    }),
    apps: nodes.flatMap(({ type, id }) => {
      const app = type === "App" ? appById(store, id) : undefined;
      return app ? [renderApp(context, app)] : [];
    }),
  };
}
