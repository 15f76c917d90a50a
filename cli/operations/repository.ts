/** Reading and proposing files of a repository through GitHub's API. */
import type { Octokit } from "@octokit/rest";

import type { Repository } from "../propose/propose.ts";

/** The repository with a client that may work on it. */
export interface Place {
  readonly octokit: Octokit;
  readonly at: Repository;
}

/** The HTTP status of a client's error. */
export const statusOf = (error: unknown): number | undefined => (error as { status?: number }).status;

/** A file's text at a branch or commit; `undefined` where it does not exist. */
export async function readText({ octokit, at }: Place, path: string, ref: string): Promise<string | undefined> {
  try {
    const { data } = await octokit.rest.repos.getContent({ ...at, path, ref });
    if (Array.isArray(data) || data.type !== "file") return undefined;
    return Buffer.from(data.content, "base64").toString("utf8");
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** A commit that changed a file, and what the file was then. */
export interface Version {
  readonly sha: string;
  /** ISO 8601, of the commit. */
  readonly date: string;
  readonly text: string;
}

/** The versions of a file on a branch, the newest first; read as far as the caller goes. Every deletion is left out. */
export async function* history(place: Place, path: string, branch: string): AsyncGenerator<Version> {
  const { octokit, at } = place;
  const pages = octokit.paginate.iterator(octokit.rest.repos.listCommits, { ...at, sha: branch, path, per_page: 100 });
  for await (const { data } of pages) {
    for (const { sha, commit } of data) {
      const text = await readText(place, path, sha);
      if (text !== undefined) yield { sha, date: commit.committer?.date ?? "", text };
    }
  }
}

export interface Draft {
  readonly base: string;
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  /** Path → text. */
  readonly files: ReadonlyMap<string, string>;
}

export interface OpenedPullRequest {
  readonly number: number;
  readonly url: string;
  readonly nodeId: string;
  /** `current`: it was open already and proposes just this, so nothing was written. */
  readonly state: "opened" | "updated" | "current";
}

/**
 * One commit on top of the base, as a pull request. The same draft again finds its pull request; a branch that an interrupted call left
 * behind is used again.
 */
export async function proposeFiles(place: Place, draft: Draft): Promise<OpenedPullRequest> {
  const { octokit, at } = place;
  const { base, branch, title, body } = draft;
  const { data: open } = await octokit.rest.pulls.list({ ...at, state: "open", base, head: `${at.owner}:${branch}` });
  const existing = open[0];
  if (existing !== undefined && (await carries(place, existing.head.sha, draft))) return opened(existing, "current");
  const { data: head } = await octokit.rest.git.getRef({ ...at, ref: `heads/${base}` });
  const commit = await commitOn(place, head.object.sha, draft);
  await moveBranch(place, branch, commit);
  if (existing !== undefined) {
    await octokit.rest.pulls.update({ ...at, pull_number: existing.number, title, body });
    return opened(existing, "updated");
  }
  const { data: pull } = await octokit.rest.pulls.create({ ...at, title, body, base, head: branch });
  return opened(pull, "opened");
}

const opened = (
  { number, html_url: url, node_id: nodeId }: { readonly number: number; readonly html_url: string; readonly node_id: string },
  state: OpenedPullRequest["state"],
): OpenedPullRequest => ({ number, url, nodeId, state });

async function carries(place: Place, sha: string, { files }: Draft): Promise<boolean> {
  for (const [path, text] of files) if ((await readText(place, path, sha)) !== text) return false;
  return true;
}

async function commitOn({ octokit, at }: Place, parent: string, { files, title }: Draft): Promise<string> {
  const { data: tree } = await octokit.rest.git.createTree({
    ...at,
    base_tree: parent,
    tree: [...files].map(([path, content]) => ({ path, mode: "100644" as const, type: "blob" as const, content })),
  });
  // Made through the API, so GitHub signs it: production takes no other.
  const { data: commit } = await octokit.rest.git.createCommit({ ...at, message: title, tree: tree.sha, parents: [parent] });
  return commit.sha;
}

async function moveBranch({ octokit, at }: Place, branch: string, sha: string): Promise<void> {
  try {
    await octokit.rest.git.createRef({ ...at, ref: `refs/heads/${branch}`, sha });
  } catch (error) {
    if (statusOf(error) !== 422) throw error;
    await octokit.rest.git.updateRef({ ...at, ref: `heads/${branch}`, sha, force: true });
  }
}
