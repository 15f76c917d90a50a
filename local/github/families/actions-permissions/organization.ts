/** Actions settings of an organization. All are for its owners. */
import { organizationOf } from "../../core/access.ts";
import { conflict } from "../../core/errors.ts";
import type { Call, Handler } from "../../core/family.ts";
import { created, noContent, ok } from "../../core/replies.ts";
import { pageOfSelected, selectedIds, selectedRepository } from "../support/selected.ts";
import { single } from "../support/single.ts";
import { judgeClaimKeys, judgeSelection } from "./repository.ts";
import { organizationPolicy, selectedActions, workflowPermissions } from "./state.ts";

const admin = (call: Call): number => organizationOf(call, "admin").id;

function selecting(call: Call): number {
  const id = admin(call);
  if (organizationPolicy.read(call.store, id).allowed_actions !== "selected") {
    throw conflict("Allowed actions are not set to selected for this organization.");
  }
  return id;
}

/** @throws ApiError 409 unless only selected repositories have Actions. */
function changeSelection(call: Call, change: (selected: readonly number[], id: number) => number[]): void {
  const id = admin(call);
  const policy = organizationPolicy.read(call.store, id);
  if (policy.enabled_repositories !== "selected") throw conflict("enabled_repositories is not set to selected for this organization.");
  organizationPolicy.write(call.store, id, { selected: change(policy.selected, id) });
}

const organizationSubject = single<{ readonly include_claim_keys: readonly string[] }>("oidc-organization-subject", {
  include_claim_keys: ["repo", "context"],
});

export const organizationOperations: Readonly<Record<string, Handler>> = {
  "actions/get-github-actions-permissions-organization": (call) => {
    const policy = organizationPolicy.read(call.store, admin(call));
    const url = `${call.apiUrl}/orgs/${String(call.path["org"])}/actions/permissions`;
    return ok({
      enabled_repositories: policy.enabled_repositories,
      allowed_actions: policy.allowed_actions,
      sha_pinning_required: policy.sha_pinning_required,
      ...(policy.enabled_repositories === "selected" && { selected_repositories_url: `${url}/repositories` }),
      ...(policy.allowed_actions === "selected" && { selected_actions_url: `${url}/selected-actions` }),
    });
  },
  "actions/set-github-actions-permissions-organization": (call) => {
    organizationPolicy.write(call.store, admin(call), call.body);
    return noContent();
  },
  "actions/list-selected-repositories-enabled-github-actions-organization": (call) =>
    pageOfSelected(call, organizationPolicy.read(call.store, admin(call)).selected),
  "actions/set-selected-repositories-enabled-github-actions-organization": (call) => {
    changeSelection(call, (_, id) => selectedIds(call.store, id, call.body["selected_repository_ids"]));
    return noContent();
  },
  "actions/enable-selected-repository-github-actions-organization": (call) => {
    changeSelection(call, (selected, id) => [...new Set([...selected, selectedRepository(call, id).id])]);
    return noContent();
  },
  "actions/disable-selected-repository-github-actions-organization": (call) => {
    changeSelection(call, (selected, id) => {
      const { id: gone } = selectedRepository(call, id);
      return selected.filter((one) => one !== gone);
    });
    return noContent();
  },
  "actions/get-allowed-actions-organization": (call) => ok(selectedActions.read(call.store, selecting(call))),
  "actions/set-allowed-actions-organization": (call) => {
    selectedActions.write(call.store, selecting(call), judgeSelection(call.body));
    return noContent();
  },
  "actions/get-github-actions-default-workflow-permissions-organization": (call) => ok(workflowPermissions.read(call.store, admin(call))),
  "actions/set-github-actions-default-workflow-permissions-organization": (call) => {
    workflowPermissions.write(call.store, admin(call), call.body);
    return noContent();
  },
  "oidc/get-oidc-custom-sub-template-for-org": (call) => ok(organizationSubject.read(call.store, admin(call))),
  "oidc/update-oidc-custom-sub-template-for-org": (call) => {
    const keys = judgeClaimKeys((call.body["include_claim_keys"] ?? []) as readonly string[]);
    organizationSubject.write(call.store, admin(call), { include_claim_keys: keys });
    return created({});
  },
};
