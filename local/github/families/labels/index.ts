/** Labels of a repository, by name. */
import { accountById, repositoryOf } from "../../core/access.ts";
import { notFound, validationFailed } from "../../core/errors.ts";
import type { Call, Family } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { created, noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import type { LabelRecord } from "./state.ts";
import { DEFAULT_LABELS, labelFaults, labels, PLAIN_COLOR } from "./state.ts";

/** GitHub's `label`. */
export function renderLabel(call: Call, repository: Stored<RepositoryRecord>, label: Stored<LabelRecord>): Record<string, unknown> {
  const fullName = `${accountById(call.store, repository.owner).value.login}/${repository.value.name}`;
  const { name, color, description, isDefault } = label.value;
  return {
    id: label.id,
    node_id: nodeId("Label", label.id),
    url: `${call.apiUrl}/repos/${fullName}/labels/${encodeURIComponent(name)}`,
    name,
    color,
    default: isDefault,
    description,
  };
}

function labelOf(call: Call, repository: Stored<RepositoryRecord>): Stored<LabelRecord> {
  const found = labels(call.store).get(repository.id, String(call.path["name"]));
  if (!found) throw notFound();
  return found;
}

/** The value that a create or update asks for. @throws ApiError 422. */
function wanted(call: Call, repository: Stored<RepositoryRecord>, before?: Stored<LabelRecord>): LabelRecord {
  const body = call.body as { name?: string; new_name?: string; color?: string; description?: string | null };
  const value: LabelRecord = {
    name: (before ? (body.new_name ?? before.value.name) : (body.name ?? "")).trim(),
    color: (body.color ?? before?.value.color ?? PLAIN_COLOR).toLowerCase(),
    description: body.description === undefined ? (before?.value.description ?? null) : body.description,
    isDefault: before?.value.isDefault ?? false,
  };
  const faults = labelFaults(value);
  const namesake = labels(call.store).get(repository.id, value.name);
  if (namesake && namesake.id !== before?.id) faults.push({ resource: "Label", code: "already_exists", field: "name" });
  if (faults.length > 0) throw validationFailed(faults);
  return value;
}

export const labelsFamily: Family = {
  name: "labels",
  operations: {
    "issues/list-labels-for-repo": (call) => {
      const repository = repositoryOf(call);
      const all = labels(call.store).list(repository.id);
      return page(call, all, (label) => renderLabel(call, repository, label));
    },
    "issues/get-label": (call) => {
      const repository = repositoryOf(call);
      return ok(renderLabel(call, repository, labelOf(call, repository)));
    },
    "issues/create-label": (call) => {
      const repository = repositoryOf(call, "write");
      const value = wanted(call, repository);
      return created(renderLabel(call, repository, labels(call.store).insert(repository.id, value.name, value)));
    },
    "issues/update-label": (call) => {
      const repository = repositoryOf(call, "write");
      const before = labelOf(call, repository);
      const value = wanted(call, repository, before);
      return ok(renderLabel(call, repository, labels(call.store).update(before.id, value, value.name)));
    },
    "issues/delete-label": (call) => {
      const repository = repositoryOf(call, "write");
      labels(call.store).remove(labelOf(call, repository).id);
      return noContent();
    },
  },
  onRepositoryCreated: (store, repositoryId) => {
    for (const label of DEFAULT_LABELS) labels(store).insert(repositoryId, label.name, { ...label, isDefault: true });
  },
  onRepositoryDeleted: (store, repositoryId) => {
    labels(store).removeOwned(repositoryId);
  },
};
