/** Configuration variables of repositories, environments and organizations. */
import { repositoryOf } from "../../core/access.ts";
import { conflict, notFound, validationFailed } from "../../core/errors.ts";
import type { Call, Family, Handler } from "../../core/family.ts";
import { created, noContent, ok, pageOf } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import type { Scope } from "../secrets/handlers.ts";
import { environmentScope, organizationScope, repositoryScope } from "../secrets/handlers.ts";
import { pageOfSelected, reaches, selectedIds, selectedRepository } from "../support/selected.ts";
import { canonicalName } from "./names.ts";
import type { VariableRecord } from "./state.ts";
import { judgeVariable, removeVariablesOf, VARIABLE_LIMITS, variables } from "./state.ts";

function render(call: Call, { value }: Stored<VariableRecord>): Record<string, unknown> {
  return {
    name: value.name,
    value: value.value,
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    ...(value.visibility && { visibility: value.visibility }),
    ...(value.visibility === "selected" && {
      selected_repositories_url: `${call.apiUrl}/orgs/${String(call.path["org"])}/actions/variables/${value.name}/repositories`,
    }),
  };
}

function variableOf(call: Call, ownerId: number): Stored<VariableRecord> {
  const found = variables(call.store).get(ownerId, canonicalName(String(call.path["name"])));
  if (!found) throw notFound();
  return found;
}

type Body = Partial<{ name: string; value: string; visibility: "all" | "private" | "selected"; selected_repository_ids: unknown }>;

/** @param noun of the operation ids: `actions/list-${noun}-variables`. */
function variableOperations(noun: string, scope: Scope): Record<string, Handler> {
  /** Visibility and selection that the body asks for over what was there; nothing outside organizations. */
  const reach = (call: Call, ownerId: number, before?: VariableRecord): Partial<VariableRecord> => {
    if (scope.kind !== "organization") return {};
    const body: Body = call.body;
    const visibility = body.visibility ?? before?.visibility ?? "all";
    const asked = body.selected_repository_ids;
    if (visibility !== "selected") return { visibility, selected: [] };
    return { visibility, selected: asked === undefined ? (before?.selected ?? []) : selectedIds(call.store, ownerId, asked) };
  };
  return {
    [`actions/list-${noun}-variables`]: (call) =>
      pageOf(call, "variables", variables(call.store).list(scope.ownerId(call)), (variable) => render(call, variable)),
    [`actions/get-${noun}-variable`]: (call) => ok(render(call, variableOf(call, scope.ownerId(call)))),
    [`actions/create-${noun}-variable`]: (call) => {
      const ownerId = scope.ownerId(call);
      const { name = "", value = "" } = call.body as Body;
      const key = judgeVariable(call.store, ownerId, { name, value });
      const limit = VARIABLE_LIMITS[scope.kind];
      if (variables(call.store).list(ownerId).length >= limit) {
        throw validationFailed([`The limit of ${limit} variables for this ${scope.kind} is reached.`]);
      }
      variables(call.store).insert(ownerId, key, { name: key, value, ...reach(call, ownerId), createdAt: call.now, updatedAt: call.now });
      return created({});
    },
    [`actions/update-${noun}-variable`]: (call) => {
      const ownerId = scope.ownerId(call);
      const before = variableOf(call, ownerId);
      const body: Body = call.body;
      const wanted = { name: body.name ?? before.value.name, value: body.value ?? before.value.value };
      const key = judgeVariable(call.store, ownerId, wanted, before.id);
      const value = { ...before.value, ...wanted, name: key, ...reach(call, ownerId, before.value), updatedAt: call.now };
      variables(call.store).update(before.id, value, key);
      return noContent();
    },
    [`actions/delete-${noun}-variable`]: (call) => {
      variables(call.store).remove(variableOf(call, scope.ownerId(call)).id);
      return noContent();
    },
  };
}

/** Changes which repositories read an organization's variable of visibility `selected`. */
function select(call: Call, change: (selected: readonly number[], ownerId: number) => number[]): void {
  const ownerId = organizationScope.ownerId(call);
  const { id, value } = variableOf(call, ownerId);
  if (value.visibility !== "selected") throw conflict("The visibility of this variable is not selected.");
  variables(call.store).update(id, { ...value, selected: change(value.selected ?? [], ownerId), updatedAt: call.now });
}

const selection: Readonly<Record<string, Handler>> = {
  "actions/list-selected-repos-for-org-variable": (call) => {
    const { value } = variableOf(call, organizationScope.ownerId(call));
    if (value.visibility !== "selected") throw conflict("The visibility of this variable is not selected.");
    return pageOfSelected(call, value.selected ?? []);
  },
  "actions/set-selected-repos-for-org-variable": (call) => {
    select(call, (_, ownerId) => selectedIds(call.store, ownerId, call.body["selected_repository_ids"]));
    return noContent();
  },
  "actions/add-selected-repo-to-org-variable": (call) => {
    select(call, (selected, ownerId) => [...new Set([...selected, selectedRepository(call, ownerId).id])]);
    return noContent();
  },
  "actions/remove-selected-repo-from-org-variable": (call) => {
    select(call, (selected, ownerId) => {
      const { id: gone } = selectedRepository(call, ownerId);
      return selected.filter((id) => id !== gone);
    });
    return noContent();
  },
};

export const variablesFamily: Family = {
  name: "variables",
  operations: {
    ...variableOperations("repo", repositoryScope),
    ...variableOperations("environment", environmentScope),
    ...variableOperations("org", organizationScope),
    ...selection,
    "actions/list-repo-organization-variables": (call) => {
      const repository = repositoryOf(call, "write");
      const shared = variables(call.store)
        .list(repository.owner)
        .filter(({ value }) => reaches(value.visibility ?? "all", value.selected ?? [], repository));
      return pageOf(call, "variables", shared, ({ value }) => ({
        name: value.name,
        value: value.value,
        created_at: value.createdAt,
        updated_at: value.updatedAt,
      }));
    },
  },
  onRepositoryDeleted: (store, repositoryId) => {
    removeVariablesOf(store, repositoryId);
  },
};
