/** Merging: a pull request into its base, its base into it, and one branch into another, always by git itself. */
import { accountById, repositoryOf } from "../../core/access.ts";
import { ApiError, conflict, methodNotAllowed, notFound, unprocessable } from "../../core/errors.ts";
import type { Call, Handler, Reply } from "../../core/family.ts";
import { personOf } from "../../core/people.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { created, noContent, ok } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { mergeCommit, rebaseCommits, squashCommit } from "../../git/merge.ts";
import { type ChangeCall, changeRef, moveRef, ruleViolation } from "../../rules/enforce.ts";
import { renderCommit } from "../commits/render.ts";
import { settingsOf } from "../repositories/settings.ts";
import { mergeViolations } from "./facts.ts";
import { pullHappened } from "./follow.ts";
import { pullRequestOf } from "./lookup.ts";
import { type PullRequestRecord, pullRequests } from "./record.ts";

type Method = "merge" | "squash" | "rebase";

export interface MergeInput {
  readonly commit_title?: string;
  readonly commit_message?: string;
  readonly sha?: string;
  readonly merge_method?: Method;
}

/** Title and text of the commit that a merge makes, by the repository's settings where the caller names none. */
async function messageFor(
  call: ChangeCall,
  repository: Stored<RepositoryRecord>,
  pull: PullRequestRecord,
  input: MergeInput,
  method: Method,
  base: string,
): Promise<string> {
  const settings = settingsOf(repository.value);
  const { commit_title: title, commit_message: text } = input;
  const own = method === "squash" ? settings.squash_merge_commit_title : settings.merge_commit_title;
  const body = method === "squash" ? settings.squash_merge_commit_message : settings.merge_commit_message;
  const git = call.git.repository(repository.id);
  const commits = await git.commits((await git.log({ revisions: [`${base}..${pull.headSha}`] })).reverse());
  const single = commits.length === 1 ? commits[0]?.message.split("\n", 1)[0] : undefined;
  const owner = accountById(call.store, repository.owner).value.login;
  const numbered = `${own === "COMMIT_OR_PR_TITLE" ? (single ?? pull.title) : pull.title} (#${pull.number})`;
  const heading = own === "MERGE_MESSAGE" ? `Merge pull request #${pull.number} from ${owner}/${pull.headRef}` : numbered;
  const texts: Readonly<Record<string, string>> = {
    PR_BODY: pull.body ?? "",
    PR_TITLE: pull.title,
    BLANK: "",
    COMMIT_MESSAGES:
      commits.length > 1
        ? commits.map(({ message }) => `* ${message}`).join("\n\n")
        : (commits[0]?.message.split("\n").slice(1).join("\n").trim() ?? ""),
  };
  return [title ?? heading, text ?? texts[body] ?? ""].filter((part) => part !== "").join("\n\n");
}

function requireMergeable(repository: Stored<RepositoryRecord>, pull: PullRequestRecord, input: MergeInput, method: Method): void {
  if (pull.mergedAt !== null) throw methodNotAllowed("Pull Request has already been merged");
  if (pull.state !== "open") throw methodNotAllowed("Pull Request is not mergeable");
  if (pull.draft) throw methodNotAllowed("Pull Request is still a draft");
  if (input.sha !== undefined && input.sha !== pull.headSha) throw conflict("Head branch was modified. Review and try the merge again.");
  const settings = settingsOf(repository.value);
  const allowed = { merge: settings.allow_merge_commit, squash: settings.allow_squash_merge, rebase: settings.allow_rebase_merge }[method];
  const words = { merge: "Merge commits are", squash: "Squash merges are", rebase: "Rebase merges are" }[method];
  if (!allowed) throw methodNotAllowed(`${words} not allowed on this repository.`);
}

async function merge(call: Call): Promise<Reply> {
  const { repository, pull } = pullRequestOf(call, "write");
  return ok({ sha: await mergePull(call, repository, pull, call.body), merged: true, message: "Pull Request successfully merged" });
}

/** Merges as the caller. Returns the commit that the base moved to. @throws ApiError when something stands in the way */
export async function mergePull(
  call: ChangeCall,
  repository: Stored<RepositoryRecord>,
  pull: Stored<PullRequestRecord>,
  input: MergeInput,
): Promise<string> {
  const method = input.merge_method ?? "merge";
  const { value } = pull;
  requireMergeable(repository, value, input, method);
  const git = call.git.repository(repository.id);
  const ref = `refs/heads/${value.baseRef}`;
  const base = await git.resolve(ref);
  if (!base) throw notFound();
  const author = personOf(accountById(call.store, call.actor.id), call.now);
  const request = {
    base,
    head: value.headSha,
    message: await messageFor(call, repository, value, input, method, base),
    author,
    now: call.now,
  };
  const made = {
    merge: () => mergeCommit(git, request),
    squash: () => squashCommit(git, { ...request, author: personOf(accountById(call.store, value.userId), call.now) }),
    rebase: () => rebaseCommits(git, base, value.headSha, author),
  }[method];
  const sha = await made();
  if (!sha) throw methodNotAllowed("Pull Request is not mergeable");
  const violations = await mergeViolations(call, repository, pull, method, base, sha);
  if (violations.length > 0) throw ruleViolation(violations, ref, 405);
  await moveRef(call, repository, { ref, before: base, after: sha });
  const { now, actor, store } = call;
  // A merge commit has closed it already, as whatever brings its head into the base does.
  const wasOpen = pullRequests(store).byId(pull.id)?.value.state === "open";
  const merged = pullRequests(store).update(pull.id, {
    ...value,
    baseSha: base,
    state: "closed",
    closedAt: now,
    mergedAt: now,
    mergedById: actor.id,
    mergeCommitSha: sha,
    updatedAt: now,
  });
  if (wasOpen) pullHappened({ store, now, actorId: actor.id }, repository.id, merged.value, "closed");
  if (settingsOf(repository.value).delete_branch_on_merge) await deleteHead(call, repository, value);
  return sha;
}

/** A head that a rule keeps stays: deleting it is a courtesy. */
async function deleteHead(call: ChangeCall, repository: Stored<RepositoryRecord>, { headRef, headSha }: PullRequestRecord): Promise<void> {
  if (headRef === repository.value.defaultBranch) return;
  try {
    await changeRef(call, repository, { ref: `refs/heads/${headRef}`, before: headSha, after: undefined });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

function checkMerged(call: Call): Reply {
  if (pullRequestOf(call).pull.value.mergedAt === null) throw notFound();
  return noContent();
}

/** Merges the base into the head, so that the pull request is up to date. */
async function updateBranch(call: Call): Promise<Reply> {
  const { repository, pull } = pullRequestOf(call, "write");
  const { value } = pull;
  const git = call.git.repository(repository.id);
  const expected = call.body["expected_head_sha"];
  if (typeof expected === "string" && expected !== value.headSha) throw unprocessable("expected head sha didn't match current head ref.");
  const base = await git.resolve(`refs/heads/${value.baseRef}`);
  if (!base) throw notFound();
  if (await git.isAncestor(base, value.headSha)) throw unprocessable("There are no new commits on the base branch.");
  const author = personOf(accountById(call.store, call.actor.id), call.now);
  const message = `Merge branch '${value.baseRef}' into ${value.headRef}`;
  const sha = await mergeCommit(git, { base: value.headSha, head: base, message, author, now: call.now });
  if (!sha) throw unprocessable("merge conflict between base and head");
  await changeRef(call, repository, { ref: `refs/heads/${value.headRef}`, before: value.headSha, after: sha });
  return { status: 202, body: { message: "Updating pull request branch.", url: `${call.htmlUrl}/pull/${value.number}` } };
}

/** `POST /repos/{owner}/{repo}/merges`: one branch into another without a pull request. */
async function mergeBranch(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const git = call.git.repository(repository.id);
  const { base, head, commit_message: text } = call.body as Partial<Record<string, string>>;
  const ref = `refs/heads/${String(base)}`;
  const before = await git.resolve(ref);
  const other = await git.resolveCommit(String(head));
  if (!before) throw new ApiError(404, "Base does not exist");
  if (!other) throw new ApiError(404, "Head does not exist");
  if (await git.isAncestor(other, before)) return noContent();
  const author = personOf(accountById(call.store, call.actor.id), call.now);
  const message = text ?? `Merge ${String(head)} into ${String(base)}`;
  const sha = await mergeCommit(git, { base: before, head: other, message, author, now: call.now });
  if (!sha) throw conflict("Merge conflict");
  await changeRef(call, repository, { ref, before, after: sha }, 409);
  return created(await renderCommit(call, repository, await git.commit(sha)));
}

export const mergeOperations: Readonly<Record<string, Handler>> = {
  "pulls/merge": merge,
  "pulls/check-if-merged": checkMerged,
  "pulls/update-branch": updateBranch,
  "repos/merge": mergeBranch,
};
