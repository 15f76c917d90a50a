/** What a token that is not a person's whole self may do: fine-grained tokens, installations of apps, `GITHUB_TOKEN`, apps themselves. */
import { forbidden, notFound, type ApiError } from "./errors.ts";
import type { Actor } from "./family.ts";
import { acceptedPermissions, isOpen, permits, type Permissions, type Required, requiredPermission } from "./permissions.ts";
import type { RepositoryRecord } from "./records.ts";
import type { Stored } from "./store.ts";

export interface Grant {
  /** `app`: the app itself, by a JSON web token, which may ask about its installations and nothing else. */
  readonly kind: "fine-grained" | "installation" | "app";
  readonly permissions: Permissions;
  /** Id of the account whose repositories it reaches. */
  readonly accountId: number;
  /** Ids of the repositories that it reaches; all of the account's where absent. */
  readonly repositoryIds?: readonly number[];
  /** The app that it stands for, and the installation. */
  readonly appId?: number;
  readonly installationId?: number;
  /** A job's own `GITHUB_TOKEN`: what it does starts no workflow. */
  readonly job?: boolean;
}

/** Does the grant reach this repository? */
export const reachesRepository = (grant: Grant, repository: Pick<Stored<RepositoryRecord>, "id" | "owner">): boolean =>
  grant.kind !== "app" && grant.accountId === repository.owner && (grant.repositoryIds?.includes(repository.id) ?? true);

/** GitHub's 403 for a token without the permission. */
export function notAccessible(grant: Grant, required?: Required): ApiError {
  const by = grant.kind === "fine-grained" ? "personal access token" : "integration";
  return forbidden(`Resource not accessible by ${by}`, required && { "X-Accepted-GitHub-Permissions": acceptedPermissions(required) });
}

/** What of the caller's place decides: the repository that the request names, or the organization. */
export interface Place {
  readonly repository?: Stored<RepositoryRecord> | undefined;
  readonly organizationId?: number | undefined;
}

/** What an app asks as itself. */
const OF_APPS = /^\/apps?(\/|$)|\/installation$/;

/**
 * Holds a caller with a grant to it; others pass.
 *
 * @throws ApiError 404 for a private repository that the grant does not reach, 403 for a permission that it lacks.
 */
export function requireGrant(
  { grant }: Pick<Actor, "grant">,
  { method, path }: { readonly method: string; readonly path: string },
  { repository, organizationId }: Place,
): void {
  if (!grant) return;
  const required = requiredPermission(method, path);
  if (grant.kind === "app") {
    if (OF_APPS.test(path)) return;
    throw notAccessible(grant, required);
  }
  // Nobody is the authenticated user of an installation.
  if (grant.kind === "installation" && /^\/user(\/|$)/.test(path)) throw notAccessible(grant);
  if (!required) return;
  const open = isOpen(required);
  if (repository) {
    const isPublic = repository.value.visibility === "public";
    if (!reachesRepository(grant, repository) && !isPublic) throw notFound();
    if (isPublic && open) return;
    if (!reachesRepository(grant, repository)) throw notAccessible(grant, required);
  } else if (organizationId !== undefined && organizationId !== grant.accountId && !open) throw notAccessible(grant, required);
  if (!permits(grant.permissions, required)) throw notAccessible(grant, required);
}
