/** Classic protection as REST shows it. */
import type { Call } from "../../core/family.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import { addressesOf, encodePath } from "../commits/render.ts";
import { renderActors } from "./actors.ts";
import type { ProtectionRecord } from "./record.ts";

export const protectionUrl = (call: Call, repository: Stored<RepositoryRecord>, branch: string): string =>
  `${addressesOf(call, repository).api}/branches/${encodePath(branch)}/protection`;

export function renderStatusChecks(url: string, value: ProtectionRecord): Record<string, unknown> {
  return {
    url: `${url}/required_status_checks`,
    strict: value.requiresStrictStatusChecks,
    contexts: value.requiredStatusChecks.map(({ context }) => context),
    contexts_url: `${url}/required_status_checks/contexts`,
    checks: value.requiredStatusChecks.map(({ context, appId }) => ({ context, app_id: appId })),
  };
}

export function renderReviews(call: Call, url: string, value: ProtectionRecord): Record<string, unknown> {
  const own = `${url}/required_pull_request_reviews`;
  const restrictions = `${url}/dismissal_restrictions`;
  return {
    url: own,
    dismiss_stale_reviews: value.dismissesStaleReviews,
    require_code_owner_reviews: value.requiresCodeOwnerReviews,
    require_last_push_approval: value.requireLastPushApproval,
    required_approving_review_count: value.requiredApprovingReviewCount ?? 0,
    ...(value.restrictsReviewDismissals
      ? {
          dismissal_restrictions: {
            url: restrictions,
            users_url: `${restrictions}/users`,
            teams_url: `${restrictions}/teams`,
            ...renderActors(call, value.reviewDismissalActorIds),
          },
        }
      : {}),
    ...(value.bypassPullRequestActorIds.length > 0
      ? { bypass_pull_request_allowances: renderActors(call, value.bypassPullRequestActorIds) }
      : {}),
  };
}

function renderRestrictions(call: Call, url: string, value: ProtectionRecord): Record<string, unknown> {
  const own = `${url}/restrictions`;
  return {
    url: own,
    users_url: `${own}/users`,
    teams_url: `${own}/teams`,
    apps_url: `${own}/apps`,
    ...renderActors(call, value.pushActorIds),
  };
}

export function renderProtection(
  call: Call,
  repository: Stored<RepositoryRecord>,
  branch: string,
  { value }: Stored<ProtectionRecord>,
): Record<string, unknown> {
  const url = protectionUrl(call, repository, branch);
  return {
    url,
    ...(value.requiresStatusChecks ? { required_status_checks: renderStatusChecks(url, value) } : {}),
    ...(value.requiresApprovingReviews ? { required_pull_request_reviews: renderReviews(call, url, value) } : {}),
    ...(value.restrictsPushes ? { restrictions: renderRestrictions(call, url, value) } : {}),
    required_signatures: { url: `${url}/required_signatures`, enabled: value.requiresCommitSignatures },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: value.isAdminEnforced },
    required_linear_history: { enabled: value.requiresLinearHistory },
    allow_force_pushes: { enabled: value.allowsForcePushes },
    allow_deletions: { enabled: value.allowsDeletions },
    block_creations: { enabled: value.blocksCreations },
    required_conversation_resolution: { enabled: value.requiresConversationResolution },
    lock_branch: { enabled: value.lockBranch },
    allow_fork_syncing: { enabled: value.lockAllowsFetchAndMerge },
  };
}
