import { accountById, roleIn } from "../../core/access.ts";
import type { Call } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import { accounts, memberships } from "../../core/records.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import { renderLabel } from "../labels/index.ts";
import { simpleUser } from "../users/render.ts";
import type { CommentRecord, Subject } from "./state.ts";
import { assigneesOf, comments, labelsOf, threadOf } from "./state.ts";

type Repository = Stored<RepositoryRecord>;

const fullName = (call: Call, repository: Repository): string =>
  `${accountById(call.store, repository.owner).value.login}/${repository.value.name}`;

function userOrNull(call: Call, id: number | null): Record<string, unknown> | null {
  const account = id === null ? undefined : accounts(call.store).byId(id);
  return account ? simpleUser(call, account) : null;
}

/** How an author stands to the repository: `OWNER`, `MEMBER`, `COLLABORATOR` or `NONE`. */
function authorAssociation(call: Call, repository: Repository, userId: number): string {
  if (repository.owner === userId) return "OWNER";
  const user = accounts(call.store).byId(userId);
  if (user && memberships(call.store).get(repository.owner, user.value.login)) return "MEMBER";
  const closed = { ...repository, value: { ...repository.value, visibility: "private" as const } };
  return roleIn(call.store, closed, userId) === "none" ? "NONE" : "COLLABORATOR";
}

/** GitHub's `issue`. A pull request seen as an issue carries `pull_request`. */
export function renderIssue(call: Call, repository: Repository, subject: Subject): Record<string, unknown> {
  const { id, value } = subject.record;
  const name = fullName(call, repository);
  const base = `${call.apiUrl}/repos/${name}`;
  const url = `${base}/issues/${value.number}`;
  const page = `${call.htmlUrl}/${name}/${subject.kind === "issue" ? "issues" : "pull"}/${value.number}`;
  const thread = threadOf(call.store, repository.id, value.number);
  const assignees = assigneesOf(call.store, repository.id, value.number).map((user) => simpleUser(call, user));
  return {
    id,
    node_id: nodeId(subject.kind === "issue" ? "Issue" : "PullRequest", id),
    url,
    repository_url: base,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: page,
    number: value.number,
    state: value.state,
    title: value.title,
    body: value.body,
    user: userOrNull(call, value.userId),
    labels: labelsOf(call.store, repository.id, value.number).map((label) => renderLabel(call, repository, label)),
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    locked: thread.locked,
    active_lock_reason: thread.lockReason,
    comments: commentsOn(call, repository.id, value.number).length,
    closed_at: value.closedAt,
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    author_association: authorAssociation(call, repository, value.userId),
    ...kindFields(call, subject, base, page),
  };
}

function kindFields(call: Call, subject: Subject, base: string, page: string): Record<string, unknown> {
  if (subject.kind === "issue") {
    const { stateReason, closedById } = subject.record.value;
    return { state_reason: stateReason, closed_by: userOrNull(call, closedById) };
  }
  const { number, draft, mergedAt } = subject.record.value;
  const url = `${base}/pulls/${number}`;
  return { draft, pull_request: { url, html_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch`, merged_at: mergedAt } };
}

/** Comments on one issue or pull request, oldest first. */
export const commentsOn = (call: Call, repositoryId: number, number: number): Stored<CommentRecord>[] =>
  comments(call.store)
    .list(repositoryId)
    .filter(({ value }) => value.issueNumber === number);

export function renderComment(call: Call, repository: Repository, comment: Stored<CommentRecord>): Record<string, unknown> {
  const { id, value } = comment;
  const name = fullName(call, repository);
  return {
    id,
    node_id: nodeId("IssueComment", id),
    url: `${call.apiUrl}/repos/${name}/issues/comments/${id}`,
    html_url: `${call.htmlUrl}/${name}/issues/${value.issueNumber}#issuecomment-${id}`,
    issue_url: `${call.apiUrl}/repos/${name}/issues/${value.issueNumber}`,
    body: value.body,
    user: userOrNull(call, value.userId),
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    author_association: authorAssociation(call, repository, value.userId),
    performed_via_github_app: null,
  };
}
