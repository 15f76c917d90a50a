/** Branches: listed, read and renamed; and tags as a list. */
import { repositoryOf } from "../../core/access.ts";
import { ApiError, unprocessable, validationFailed } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { repositories, type RepositoryRecord } from "../../core/records.ts";
import { created, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { activeRules } from "../../rules/gather.ts";
import { moveRef, ruleViolation, violationsOf } from "../../rules/enforce.ts";
import { protectionOf, protections } from "../branch-protection/record.ts";
import { renderProtection } from "../branch-protection/render.ts";
import { addressesOf, encodePath, objectNodeId, renderCommit } from "../commits/render.ts";
import { pullRequests } from "../pulls/record.ts";

const HEADS = "refs/heads/";

const branchNotFound = (): ApiError => new ApiError(404, "Branch not found");

/** A branch counts as protected when any rule holds for it, as at GitHub. */
function isProtected(call: Call, repository: Stored<RepositoryRecord>, branch: string): boolean {
  const git = call.git.repository(repository.id);
  return activeRules({ store: call.store, repository, git, actorId: call.actor.id }, HEADS + branch).length > 0;
}

function protectionFields(call: Call, repository: Stored<RepositoryRecord>, branch: string): Record<string, unknown> {
  const { api } = addressesOf(call, repository);
  const classic = protectionOf(call.store, repository.id, branch);
  return {
    protected: isProtected(call, repository, branch),
    protection: classic
      ? renderProtection(call, repository, branch, classic)
      : { enabled: false, required_status_checks: { enforcement_level: "off", contexts: [], checks: [] } },
    protection_url: `${api}/branches/${encodePath(branch)}/protection`,
  };
}

async function renderBranch(call: Call, repository: Stored<RepositoryRecord>, name: string, sha: string): Promise<Record<string, unknown>> {
  const { api, html } = addressesOf(call, repository);
  const commit = await call.git.repository(repository.id).commit(sha);
  return {
    name,
    commit: await renderCommit(call, repository, commit),
    _links: { self: `${api}/branches/${encodePath(name)}`, html: `${html}/tree/${encodePath(name)}` },
    ...protectionFields(call, repository, name),
  };
}

async function list(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const { api } = addressesOf(call, repository);
  const all = (await call.git.repository(repository.id).refs(HEADS)).map(({ ref, sha }) => ({ name: ref.slice(HEADS.length), sha }));
  const wanted = call.query["protected"];
  const kept = all.filter(({ name }) => wanted === undefined || isProtected(call, repository, name) === wanted);
  return page(call, kept, ({ name, sha }) => ({
    name,
    commit: { sha, url: `${api}/commits/${sha}` },
    ...protectionFields(call, repository, name),
  }));
}

async function get(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const name = String(call.path["branch"]);
  const sha = await call.git.repository(repository.id).resolve(HEADS + name);
  if (!sha) throw branchNotFound();
  return ok(await renderBranch(call, repository, name, sha));
}

async function rename(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const { store } = call;
  const git = call.git.repository(repository.id);
  const name = String(call.path["branch"]);
  const newName = String(call.body["new_name"]);
  const sha = await git.resolve(HEADS + name);
  if (!sha) throw branchNotFound();
  // The default and a protected branch are an administrator's to rename.
  if (name === repository.value.defaultBranch || protectionOf(store, repository.id, name)) repositoryOf(call, "admin");
  const invalid = (message: string): ApiError => validationFailed([{ resource: "Branch", field: "new_name", code: "invalid", message }]);
  if (!(await git.isValidRefName(HEADS + newName))) throw invalid(`${newName} is not a valid branch name`);
  if (await git.resolve(HEADS + newName)) throw unprocessable(`The branch ${newName} already exists.`);
  const change = { ref: HEADS + newName, before: undefined, after: sha };
  const violations = await violationsOf({ store, repository, git, actorId: call.actor.id }, change);
  if (violations.length > 0) throw ruleViolation(violations, change.ref, 422);
  await moveRef(call, repository, change);
  // Whatever named the branch follows it: the default, open pull requests, and a protection of exactly this name.
  if (name === repository.value.defaultBranch) {
    await git.setHead(newName);
    const current = repositories(store).byId(repository.id);
    if (current) repositories(store).update(repository.id, { ...current.value, defaultBranch: newName, updatedAt: call.now });
  }
  for (const { id, value } of pullRequests(store).list(repository.id)) {
    if (value.state !== "open") continue;
    const follow = (branch: string): string => (branch === name ? newName : branch);
    pullRequests(store).update(id, { ...value, headRef: follow(value.headRef), baseRef: follow(value.baseRef) });
  }
  const exact = protections(store).get(repository.id, name);
  if (exact) protections(store).update(exact.id, { ...exact.value, pattern: newName }, newName);
  await moveRef(call, repository, { ref: HEADS + name, before: sha, after: undefined });
  return created(await renderBranch(call, repository, newName, sha));
}

async function listTags(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const { api } = addressesOf(call, repository);
  const git = call.git.repository(repository.id);
  const tags = (await git.refs("refs/tags/")).reverse();
  const part = page(call, tags);
  const body: unknown[] = [];
  for (const { ref } of part.body as typeof tags) {
    const name = ref.slice("refs/tags/".length);
    const sha = (await git.resolve(`${ref}^{commit}`)) ?? "";
    body.push({
      name,
      commit: { sha, url: `${api}/commits/${sha}` },
      zipball_url: `${api}/zipball/refs/tags/${encodePath(name)}`,
      tarball_url: `${api}/tarball/refs/tags/${encodePath(name)}`,
      node_id: objectNodeId("REF", repository.id, ref),
    });
  }
  return { ...part, body };
}

export const branchesFamily: Family = {
  name: "branches",
  operations: {
    "repos/list-branches": list,
    "repos/get-branch": get,
    "repos/rename-branch": rename,
    "repos/list-tags": listTags,
  },
};
