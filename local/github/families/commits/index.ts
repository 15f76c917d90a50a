/** Commits: listed, read, compared. */
import { repositoryOf } from "../../core/access.ts";
import { ApiError, notFound, unprocessable } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { changesBetween } from "../../git/changes.ts";
import { runGit } from "../../git/command.ts";
import { pullRequestsWith } from "../pulls/lookup.ts";
import { addressesOf, renderCommit, renderCommits, renderFiles } from "./render.ts";

const emptyRepository = (): ApiError => new ApiError(409, "Git Repository is empty.");

async function isEmpty(call: Call, repository: Stored<RepositoryRecord>): Promise<boolean> {
  return (await call.git.repository(repository.id).refs("refs/heads/")).length === 0;
}

/** @throws ApiError 422 "No commit found for SHA" for what names no commit, 409 for an empty repository. */
export async function commitNamed(call: Call, repository: Stored<RepositoryRecord>, ref: string): Promise<string> {
  const sha = await call.git.repository(repository.id).resolveCommit(ref);
  if (sha) return sha;
  if (await isEmpty(call, repository)) throw emptyRepository();
  throw unprocessable(`No commit found for SHA: ${ref}`);
}

async function list(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const git = call.git.repository(repository.id);
  const { sha, path, author, since, until } = call.query as Partial<Record<string, string>>;
  const from = await git.resolveCommit(sha ?? repository.value.defaultBranch);
  if (!from) {
    if (await isEmpty(call, repository)) throw emptyRepository();
    throw notFound();
  }
  const shas = await git.log({ revisions: [from], path, author, since, until });
  const part = page(call, shas);
  return { ...part, body: await renderCommits(call, repository, part.body as string[]) };
}

async function get(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const git = call.git.repository(repository.id);
  const sha = await commitNamed(call, repository, String(call.path["ref"]));
  const commit = await git.commit(sha);
  const accept = call.headers["accept"] ?? "";
  if (/\.sha\b/.test(accept)) return raw(sha, "application/vnd.github.sha");
  if (/\.diff\b/.test(accept))
    return raw(await git.text(["diff-tree", "-p", "--root", "--no-commit-id", sha]), "application/vnd.github.diff");
  if (/\.patch\b/.test(accept)) return raw(await git.text(["format-patch", "-1", "--stdout", sha]), "application/vnd.github.patch");
  const changes = await changesBetween(git, commit.parents[0], sha);
  const files = renderFiles(addressesOf(call, repository), sha, changes);
  const additions = changes.reduce((sum, change) => sum + change.additions, 0);
  const deletions = changes.reduce((sum, change) => sum + change.deletions, 0);
  return ok({ ...(await renderCommit(call, repository, commit)), stats: { total: additions + deletions, additions, deletions }, files });
}

const raw = (text: string, type: string): Reply => ({
  status: 200,
  body: Buffer.from(text),
  headers: { "Content-Type": `${type}; charset=utf-8` },
});

async function compare(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const git = call.git.repository(repository.id);
  const [, baseName = "", headName = ""] = /^(?:[\w-]+:)?(.+?)\.\.\.(?:[\w-]+:)?(.+)$/.exec(String(call.path["basehead"])) ?? [];
  const [base, head] = [await git.resolveCommit(baseName), await git.resolveCommit(headName)];
  const mergeBase = base && head && (await git.mergeBase(base, head));
  if (!base || !head || !mergeBase) throw notFound();
  const { ahead, behind } = await git.aheadBehind(base, head);
  const { api, html } = addressesOf(call, repository);
  const shas = (await git.log({ revisions: [`${base}..${head}`] })).reverse();
  const part = page(call, shas);
  const name = `${baseName}...${headName}`;
  return {
    ...part,
    body: {
      url: `${api}/compare/${name}`,
      html_url: `${html}/compare/${name}`,
      permalink_url: `${html}/compare/${base}...${head}`,
      diff_url: `${html}/compare/${name}.diff`,
      patch_url: `${html}/compare/${name}.patch`,
      base_commit: await renderCommit(call, repository, await git.commit(base)),
      merge_base_commit: await renderCommit(call, repository, await git.commit(mergeBase)),
      status: ahead > 0 && behind > 0 ? "diverged" : ahead > 0 ? "ahead" : behind > 0 ? "behind" : "identical",
      ahead_by: ahead,
      behind_by: behind,
      total_commits: shas.length,
      commits: await renderCommits(call, repository, part.body as string[]),
      files: renderFiles({ api, html }, head, await changesBetween(git, mergeBase, head)),
    },
  };
}

async function branchesWhereHead(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const sha = await commitNamed(call, repository, String(call.path["commit_sha"]));
  const branches = await call.git.repository(repository.id).refs("refs/heads/");
  const { api } = addressesOf(call, repository);
  return ok(
    branches
      .filter((branch) => branch.sha === sha)
      .map(({ ref }) => ({ name: ref.slice("refs/heads/".length), commit: { sha, url: `${api}/commits/${sha}` }, protected: false })),
  );
}

async function archive(call: Call, format: "tar.gz" | "zip"): Promise<Reply> {
  const repository = repositoryOf(call);
  const ref = String(call.path["ref"] ?? "") || repository.value.defaultBranch;
  const sha = await call.git.repository(repository.id).resolveCommit(ref);
  if (!sha) throw notFound();
  const prefix = `--prefix=${repository.value.name}-${sha.slice(0, 7)}/`;
  const { stdout } = await runGit(call.git.directory(repository.id), ["archive", `--format=${format}`, prefix, sha]);
  return { status: 200, body: stdout, headers: { "Content-Type": format === "zip" ? "application/zip" : "application/x-gzip" } };
}

export const commitsFamily: Family = {
  name: "commits",
  operations: {
    "repos/list-commits": list,
    "repos/get-commit": get,
    "repos/compare-commits-with-basehead": compare,
    "repos/list-branches-for-head-commit": branchesWhereHead,
    "repos/list-pull-requests-associated-with-commit": pullRequestsWith,
    "repos/download-tarball-archive": (call) => archive(call, "tar.gz"),
    "repos/download-zipball-archive": (call) => archive(call, "zip"),
  },
};
