/** Tokens of installations: an app asks for one for an hour; a job of a workflow gets its `GITHUB_TOKEN`. */
import { randomBytes } from "node:crypto";
import { unprocessable } from "../../core/errors.ts";
import type { Call, Reply } from "../../core/family.ts";
import type { Permissions } from "../../core/permissions.ts";
import { permits } from "../../core/permissions.ts";
import { repositories, type RepositoryRecord } from "../../core/records.ts";
import { created } from "../../core/replies.ts";
import type { Store, Stored } from "../../core/store.ts";
import { writeToken } from "../../world.ts";
import { minimalRepository } from "../repositories/render.ts";
import { ACTIONS_APP, type AppRecord, appById, botOf, type InstallationRecord } from "./apps.ts";

const HOUR = 3_600_000;

const newToken = (): string => `ghs_${randomBytes(27).toString("base64url").replaceAll(/[-_]/g, "0")}`;
const inAnHour = (now: string): string => `${new Date(Date.parse(now) + HOUR).toISOString().slice(0, 19)}Z`;

interface Asked {
  readonly repositories?: readonly string[];
  readonly repository_ids?: readonly number[];
  readonly permissions?: Permissions;
}

/** A token with the installation's rights, or fewer where the body says so. @throws ApiError 422 for more than the installation has */
export function createToken(call: Call, { app, installation }: { app: AppRecord; installation: Stored<InstallationRecord> }): Reply {
  const { store, now } = call;
  const { value } = installation;
  const { repositories: names, repository_ids: ids, permissions = value.permissions } = call.body as Asked;
  const known = repositories(store)
    .list(value.accountId)
    .filter(({ value: { name } }) => value.repositories?.includes(name) ?? true);
  const asked = [
    ...(names ?? []).map((name) => known.find((repository) => repository.value.name.toLowerCase() === name.toLowerCase())),
    ...(ids ?? []).map((id) => known.find((repository) => repository.id === id)),
  ];
  if (asked.includes(undefined))
    throw unprocessable("There is at least one repository that does not exist or is not accessible to the parent installation.");
  const more = Object.entries(permissions).some(
    ([name, access]) => !permits(value.permissions, { anyOf: [name], access: access === "read" ? "read" : "write" }),
  );
  if (more) throw unprocessable("The permissions requested are not granted to this installation.");
  const chosen = names === undefined && ids === undefined ? undefined : asked.flatMap((repository) => repository ?? []);
  const reached = chosen?.map((repository) => repository.value.name) ?? value.repositories;
  const token = newToken();
  const expiresAt = inAnHour(now);
  writeToken(store, token, {
    login: botOf(store, app).value.login,
    scopes: [],
    expiresAt,
    grant: {
      kind: "installation",
      permissions,
      accountId: value.accountId,
      appId: app.id,
      installationId: installation.id,
      ...(reached && { repositories: reached }),
    },
  });
  return created({
    token,
    expires_at: expiresAt,
    permissions: { metadata: "read", ...permissions },
    repository_selection: reached === null ? "all" : "selected",
    ...(chosen && { repositories: chosen.map((repository) => minimalRepository(call, repository)) }),
  });
}

/**
 * The `GITHUB_TOKEN` of one job: the Actions app's token for the job's repository alone.
 *
 * @param permissions By the API's names; what is not named, the job may not do.
 */
export function createJobToken(
  store: Store,
  repository: Stored<RepositoryRecord>,
  permissions: Permissions,
  now: string,
): { token: string; expiresAt: string } {
  const app = appById(store, ACTIONS_APP);
  if (!app) throw new Error("the local GitHub has no app github-actions");
  const token = newToken();
  const expiresAt = inAnHour(now);
  const grant = {
    kind: "installation",
    permissions,
    accountId: repository.owner,
    appId: app.id,
    job: true,
    repositories: [repository.value.name],
  } as const;
  writeToken(store, token, { login: botOf(store, app).value.login, scopes: [], expiresAt, grant });
  return { token, expiresAt };
}
