/** What a moved branch means for pull requests: new heads, stale approvals dismissed, merged or closed ones. */
import { repositories, type RepositoryRecord } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";
import type { GitRepository } from "../../git/repository.ts";
import { activeRules, type RefChange } from "../../rules/gather.ts";
import { happened } from "../events/index.ts";
import { type PullRequestRecord, pullRequests, reviews } from "./record.ts";

export interface FollowContext {
  readonly store: Store;
  readonly repository: Stored<RepositoryRecord>;
  readonly git: GitRepository;
  readonly actorId: number;
  readonly now: string;
}

/** Brings the repository's `pushed_at` and its open pull requests up to date after a ref was changed. */
export async function afterRefChange(context: FollowContext, { ref, before, after }: RefChange): Promise<void> {
  const { store, repository, now, actorId } = context;
  const current = repositories(store).byId(repository.id);
  if (current) repositories(store).update(current.id, { ...current.value, pushedAt: now });
  if (after !== undefined && /^refs\/(heads|tags)\//.test(ref))
    happened(store, repository.id, { event: "push", action: null, actorId, ref, before: before ?? null, sha: after, at: now });
  const [, branch] = /^refs\/heads\/(.+)$/.exec(ref) ?? [];
  if (branch === undefined) return;
  for (const pull of pullRequests(store).list(repository.id)) {
    if (pull.value.state !== "open") continue;
    if (pull.value.headRef === branch) followHead(context, pull, after);
    else if (pull.value.baseRef === branch) await followBase(context, pull, after);
  }
}

function close(context: FollowContext, pull: Stored<PullRequestRecord>, merged: Partial<PullRequestRecord> = {}): void {
  const { store, repository, now, actorId } = context;
  const closed = pullRequests(store).update(pull.id, { ...pull.value, state: "closed", closedAt: now, updatedAt: now, ...merged });
  pullHappened({ store, now, actorId }, repository.id, closed.value, "closed");
}

/** Keeps what happened to a pull request. */
export function pullHappened(
  { store, now, actorId }: Pick<FollowContext, "store" | "now" | "actorId">,
  repositoryId: number,
  { number, headSha: sha }: PullRequestRecord,
  action: "opened" | "synchronize" | "reopened" | "closed" | "edited",
): void {
  happened(store, repositoryId, { event: "pull_request", action, actorId, number, sha, at: now });
}

function followHead(context: FollowContext, pull: Stored<PullRequestRecord>, after: string | undefined): void {
  const { store, actorId, now } = context;
  if (after === undefined) {
    close(context, pull);
    return;
  }
  const moved = pullRequests(store).update(pull.id, { ...pull.value, headSha: after, lastPusherId: actorId, updatedAt: now });
  pullHappened(context, context.repository.id, moved.value, "synchronize");
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
