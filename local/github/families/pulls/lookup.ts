/** Which pull request a request names, and those that a commit is in. */
import { repositoryOf, type Role } from "../../core/access.ts";
import { notFound } from "../../core/errors.ts";
import type { Call, Reply } from "../../core/family.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { type PullRequestRecord, pullRequests } from "./record.ts";
import { renderPullRequestSimple } from "./render.ts";

export interface NamedPullRequest {
  readonly repository: Stored<RepositoryRecord>;
  readonly pull: Stored<PullRequestRecord>;
}

/** @throws ApiError 404. */
export function pullRequestOf(call: Call, wanted: Role = "read"): NamedPullRequest {
  const repository = repositoryOf(call, wanted);
  const pull = pullRequests(call.store).get(repository.id, String(call.path["pull_number"]));
  if (!pull) throw notFound();
  return { repository, pull };
}

/** Pull requests whose commits hold the one named. */
export async function pullRequestsWith(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const git = call.git.repository(repository.id);
  const sha = String(call.path["commit_sha"]);
  const found: Stored<PullRequestRecord>[] = [];
  for (const pull of pullRequests(call.store).list(repository.id)) {
    const { headSha, baseSha, mergeCommitSha } = pull.value;
    const inside = mergeCommitSha === sha || (await git.log({ revisions: [`${baseSha}..${headSha}`] })).includes(sha);
    if (inside) found.push(pull);
  }
  return page(call, found, (pull) => renderPullRequestSimple(call, repository, pull));
}
