/** Actions settings of repositories and organizations, and how far an organization binds its repositories. */
import { conflict } from "../../core/errors.ts";
import type { AccountRecord, RepositoryRecord } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";
import { single } from "../support/single.ts";

export type AllowedActions = "all" | "local_only" | "selected";

export interface ActionsPolicy {
  readonly enabled: boolean;
  readonly allowed_actions: AllowedActions;
  readonly sha_pinning_required: boolean;
}

export interface OrganizationActionsPolicy extends Omit<ActionsPolicy, "enabled"> {
  readonly enabled_repositories: "all" | "none" | "selected";
  readonly selected: readonly number[];
}

export interface SelectedActions {
  readonly github_owned_allowed: boolean;
  readonly verified_allowed: boolean;
  readonly patterns_allowed: readonly string[];
}

export interface WorkflowPermissions {
  readonly default_workflow_permissions: "read" | "write";
  readonly can_approve_pull_request_reviews: boolean;
}

export interface OtherSettings {
  readonly access_level: "none" | "user" | "organization" | "enterprise";
  readonly approval_policy: "first_time_contributors_new_to_github" | "first_time_contributors" | "all_external_contributors";
  /** Days that artifacts and logs are kept. */
  readonly days: number;
}

export const repositoryPolicy = single<ActionsPolicy>("actions-policy", {
  enabled: true,
  allowed_actions: "all",
  sha_pinning_required: false,
});
export const organizationPolicy = single<OrganizationActionsPolicy>("actions-organization-policy", {
  enabled_repositories: "all",
  selected: [],
  allowed_actions: "all",
  sha_pinning_required: false,
});
export const selectedActions = single<SelectedActions>("actions-selected", {
  github_owned_allowed: true,
  verified_allowed: false,
  patterns_allowed: [],
});
export const workflowPermissions = single<WorkflowPermissions>("actions-workflow-permissions", {
  default_workflow_permissions: "read",
  can_approve_pull_request_reviews: false,
});
export const otherSettings = single<OtherSettings>("actions-other", {
  access_level: "none",
  approval_policy: "first_time_contributors",
  days: 90,
});

/** Everything above that may belong to a repository. */
export const REPOSITORY_SETTINGS = [repositoryPolicy, selectedActions, workflowPermissions, otherSettings];

/** @throws ApiError 409 when the organization's policy is stricter than what is asked for its repository. */
export function refuseByOrganization(
  store: Store,
  owner: Stored<AccountRecord>,
  repository: Stored<RepositoryRecord>,
  asked: Partial<ActionsPolicy>,
): void {
  if (owner.value.type !== "Organization") return;
  const policy = organizationPolicy.read(store, owner.id);
  const off =
    policy.enabled_repositories === "none" || (policy.enabled_repositories === "selected" && !policy.selected.includes(repository.id));
  const refuse = (what: string): never => {
    throw conflict(`Conflict: ${what} is set by the organization ${owner.value.login} and cannot be loosened for its repositories.`);
  };
  if (asked.enabled === true && off) refuse("enabled_repositories");
  if (asked.allowed_actions !== undefined && policy.allowed_actions !== "all" && asked.allowed_actions !== policy.allowed_actions) {
    refuse("allowed_actions");
  }
  if (asked.sha_pinning_required === false && policy.sha_pinning_required) refuse("sha_pinning_required");
}

/** @throws ApiError 409, see `refuseByOrganization`. */
export function refuseWorkflowPermissions(store: Store, owner: Stored<AccountRecord>, asked: Partial<WorkflowPermissions>): void {
  if (owner.value.type !== "Organization") return;
  const policy = workflowPermissions.read(store, owner.id);
  const writes = asked.default_workflow_permissions === "write" && policy.default_workflow_permissions === "read";
  const approves = asked.can_approve_pull_request_reviews === true && !policy.can_approve_pull_request_reviews;
  if (writes || approves) {
    const field = writes ? "default_workflow_permissions" : "can_approve_pull_request_reviews";
    throw conflict(`Conflict: ${field} is restricted by the organization ${owner.value.login}.`);
  }
}
