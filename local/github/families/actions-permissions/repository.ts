/** Actions settings of one repository. All are for its admins. */
import { accountById, repositoryOf } from "../../core/access.ts";
import { conflict, validationFailed } from "../../core/errors.ts";
import type { Call, Handler } from "../../core/family.ts";
import { created, noContent, ok } from "../../core/replies.ts";
import { single } from "../support/single.ts";
import type { ActionsPolicy, OtherSettings, SelectedActions, WorkflowPermissions } from "./state.ts";
import {
  otherSettings,
  refuseByOrganization,
  refuseWorkflowPermissions,
  repositoryPolicy,
  selectedActions,
  workflowPermissions,
} from "./state.ts";

const admin = (call: Call): ReturnType<typeof repositoryOf> => repositoryOf(call, "admin");

function getPolicy(call: Call): Record<string, unknown> {
  const repository = admin(call);
  const policy = repositoryPolicy.read(call.store, repository.id);
  if (!policy.enabled) return { enabled: false };
  const owner = accountById(call.store, repository.owner).value.login;
  const url = `${call.apiUrl}/repos/${owner}/${repository.value.name}/actions/permissions/selected-actions`;
  return { ...policy, ...(policy.allowed_actions === "selected" && { selected_actions_url: url }) };
}

/** Only a repository whose `allowed_actions` is `selected` has a selection. @throws ApiError 409. */
function selecting(call: Call): number {
  const { id } = admin(call);
  const policy = repositoryPolicy.read(call.store, id);
  if (!policy.enabled || policy.allowed_actions !== "selected")
    throw conflict("Allowed actions are not set to selected for this repository.");
  return id;
}

/** @throws ApiError 422 for a pattern that is not `owner/repo@ref`, `owner/repo` or `owner/*`. */
export function judgeSelection(body: Partial<SelectedActions>): Partial<SelectedActions> {
  const bad = (body.patterns_allowed ?? []).filter((pattern) => !/^!?[^\s/@]+\/[^\s@]+(@\S+)?$/.test(pattern));
  if (bad.length > 0) throw validationFailed([`Invalid patterns: ${bad.join(", ")}. Use the form owner/repo@ref, with * as wildcard.`]);
  return body;
}

interface SubjectClaim {
  readonly use_default: boolean;
  readonly include_claim_keys: readonly string[];
}
export const repositorySubject = single<SubjectClaim>("oidc-repository-subject", { use_default: true, include_claim_keys: [] });

export const repositoryOperations: Readonly<Record<string, Handler>> = {
  "actions/get-github-actions-permissions-repository": (call) => ok(getPolicy(call)),
  "actions/set-github-actions-permissions-repository": (call) => {
    const repository = admin(call);
    const body = call.body as Partial<ActionsPolicy>;
    refuseByOrganization(call.store, accountById(call.store, repository.owner), repository, body);
    repositoryPolicy.write(call.store, repository.id, body);
    return noContent();
  },
  "actions/get-allowed-actions-repository": (call) => ok(selectedActions.read(call.store, selecting(call))),
  "actions/set-allowed-actions-repository": (call) => {
    selectedActions.write(call.store, selecting(call), judgeSelection(call.body));
    return noContent();
  },
  "actions/get-github-actions-default-workflow-permissions-repository": (call) => ok(workflowPermissions.read(call.store, admin(call).id)),
  "actions/set-github-actions-default-workflow-permissions-repository": (call) => {
    const repository = admin(call);
    const body = call.body as Partial<WorkflowPermissions>;
    refuseWorkflowPermissions(call.store, accountById(call.store, repository.owner), body);
    workflowPermissions.write(call.store, repository.id, body);
    return noContent();
  },
  "actions/get-workflow-access-to-repository": (call) => ok({ access_level: otherSettings.read(call.store, closed(call)).access_level }),
  "actions/set-workflow-access-to-repository": (call) => {
    const id = closed(call);
    const { access_level: level } = call.body as Pick<OtherSettings, "access_level">;
    const owner = accountById(call.store, admin(call).owner).value;
    if (level === "organization" && owner.type === "User")
      throw validationFailed(["access_level organization needs an organization as owner"]);
    if (level === "user" && owner.type === "Organization") throw validationFailed(["access_level user needs a user as owner"]);
    otherSettings.write(call.store, id, { access_level: level });
    return noContent();
  },
  "actions/get-fork-pr-contributor-approval-permissions-repository": (call) =>
    ok({ approval_policy: otherSettings.read(call.store, admin(call).id).approval_policy }),
  "actions/set-fork-pr-contributor-approval-permissions-repository": (call) => {
    const { approval_policy } = call.body as Pick<OtherSettings, "approval_policy">;
    otherSettings.write(call.store, admin(call).id, { approval_policy });
    return noContent();
  },
  "actions/get-artifact-and-log-retention-settings-repository": (call) =>
    ok({ days: otherSettings.read(call.store, admin(call).id).days, maximum_allowed_days: maximumDays(call) }),
  "actions/set-artifact-and-log-retention-settings-repository": (call) => {
    const { days } = call.body as Pick<OtherSettings, "days">;
    const most = maximumDays(call);
    if (days < 1 || days > most) throw validationFailed([`days must be between 1 and ${most}`]);
    otherSettings.write(call.store, admin(call).id, { days });
    return noContent();
  },
  "actions/get-custom-oidc-sub-claim-for-repo": (call) => {
    const { use_default, include_claim_keys } = repositorySubject.read(call.store, repositoryOf(call, "read").id);
    return ok({ use_default, ...(!use_default && { include_claim_keys }) });
  },
  "actions/set-custom-oidc-sub-claim-for-repo": (call) => {
    const body = call.body as Partial<SubjectClaim>;
    const keys = judgeClaimKeys(body.include_claim_keys ?? []);
    repositorySubject.write(call.store, admin(call).id, { use_default: body.use_default ?? true, include_claim_keys: keys });
    return created({});
  },
};

/** Claim keys are alphanumeric with underscores. @throws ApiError 422. */
export function judgeClaimKeys(keys: readonly string[]): readonly string[] {
  const bad = keys.filter((key) => !/^[A-Za-z0-9_]+$/.test(key));
  if (bad.length > 0) throw validationFailed([`Claim keys can only contain alphanumeric characters and underscores: ${bad.join(", ")}`]);
  return keys;
}

/** The access level is a setting of private and internal repositories. @throws ApiError 422 for a public one. */
function closed(call: Call): number {
  const repository = admin(call);
  if (repository.value.visibility === "public")
    throw validationFailed(["The access level is a setting of private and internal repositories only."]);
  return repository.id;
}

/** GitHub keeps logs of public repositories 90 days at most, of private ones 400. */
const maximumDays = (call: Call): number => (admin(call).value.visibility === "public" ? 90 : 400);
