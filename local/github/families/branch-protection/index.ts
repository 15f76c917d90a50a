/** Classic branch protection over REST. The record is the one that GraphQL writes too. */
import { repositoryOf } from "../../core/access.ts";
import { ApiError, notFound } from "../../core/errors.ts";
import type { Call, Family, Handler, Reply } from "../../core/family.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { noContent, ok } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { type ActorNames, actorIds } from "./actors.ts";
import { DEFAULT_PROTECTION, protectionOf, type ProtectionRecord, protections } from "./record.ts";
import { protectionUrl, renderProtection, renderReviews, renderStatusChecks } from "./render.ts";

interface Target {
  readonly repository: Stored<RepositoryRecord>;
  readonly branch: string;
  readonly url: string;
}

async function targetOf(call: Call): Promise<Target> {
  const repository = repositoryOf(call, "admin");
  const branch = String(call.path["branch"]);
  if (!(await call.git.repository(repository.id).resolve(`refs/heads/${branch}`))) throw new ApiError(404, "Branch not found");
  return { repository, branch, url: protectionUrl(call, repository, branch) };
}

/** @throws ApiError 404 "Branch not protected", which the provider looks for. */
function protectionAt(call: Call, { repository, branch }: Target): Stored<ProtectionRecord> {
  const found = protectionOf(call.store, repository.id, branch);
  if (!found) throw new ApiError(404, "Branch not protected");
  return found;
}

interface ReviewsInput {
  readonly dismissal_restrictions?: ActorNames;
  readonly dismiss_stale_reviews?: boolean;
  readonly require_code_owner_reviews?: boolean;
  readonly required_approving_review_count?: number;
  readonly require_last_push_approval?: boolean;
  readonly bypass_pull_request_allowances?: ActorNames;
}

interface ChecksInput {
  readonly strict?: boolean;
  readonly contexts?: readonly string[];
  readonly checks?: readonly { readonly context: string; readonly app_id?: number }[];
}

function reviewFields(
  call: Call,
  repository: Stored<RepositoryRecord>,
  input: ReviewsInput,
  before: ProtectionRecord,
): Partial<ProtectionRecord> {
  const { dismissal_restrictions: dismissal, bypass_pull_request_allowances: bypass } = input;
  return {
    requiresApprovingReviews: true,
    dismissesStaleReviews: input.dismiss_stale_reviews ?? before.dismissesStaleReviews,
    requiresCodeOwnerReviews: input.require_code_owner_reviews ?? before.requiresCodeOwnerReviews,
    requiredApprovingReviewCount: input.required_approving_review_count ?? before.requiredApprovingReviewCount ?? 1,
    requireLastPushApproval: input.require_last_push_approval ?? before.requireLastPushApproval,
    ...(dismissal
      ? {
          restrictsReviewDismissals: Object.keys(dismissal).length > 0,
          reviewDismissalActorIds: actorIds(call.store, repository, dismissal),
        }
      : {}),
    ...(bypass ? { bypassPullRequestActorIds: actorIds(call.store, repository, bypass) } : {}),
  };
}

function checkFields({ strict, contexts, checks }: ChecksInput, before: ProtectionRecord): Partial<ProtectionRecord> {
  // app_id -1 means "any app", as does leaving it out.
  const fromChecks = checks?.map(({ context, app_id: appId }) => ({ context, appId: appId === undefined || appId === -1 ? null : appId }));
  const named = new Set(fromChecks?.map(({ context }) => context));
  const fromContexts = (contexts ?? []).filter((context) => !named.has(context)).map((context) => ({ context, appId: null }));
  const given = contexts !== undefined || checks !== undefined;
  return {
    requiresStatusChecks: true,
    requiresStrictStatusChecks: strict ?? before.requiresStrictStatusChecks,
    requiredStatusChecks: given ? [...(fromChecks ?? []), ...fromContexts] : before.requiredStatusChecks,
  };
}

async function put(call: Call): Promise<Reply> {
  const target = await targetOf(call);
  const { repository, branch } = target;
  const { store, body } = call;
  const known = protections(store).get(repository.id, branch);
  const fresh: ProtectionRecord = { ...DEFAULT_PROTECTION, pattern: branch, creatorId: call.actor.id };
  const flag = (name: string): boolean => body[name] === true;
  const reviews = body["required_pull_request_reviews"] as ReviewsInput | null;
  const checks = body["required_status_checks"] as ChecksInput | null;
  const restrictions = body["restrictions"] as ActorNames | null;
  const value: ProtectionRecord = {
    ...fresh,
    // PUT replaces everything but the signature demand, which has an address of its own.
    requiresCommitSignatures: known?.value.requiresCommitSignatures ?? false,
    isAdminEnforced: flag("enforce_admins"),
    allowsDeletions: flag("allow_deletions"),
    allowsForcePushes: flag("allow_force_pushes"),
    blocksCreations: flag("block_creations"),
    lockBranch: flag("lock_branch"),
    lockAllowsFetchAndMerge: flag("allow_fork_syncing"),
    requiresLinearHistory: flag("required_linear_history"),
    requiresConversationResolution: flag("required_conversation_resolution"),
    ...(reviews ? reviewFields(call, repository, reviews, fresh) : {}),
    ...(checks ? checkFields(checks, fresh) : {}),
    ...(restrictions ? { restrictsPushes: true, pushActorIds: actorIds(store, repository, restrictions) } : {}),
  };
  const saved = known ? protections(store).update(known.id, value) : protections(store).insert(repository.id, branch, value);
  return ok(renderProtection(call, repository, branch, saved));
}

/** A handler over a protection that exists: reads it when `change` gives nothing, else stores what it gives. */
function over(
  change: (record: ProtectionRecord, call: Call, target: Target) => Partial<ProtectionRecord> | undefined,
  render: Render | undefined,
): Handler {
  return async (call) => {
    const target = await targetOf(call);
    const found = protectionAt(call, target);
    const changed = change(found.value, call, target);
    const saved = changed ? protections(call.store).update(found.id, { ...found.value, ...changed }) : found;
    return render ? ok(render(call, target, saved)) : noContent();
  };
}

type Render = (call: Call, target: Target, protection: Stored<ProtectionRecord>) => Record<string, unknown>;

const whole: Render = (call, { repository, branch }, protection) => renderProtection(call, repository, branch, protection);
const admins: Render = (_call, { url }, { value }) => ({ url: `${url}/enforce_admins`, enabled: value.isAdminEnforced });
const signatures: Render = (_call, { url }, { value }) => ({ url: `${url}/required_signatures`, enabled: value.requiresCommitSignatures });
const reviewsOf: Render = (call, { url }, { value }) => {
  if (!value.requiresApprovingReviews) throw notFound();
  return renderReviews(call, url, value);
};
const checksOf: Render = (_call, { url }, { value }) => {
  if (!value.requiresStatusChecks) throw new ApiError(404, "Required status checks not enabled");
  return renderStatusChecks(url, value);
};
const unchanged = (): undefined => undefined;

async function remove(call: Call): Promise<Reply> {
  const found = protectionAt(call, await targetOf(call));
  protections(call.store).remove(found.id);
  return noContent();
}

export const branchProtectionFamily: Family = {
  name: "branch-protection",
  operations: {
    "repos/get-branch-protection": over(unchanged, whole),
    "repos/update-branch-protection": put,
    "repos/delete-branch-protection": remove,
    "repos/get-admin-branch-protection": over(unchanged, admins),
    "repos/set-admin-branch-protection": over(() => ({ isAdminEnforced: true }), admins),
    "repos/delete-admin-branch-protection": over(() => ({ isAdminEnforced: false }), undefined),
    "repos/get-commit-signature-protection": over(unchanged, signatures),
    "repos/create-commit-signature-protection": over(() => ({ requiresCommitSignatures: true }), signatures),
    "repos/delete-commit-signature-protection": over(() => ({ requiresCommitSignatures: false }), undefined),
    "repos/get-pull-request-review-protection": over(unchanged, reviewsOf),
    "repos/update-pull-request-review-protection": over(
      (value, call, { repository }) => reviewFields(call, repository, call.body, value),
      reviewsOf,
    ),
    "repos/delete-pull-request-review-protection": over(
      () => ({
        requiresApprovingReviews: false,
        requiredApprovingReviewCount: null,
        requiresCodeOwnerReviews: false,
        dismissesStaleReviews: false,
      }),
      undefined,
    ),
    "repos/get-status-checks-protection": over(unchanged, checksOf),
    "repos/update-status-check-protection": over((value, call) => checkFields(call.body, value), checksOf),
    "repos/remove-status-check-protection": over(() => ({ requiresStatusChecks: false, requiredStatusChecks: [] }), undefined),
  },
};
