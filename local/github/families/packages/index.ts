/** Packages: read, deleted and restored. They belong to an account and outlive the repository that they are linked to. */
import { accountById, atLeast, hasScope, organizationOf, roleIn, userNamed } from "../../core/access.ts";
import { ApiError, forbidden, notFound, requiresAuthentication } from "../../core/errors.ts";
import type { Call, Family, Handler } from "../../core/family.ts";
import { memberships, repositories } from "../../core/records.ts";
import type { AccountRecord } from "../../core/records.ts";
import { noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { minimalRepository } from "../repositories/render.ts";
import { simpleUser } from "../users/render.ts";
import type { PackageRecord, PackageType, PackageVersionRecord } from "./state.ts";
import { packageKey, packages, versions } from "./state.ts";

export { publishPackage } from "./state.ts";
export type { PublishedPackage } from "./state.ts";

type Owner = Stored<AccountRecord>;

const isOwner = (call: Call, owner: Owner): boolean =>
  call.actor.siteAdmin || owner.id === call.actor.id || memberships(call.store).get(owner.id, call.actor.login)?.value.role === "admin";

/** A private package is seen by its owners and by those who read the repository that it is linked to. */
function mayRead(call: Call, owner: Owner, { value }: Stored<PackageRecord>): boolean {
  if (value.visibility === "public" || isOwner(call, owner)) return true;
  const repository = value.repositoryId === null ? undefined : repositories(call.store).byId(value.repositoryId);
  return (
    repository !== undefined &&
    atLeast(roleIn(call.store, { ...repository, value: { ...repository.value, visibility: "private" } }, call.actor.id), "read")
  );
}

/** @throws ApiError 401 or 403: GitHub asks for `read:packages`, which a classic token must have. */
function authorised(call: Call, scope: "read:packages" | "delete:packages"): void {
  if (call.actor.kind === "Anonymous") throw requiresAuthentication();
  const granted = scope === "read:packages" ? [scope, "write:packages", "delete:packages"] : [scope];
  if (!granted.some((one) => hasScope(call.actor, one))) {
    throw forbidden(`You need at least ${scope} scope to ${scope === "read:packages" ? "get a package" : "delete a package"}.`);
  }
}

function packageOf(call: Call, owner: Owner): Stored<PackageRecord> {
  const found = packages(call.store).get(owner.id, packageKey(call.path["package_type"] as PackageType, String(call.path["package_name"])));
  if (!found || !mayRead(call, owner, found)) throw new ApiError(404, "Package not found.");
  return found;
}

const base = (call: Call, owner: Owner, { value }: Stored<PackageRecord>): string =>
  `${call.apiUrl}/${owner.value.type === "User" ? "users" : "orgs"}/${owner.value.login}/packages/${value.type}/${encodeURIComponent(value.name)}`;

function pageOfPackage(call: Call, owner: Owner, { value }: Stored<PackageRecord>): string {
  return `${call.htmlUrl}/${owner.value.type === "User" ? "users" : "orgs"}/${owner.value.login}/packages/${value.type}/package/${encodeURIComponent(value.name)}`;
}

function render(call: Call, owner: Owner, found: Stored<PackageRecord>): Record<string, unknown> {
  const { id, value } = found;
  const repository = value.repositoryId === null ? undefined : repositories(call.store).byId(value.repositoryId);
  return {
    id,
    name: value.name,
    package_type: value.type,
    owner: simpleUser(call, owner),
    version_count: versions(call.store)
      .list(id)
      .filter((version) => version.value.deletedAt === null).length,
    visibility: value.visibility,
    url: base(call, owner, found),
    html_url: pageOfPackage(call, owner, found),
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    ...(repository && { repository: minimalRepository(call, repository) }),
  };
}

function renderVersion(
  call: Call,
  owner: Owner,
  found: Stored<PackageRecord>,
  version: Stored<PackageVersionRecord>,
): Record<string, unknown> {
  const { id, value } = version;
  return {
    id,
    name: value.digest,
    url: `${base(call, owner, found)}/versions/${id}`,
    package_html_url: pageOfPackage(call, owner, found),
    html_url: `${pageOfPackage(call, owner, found)}/${id}`,
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    ...(value.deletedAt !== null && { deleted_at: value.deletedAt }),
    metadata: { package_type: found.value.type, container: { tags: value.tags } },
  };
}

function versionOf(call: Call, found: Stored<PackageRecord>, deleted: boolean): Stored<PackageVersionRecord> {
  const version = versions(call.store).byId(Number(call.path["package_version_id"]));
  if (version?.owner !== found.id || (version.value.deletedAt !== null) !== deleted) throw notFound();
  return version;
}

interface Names {
  readonly list: string;
  readonly get: string;
  readonly versions: string;
  readonly version: string;
  readonly deleteVersion: string;
  readonly restoreVersion: string;
}

function operations(names: Names, ownerOf: (call: Call) => Owner): Record<string, Handler> {
  const reading = (call: Call): { owner: Owner; found: Stored<PackageRecord> } => {
    authorised(call, "read:packages");
    const owner = ownerOf(call);
    return { owner, found: packageOf(call, owner) };
  };
  const setDeleted = (call: Call, deletedAt: string | null): void => {
    authorised(call, "delete:packages");
    const owner = ownerOf(call);
    const found = packageOf(call, owner);
    if (!isOwner(call, owner)) throw forbidden("Must have admin rights to the package.");
    const version = versionOf(call, found, deletedAt === null);
    versions(call.store).update(version.id, { ...version.value, deletedAt, updatedAt: call.now });
  };
  return {
    [`packages/${names.list}`]: (call) => {
      authorised(call, "read:packages");
      const owner = ownerOf(call);
      const { package_type: type, visibility } = call.query;
      const seen = packages(call.store)
        .list(owner.id)
        .filter(
          (one) =>
            one.value.type === type && mayRead(call, owner, one) && (visibility === undefined || one.value.visibility === visibility),
        );
      return page(call, seen, (one) => render(call, owner, one));
    },
    [`packages/${names.get}`]: (call) => {
      const { owner, found } = reading(call);
      return ok(render(call, owner, found));
    },
    [`packages/${names.versions}`]: (call) => {
      const { owner, found } = reading(call);
      const deleted = call.query["state"] === "deleted";
      const all = versions(call.store)
        .list(found.id)
        .filter(({ value }) => (value.deletedAt !== null) === deleted);
      return page(call, all.reverse(), (version) => renderVersion(call, owner, found, version));
    },
    [`packages/${names.version}`]: (call) => {
      const { owner, found } = reading(call);
      return ok(renderVersion(call, owner, found, versionOf(call, found, false)));
    },
    [`packages/${names.deleteVersion}`]: (call) => {
      setDeleted(call, call.now);
      return noContent();
    },
    [`packages/${names.restoreVersion}`]: (call) => {
      setDeleted(call, null);
      return noContent();
    },
  };
}

export const packagesFamily: Family = {
  name: "packages",
  operations: {
    ...operations(
      {
        list: "list-packages-for-organization",
        get: "get-package-for-organization",
        versions: "get-all-package-versions-for-package-owned-by-org",
        version: "get-package-version-for-organization",
        deleteVersion: "delete-package-version-for-org",
        restoreVersion: "restore-package-version-for-org",
      },
      (call) => organizationOf(call),
    ),
    ...operations(
      {
        list: "list-packages-for-user",
        get: "get-package-for-user",
        versions: "get-all-package-versions-for-package-owned-by-user",
        version: "get-package-version-for-user",
        deleteVersion: "delete-package-version-for-user",
        restoreVersion: "restore-package-version-for-user",
      },
      (call) => userNamed(call.store, String(call.path["username"])),
    ),
    ...operations(
      {
        list: "list-packages-for-authenticated-user",
        get: "get-package-for-authenticated-user",
        versions: "get-all-package-versions-for-package-owned-by-authenticated-user",
        version: "get-package-version-for-authenticated-user",
        deleteVersion: "delete-package-version-for-authenticated-user",
        restoreVersion: "restore-package-version-for-authenticated-user",
      },
      (call) => {
        if (call.actor.kind === "Anonymous") throw requiresAuthentication();
        return accountById(call.store, call.actor.id);
      },
    ),
  },
  onRepositoryDeleted: (store, repositoryId) => {
    for (const { id, value } of packages(store).all()) {
      if (value.repositoryId === repositoryId) packages(store).update(id, { ...value, repositoryId: null });
    }
  },
};
