/** The five operations that every scope of secrets has, and the four on selected repositories that an organization's has besides. */
import { organizationOf, repositoryOf } from "../../core/access.ts";
import { conflict, notFound } from "../../core/errors.ts";
import type { Call, Handler } from "../../core/family.ts";
import { created, noContent, ok, pageOf } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { environmentNamed, refuseByPlan } from "../environments/state.ts";
import { repositoryPlan } from "../support/plan.ts";
import { pageOfSelected, selectedIds, selectedRepository } from "../support/selected.ts";
import { canonicalName } from "../variables/names.ts";
import { publicKeyOf } from "./sealed-box.ts";
import type { SecretApp, SecretRecord } from "./state.ts";
import { putSecret, scopeOf, secrets } from "./state.ts";

export interface Scope {
  readonly kind: "repository" | "environment" | "organization";
  readonly ownerId: (call: Call) => number;
}

/** Whoever may push may manage a repository's secrets, as at GitHub. */
export const repositoryScope: Scope = { kind: "repository", ownerId: (call) => repositoryOf(call, "write").id };

export const environmentScope: Scope = {
  kind: "environment",
  ownerId: (call) => {
    const repository = repositoryOf(call, "write");
    refuseByPlan(repositoryPlan(call.store, repository));
    return environmentNamed(call.store, repository.id, String(call.path["environment_name"])).id;
  },
};

export const organizationScope: Scope = { kind: "organization", ownerId: (call) => organizationOf(call, "admin").id };

function render(call: Call, app: SecretApp, { value }: Stored<SecretRecord>): Record<string, unknown> {
  return {
    name: value.name,
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    ...(value.visibility && { visibility: value.visibility }),
    ...(value.visibility === "selected" && {
      selected_repositories_url: `${call.apiUrl}/orgs/${String(call.path["org"])}/${app}/secrets/${value.name}/repositories`,
    }),
  };
}

function secretOf(call: Call, app: SecretApp, ownerId: number): Stored<SecretRecord> {
  const found = secrets(call.store, app).get(ownerId, canonicalName(String(call.path["secret_name"])));
  if (!found) throw notFound();
  return found;
}

/** @param noun of the operation ids: `actions/list-${noun}-secrets`. */
export function secretOperations(app: SecretApp, noun: string, scope: Scope): Record<string, Handler> {
  return {
    [`${app}/list-${noun}-secrets`]: (call) =>
      pageOf(call, "secrets", secrets(call.store, app).list(scope.ownerId(call)), (secret) => render(call, app, secret)),
    [`${app}/get-${noun}-public-key`]: async (call) => ok(await publicKeyOf(call.git.root, scopeOf(app, scope.ownerId(call)))),
    [`${app}/get-${noun}-secret`]: (call) => ok(render(call, app, secretOf(call, app, scope.ownerId(call)))),
    [`${app}/create-or-update-${noun}-secret`]: async (call) => {
      const ownerId = scope.ownerId(call);
      const isNew = await putSecret(call.store, call.git.root, {
        app,
        ownerId,
        scope: scope.kind,
        name: String(call.path["secret_name"]),
        body: call.body,
        ...(scope.kind === "organization" && visibilityOf(call, ownerId)),
        now: call.now,
      });
      return isNew ? created({}) : noContent();
    },
    [`${app}/delete-${noun}-secret`]: (call) => {
      secrets(call.store, app).remove(secretOf(call, app, scope.ownerId(call)).id);
      return noContent();
    },
  };
}

function visibilityOf(call: Call, ownerId: number): { visibility: "all" | "private" | "selected"; selected?: number[] } {
  const visibility = call.body["visibility"] as "all" | "private" | "selected";
  if (visibility !== "selected") return { visibility, selected: [] };
  const ids = call.body["selected_repository_ids"];
  return ids === undefined ? { visibility } : { visibility, selected: selectedIds(call.store, ownerId, ids) };
}

/** Which repositories read an organization's secret of visibility `selected`. */
export function selectionOperations(app: SecretApp): Record<string, Handler> {
  const select = (call: Call, change: (selected: readonly number[], ownerId: number) => number[]): void => {
    const ownerId = organizationScope.ownerId(call);
    const { id, value } = secretOf(call, app, ownerId);
    if (value.visibility !== "selected") throw conflict("The visibility of this secret is not selected.");
    secrets(call.store, app).update(id, { ...value, selected: change(value.selected ?? [], ownerId), updatedAt: call.now });
  };
  return {
    [`${app}/list-selected-repos-for-org-secret`]: (call) =>
      pageOfSelected(call, secretOf(call, app, organizationScope.ownerId(call)).value.selected ?? []),
    [`${app}/set-selected-repos-for-org-secret`]: (call) => {
      select(call, (_, ownerId) => selectedIds(call.store, ownerId, call.body["selected_repository_ids"]));
      return noContent();
    },
    [`${app}/add-selected-repo-to-org-secret`]: (call) => {
      select(call, (selected, ownerId) => [...new Set([...selected, selectedRepository(call, ownerId).id])]);
      return noContent();
    },
    [`${app}/remove-selected-repo-from-org-secret`]: (call) => {
      select(call, (selected, ownerId) => {
        const { id: gone } = selectedRepository(call, ownerId);
        return selected.filter((id) => id !== gone);
      });
      return noContent();
    },
  };
}
