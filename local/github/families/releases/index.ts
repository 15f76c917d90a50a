/** Releases. Publishing a release of a tag that does not exist makes the tag, under the rules for tags. */
import { atLeast, repositoryOf, roleIn } from "../../core/access.ts";
import { notFound, validationFailed } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { created, noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { changeRef } from "../../rules/enforce.ts";
import { generatedNotes } from "./notes.ts";
import { renderRelease } from "./render.ts";
import type { ReleaseRecord } from "./state.ts";
import { latestRelease, releaseNumbered, releaseOfTag, releases } from "./state.ts";

const mayWrite = (call: Call, repository: Stored<RepositoryRecord>): boolean =>
  atLeast(roleIn(call.store, repository, call.actor.id), "write");

type Body = Partial<{
  tag_name: string;
  target_commitish: string;
  name: string;
  body: string;
  draft: boolean;
  prerelease: boolean;
  generate_release_notes: boolean;
  make_latest: ReleaseRecord["makeLatest"];
}>;

const invalid = (field: string, message: string): ReturnType<typeof validationFailed> =>
  validationFailed([{ resource: "Release", code: "custom", field, message }]);

/** Makes the tag where there is none. @throws ApiError 422 for a bad name or target, or as the rules say. */
async function ensureTag(call: Call, repository: Stored<RepositoryRecord>, tag: string, target: string): Promise<void> {
  const git = call.git.repository(repository.id);
  const ref = `refs/tags/${tag}`;
  if (!(await git.isValidRefName(ref))) throw invalid("tag_name", `tag_name is not a valid tag: ${tag}`);
  if (await git.resolve(ref)) return;
  const sha = await git.resolveCommit(target);
  if (sha === undefined) throw validationFailed([{ resource: "Release", code: "invalid", field: "target_commitish" }]);
  await changeRef(call, repository, { ref, before: undefined, after: sha });
}

function wanted(call: Call, repository: Stored<RepositoryRecord>, before?: Stored<ReleaseRecord>): ReleaseRecord {
  const body: Body = call.body;
  const draft = body.draft ?? before?.value.draft ?? false;
  const value: ReleaseRecord = {
    tag: body.tag_name ?? before?.value.tag ?? "",
    target: body.target_commitish ?? before?.value.target ?? repository.value.defaultBranch,
    name: body.name ?? before?.value.name ?? null,
    body: body.body ?? before?.value.body ?? null,
    draft,
    prerelease: body.prerelease ?? before?.value.prerelease ?? false,
    makeLatest: body.make_latest ?? before?.value.makeLatest ?? "true",
    authorId: before?.value.authorId ?? call.actor.id,
    createdAt: before?.value.createdAt ?? call.now,
    updatedAt: call.now,
    publishedAt: draft ? null : (before?.value.publishedAt ?? call.now),
  };
  const namesake = draft ? undefined : releaseOfTag(call.store, repository.id, value.tag);
  if (value.tag === "") throw validationFailed([{ resource: "Release", code: "missing_field", field: "tag_name" }]);
  if (namesake && namesake.id !== before?.id) throw validationFailed([{ resource: "Release", code: "already_exists", field: "tag_name" }]);
  return value;
}

async function create(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const asked = wanted(call, repository);
  const notes = (call.body as Body).generate_release_notes === true ? await generatedNotes(call, repository, asked) : undefined;
  const value = notes
    ? { ...asked, name: asked.name ?? notes.name, body: asked.body === null ? notes.body : `${asked.body}\n\n${notes.body}` }
    : asked;
  if (!value.draft) await ensureTag(call, repository, value.tag, value.target);
  const key = String(call.store.nextNumber(`release:${repository.id}`));
  return created(renderRelease(call, repository, releases(call.store).insert(repository.id, key, value)));
}

async function update(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const before = releaseNumbered(call, repository.id, true);
  const value = wanted(call, repository, before);
  if (!value.draft) await ensureTag(call, repository, value.tag, value.target);
  return ok(renderRelease(call, repository, releases(call.store).update(before.id, value)));
}

export const releasesFamily: Family = {
  name: "releases",
  operations: {
    "repos/list-releases": (call) => {
      const repository = repositoryOf(call);
      const seen = releases(call.store)
        .list(repository.id)
        .filter(({ value }) => !value.draft || mayWrite(call, repository));
      return page(call, seen.reverse(), (release) => renderRelease(call, repository, release));
    },
    "repos/get-release": (call) => {
      const repository = repositoryOf(call);
      return ok(renderRelease(call, repository, releaseNumbered(call, repository.id, mayWrite(call, repository))));
    },
    "repos/get-latest-release": (call) => {
      const repository = repositoryOf(call);
      const found = latestRelease(call.store, repository.id);
      if (!found) throw notFound();
      return ok(renderRelease(call, repository, found));
    },
    "repos/get-release-by-tag": (call) => {
      const repository = repositoryOf(call);
      const found = releaseOfTag(call.store, repository.id, String(call.path["tag"]));
      if (!found) throw notFound();
      return ok(renderRelease(call, repository, found));
    },
    "repos/create-release": create,
    "repos/update-release": update,
    // The tag stays: GitHub removes the release only.
    "repos/delete-release": (call) => {
      const repository = repositoryOf(call, "write");
      releases(call.store).remove(releaseNumbered(call, repository.id, true).id);
      return noContent();
    },
    "repos/generate-release-notes": async (call) => {
      const repository = repositoryOf(call, "write");
      const { tag_name, target_commitish, previous_tag_name } = call.body as Partial<Record<string, string>>;
      const range = { tag: tag_name ?? "", target: target_commitish ?? repository.value.defaultBranch };
      return ok(
        await generatedNotes(call, repository, { ...range, ...(previous_tag_name !== undefined && { previous: previous_tag_name }) }),
      );
    },
  },
  onRepositoryDeleted: (store, repositoryId) => {
    releases(store).removeOwned(repositoryId);
  },
};
