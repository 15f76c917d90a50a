import { accountById } from "../../core/access.ts";
import type { Call } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import type { EnvironmentRecord, RepositoryRecord } from "../../core/records.ts";
import { accounts, teams } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import { renderTeam } from "../teams/render.ts";
import { simpleUser } from "../users/render.ts";
import type { DeploymentPolicyRecord } from "./state.ts";

/** Ids of the protection rules of one environment: derived, so that they stay as long as the environment does. */
const RULE = { wait_timer: 1, required_reviewers: 2, branch_policy: 3 } as const;

export function environmentUrl(call: Call, repository: Stored<RepositoryRecord>, environment: Stored<EnvironmentRecord>): string {
  const fullName = `${accountById(call.store, repository.owner).value.login}/${repository.value.name}`;
  return `${call.apiUrl}/repos/${fullName}/environments/${encodeURIComponent(environment.value.name)}`;
}

/** GitHub's `environment`, with `can_admins_bypass`, which its description forgets. */
export function renderEnvironment(
  call: Call,
  repository: Stored<RepositoryRecord>,
  environment: Stored<EnvironmentRecord>,
): Record<string, unknown> {
  const { id, value } = environment;
  const fullName = `${accountById(call.store, repository.owner).value.login}/${repository.value.name}`;
  return {
    id,
    node_id: nodeId("Environment", id),
    name: value.name,
    url: environmentUrl(call, repository, environment),
    html_url: `${call.htmlUrl}/${fullName}/deployments/activity_log?environments_filter=${encodeURIComponent(value.name)}`,
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    can_admins_bypass: value.canAdminsBypass,
    protection_rules: protectionRules(call, environment),
    deployment_branch_policy: value.deploymentBranchPolicy,
  };
}

function protectionRules(call: Call, { id, value }: Stored<EnvironmentRecord>): Record<string, unknown>[] {
  const rule = (type: keyof typeof RULE, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    id: id * 10 + RULE[type],
    node_id: nodeId("Gate", id * 10 + RULE[type]),
    type,
    ...more,
  });
  const reviewers = value.reviewers.flatMap((reviewer) => {
    const shown = renderReviewer(call, reviewer);
    return shown ? [{ type: reviewer.type, reviewer: shown }] : [];
  });
  return [
    ...(value.waitTimer > 0 ? [rule("wait_timer", { wait_timer: value.waitTimer })] : []),
    ...(reviewers.length > 0 ? [rule("required_reviewers", { prevent_self_review: value.preventSelfReview, reviewers })] : []),
    ...(value.deploymentBranchPolicy ? [rule("branch_policy")] : []),
  ];
}

/** A reviewer whose account or team is gone is no longer shown. */
export function renderReviewer(call: Call, reviewer: EnvironmentRecord["reviewers"][number]): Record<string, unknown> | undefined {
  if (reviewer.type === "User") {
    const user = accounts(call.store).byId(reviewer.id);
    return user && simpleUser(call, user);
  }
  const team = teams(call.store).byId(reviewer.id);
  return team && renderTeam(call, team);
}

export const renderPolicy = ({ id, value }: Stored<DeploymentPolicyRecord>): Record<string, unknown> => ({
  id,
  node_id: nodeId("GateBranchPolicy", id),
  name: value.name,
  type: value.type,
});
