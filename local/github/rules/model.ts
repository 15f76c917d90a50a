/** The words of the rules engine: what a rule demands, and the facts that it is judged by. Nothing here does I/O. */

/** One rule that holds for a ref, with where it comes from and whether the caller may pass it. */
export interface ActiveRule {
  readonly type: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Ruleset's name, or the pattern of a classic protection. */
  readonly source: string;
  readonly classic: boolean;
  /** `pull_request`: the caller may pass it by merging a pull request, not by a push. */
  readonly bypass: "never" | "pull_request" | "always";
}

export interface CommitFacts {
  readonly sha: string;
  readonly parents: number;
  readonly verified: boolean;
  readonly message: string;
  readonly authorEmail: string;
  readonly committerEmail: string;
}

export interface CheckFacts {
  readonly context: string;
  /** The app that reported, null for a commit status. */
  readonly appId: number | null;
  readonly state: "success" | "pending" | "failure";
}

export interface ReviewFacts {
  readonly userId: number;
  readonly state: "APPROVED" | "CHANGES_REQUESTED";
  /** The commit that was reviewed. */
  readonly commitSha: string;
  /** Whether the reviewer may write to the repository: other approvals do not count. */
  readonly counts: boolean;
}

export interface PullRequestFacts {
  readonly authorId: number;
  readonly lastPusherId: number;
  readonly headSha: string;
  readonly method: "merge" | "squash" | "rebase";
  /** The last word of each reviewer. */
  readonly reviews: readonly ReviewFacts[];
  /** For each path that changes and has owners: the users who may approve for it. */
  readonly codeOwners: readonly { readonly path: string; readonly owners: readonly string[]; readonly userIds: readonly number[] }[];
  readonly draft: boolean;
}

/** A change of one ref, as it would be. */
export interface ChangeFacts {
  /** `refs/heads/main`. */
  readonly ref: string;
  readonly kind: "create" | "update" | "delete";
  /** Whether the new commit descends from the old one; true for a creation. */
  readonly fastForward: boolean;
  /** What the ref gains. */
  readonly commits: readonly CommitFacts[];
  /** Checks and statuses of the commit that counts: the pull request's head, or what is pushed. */
  readonly checks: readonly CheckFacts[];
  /** Whether the commit that was checked holds everything of the ref already. */
  readonly upToDate: boolean;
  /** Environments that the commit has been deployed to successfully. */
  readonly deployedTo: readonly string[];
  /** Files that the change touches, for push rules. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** Present when the change is the merge of a pull request. */
  readonly pullRequest: PullRequestFacts | undefined;
}

export interface Violation {
  readonly rule: ActiveRule;
  /** GitHub's sentence. */
  readonly message: string;
}
