import { notFound } from "../../core/errors.ts";
import type { Call } from "../../core/family.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";

/** Kind `release`, owner the repository's id, key a number of its own as text: several drafts may name one tag. */
export interface ReleaseRecord {
  readonly tag: string;
  readonly target: string;
  readonly name: string | null;
  readonly body: string | null;
  readonly draft: boolean;
  readonly prerelease: boolean;
  /** `legacy` leaves it to date and version. */
  readonly makeLatest: "true" | "false" | "legacy";
  readonly authorId: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly publishedAt: string | null;
}

export const releases = (store: Store): Collection<ReleaseRecord> => store.collection("release");

/** The published release of a tag. Drafts have no tag yet. */
export const releaseOfTag = (store: Store, repositoryId: number, tag: string): Stored<ReleaseRecord> | undefined =>
  releases(store)
    .list(repositoryId)
    .find(({ value }) => !value.draft && value.tag === tag);

/** Neither a draft nor a prerelease is the latest; an explicit wish wins, then the date of publication. */
export function latestRelease(store: Store, repositoryId: number): Stored<ReleaseRecord> | undefined {
  const candidates = releases(store)
    .list(repositoryId)
    .filter(({ value }) => !value.draft && !value.prerelease);
  const wished = candidates.filter(({ value }) => value.makeLatest === "true");
  const from = wished.length > 0 ? wished : candidates;
  return from.reduce<Stored<ReleaseRecord> | undefined>(
    (best, one) => (best && (best.value.publishedAt ?? "") > (one.value.publishedAt ?? "") ? best : one),
    undefined,
  );
}

/** @throws ApiError 404 also for a draft that the caller may not see. */
export function releaseNumbered(call: Call, repositoryId: number, seesDrafts: boolean): Stored<ReleaseRecord> {
  const found = releases(call.store).byId(Number(call.path["release_id"]));
  if (found?.owner !== repositoryId || (found.value.draft && !seesDrafts)) throw notFound();
  return found;
}
