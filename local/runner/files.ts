/** Workflow files of a commit, through the API. A blob never changes, so each is read once. */
import type { Octokit } from "@octokit/rest";

export type Repository = Readonly<Record<"owner" | "repo", string>>;

const blobs = new Map<string, Promise<string>>();

/** Text by path. Empty for a commit without workflows. */
export async function filesOf(octokit: Octokit, at: Repository, sha: string): Promise<Map<string, string>> {
  const { data } = await octokit.rest.git.getTree({ ...at, tree_sha: sha, recursive: "1" });
  const files = data.tree.filter(({ type, path }) => type === "blob" && /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
  return new Map(await Promise.all(files.map(async (file) => [file.path, await textOf(octokit, at, file.sha)] as const)));
}

function textOf(octokit: Octokit, at: Repository, sha: string): Promise<string> {
  const known = blobs.get(sha);
  if (known) return known;
  const read = octokit.rest.git.getBlob({ ...at, file_sha: sha }).then(({ data }) => Buffer.from(data.content, "base64").toString("utf8"));
  blobs.set(sha, read);
  return read;
}
