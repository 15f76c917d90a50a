/** Commits as the API shows them: `commit` with its files, `git-commit`, and the short forms. */
import { accountOfAddress } from "../../core/people.ts";
import type { Call } from "../../core/family.ts";
import { accountById } from "../../core/access.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import type { FileChange } from "../../git/changes.ts";
import type { Commit, Person } from "../../git/commit.ts";
import { verify } from "../../git/verification.ts";
import { keysOf } from "../signing-keys/record.ts";
import { simpleUser } from "../users/render.ts";

/** Addresses of one repository: its API and its web page. */
export interface Addresses {
  readonly api: string;
  readonly html: string;
}

export function addressesOf(call: Call, repository: Stored<RepositoryRecord>): Addresses {
  const name = `${accountById(call.store, repository.owner).value.login}/${repository.value.name}`;
  return { api: `${call.apiUrl}/repos/${name}`, html: `${call.htmlUrl}/${name}` };
}

/** Node ids of objects that have no number here are made of the repository's and the object's name. */
export const objectNodeId = (prefix: "C" | "B" | "TR" | "REF" | "TAG", repositoryId: number, name: string): string =>
  `${prefix}_${Buffer.from(`${repositoryId}:${name}`).toString("base64url")}`;

function account(call: Call, { email }: Person): Record<string, unknown> | null {
  const found = accountOfAddress(call.store, email);
  return found ? simpleUser(call, found) : null;
}

/** `commit`, without `stats` and `files`. */
export async function renderCommit(call: Call, repository: Stored<RepositoryRecord>, commit: Commit): Promise<Record<string, unknown>> {
  const { api, html } = addressesOf(call, repository);
  const url = `${api}/commits/${commit.sha}`;
  return {
    sha: commit.sha,
    node_id: objectNodeId("C", repository.id, commit.sha),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: await verify(call.git.repository(repository.id), commit, keysOf(call.store, commit.committer.email)),
    },
    url,
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    author: account(call, commit.author),
    committer: account(call, commit.committer),
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${html}/commit/${sha}` })),
  };
}

export async function renderCommits(call: Call, repository: Stored<RepositoryRecord>, shas: readonly string[]): Promise<unknown[]> {
  const rendered: unknown[] = [];
  for (const commit of await call.git.repository(repository.id).commits(shas)) rendered.push(await renderCommit(call, repository, commit));
  return rendered;
}

/** `git-commit`: what the git database knows. */
export async function renderGitCommit(call: Call, repository: Stored<RepositoryRecord>, commit: Commit): Promise<Record<string, unknown>> {
  const { api, html } = addressesOf(call, repository);
  return {
    sha: commit.sha,
    node_id: objectNodeId("C", repository.id, commit.sha),
    url: `${api}/git/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/git/commits/${sha}`, html_url: `${html}/commit/${sha}` })),
    verification: await verify(call.git.repository(repository.id), commit, keysOf(call.store, commit.committer.email)),
  };
}

/** `diff-entry` for each changed file; `head` is the commit that the links show. */
export function renderFiles({ api, html }: Addresses, head: string, changes: readonly FileChange[]): Record<string, unknown>[] {
  return changes.map(({ sha, path, previousPath, status, additions, deletions, patch }) => {
    const encoded = encodePath(path);
    return {
      sha,
      filename: path,
      status,
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: `${html}/blob/${head}/${encoded}`,
      raw_url: `${html}/raw/${head}/${encoded}`,
      contents_url: `${api}/contents/${encoded}?ref=${head}`,
      ...(patch === undefined ? {} : { patch }),
      ...(previousPath === undefined ? {} : { previous_filename: previousPath }),
    };
  });
}

/** A path in an address: each segment encoded, slashes kept. */
export const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
