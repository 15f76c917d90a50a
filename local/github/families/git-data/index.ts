/** The git database: blobs, trees, commits, tags and refs, as git itself holds them. */
import { accountById, repositoryOf } from "../../core/access.ts";
import { notFound, unprocessable } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { personOf } from "../../core/people.ts";
import { created, ok } from "../../core/replies.ts";
import type { Person } from "../../git/commit.ts";
import { parsePerson } from "../../git/commit.ts";
import { changeTree, listTree, type TreeChange } from "../../git/tree.ts";
import { addressesOf, objectNodeId, renderGitCommit } from "../commits/render.ts";
import { refOperations } from "./refs.ts";

async function createBlob(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const encoding = call.body["encoding"] === "base64" ? "base64" : "utf8";
  const sha = await call.git.repository(repository.id).writeBlob(Buffer.from(String(call.body["content"]), encoding));
  return created({ url: `${addressesOf(call, repository).api}/git/blobs/${sha}`, sha });
}

async function getBlob(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const git = call.git.repository(repository.id);
  const sha = String(call.path["file_sha"]);
  if ((await git.typeOf(sha)) !== "blob") throw notFound();
  const content = await git.blob(sha);
  return ok({
    sha,
    node_id: objectNodeId("B", repository.id, sha),
    size: content.length,
    url: `${addressesOf(call, repository).api}/git/blobs/${sha}`,
    content: content.toString("base64").replace(/.{60}/g, "$&\n"),
    encoding: "base64",
  });
}

async function renderTree(
  call: Call,
  repositoryId: number,
  api: string,
  sha: string,
  recursive: boolean,
): Promise<Record<string, unknown>> {
  const entries = await listTree(call.git.repository(repositoryId), sha, recursive);
  return {
    sha,
    url: `${api}/git/trees/${sha}`,
    truncated: false,
    tree: entries.map(({ path, mode, type, sha: object, size }) => ({
      path,
      mode,
      type,
      sha: object,
      ...(size === undefined ? {} : { size }),
      ...(type === "commit" ? {} : { url: `${api}/git/${type}s/${object}` }),
    })),
  };
}

async function getTree(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const git = call.git.repository(repository.id);
  const name = String(call.path["tree_sha"]);
  const sha = (await git.resolve(`${name}^{tree}`)) ?? (await git.resolve(`refs/heads/${name}^{tree}`));
  if (!sha) throw notFound();
  return ok(await renderTree(call, repository.id, addressesOf(call, repository).api, sha, call.query["recursive"] !== undefined));
}

interface TreeInput {
  readonly path?: string;
  readonly mode?: string;
  readonly sha?: string | null;
  readonly content?: string;
}

async function createTree(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const git = call.git.repository(repository.id);
  const asked = call.body["base_tree"];
  const base = typeof asked === "string" ? await git.resolve(`${asked}^{tree}`) : undefined;
  if (typeof asked === "string" && !base) throw unprocessable(`base_tree is not a valid tree oid: ${asked}`);
  const changes: TreeChange[] = [];
  for (const { path, mode = "100644", sha, content } of call.body["tree"] as readonly TreeInput[]) {
    if (!path || path.split("/").some((segment) => ["", ".", "..", ".git"].includes(segment)))
      throw unprocessable("tree.path contains a malformed path component");
    if (sha === null) {
      changes.push({ path, entry: undefined });
      continue;
    }
    const object = sha ?? (await git.writeBlob(Buffer.from(content ?? "")));
    // A submodule's commit is another repository's.
    if (mode !== "160000" && !(await git.typeOf(object))) throw unprocessable(`tree.sha ${object} is not a valid object`);
    changes.push({ path, entry: { mode, sha: object } });
  }
  return created(await renderTree(call, repository.id, addressesOf(call, repository).api, await changeTree(git, base, changes), false));
}

interface PersonInput {
  readonly name?: string;
  readonly email?: string;
  readonly date?: string;
}

function person(call: Call, input: unknown, otherwise: Person): Person {
  const { name, email, date } = (input ?? {}) as PersonInput;
  return { name: name ?? otherwise.name, email: email ?? otherwise.email, date: date ?? otherwise.date };
}

async function createCommit(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const git = call.git.repository(repository.id);
  const tree = String(call.body["tree"]);
  if ((await git.typeOf(tree)) !== "tree") throw unprocessable("Tree SHA does not exist");
  const parents = (call.body["parents"] ?? []) as readonly string[];
  for (const parent of parents)
    if ((await git.typeOf(parent)) !== "commit") throw unprocessable(`Parent SHA does not exist or is not a commit object: ${parent}`);
  const self = personOf(accountById(call.store, call.actor.id), call.now);
  const author = person(call, call.body["author"], self);
  const sha = await git.commitTree({
    tree,
    parents,
    message: String(call.body["message"]),
    author,
    committer: person(call, call.body["committer"], author),
    // Only a commit that names nobody is the server's own to sign, as at GitHub.
    sign: call.body["author"] === undefined && call.body["committer"] === undefined,
  });
  return created(await renderGitCommit(call, repository, await git.commit(sha)));
}

async function getCommit(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const git = call.git.repository(repository.id);
  const sha = String(call.path["commit_sha"]);
  if ((await git.typeOf(sha)) !== "commit") throw notFound();
  return ok(await renderGitCommit(call, repository, await git.commit(sha)));
}

async function renderTag(call: Call, sha: string): Promise<Record<string, unknown>> {
  const repository = repositoryOf(call);
  const { api } = addressesOf(call, repository);
  const text = await call.git.repository(repository.id).text(["cat-file", "tag", sha]);
  const header = (name: string): string => new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1] ?? "";
  const [object, type] = [header("object"), header("type")];
  return {
    node_id: objectNodeId("TAG", repository.id, sha),
    tag: header("tag"),
    sha,
    url: `${api}/git/tags/${sha}`,
    message:
      text
        .slice(text.indexOf("\n\n") + 2)
        .split("-----BEGIN ")[0]
        ?.trimEnd() ?? "",
    tagger: parsePerson(header("tagger")),
    object: { type, sha: object, url: `${api}/git/${type}s/${object}` },
    verification: { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null },
  };
}

async function createTag(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const git = call.git.repository(repository.id);
  const { tag, message, object, type } = call.body as Record<"tag" | "message" | "object" | "type", string>;
  if ((await git.typeOf(object)) !== type) throw unprocessable(`Object ${object} is no ${type} of this repository`);
  if (!(await git.isValidRefName(`refs/tags/${tag}`))) throw unprocessable(`${tag} is not a valid tag name`);
  const tagger = person(call, call.body["tagger"], personOf(accountById(call.store, call.actor.id), call.now));
  const seconds = Math.floor(Date.parse(tagger.date) / 1000);
  const text = `object ${object}\ntype ${type}\ntag ${tag}\ntagger ${tagger.name} <${tagger.email}> ${seconds} +0000\n\n${message.trimEnd()}\n`;
  return created(await renderTag(call, await git.text(["mktag"], { input: text })));
}

async function getTag(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const sha = String(call.path["tag_sha"]);
  if ((await call.git.repository(repository.id).typeOf(sha)) !== "tag") throw notFound();
  return ok(await renderTag(call, sha));
}

export const gitDataFamily: Family = {
  name: "git-data",
  operations: {
    "git/create-blob": createBlob,
    "git/get-blob": getBlob,
    "git/create-tree": createTree,
    "git/get-tree": getTree,
    "git/create-commit": createCommit,
    "git/get-commit": getCommit,
    "git/create-tag": createTag,
    "git/get-tag": getTag,
    ...refOperations,
  },
};
