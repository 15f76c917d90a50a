/** Files and folders of a repository, read at any ref, and written one commit a file under the repository's rules. */
import { accountById, repositoryOf } from "../../core/access.ts";
import { ApiError, conflict, notFound, unprocessable } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { personOf } from "../../core/people.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { ok } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import type { Person } from "../../git/commit.ts";
import type { GitRepository } from "../../git/repository.ts";
import { WEB_FLOW } from "../../git/signer.ts";
import { changeTree, entryAt, listTree, type TreeEntry } from "../../git/tree.ts";
import { changeRef } from "../../rules/enforce.ts";
import { addressesOf, renderGitCommit } from "../commits/render.ts";
import { renderContent, renderFile } from "./render.ts";

async function resolveRef(call: Call, repository: Stored<RepositoryRecord>): Promise<{ commit: string; ref: string }> {
  const ref = typeof call.query["ref"] === "string" && call.query["ref"] !== "" ? call.query["ref"] : repository.value.defaultBranch;
  const commit = await call.git.repository(repository.id).resolveCommit(ref);
  if (commit) return { commit, ref };
  throw new ApiError(404, typeof call.query["ref"] === "string" ? `No commit found for the ref ${ref}` : "This repository is empty.");
}

/** A path as git knows it. @throws ApiError 422 for one that cannot be in a tree. */
function pathOf(call: Call): string {
  const path = String(call.path["path"] ?? "").replace(/^\/+|\/+$/g, "");
  if (path.split("/").some((segment) => segment === "." || segment === ".." || segment.toLowerCase() === ".git") || path.includes("\0")) {
    throw unprocessable("path contains a malformed path component");
  }
  return path;
}

async function get(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const git = call.git.repository(repository.id);
  const { commit, ref } = await resolveRef(call, repository);
  const path = pathOf(call);
  const addresses = addressesOf(call, repository);
  const entry = path === "" ? undefined : await entryAt(git, commit, path);
  if (path !== "" && !entry) throw notFound();
  if (entry && entry.type !== "tree") return file(call, git, entry, ref, addresses);
  const entries = await listTree(git, path === "" ? commit : `${commit}:${path}`);
  const inFolder = entries.map((child) => ({ ...child, path: path === "" ? child.path : `${path}/${child.path}` }));
  return ok(inFolder.map((child) => renderContent(addresses, child, ref)));
}

async function file(
  call: Call,
  git: GitRepository,
  entry: TreeEntry,
  ref: string,
  addresses: ReturnType<typeof addressesOf>,
): Promise<Reply> {
  const content = entry.type === "blob" ? await git.blob(entry.sha) : Buffer.alloc(0);
  if (/\.raw\b/.test(call.headers["accept"] ?? "")) {
    return { status: 200, body: content, headers: { "Content-Type": "application/vnd.github.raw; charset=utf-8" } };
  }
  return ok(renderFile(addresses, entry, ref, content));
}

async function readme(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const git = call.git.repository(repository.id);
  const { commit, ref } = await resolveRef(call, repository);
  const entry = (await listTree(git, commit)).find(({ path, type }) => type === "blob" && /^readme(\.\w+)?$/i.test(path));
  if (!entry) throw notFound();
  return file(call, git, entry, ref, addressesOf(call, repository));
}

interface WriteInput {
  readonly message: string;
  readonly content?: string;
  readonly sha?: string;
  readonly branch?: string;
  readonly author?: Partial<Person>;
  readonly committer?: Partial<Person>;
}

function personFrom(input: Partial<Person> | undefined, otherwise: Person): Person {
  return { name: input?.name ?? otherwise.name, email: input?.email ?? otherwise.email, date: input?.date ?? otherwise.date };
}

/** The blob now at the path, checked against the `sha` that the writer believes is there. */
function checkSha(path: string, existing: TreeEntry | undefined, { sha }: WriteInput): void {
  if (!existing) {
    if (sha !== undefined) throw conflict(`${path} does not match ${sha}`);
    return;
  }
  if (existing.type === "tree") throw unprocessable(`${path} is a directory`);
  if (sha === undefined) throw unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.');
  if (sha !== existing.sha) throw conflict(`${path} does not match ${sha}`);
}

/** Makes the commit that a write or a removal of one file is, and moves the branch to it. */
async function commitFile(
  call: Call,
  repository: Stored<RepositoryRecord>,
  path: string,
  content: Buffer | undefined,
): Promise<{ status: number; commit: string; branch: string }> {
  const input = call.body as unknown as WriteInput;
  const git = call.git.repository(repository.id);
  const branch = input.branch ?? repository.value.defaultBranch;
  const ref = branch.startsWith("refs/heads/") ? branch : `refs/heads/${branch}`;
  const parent = await git.resolve(ref);
  // Only the very first commit may make its branch.
  if (!parent && (await git.refs("refs/heads/")).length > 0) throw new ApiError(404, `Branch ${branch} not found`);
  if (!parent && content === undefined) throw notFound();
  const existing = parent && (await entryAt(git, parent, path));
  if (content === undefined && !existing) throw notFound();
  checkSha(path, existing || undefined, input);
  const blob = content && (await git.writeBlob(content));
  const mode = existing ? existing.mode : "100644";
  const tree = await changeTree(git, parent && `${parent}^{tree}`, [{ path, entry: blob === undefined ? undefined : { mode, sha: blob } }]);
  const self = personOf(accountById(call.store, call.actor.id), call.now);
  const author = personFrom(input.author ?? input.committer, self);
  const commit = await git.commitTree({
    tree,
    parents: parent ? [parent] : [],
    message: input.message,
    author,
    committer: input.committer ? personFrom(input.committer, self) : { ...WEB_FLOW, date: call.now },
    // A committer of the caller's choosing cannot be signed for.
    sign: input.committer === undefined,
  });
  await changeRef(call, repository, { ref, before: parent, after: commit }, 409);
  return { status: existing ? 200 : 201, commit, branch: ref.slice("refs/heads/".length) };
}

async function put(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const path = pathOf(call);
  if (path === "") throw unprocessable("path cannot be empty");
  const encoded = String(call.body["content"]).replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) throw unprocessable("content is not valid Base64");
  const { status, commit, branch } = await commitFile(call, repository, path, Buffer.from(encoded, "base64"));
  const git = call.git.repository(repository.id);
  const entry = await entryAt(git, commit, path);
  if (!entry) throw new Error(`${path} is not in ${commit}, which was made to hold it`);
  return {
    status,
    body: {
      content: renderContent(addressesOf(call, repository), entry, branch),
      commit: await renderGitCommit(call, repository, await git.commit(commit)),
    },
  };
}

async function remove(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const { commit } = await commitFile(call, repository, pathOf(call), undefined);
  return ok({ content: null, commit: await renderGitCommit(call, repository, await call.git.repository(repository.id).commit(commit)) });
}

export const contentsFamily: Family = {
  name: "contents",
  operations: {
    "repos/get-content": get,
    "repos/get-readme": readme,
    "repos/create-or-update-file-contents": put,
    "repos/delete-file": remove,
  },
};
