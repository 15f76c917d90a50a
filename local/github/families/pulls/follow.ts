/** What a moved branch means for pull requests: new heads, stale approvals dismissed, merged or closed ones. */
import { repositories, type RepositoryRecord } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";
import type { GitRepository } from "../../git/repository.ts";
import { activeRules, type RefChange } from "../../rules/gather.ts";
import { type PullRequestRecord, pullRequests, reviews } from "./record.ts";

export interface FollowContext {
  readonly store: Store;
  readonly repository: Stored<RepositoryRecord>;
  readonly git: GitRepository;
  readonly actorId: number;
  readonly now: string;
}

/** Brings the repository's `pushed_at` and its open pull requests up to date after a ref was changed. */
export async function afterRefChange(context: FollowContext, { ref, after }: RefChange): Promise<void> {
  const { store, repository, now } = context;
  const current = repositories(store).byId(repository.id);
  if (current) repositories(store).update(current.id, { ...current.value, pushedAt: now });
  const [, branch] = /^refs\/heads\/(.+)$/.exec(ref) ?? [];
  if (branch === undefined) return;
  for (const pull of pullRequests(store).list(repository.id)) {
    if (pull.value.state !== "open") continue;
    if (pull.value.headRef === branch) followHead(context, pull, after);
    else if (pull.value.baseRef === branch) await followBase(context, pull, after);
  }
}

function close(context: FollowContext, pull: Stored<PullRequestRecord>, merged: Partial<PullRequestRecord> = {}): void {
  const { store, now } = context;
  pullRequests(store).update(pull.id, { ...pull.value, state: "closed", closedAt: now, updatedAt: now, ...merged });
}

function followHead(context: FollowContext, pull: Stored<PullRequestRecord>, after: string | undefined): void {
  const { store, actorId, now } = context;
  if (after === undefined) {
    close(context, pull);
    return;
  }
  pullRequests(store).update(pull.id, { ...pull.value, headSha: after, lastPusherId: actorId, updatedAt: now });
  const base = `refs/heads/${pull.value.baseRef}`;
  const dismisses = activeRules(context, base).some(
    (rule) => rule.type === "pull_request" && rule.parameters["dismiss_stale_reviews_on_push"] === true,
  );
  if (!dismisses) return;
  for (const review of reviews(store).list(pull.id)) {
    if (review.value.state === "APPROVED") reviews(store).update(review.id, { ...review.value, state: "DISMISSED" });
  }
}

async function followBase(context: FollowContext, pull: Stored<PullRequestRecord>, after: string | undefined): Promise<void> {
  const { git, actorId, now } = context;
  if (after === undefined) {
    close(context, pull);
    return;
  }
  // A pull request whose head has come into its base by a push is merged.
  if (await git.isAncestor(pull.value.headSha, after)) {
    close(context, pull, { mergedAt: now, mergedById: actorId, mergeCommitSha: after });
  }
}
