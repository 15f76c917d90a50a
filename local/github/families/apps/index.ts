/** Apps and their installations, as others see them and as the apps themselves do. */
import { accountById, actorRole, atLeast, findRepository, organizationOf, userNamed } from "../../core/access.ts";
import { ApiError, notFound } from "../../core/errors.ts";
import type { Call, Family, Handler } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import { repositories } from "../../core/records.ts";
import { noContent, ok, page, pageOf } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { hashToken, tokens } from "../../world.ts";
import { renderApp } from "../checks/app.ts";
import { minimalRepository } from "../repositories/render.ts";
import { simpleUser } from "../users/render.ts";
import { type AppRecord, appById, appBySlug, installationAt, type InstallationRecord, installations, registeredApps } from "./apps.ts";
import { createToken } from "./tokens.ts";

/** The app that asks. @throws ApiError 401 for any other caller */
function appItself({ store, actor: { grant } }: Call): AppRecord {
  const app = grant?.kind === "app" && grant.appId !== undefined ? appById(store, grant.appId) : undefined;
  if (!app) throw new ApiError(401, "A JSON web token could not be decoded");
  return app;
}

function renderInstallation(call: Call, app: AppRecord, { id, value }: Stored<InstallationRecord>): Record<string, unknown> {
  const account = accountById(call.store, value.accountId);
  const organization = account.value.type === "Organization";
  const place = organization ? `organizations/${account.value.login}/settings` : "settings";
  return {
    id,
    account: simpleUser(call, account),
    repository_selection: value.repositories === null ? "all" : "selected",
    access_tokens_url: `${call.apiUrl}/app/installations/${id}/access_tokens`,
    repositories_url: `${call.apiUrl}/installation/repositories`,
    html_url: `${call.htmlUrl}/${place}/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: organization ? "Organization" : "User",
    permissions: value.permissions,
    events: [],
    created_at: value.createdAt,
    updated_at: value.createdAt,
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  };
}

/** The installation that `{installation_id}` names, of the app that asks. @throws ApiError 404 */
function ownInstallation(call: Call): { app: AppRecord; installation: Stored<InstallationRecord> } {
  const app = appItself(call);
  const installation = installations(call.store).byId(Number(call.path["installation_id"]));
  if (installation?.owner !== app.id) throw notFound();
  return { app, installation };
}

/** @throws ApiError 404 where the asking app is not installed at the account */
function installationOf(call: Call, accountId: number | undefined): ReturnType<typeof ok> {
  const app = appItself(call);
  const found = accountId === undefined ? undefined : installationAt(call.store, app.id, accountId);
  if (!found) throw notFound();
  return ok(renderInstallation(call, app, found));
}

const listOfOrganization: Handler = (call) => {
  const organization = organizationOf(call, "admin");
  const found = registeredApps(call.store)
    .all()
    .flatMap((app) => {
      const installation = installationAt(call.store, app.id, organization.id);
      return installation ? [{ app: { ...app.value, id: app.id }, installation }] : [];
    });
  return pageOf(call, "installations", found, ({ app, installation }) => renderInstallation(call, app, installation));
};

const listAccessible: Handler = (call) => {
  const { grant } = call.actor;
  if (grant?.kind !== "installation")
    throw new ApiError(403, "You must authenticate with an installation access token in order to list repositories for an installation.");
  const reached = repositories(call.store)
    .list(grant.accountId)
    .filter((repository) => atLeast(actorRole(call.store, repository, call.actor), "admin"));
  return pageOf(call, "repositories", reached, (repository) => minimalRepository(call, repository));
};

const revoke: Handler = (call) => {
  if (call.actor.grant?.kind !== "installation") throw new ApiError(403, "You must authenticate with an installation access token.");
  const [, token = ""] = /^\w+\s+(.+)$/.exec(call.headers["authorization"] ?? "") ?? [];
  const known = tokens(call.store).get(0, hashToken(token));
  if (known) tokens(call.store).remove(known.id);
  return noContent();
};

export const appsFamily: Family = {
  name: "apps",
  operations: {
    "apps/get-by-slug": (call) => {
      const app = appBySlug(call.store, String(call.path["app_slug"]));
      if (!app) throw notFound();
      return ok(renderApp(call, app));
    },
    "apps/get-authenticated": (call) => {
      const app = appItself(call);
      return ok({
        ...renderApp(call, app),
        node_id: nodeId("App", app.id),
        installations_count: installations(call.store).list(app.id).length,
      });
    },
    "apps/list-installations": (call) => {
      const app = appItself(call);
      return page(call, installations(call.store).list(app.id), (installation) => renderInstallation(call, app, installation));
    },
    "apps/get-installation": (call) => {
      const { app, installation } = ownInstallation(call);
      return ok(renderInstallation(call, app, installation));
    },
    "apps/get-org-installation": (call) => {
      if (call.actor.grant?.kind === "app") return installationOf(call, organizationOf(call).id);
      organizationOf(call);
      throw notFound();
    },
    "apps/get-repo-installation": (call) => {
      const repository = findRepository(call.store, String(call.path["owner"]), String(call.path["repo"]));
      return installationOf(call, repository?.owner);
    },
    "apps/get-user-installation": (call) => installationOf(call, userNamed(call.store, String(call.path["username"])).id),
    "apps/create-installation-access-token": (call) => createToken(call, ownInstallation(call)),
    "apps/list-repos-accessible-to-installation": listAccessible,
    "apps/revoke-installation-access-token": revoke,
    "orgs/list-app-installations": listOfOrganization,
  },
};
