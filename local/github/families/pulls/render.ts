/** Pull requests and reviews as the API shows them. */
import { accountById } from "../../core/access.ts";
import type { Call } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import { accounts, memberships, type RepositoryRecord, teams } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import { addressesOf } from "../commits/render.ts";
import { assigneesOf, labelsOf, threadOf } from "../issues/state.ts";
import { renderLabel } from "../labels/index.ts";
import { minimalRepository } from "../repositories/render.ts";
import { renderTeam } from "../teams/render.ts";
import { simpleUser } from "../users/render.ts";
import type { PullRequestRecord, ReviewRecord } from "./record.ts";

function user(call: Call, id: number | null): Record<string, unknown> | null {
  const found = id === null ? undefined : accounts(call.store).byId(id);
  return found ? simpleUser(call, found) : null;
}

function association(call: Call, repository: Stored<RepositoryRecord>, userId: number): string {
  if (repository.owner === userId) return "OWNER";
  const found = accounts(call.store).byId(userId);
  return found && memberships(call.store).get(repository.owner, found.value.login) ? "MEMBER" : "CONTRIBUTOR";
}

function autoMerge(call: Call, { state, autoMerge: waiting, title }: PullRequestRecord): Record<string, unknown> | null {
  if (!waiting || state !== "open") return null;
  const { enabledById, method, title: own, message } = waiting;
  return { enabled_by: user(call, enabledById), merge_method: method, commit_title: own ?? title, commit_message: message ?? "" };
}

/** `pull-request-simple`, as in lists. */
export function renderPullRequestSimple(
  call: Call,
  repository: Stored<RepositoryRecord>,
  pull: Stored<PullRequestRecord>,
): Record<string, unknown> {
  const { value, id } = pull;
  const { api, html } = addressesOf(call, repository);
  const owner = accountById(call.store, repository.owner);
  const url = `${api}/pulls/${value.number}`;
  const issue = `${api}/issues/${value.number}`;
  const page = `${html}/pull/${value.number}`;
  const shown = minimalRepository(call, repository);
  const thread = threadOf(call.store, repository.id, value.number);
  const assignees = assigneesOf(call.store, repository.id, value.number).map((assignee) => simpleUser(call, assignee));
  const side = (ref: string, sha: string): Record<string, unknown> => ({
    label: `${owner.value.login}:${ref}`,
    ref,
    sha,
    user: simpleUser(call, owner),
    repo: shown,
  });
  return {
    url,
    id,
    node_id: nodeId("PullRequest", id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${api}/statuses/${value.headSha}`,
    number: value.number,
    state: value.state,
    locked: thread.locked,
    title: value.title,
    user: user(call, value.userId),
    body: value.body,
    labels: labelsOf(call.store, repository.id, value.number).map((label) => renderLabel(call, repository, label)),
    milestone: null,
    active_lock_reason: thread.lockReason,
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    closed_at: value.closedAt,
    merged_at: value.mergedAt,
    merge_commit_sha: value.mergeCommitSha,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: value.requestedUserIds.flatMap((userId) => user(call, userId) ?? []),
    requested_teams: value.requestedTeamIds.flatMap((teamId) => {
      const team = teams(call.store).byId(teamId);
      return team ? [renderTeam(call, team)] : [];
    }),
    head: side(value.headRef, value.headSha),
    base: side(value.baseRef, value.baseSha),
    _links: {
      self: { href: url },
      html: { href: page },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${api}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: `${api}/statuses/${value.headSha}` },
    },
    author_association: association(call, repository, value.userId),
    auto_merge: autoMerge(call, value),
    draft: value.draft,
  };
}

/** What only one pull request at a time is asked for. */
export interface MergeState {
  readonly mergeable: boolean | null;
  /** `clean`, `blocked`, `behind`, `dirty`, `draft` or `unknown`. */
  readonly state: string;
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

export function renderPullRequest(
  call: Call,
  repository: Stored<RepositoryRecord>,
  pull: Stored<PullRequestRecord>,
  merge: MergeState,
): Record<string, unknown> {
  return {
    ...renderPullRequestSimple(call, repository, pull),
    merged: pull.value.mergedAt !== null,
    mergeable: merge.mergeable,
    rebaseable: merge.mergeable,
    mergeable_state: merge.state,
    merged_by: user(call, pull.value.mergedById),
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: pull.value.maintainerCanModify,
    commits: merge.commits,
    additions: merge.additions,
    deletions: merge.deletions,
    changed_files: merge.changedFiles,
  };
}

export function renderReview(
  call: Call,
  repository: Stored<RepositoryRecord>,
  pull: Stored<PullRequestRecord>,
  { id, value }: Stored<ReviewRecord>,
): Record<string, unknown> {
  const { api, html } = addressesOf(call, repository);
  const page = `${html}/pull/${pull.value.number}#pullrequestreview-${id}`;
  const url = `${api}/pulls/${pull.value.number}`;
  return {
    id,
    node_id: nodeId("PullRequestReview", id),
    user: user(call, value.userId),
    body: value.body,
    state: value.state,
    html_url: page,
    pull_request_url: url,
    author_association: association(call, repository, value.userId),
    _links: { html: { href: page }, pull_request: { href: url } },
    ...(value.submittedAt === null ? {} : { submitted_at: value.submittedAt }),
    commit_id: value.commitSha,
  };
}
