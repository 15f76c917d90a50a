/** Classic branch protection: one record, written by GraphQL and by REST alike. */
import type { Collection, Store, Stored } from "../../core/store.ts";
import { fnmatch } from "../../../../model/fnmatch.ts";

/** Kind `branch-protection`, owner the repository's id, key the pattern. Fields are GraphQL's; actors are node ids. */
export interface ProtectionRecord {
  readonly pattern: string;
  readonly creatorId: number;
  readonly isAdminEnforced: boolean;
  readonly allowsDeletions: boolean;
  readonly allowsForcePushes: boolean;
  readonly blocksCreations: boolean;
  readonly lockBranch: boolean;
  readonly lockAllowsFetchAndMerge: boolean;
  readonly requiresApprovingReviews: boolean;
  readonly requiredApprovingReviewCount: number | null;
  readonly requiresCodeOwnerReviews: boolean;
  readonly dismissesStaleReviews: boolean;
  readonly requireLastPushApproval: boolean;
  readonly restrictsReviewDismissals: boolean;
  readonly reviewDismissalActorIds: readonly string[];
  readonly bypassPullRequestActorIds: readonly string[];
  readonly bypassForcePushActorIds: readonly string[];
  readonly restrictsPushes: boolean;
  readonly pushActorIds: readonly string[];
  readonly requiresStatusChecks: boolean;
  readonly requiresStrictStatusChecks: boolean;
  readonly requiredStatusChecks: readonly { readonly context: string; readonly appId: number | null }[];
  readonly requiresCommitSignatures: boolean;
  readonly requiresLinearHistory: boolean;
  readonly requiresConversationResolution: boolean;
  readonly requiresDeployments: boolean;
  readonly requiredDeploymentEnvironments: readonly string[];
}

/** What a protection that says nothing demands: no force push, no deletion. */
export const DEFAULT_PROTECTION: Omit<ProtectionRecord, "pattern" | "creatorId"> = {
  isAdminEnforced: false,
  allowsDeletions: false,
  allowsForcePushes: false,
  blocksCreations: false,
  lockBranch: false,
  lockAllowsFetchAndMerge: false,
  requiresApprovingReviews: false,
  requiredApprovingReviewCount: null,
  requiresCodeOwnerReviews: false,
  dismissesStaleReviews: false,
  requireLastPushApproval: false,
  restrictsReviewDismissals: false,
  reviewDismissalActorIds: [],
  bypassPullRequestActorIds: [],
  bypassForcePushActorIds: [],
  restrictsPushes: false,
  pushActorIds: [],
  requiresStatusChecks: false,
  requiresStrictStatusChecks: false,
  requiredStatusChecks: [],
  requiresCommitSignatures: false,
  requiresLinearHistory: false,
  requiresConversationResolution: false,
  requiresDeployments: false,
  requiredDeploymentEnvironments: [],
};

export const protections = (store: Store): Collection<ProtectionRecord> => store.collection("branch-protection");

/** The protection of a branch: the one that names it, else the oldest whose pattern matches. */
export function protectionOf(store: Store, repositoryId: number, branch: string): Stored<ProtectionRecord> | undefined {
  const all = protections(store).list(repositoryId);
  return all.find(({ value }) => value.pattern === branch) ?? all.find(({ value }) => fnmatch(value.pattern, branch));
}
