/** Pull requests and reviews as they are stored. Heads are branches of the same repository: forks are not governed here. */
import type { Collection, Store } from "../../core/store.ts";

/** Kind `pull-request`, owner the repository's id, key the number as text. */
export interface PullRequestRecord {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly userId: number;
  /** Branch names without `refs/heads/`. */
  readonly headRef: string;
  readonly baseRef: string;
  /** Kept in step with the branch while the pull request is open. */
  readonly headSha: string;
  readonly baseSha: string;
  readonly draft: boolean;
  readonly state: "open" | "closed";
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
  readonly mergedAt: string | null;
  readonly mergedById: number | null;
  readonly mergeCommitSha: string | null;
  readonly requestedUserIds: readonly number[];
  readonly requestedTeamIds: readonly number[];
  /** Who moved the head last: with `require_last_push_approval` their approval is not enough. */
  readonly lastPusherId: number;
  readonly maintainerCanModify: boolean;
  /** Merged by itself once nothing stands in the way. */
  readonly autoMerge?: AutoMergeRecord | null;
}

export interface AutoMergeRecord {
  readonly enabledById: number;
  readonly method: "merge" | "squash" | "rebase";
  /** Null: the repository's settings say. */
  readonly title: string | null;
  readonly message: string | null;
}

/** Kind `review`, owner the pull request's id, key the review's own number as text. */
export interface ReviewRecord {
  readonly userId: number;
  readonly body: string;
  readonly state: "PENDING" | "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  readonly commitSha: string;
  readonly submittedAt: string | null;
}

export const pullRequests = (store: Store): Collection<PullRequestRecord> => store.collection("pull-request");
export const reviews = (store: Store): Collection<ReviewRecord> => store.collection("review");
