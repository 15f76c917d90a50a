import { atLeast, repositoryOf, roleIn } from "../../core/access.ts";
import { forbidden, notFound, requiresAuthentication, validationFailed } from "../../core/errors.ts";
import type { Call, Handler } from "../../core/family.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { created, noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { happened } from "../events/index.ts";
import { commentsOn, renderComment } from "./render.ts";
import type { CommentRecord } from "./state.ts";
import { comments, subjectNumbered, threadOf } from "./state.ts";

const MAX_BODY = 65_536;

/** @throws ApiError 422. */
function bodyOf(call: Call): string {
  const body = String(call.body["body"]);
  if (body.trim() === "") throw validationFailed([{ resource: "IssueComment", code: "missing_field", field: "body" }]);
  if (body.length > MAX_BODY) {
    throw validationFailed([
      { resource: "IssueComment", code: "custom", field: "body", message: `body is too long (maximum is ${MAX_BODY} characters)` },
    ]);
  }
  return body;
}

/** The comment of the path, for its author and whoever may push. */
function editable(call: Call, repository: Stored<RepositoryRecord>): Stored<CommentRecord> {
  const found = commentOf(call, repository);
  const mayEdit = found.value.userId === call.actor.id || atLeast(roleIn(call.store, repository, call.actor.id), "write");
  if (!mayEdit) throw forbidden("Must have write rights to Repository.");
  return found;
}

function commentOf(call: Call, repository: Stored<RepositoryRecord>): Stored<CommentRecord> {
  const found = comments(call.store).byId(Number(call.path["comment_id"]));
  if (found?.owner !== repository.id) throw notFound();
  return found;
}

const since = (call: Call, all: readonly Stored<CommentRecord>[]): Stored<CommentRecord>[] => {
  const from = call.query["since"];
  return all.filter(({ value }) => typeof from !== "string" || Date.parse(value.updatedAt) >= Date.parse(from));
};

export const commentOperations: Readonly<Record<string, Handler>> = {
  "issues/list-comments": (call) => {
    const repository = repositoryOf(call);
    const { value } = subjectNumbered(call.store, repository.id, Number(call.path["issue_number"])).record;
    return page(call, since(call, commentsOn(call, repository.id, value.number)), (comment) => renderComment(call, repository, comment));
  },
  "issues/list-comments-for-repo": (call) => {
    const repository = repositoryOf(call);
    return page(call, since(call, comments(call.store).list(repository.id)), (comment) => renderComment(call, repository, comment));
  },
  "issues/get-comment": (call) => {
    const repository = repositoryOf(call);
    return ok(renderComment(call, repository, commentOf(call, repository)));
  },
  "issues/create-comment": (call) => {
    if (call.actor.kind === "Anonymous") throw requiresAuthentication();
    const repository = repositoryOf(call);
    const { number } = subjectNumbered(call.store, repository.id, Number(call.path["issue_number"])).record.value;
    const { locked } = threadOf(call.store, repository.id, number);
    if (locked && !atLeast(roleIn(call.store, repository, call.actor.id), "write")) {
      throw forbidden("Unable to create comment because issue is locked.");
    }
    const value = { issueNumber: number, userId: call.actor.id, body: bodyOf(call), createdAt: call.now, updatedAt: call.now };
    happened(call.store, repository.id, { event: "issue_comment", action: "created", actorId: call.actor.id, number, at: call.now });
    const key = String(call.store.nextNumber(`issue-comment:${repository.id}`));
    return created(renderComment(call, repository, comments(call.store).insert(repository.id, key, value)));
  },
  "issues/update-comment": (call) => {
    const repository = repositoryOf(call);
    const before = editable(call, repository);
    const value = { ...before.value, body: bodyOf(call), updatedAt: call.now };
    return ok(renderComment(call, repository, comments(call.store).update(before.id, value)));
  },
  "issues/delete-comment": (call) => {
    comments(call.store).remove(editable(call, repositoryOf(call)).id);
    return noContent();
  },
};
