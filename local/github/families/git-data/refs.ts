/** Refs through the API: made, moved and deleted under the repository's rules. */
import { repositoryOf } from "../../core/access.ts";
import { notFound, unprocessable, validationFailed } from "../../core/errors.ts";
import type { Call, Handler, Reply } from "../../core/family.ts";
import { created, noContent, ok } from "../../core/replies.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import type { RefEntry } from "../../git/repository.ts";
import { changeRef } from "../../rules/enforce.ts";
import { addressesOf, encodePath, objectNodeId } from "../commits/render.ts";

function render(call: Call, repository: Stored<RepositoryRecord>, { ref, sha, type }: RefEntry): Record<string, unknown> {
  const { api } = addressesOf(call, repository);
  return {
    ref,
    node_id: objectNodeId("REF", repository.id, ref),
    url: `${api}/git/${encodePath(ref)}`,
    object: { sha, type, url: `${api}/git/${type}s/${sha}` },
  };
}

async function find(call: Call, repository: Stored<RepositoryRecord>): Promise<RefEntry | undefined> {
  const name = `refs/${String(call.path["ref"])}`;
  const git = call.git.repository(repository.id);
  const sha = await git.resolve(name);
  const type = sha && (await git.typeOf(sha));
  return sha && type ? { ref: name, sha, type } : undefined;
}

async function get(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const found = await find(call, repository);
  if (!found) throw notFound();
  return ok(render(call, repository, found));
}

async function listMatching(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const prefix = `refs/${String(call.path["ref"])}`;
  const all = await call.git.repository(repository.id).refs("refs/");
  return ok(all.filter(({ ref }) => ref.startsWith(prefix)).map((entry) => render(call, repository, entry)));
}

async function create(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const git = call.git.repository(repository.id);
  const { ref, sha } = call.body as Record<"ref" | "sha", string>;
  if (!/^refs\/[^/]+\/.+/.test(ref) || !(await git.isValidRefName(ref))) {
    throw validationFailed([{ resource: "Reference", code: "custom", message: `Reference name is invalid: ${ref}` }]);
  }
  const type = await git.typeOf(sha);
  if (!type) throw unprocessable("Object does not exist");
  if (ref.startsWith("refs/heads/") && type !== "commit") throw unprocessable("Object is not a commit");
  if (await git.resolve(ref)) throw unprocessable("Reference already exists");
  await changeRef(call, repository, { ref, before: undefined, after: sha });
  return created(render(call, repository, { ref, sha, type }));
}

async function update(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const git = call.git.repository(repository.id);
  const found = await find(call, repository);
  if (!found) throw unprocessable("Reference does not exist");
  const sha = String(call.body["sha"]);
  const type = await git.typeOf(sha);
  if (!type) throw unprocessable("Object does not exist");
  const branch = found.ref.startsWith("refs/heads/");
  if (branch && type !== "commit") throw unprocessable("Object is not a commit");
  if (branch && call.body["force"] !== true && !(await git.isAncestor(found.sha, sha))) throw unprocessable("Update is not a fast forward");
  await changeRef(call, repository, { ref: found.ref, before: found.sha, after: sha });
  return ok(render(call, repository, { ref: found.ref, sha, type }));
}

async function remove(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const found = await find(call, repository);
  if (!found) throw unprocessable("Reference does not exist");
  if (found.ref === `refs/heads/${repository.value.defaultBranch}`) throw unprocessable("Cannot delete the default branch");
  await changeRef(call, repository, { ref: found.ref, before: found.sha, after: undefined });
  return noContent();
}

export const refOperations: Readonly<Record<string, Handler>> = {
  "git/get-ref": get,
  "git/list-matching-refs": listMatching,
  "git/create-ref": create,
  "git/update-ref": update,
  "git/delete-ref": remove,
};
