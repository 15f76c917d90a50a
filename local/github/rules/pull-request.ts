/** The rule `pull_request`: changes come by pull requests, with the reviews that it demands. Pure. */
import type { ChangeFacts, PullRequestFacts, ReviewFacts } from "./model.ts";

/** What the rule finds wrong with the change. A branch may be made or deleted without a pull request: other rules forbid that. */
export function pullRequestViolations({ kind, pullRequest }: ChangeFacts, parameters: Readonly<Record<string, unknown>>): string[] {
  if (kind !== "update") return [];
  if (!pullRequest) return ["Changes must be made through a pull request."];
  return [...methodViolations(pullRequest, parameters), ...reviewViolations(pullRequest, parameters)];
}

function methodViolations({ method }: PullRequestFacts, parameters: Readonly<Record<string, unknown>>): string[] {
  const allowed = parameters["allowed_merge_methods"];
  return !Array.isArray(allowed) || allowed.length === 0 || allowed.includes(method)
    ? []
    : [`The merge method ${method} is not allowed on this branch.`];
}

function reviewViolations(pullRequest: PullRequestFacts, parameters: Readonly<Record<string, unknown>>): string[] {
  const required = Number(parameters["required_approving_review_count"] ?? 0);
  const approvals = countingApprovals(pullRequest, parameters);
  const faults: string[] = [];
  if (pullRequest.reviews.some((review) => review.state === "CHANGES_REQUESTED" && review.counts) && required > 0) {
    faults.push("Changes were requested by a reviewer with write access.");
  }
  if (approvals.length < required) {
    faults.push(`At least ${required} approving review${required === 1 ? " is" : "s are"} required by reviewers with write access.`);
  }
  if (parameters["require_code_owner_review"] === true) faults.push(...ownerViolations(pullRequest, approvals));
  if (parameters["require_last_push_approval"] === true && !approvals.some(({ userId }) => userId !== pullRequest.lastPusherId)) {
    faults.push("New changes require approval from someone other than the last pusher.");
  }
  return faults;
}

function countingApprovals({ reviews, headSha, authorId }: PullRequestFacts, parameters: Readonly<Record<string, unknown>>): ReviewFacts[] {
  const fresh = parameters["dismiss_stale_reviews_on_push"] === true;
  return reviews.filter(
    ({ state, counts, commitSha, userId }) => state === "APPROVED" && counts && userId !== authorId && (!fresh || commitSha === headSha),
  );
}

function ownerViolations({ codeOwners }: PullRequestFacts, approvals: readonly ReviewFacts[]): string[] {
  const waiting = codeOwners.filter(({ userIds }) => !approvals.some(({ userId }) => userIds.includes(userId)));
  const owners = [...new Set(waiting.flatMap((entry) => entry.owners))];
  return waiting.length === 0 ? [] : [`Waiting on code owner review from ${owners.join(", ")}.`];
}
