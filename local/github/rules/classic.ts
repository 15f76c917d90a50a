/** Classic branch protection in the words of rules, so that one engine judges both. */
import type { ProtectionRecord } from "../families/branch-protection/record.ts";
import type { ActiveRule } from "./model.ts";

export interface ClassicActor {
  /** Whether the caller administers the repository. */
  readonly admin: boolean;
  /** Whether the caller is among these actors (node ids of users, teams and apps). */
  readonly among: (actorIds: readonly string[]) => boolean;
}

/** The rules that a classic protection makes, for one caller. */
export function classicRules(protection: ProtectionRecord, { admin, among }: ClassicActor): ActiveRule[] {
  const excused = admin && !protection.isAdminEnforced;
  const rule = (type: string, bypassed: boolean, parameters: Readonly<Record<string, unknown>> = {}): ActiveRule => ({
    type,
    parameters,
    source: protection.pattern,
    classic: true,
    bypass: bypassed ? "always" : "never",
  });
  const pusher = !protection.restrictsPushes || among(protection.pushActorIds);
  const rules: [boolean, ActiveRule][] = [
    // Administrators are held to these two even where the protection excuses them from the rest.
    [!protection.allowsDeletions, rule("deletion", false)],
    [!protection.allowsForcePushes, rule("non_fast_forward", among(protection.bypassForcePushActorIds))],
    [protection.lockBranch, rule("update", excused)],
    [protection.restrictsPushes, rule("update", excused || pusher)],
    [protection.restrictsPushes && protection.blocksCreations, rule("creation", excused || pusher)],
    [
      protection.requiresApprovingReviews,
      rule("pull_request", excused || among(protection.bypassPullRequestActorIds), {
        required_approving_review_count: protection.requiredApprovingReviewCount ?? 1,
        dismiss_stale_reviews_on_push: protection.dismissesStaleReviews,
        require_code_owner_review: protection.requiresCodeOwnerReviews,
        require_last_push_approval: protection.requireLastPushApproval,
      }),
    ],
    [
      protection.requiresStatusChecks,
      rule("required_status_checks", excused, {
        strict_required_status_checks_policy: protection.requiresStrictStatusChecks,
        required_status_checks: protection.requiredStatusChecks.map(({ context, appId }) => ({ context, integration_id: appId })),
      }),
    ],
    [protection.requiresCommitSignatures, rule("required_signatures", excused)],
    [protection.requiresLinearHistory, rule("required_linear_history", excused)],
    [
      protection.requiresDeployments,
      rule("required_deployments", excused, { required_deployment_environments: protection.requiredDeploymentEnvironments }),
    ],
  ];
  return rules.flatMap(([holds, active]) => (holds ? [active] : []));
}
