/** Proposes a change of pipeline files as a pull request: after the first commit, the gates bind Gatehouse as they bind everybody. */
import type { Octokit } from "@octokit/rest";

import { Failure, exitCode } from "../failure.ts";
import { blobSha, changesBetween, isOverlay, type Change } from "./changes.ts";

export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

export interface Proposal {
  readonly base: string;
  readonly changes: readonly { readonly path: string; readonly kind: Change["kind"] }[];
  /** Null where nothing differs and nothing was proposed before. */
  readonly pullRequest: ProposedPullRequest | null;
}

export interface ProposedPullRequest {
  readonly number: number;
  readonly url: string;
  /** `current`: it already proposes just this, and nothing was written. `withdrawn`: closed, since nothing differs any more. */
  readonly state: "opened" | "updated" | "current" | "withdrawn";
}

/** A declared file as it is in the repository. */
interface LiveFile {
  readonly content: string;
  /** As git has it: `100755` for a file that may be run. */
  readonly mode: "100644" | "100755";
}

const status = (error: unknown): number | undefined => (error as { status?: number }).status;

/** The declared files as they are on a commit. Blobs that are equal by object id are not downloaded. */
async function liveFiles(
  octokit: Octokit,
  at: Repository,
  commit: string,
  declared: ReadonlyMap<string, string>,
): Promise<Map<string, LiveFile>> {
  const { data } = await octokit.rest.git.getTree({ ...at, tree_sha: commit, recursive: "1" });
  if (data.truncated) {
    // A file beyond the cut would be taken for a missing one, and overwritten.
    const where = `${at.owner}/${at.repo}`;
    throw new Failure(exitCode.failed, `${where} has more files than GitHub lists at once; its pipeline files cannot be compared.`);
  }
  const live = new Map<string, LiveFile>();
  for (const { path, sha, type, mode } of data.tree) {
    const content = declared.get(path);
    if (type !== "blob" || content === undefined) continue;
    const same = !isOverlay(path) && sha === blobSha(content);
    live.set(path, { content: same ? content : await readBlob(octokit, at, sha), mode: mode === "100755" ? mode : "100644" });
  }
  return live;
}

async function readBlob(octokit: Octokit, at: Repository, sha: string): Promise<string> {
  const { data } = await octokit.rest.git.getBlob({ ...at, file_sha: sha });
  return Buffer.from(data.content, "base64").toString("utf8");
}

const contents = (live: ReadonlyMap<string, LiveFile>): Map<string, string> =>
  new Map([...live].map(([path, { content }]) => [path, content]));

/** Does the open pull request change just these files, to just this content? */
async function proposesJust(
  octokit: Octokit,
  at: Repository,
  pull: { readonly number: number; readonly head: { readonly sha: string } },
  changes: readonly Change[],
  declared: ReadonlyMap<string, string>,
): Promise<boolean> {
  const files = await octokit.paginate(octokit.rest.pulls.listFiles, { ...at, pull_number: pull.number, per_page: 100 });
  const paths = new Set(files.map(({ filename }) => filename));
  if (paths.size !== changes.length || !changes.every(({ path }) => paths.has(path))) return false;
  const proposed = await liveFiles(octokit, at, pull.head.sha, declared);
  return changes.every(({ path, content }) => proposed.get(path)?.content === content);
}

/**
 * Opens, or brings up to date, the one pull request of Gatehouse against `base`. Nothing is written when nothing differs, or when the open
 * pull request already proposes just this; one that proposes what is no longer declared is closed.
 *
 * @throws RequestError of Octokit, with status 404 when the repository or the branch does not exist; Failure when it is too large to compare.
 */
export async function propose(octokit: Octokit, at: Repository, base: string, declared: ReadonlyMap<string, string>): Promise<Proposal> {
  const { data: baseRef } = await octokit.rest.git.getRef({ ...at, ref: `heads/${base}` });
  const parent = baseRef.object.sha;
  const live = await liveFiles(octokit, at, parent, declared);
  const changes = changesBetween(declared, contents(live));
  const branch = `gatehouse/pipelines/${base}`;
  const { data: open } = await octokit.rest.pulls.list({ ...at, state: "open", base, head: `${at.owner}:${branch}` });
  const existing = open[0];
  const result = (state: ProposedPullRequest["state"], pull: { readonly number: number; readonly html_url: string }): Proposal => ({
    base,
    changes: changes.map(({ path, kind }) => ({ path, kind })),
    pullRequest: { number: pull.number, url: pull.html_url, state },
  });

  if (changes.length === 0) {
    if (existing === undefined) return { base, changes: [], pullRequest: null };
    await octokit.rest.pulls.update({ ...at, pull_number: existing.number, state: "closed" });
    return result("withdrawn", existing);
  }
  if (existing !== undefined && (await proposesJust(octokit, at, existing, changes, declared))) return result("current", existing);

  const current = await octokit.rest.git.getRef({ ...at, ref: `heads/${branch}` }).catch((error: unknown) => {
    if (status(error) === 404) return undefined;
    throw error;
  });

  const { title, body } = describe(changes);
  const commit = await commitChanges(octokit, at, parent, changes, live, title);
  if (current === undefined) await octokit.rest.git.createRef({ ...at, ref: `refs/heads/${branch}`, sha: commit });
  else await octokit.rest.git.updateRef({ ...at, ref: `heads/${branch}`, sha: commit, force: true });
  if (existing !== undefined) {
    await octokit.rest.pulls.update({ ...at, pull_number: existing.number, title, body });
    return result("updated", existing);
  }
  const { data: pull } = await octokit.rest.pulls.create({ ...at, title, body, base, head: branch });
  return result("opened", pull);
}

function describe(changes: readonly Change[]): { readonly title: string; readonly body: string } {
  const [first] = changes;
  return {
    title: `Pipeline files: ${changes.length === 1 && first !== undefined ? first.path : `${changes.length} changes`}`,
    body: [
      "The pipeline files differ from what is declared for this repository.",
      "",
      ...changes.map(({ path, kind }) => `- ${kind}: \`${path}\``),
      "",
      "Image tags of overlays are left as delivery has set them.",
    ].join("\n"),
  };
}

async function commitChanges(
  octokit: Octokit,
  at: Repository,
  parent: string,
  changes: readonly Change[],
  live: ReadonlyMap<string, LiveFile>,
  message: string,
): Promise<string> {
  const { data: tree } = await octokit.rest.git.createTree({
    ...at,
    base_tree: parent,
    tree: changes.map(({ path, content }) => ({ path, mode: live.get(path)?.mode ?? "100644", type: "blob" as const, content })),
  });
  const { data: commit } = await octokit.rest.git.createCommit({ ...at, message, tree: tree.sha, parents: [parent] });
  return commit.sha;
}
