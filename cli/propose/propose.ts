/** Proposes a change of pipeline files as a pull request: after the first commit, the gates bind Gatehouse as they bind everybody. */
import type { Octokit } from "@octokit/rest";

import { blobSha, changesBetween, isOverlay, type Change } from "./changes.ts";

export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

export interface Proposal {
  readonly base: string;
  readonly changes: readonly { readonly path: string; readonly kind: Change["kind"] }[];
  readonly pullRequest: { readonly number: number; readonly url: string; readonly created: boolean } | null;
}

const status = (error: unknown): number | undefined => (error as { status?: number }).status;

/** Content of the declared files as they are on a commit. Blobs that are equal by object id are not downloaded. */
async function liveFiles(
  octokit: Octokit,
  at: Repository,
  commit: string,
  declared: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const { data } = await octokit.rest.git.getTree({ ...at, tree_sha: commit, recursive: "1" });
  const live = new Map<string, string>();
  for (const { path, sha, type } of data.tree) {
    const content = declared.get(path);
    if (type !== "blob" || content === undefined) continue;
    if (!isOverlay(path) && sha === blobSha(content)) {
      live.set(path, content);
      continue;
    }
    const blob = await octokit.rest.git.getBlob({ ...at, file_sha: sha });
    live.set(path, Buffer.from(blob.data.content, "base64").toString("utf8"));
  }
  return live;
}

async function commitChanges(
  octokit: Octokit,
  at: Repository,
  parent: string,
  changes: readonly Change[],
  message: string,
): Promise<string> {
  const { data: tree } = await octokit.rest.git.createTree({
    ...at,
    base_tree: parent,
    tree: changes.map(({ path, content }) => ({ path, mode: "100644" as const, type: "blob" as const, content })),
  });
  const { data: commit } = await octokit.rest.git.createCommit({ ...at, message, tree: tree.sha, parents: [parent] });
  return commit.sha;
}

/**
 * Opens, or brings up to date, the one pull request of Gatehouse against `base`. Nothing is written when nothing differs, or when the open
 * pull request already proposes just this.
 */
export async function propose(octokit: Octokit, at: Repository, base: string, declared: ReadonlyMap<string, string>): Promise<Proposal> {
  const { data: baseRef } = await octokit.rest.git.getRef({ ...at, ref: `heads/${base}` });
  const parent = baseRef.object.sha;
  const changes = changesBetween(declared, await liveFiles(octokit, at, parent, declared));
  const summary = changes.map(({ path, kind }) => ({ path, kind }));
  if (changes.length === 0) return { base, changes: summary, pullRequest: null };

  const branch = `gatehouse/pipelines/${base}`;
  const { data: open } = await octokit.rest.pulls.list({ ...at, state: "open", base, head: `${at.owner}:${branch}` });
  const current = await octokit.rest.git.getRef({ ...at, ref: `heads/${branch}` }).catch((error: unknown) => {
    if (status(error) === 404) return undefined;
    throw error;
  });
  const existing = open[0];
  const proposed = current === undefined ? undefined : await liveFiles(octokit, at, current.data.object.sha, declared);
  const same = proposed !== undefined && changes.every(({ path, content }) => proposed.get(path) === content);
  if (existing !== undefined && same) {
    return { base, changes: summary, pullRequest: { number: existing.number, url: existing.html_url, created: false } };
  }

  const title = `Pipeline files: ${changes.length === 1 ? (changes[0]?.path ?? "") : `${changes.length} changes`}`;
  const body = [
    "The pipeline files differ from what is declared for this repository.",
    "",
    ...changes.map(({ path, kind }) => `- ${kind}: \`${path}\``),
    "",
    "Image tags of overlays are left as delivery has set them.",
  ].join("\n");
  const commit = await commitChanges(octokit, at, parent, changes, title);
  if (current === undefined) await octokit.rest.git.createRef({ ...at, ref: `refs/heads/${branch}`, sha: commit });
  else await octokit.rest.git.updateRef({ ...at, ref: `heads/${branch}`, sha: commit, force: true });
  if (existing !== undefined) {
    await octokit.rest.pulls.update({ ...at, pull_number: existing.number, title, body });
    return { base, changes: summary, pullRequest: { number: existing.number, url: existing.html_url, created: false } };
  }
  const { data: pull } = await octokit.rest.pulls.create({ ...at, title, body, base, head: branch });
  return { base, changes: summary, pullRequest: { number: pull.number, url: pull.html_url, created: true } };
}
