/** Reviews of a pull request: written, submitted and dismissed. */
import { repositoryOf } from "../../core/access.ts";
import { ApiError, forbidden, notFound, unprocessable } from "../../core/errors.ts";
import type { Call, Handler, Reply } from "../../core/family.ts";
import { ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { workflowPermissions } from "../actions-permissions/state.ts";
import { happened } from "../events/index.ts";
import { type NamedPullRequest, pullRequestOf } from "./lookup.ts";
import { pullRequests, type ReviewRecord, reviews } from "./record.ts";
import { renderReview } from "./render.ts";

const STATES = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;

const show = (call: Call, { repository, pull }: NamedPullRequest, review: Stored<ReviewRecord>): Reply =>
  ok(renderReview(call, repository, pull, review));

function reviewOf(call: Call, { pull }: NamedPullRequest): Stored<ReviewRecord> {
  const found = reviews(call.store).byId(Number(call.path["review_id"]));
  if (found?.owner !== pull.id) throw notFound();
  return found;
}

/** @throws ApiError 422 for the author's own verdict and for a verdict without words where GitHub wants some. */
function stateFor(call: Call, { pull, repository }: NamedPullRequest, event: unknown, text: string): ReviewRecord["state"] {
  if (event === undefined || event === "") return "PENDING";
  const own = pull.value.userId === call.actor.id;
  if (own && event === "APPROVE") throw unprocessable("Can not approve your own pull request");
  if (own && event === "REQUEST_CHANGES") throw unprocessable("Can not request changes on your own pull request");
  if (
    event === "APPROVE" &&
    call.actor.grant?.job === true &&
    !workflowPermissions.read(call.store, repository.id).can_approve_pull_request_reviews
  )
    throw new ApiError(422, "Unprocessable Entity", ["GitHub Actions is not permitted to approve pull requests."]);
  if (event !== "APPROVE" && text.trim() === "") throw unprocessable("body can't be blank");
  return STATES[event as keyof typeof STATES];
}

function submitted(call: Call, named: NamedPullRequest, state: ReviewRecord["state"]): void {
  if (state === "PENDING") return;
  const { value, id } = named.pull;
  const { number, headSha: sha } = value;
  const event = { event: "pull_request_review", action: "submitted", actorId: call.actor.id, number, sha, at: call.now } as const;
  happened(call.store, named.repository.id, event);
  // A submitted review answers the request for it.
  const requestedUserIds = value.requestedUserIds.filter((userId) => userId !== call.actor.id);
  pullRequests(call.store).update(id, { ...value, requestedUserIds, updatedAt: call.now });
}

function create(call: Call): Reply {
  const named = pullRequestOf(call);
  const { body, store, now, actor } = call;
  const text = typeof body["body"] === "string" ? body["body"] : "";
  const state = stateFor(call, named, body["event"], text);
  if (
    state === "PENDING" &&
    reviews(store)
      .list(named.pull.id)
      .some(({ value }) => value.state === "PENDING" && value.userId === actor.id)
  ) {
    throw unprocessable("User can only have one pending review per pull request");
  }
  const id = store.nextId();
  const review = reviews(store).insert(
    named.pull.id,
    String(id),
    {
      userId: actor.id,
      body: text,
      state,
      commitSha: typeof body["commit_id"] === "string" ? body["commit_id"] : named.pull.value.headSha,
      submittedAt: state === "PENDING" ? null : now,
    },
    id,
  );
  submitted(call, named, state);
  return show(call, named, review);
}

function submit(call: Call): Reply {
  const named = pullRequestOf(call);
  const review = reviewOf(call, named);
  if (review.value.userId !== call.actor.id) throw notFound();
  if (review.value.state !== "PENDING") throw unprocessable("Can not submit a review that is not pending");
  const text = typeof call.body["body"] === "string" ? call.body["body"] : review.value.body;
  const state = stateFor(call, named, call.body["event"], text);
  const saved = reviews(call.store).update(review.id, { ...review.value, body: text, state, submittedAt: call.now });
  submitted(call, named, state);
  return show(call, named, saved);
}

function dismiss(call: Call): Reply {
  const named = pullRequestOf(call);
  repositoryOf(call, "write");
  const review = reviewOf(call, named);
  if (review.value.state !== "APPROVED" && review.value.state !== "CHANGES_REQUESTED") {
    throw unprocessable(`Can not dismiss a ${review.value.state.toLowerCase()} pull request review`);
  }
  return show(call, named, reviews(call.store).update(review.id, { ...review.value, state: "DISMISSED" }));
}

function update(call: Call): Reply {
  const named = pullRequestOf(call);
  const review = reviewOf(call, named);
  if (review.value.userId !== call.actor.id) throw forbidden("Only the reviewer may change a review.");
  return show(call, named, reviews(call.store).update(review.id, { ...review.value, body: String(call.body["body"]) }));
}

function removePending(call: Call): Reply {
  const named = pullRequestOf(call);
  const review = reviewOf(call, named);
  if (review.value.state !== "PENDING" || review.value.userId !== call.actor.id)
    throw unprocessable("Can not delete a non-pending pull request review");
  reviews(call.store).remove(review.id);
  return show(call, named, review);
}

/** A pending review is seen by its writer only. */
function list(call: Call): Reply {
  const named = pullRequestOf(call);
  const seen = reviews(call.store)
    .list(named.pull.id)
    .filter(({ value }) => value.state !== "PENDING" || value.userId === call.actor.id);
  return page(call, seen, (review) => renderReview(call, named.repository, named.pull, review));
}

export const reviewOperations: Readonly<Record<string, Handler>> = {
  "pulls/list-reviews": list,
  "pulls/create-review": create,
  "pulls/get-review": (call) => {
    const named = pullRequestOf(call);
    return show(call, named, reviewOf(call, named));
  },
  "pulls/update-review": update,
  "pulls/submit-review": submit,
  "pulls/dismiss-review": dismiss,
  "pulls/delete-pending-review": removePending,
};
