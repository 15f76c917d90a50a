/** Labels, assignees and lock of issues and pull requests. Labels and assignees are for whoever may triage. */
import { repositoryOf } from "../../core/access.ts";
import { notFound, validationFailed } from "../../core/errors.ts";
import type { Call, Handler, Reply } from "../../core/family.ts";
import { accounts } from "../../core/records.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { created, noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { renderLabel } from "../labels/index.ts";
import { labels } from "../labels/state.ts";
import { renderIssue } from "./render.ts";
import { changeThread, labelIds, labelsOf, mayBeAssigned, subjectNumbered, threadOf } from "./state.ts";

interface Place {
  readonly repository: Stored<RepositoryRecord>;
  readonly number: number;
}

function placeOf(call: Call, role: "read" | "triage" | "write"): Place {
  const repository = repositoryOf(call, role);
  return { repository, number: subjectNumbered(call.store, repository.id, Number(call.path["issue_number"])).record.value.number };
}

const shownLabels = (call: Call, { repository, number }: Place): Reply =>
  page(call, labelsOf(call.store, repository.id, number), (label) => renderLabel(call, repository, label));

/** Names from `{ labels: [...] }`, from a bare list or from a bare text, each a name or an object with one. */
function namesIn(call: Call): string[] {
  const given = call.body["labels"] ?? (typeof call.rawBody === "string" || Array.isArray(call.rawBody) ? call.rawBody : []);
  return [given].flat().map((label) => (typeof label === "string" ? label : String((label as { name?: unknown }).name)));
}

function changeLabels(call: Call, change: (before: readonly number[], asked: readonly number[]) => readonly number[]): Reply {
  const place = placeOf(call, "triage");
  const asked = labelIds(call.store, place.repository.id, namesIn(call));
  const before = threadOf(call.store, place.repository.id, place.number).labelIds;
  changeThread(call.store, place.repository.id, place.number, { labelIds: [...new Set(change(before, asked))] });
  return shownLabels(call, place);
}

/** Ids of users by login. @throws ApiError 422 for one who cannot be assigned. */
export function assigneeIds(call: Call, repository: Stored<RepositoryRecord>, logins: readonly unknown[]): number[] {
  const users = logins.map((login) =>
    accounts(call.store).get(0, typeof login === "string" ? login : String((login as { login?: unknown }).login)),
  );
  const ids = users.flatMap((user) => (user && mayBeAssigned(call.store, repository, user) ? [user.id] : []));
  if (ids.length < logins.length) throw validationFailed([{ resource: "Issue", code: "invalid", field: "assignees" }]);
  return [...new Set(ids)];
}

function changeAssignees(
  call: Call,
  change: (before: readonly number[], asked: readonly number[]) => readonly number[],
): Record<string, unknown> {
  const { repository, number } = placeOf(call, "triage");
  const asked = assigneeIds(call, repository, (call.body["assignees"] ?? []) as readonly unknown[]);
  const before = threadOf(call.store, repository.id, number).assigneeIds;
  changeThread(call.store, repository.id, number, { assigneeIds: [...new Set(change(before, asked))] });
  return renderIssue(call, repository, subjectNumbered(call.store, repository.id, number));
}

export const threadOperations: Readonly<Record<string, Handler>> = {
  "issues/list-labels-on-issue": (call) => shownLabels(call, placeOf(call, "read")),
  "issues/add-labels": (call) => changeLabels(call, (before, asked) => [...before, ...asked]),
  "issues/set-labels": (call) => changeLabels(call, (_, asked) => asked),
  "issues/remove-all-labels": (call) => {
    const { repository, number } = placeOf(call, "triage");
    changeThread(call.store, repository.id, number, { labelIds: [] });
    return noContent();
  },
  "issues/remove-label": (call) => {
    const place = placeOf(call, "triage");
    const label = labels(call.store).get(place.repository.id, String(call.path["name"]));
    const before = threadOf(call.store, place.repository.id, place.number).labelIds;
    if (!label || !before.includes(label.id)) throw notFound();
    changeThread(call.store, place.repository.id, place.number, { labelIds: before.filter((id) => id !== label.id) });
    return shownLabels(call, place);
  },
  "issues/add-assignees": (call) => created(changeAssignees(call, (before, asked) => [...before, ...asked])),
  "issues/remove-assignees": (call) => ok(changeAssignees(call, (before, asked) => before.filter((id) => !asked.includes(id)))),
  "issues/lock": (call) => {
    const { repository, number } = placeOf(call, "write");
    const reason = call.body["lock_reason"];
    changeThread(call.store, repository.id, number, { locked: true, lockReason: typeof reason === "string" ? reason : null });
    return noContent();
  },
  "issues/unlock": (call) => {
    const { repository, number } = placeOf(call, "write");
    changeThread(call.store, repository.id, number, { locked: false, lockReason: null });
    return noContent();
  },
};
