/** Packages of GHCR. GitHub has no API that makes one or sets its visibility: they appear when an image is pushed, here by `publishPackage`. */
import type { Collection, Store, Stored } from "../../core/store.ts";

/** Kind `package`, owner the account's id, key `type/name`. */
export interface PackageRecord {
  readonly name: string;
  readonly type: PackageType;
  readonly visibility: "public" | "private";
  readonly repositoryId: number | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type PackageType = "npm" | "maven" | "rubygems" | "docker" | "nuget" | "container";

/** Kind `package-version`, owner the package's id, key the digest. */
export interface PackageVersionRecord {
  /** `sha256:…` of the manifest. */
  readonly digest: string;
  readonly tags: readonly string[];
  readonly deletedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const packages = (store: Store): Collection<PackageRecord> => store.collection("package");
export const versions = (store: Store): Collection<PackageVersionRecord> => store.collection("package-version");

export const packageKey = (type: PackageType, name: string): string => `${type}/${name}`;

export interface PublishedPackage {
  readonly ownerId: number;
  readonly name: string;
  readonly visibility: "public" | "private";
  readonly repositoryId: number | null;
  readonly versions: readonly { readonly digest: string; readonly tags: readonly string[] }[];
}

/** Makes a container package as a push to the registry would, or brings it up to date. A tag names one version: it leaves the others. */
export function publishPackage(store: Store, published: PublishedPackage, now: string): Stored<PackageRecord> {
  const key = packageKey("container", published.name);
  const before = packages(store).get(published.ownerId, key);
  const value: PackageRecord = {
    name: published.name,
    type: "container",
    visibility: published.visibility,
    repositoryId: published.repositoryId,
    createdAt: before?.value.createdAt ?? now,
    updatedAt: now,
  };
  const saved = before ? packages(store).update(before.id, value) : packages(store).insert(published.ownerId, key, value);
  for (const { digest, tags } of published.versions) {
    for (const other of versions(store).list(saved.id)) {
      const kept = other.value.tags.filter((tag) => !tags.includes(tag));
      if (other.value.digest !== digest && kept.length < other.value.tags.length)
        versions(store).update(other.id, { ...other.value, tags: kept });
    }
    const known = versions(store).get(saved.id, digest);
    const version = { digest, tags, deletedAt: null, createdAt: known?.value.createdAt ?? now, updatedAt: now };
    if (known) versions(store).update(known.id, version);
    else versions(store).insert(saved.id, digest, version);
  }
  return saved;
}
