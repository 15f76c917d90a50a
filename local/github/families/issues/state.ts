/** Issues, and what issues and pull requests share: labels, assignees, comments, the lock, and one sequence of numbers. */
import { roleIn } from "../../core/access.ts";
import { notFound } from "../../core/errors.ts";
import { accounts, issueNumbers } from "../../core/records.ts";
import type { AccountRecord, RepositoryRecord } from "../../core/records.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";
import type { LabelRecord } from "../labels/state.ts";
import { labels, PLAIN_COLOR } from "../labels/state.ts";
import type { PullRequestRecord } from "../pulls/record.ts";
import { pullRequests } from "../pulls/record.ts";

/** Kind `issue`, owner the repository's id, key the number as text. */
export interface IssueRecord {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly userId: number;
  readonly state: "open" | "closed";
  readonly stateReason: "completed" | "reopened" | "not_planned" | "duplicate" | null;
  readonly closedById: number | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
}

/** Kind `issue-thread`, owner the repository's id, key the number of an issue or pull request as text. */
export interface ThreadRecord {
  readonly labelIds: readonly number[];
  readonly assigneeIds: readonly number[];
  readonly lockReason: string | null;
  readonly locked: boolean;
}

/** Kind `issue-comment`, owner the repository's id, key a number of its own as text. */
export interface CommentRecord {
  readonly issueNumber: number;
  readonly userId: number;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const issues = (store: Store): Collection<IssueRecord> => store.collection("issue");
export const comments = (store: Store): Collection<CommentRecord> => store.collection("issue-comment");
const threads = (store: Store): Collection<ThreadRecord> => store.collection("issue-thread");

/** An issue, or the pull request of that number seen as one. */
export type Subject =
  { readonly kind: "issue"; readonly record: Stored<IssueRecord> } | { readonly kind: "pull"; readonly record: Stored<PullRequestRecord> };

/** @throws ApiError 404. */
export function subjectNumbered(store: Store, repositoryId: number, number: number): Subject {
  const issue = issues(store).get(repositoryId, String(number));
  if (issue) return { kind: "issue", record: issue };
  const pull = pullRequests(store).get(repositoryId, String(number));
  if (!pull) throw notFound();
  return { kind: "pull", record: pull };
}

/** Issues and pull requests of a repository by number. */
export function subjectsOf(store: Store, repositoryId: number): Subject[] {
  const all: Subject[] = [
    ...issues(store)
      .list(repositoryId)
      .map((record) => ({ kind: "issue" as const, record })),
    ...pullRequests(store)
      .list(repositoryId)
      .map((record) => ({ kind: "pull" as const, record })),
  ];
  return all.sort((a, b) => a.record.value.number - b.record.value.number);
}

export const nextIssueNumber = (store: Store, repositoryId: number): number => store.nextNumber(issueNumbers(repositoryId));

const EMPTY: ThreadRecord = { labelIds: [], assigneeIds: [], lockReason: null, locked: false };

export const threadOf = (store: Store, repositoryId: number, number: number): ThreadRecord =>
  threads(store).get(repositoryId, String(number))?.value ?? EMPTY;

export function changeThread(store: Store, repositoryId: number, number: number, changes: Partial<ThreadRecord>): void {
  const before = threads(store).get(repositoryId, String(number));
  const value = { ...EMPTY, ...before?.value, ...changes };
  if (before) threads(store).update(before.id, value);
  else threads(store).insert(repositoryId, String(number), value);
}

/** The labels of an issue or pull request that still exist. */
export const labelsOf = (store: Store, repositoryId: number, number: number): Stored<LabelRecord>[] =>
  threadOf(store, repositoryId, number).labelIds.flatMap((id) => labels(store).byId(id) ?? []);

export const assigneesOf = (store: Store, repositoryId: number, number: number): Stored<AccountRecord>[] =>
  threadOf(store, repositoryId, number).assigneeIds.flatMap((id) => accounts(store).byId(id) ?? []);

/** Ids of labels by name. A label that does not exist is made, in gray: GitHub does so for whoever may push. */
export function labelIds(store: Store, repositoryId: number, names: readonly string[]): number[] {
  const ids = names.map((name) => {
    const known = labels(store).get(repositoryId, name);
    return (known ?? labels(store).insert(repositoryId, name, { name, color: PLAIN_COLOR, description: null, isDefault: false })).id;
  });
  return [...new Set(ids)];
}

/** Whoever can read a repository in their own right may be assigned. */
export function mayBeAssigned(store: Store, repository: Stored<RepositoryRecord>, user: Stored<AccountRecord>): boolean {
  return roleIn(store, { ...repository, value: { ...repository.value, visibility: "private" } }, user.id) !== "none";
}

export function removeIssuesOf(store: Store, repositoryId: number): void {
  for (const collection of [issues(store), comments(store), threads(store)]) collection.removeOwned(repositoryId);
}
