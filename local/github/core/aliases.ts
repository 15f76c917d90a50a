/** Addresses by number (see `deviations.ts`) name their team, organization or repository by id; handlers read names. */
import { notFound } from "./errors.ts";
import { accounts, repositories, teams } from "./records.ts";
import type { Store } from "./store.ts";

type Values = Record<string, string | number>;

/** Path values with the names that handlers expect. @throws ApiError 404 when a number names nothing. */
export function resolveAliases(store: Store, path: string, values: Values): Values {
  if (path.startsWith("/organizations/{organization_id}/team/")) return team(store, values);
  if (/^\/repositories\/\{repository_id\}/.test(path)) return repository(store, values);
  return values;
}

function team(store: Store, { organization_id: organizationId, team_id: teamId, ...rest }: Values): Values {
  const organization = accounts(store).byId(Number(organizationId));
  const found = teams(store).byId(Number(teamId));
  if (!organization || found?.owner !== organization.id) throw notFound();
  return { ...rest, org: organization.value.login, team_slug: found.value.slug };
}

function repository(store: Store, { repository_id: repositoryId, ...rest }: Values): Values {
  const found = repositories(store).byId(Number(repositoryId));
  const owner = found && accounts(store).byId(found.owner);
  if (!owner) throw notFound();
  return { ...rest, owner: owner.value.login, repo: found.value.name };
}
