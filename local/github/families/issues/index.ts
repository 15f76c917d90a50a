/** Issues with comments, labels and assignees; a pull request has all of these too, under the same numbers. */
import { atLeast, repositoryOf, roleIn } from "../../core/access.ts";
import { ApiError, forbidden, requiresAuthentication, validationFailed } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { accounts } from "../../core/records.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { created, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { pullRequests } from "../pulls/record.ts";
import { settingsOf } from "../repositories/settings.ts";
import { commentOperations } from "./comments.ts";
import { commentsOn, renderIssue } from "./render.ts";
import type { IssueRecord, Subject } from "./state.ts";
import {
  assigneesOf,
  changeThread,
  issues,
  labelIds,
  labelsOf,
  nextIssueNumber,
  removeIssuesOf,
  subjectNumbered,
  subjectsOf,
} from "./state.ts";
import { assigneeIds, threadOperations } from "./threads.ts";

/** @throws ApiError 410 when the repository has no issues. */
function withIssues(call: Call): Stored<RepositoryRecord> {
  const repository = repositoryOf(call);
  if (!settingsOf(repository.value).has_issues) throw new ApiError(410, "Issues are disabled for this repo");
  return repository;
}

function titleOf(value: unknown): string {
  const title = String(value).trim();
  if (title === "") throw validationFailed([{ resource: "Issue", code: "missing_field", field: "title" }]);
  if (title.length > 256) {
    throw validationFailed([
      { resource: "Issue", code: "custom", field: "title", message: "title is too long (maximum is 256 characters)" },
    ]);
  }
  return title;
}

/** Labels and assignees that the body names; those who may not triage set none, without an error, as at GitHub. */
function applyThread(call: Call, repository: Stored<RepositoryRecord>, number: number): void {
  if (!atLeast(roleIn(call.store, repository, call.actor.id), "triage")) return;
  const { labels, assignees, assignee } = call.body as {
    labels?: readonly unknown[];
    assignees?: readonly unknown[];
    assignee?: string | null;
  };
  const names = labels?.map((label) => (typeof label === "string" ? label : String((label as { name?: unknown }).name)));
  const logins = assignees ?? (assignee === undefined ? undefined : [assignee].filter((login) => login !== null && login !== ""));
  changeThread(call.store, repository.id, number, {
    ...(names && { labelIds: labelIds(call.store, repository.id, names) }),
    ...(logins && { assigneeIds: assigneeIds(call, repository, logins) }),
  });
}

function create(call: Call): Reply {
  if (call.actor.kind === "Anonymous") throw requiresAuthentication();
  const repository = withIssues(call);
  const title = titleOf(call.body["title"]);
  const number = nextIssueNumber(call.store, repository.id);
  const { body } = call.body;
  const value: IssueRecord = {
    number,
    title,
    body: typeof body === "string" ? body : null,
    userId: call.actor.id,
    state: "open",
    stateReason: null,
    closedById: null,
    createdAt: call.now,
    updatedAt: call.now,
    closedAt: null,
  };
  const record = issues(call.store).insert(repository.id, String(number), value);
  applyThread(call, repository, number);
  return created(renderIssue(call, repository, { kind: "issue", record }));
}

type Body = Partial<{ title: unknown; body: string | null; state: "open" | "closed"; state_reason: IssueRecord["stateReason"] }>;

/** Closing and opening keep who and when. */
function stateAfter(call: Call, before: IssueRecord): Partial<IssueRecord> {
  const { state, state_reason: reason } = call.body as Body;
  if (state === "closed" && before.state === "open") {
    return { state, stateReason: reason ?? "completed", closedAt: call.now, closedById: call.actor.id };
  }
  if (state === "open" && before.state === "closed") return { state, stateReason: "reopened", closedAt: null, closedById: null };
  return reason === undefined ? {} : { stateReason: reason };
}

function update(call: Call): Reply {
  const repository = repositoryOf(call);
  const subject = subjectNumbered(call.store, repository.id, Number(call.path["issue_number"]));
  const { id, value } = subject.record;
  if (value.userId !== call.actor.id && !atLeast(roleIn(call.store, repository, call.actor.id), "triage")) {
    throw forbidden("Must have triage rights to Repository.");
  }
  const body: Body = call.body;
  const text = {
    ...(body.title !== undefined && body.title !== null && { title: titleOf(body.title) }),
    ...(body.body !== undefined && { body: body.body }),
    updatedAt: call.now,
  };
  if (subject.kind === "issue")
    issues(call.store).update(id, { ...subject.record.value, ...text, ...stateAfter(call, subject.record.value) });
  else {
    if (body.state !== undefined && body.state !== value.state) {
      throw validationFailed([
        { resource: "Issue", code: "custom", field: "state", message: "the state of a pull request is changed at /pulls" },
      ]);
    }
    pullRequests(call.store).update(id, { ...subject.record.value, ...text });
  }
  applyThread(call, repository, value.number);
  return ok(renderIssue(call, repository, subjectNumbered(call.store, repository.id, value.number)));
}

/** The filters of the list: state, labels (all of them), assignee, creator, since. */
function matches(call: Call, repositoryId: number, subject: Subject): boolean {
  const { state = "open", labels, assignee, creator, since } = call.query as Record<string, string | undefined>;
  const { value } = subject.record;
  if (state !== "all" && value.state !== state) return false;
  const names = new Set(labelsOf(call.store, repositoryId, value.number).map(({ key }) => key.toLowerCase()));
  if (labels !== undefined && !labels.split(",").every((name) => names.has(name.trim().toLowerCase()))) return false;
  const assigned = assigneesOf(call.store, repositoryId, value.number).map(({ key }) => key.toLowerCase());
  if (assignee === "none" && assigned.length > 0) return false;
  if (assignee === "*" && assigned.length === 0) return false;
  if (assignee !== undefined && assignee !== "none" && assignee !== "*" && !assigned.includes(assignee.toLowerCase())) return false;
  if (creator !== undefined && accounts(call.store).byId(value.userId)?.key.toLowerCase() !== creator.toLowerCase()) return false;
  return since === undefined || Date.parse(value.updatedAt) >= Date.parse(since);
}

function list(call: Call): Reply {
  const repository = repositoryOf(call);
  const { sort = "created", direction = "desc" } = call.query as Record<string, string | undefined>;
  const rank = ({ record: { value } }: Subject): number =>
    sort === "comments"
      ? commentsOn(call, repository.id, value.number).length
      : Date.parse(sort === "updated" ? value.updatedAt : value.createdAt);
  const found = subjectsOf(call.store, repository.id).filter((subject) => matches(call, repository.id, subject));
  found.sort((a, b) => rank(a) - rank(b) || a.record.value.number - b.record.value.number);
  return page(call, direction === "asc" ? found : found.reverse(), (subject) => renderIssue(call, repository, subject));
}

export const issuesFamily: Family = {
  name: "issues",
  operations: {
    "issues/list-for-repo": list,
    "issues/create": create,
    "issues/get": (call) => {
      const repository = repositoryOf(call);
      return ok(renderIssue(call, repository, subjectNumbered(call.store, repository.id, Number(call.path["issue_number"]))));
    },
    "issues/update": update,
    ...commentOperations,
    ...threadOperations,
  },
  onRepositoryDeleted: (store, repositoryId) => {
    removeIssuesOf(store, repositoryId);
  },
};
