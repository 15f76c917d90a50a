/** Rules of environments and of their deployment branch and tag policies. */
import { accountById, atLeast, roleIn } from "../../core/access.ts";
import { ApiError, notFound } from "../../core/errors.ts";
import type { FieldError } from "../../core/errors.ts";
import type { EnvironmentRecord, RepositoryRecord } from "../../core/records.ts";
import { accounts, environments, teamRepositories, teams } from "../../core/records.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";
import type { RepositoryPlan } from "../support/plan.ts";

/** Kind `deployment-policy`, owner the environment's id, key the type and the name in hexadecimal. */
export interface DeploymentPolicyRecord {
  readonly name: string;
  readonly type: "branch" | "tag";
}

export const deploymentPolicies = (store: Store): Collection<DeploymentPolicyRecord> => store.collection("deployment-policy");

const MAX_REVIEWERS = 6;
/** Thirty days in minutes. */
const MAX_WAIT_MINUTES = 43_200;

export interface EnvironmentBody {
  readonly wait_timer?: number;
  readonly prevent_self_review?: boolean;
  readonly can_admins_bypass?: boolean;
  readonly reviewers?: readonly { readonly type?: "User" | "Team"; readonly id?: number }[] | null;
  readonly deployment_branch_policy?: EnvironmentRecord["deploymentBranchPolicy"];
}

/**
 * A private repository has no environments on a free plan (404) and no reviewers and wait timers below Enterprise (422, even for a request
 * that sends them empty: clients then repeat it with the branch policy alone).
 * @throws ApiError
 */
export function refuseByPlan(plan: RepositoryPlan, body?: EnvironmentBody): void {
  if (!plan.private || plan.plan === "enterprise") return;
  if (plan.plan === "free") throw notFound();
  const unsupported = [
    ["reviewers", "required reviewers"],
    ["wait_timer", "wait timer"],
    ["prevent_self_review", "required reviewers"],
  ] as const;
  const found = body && unsupported.find(([field]) => field in body);
  if (!found) return;
  throw new ApiError(
    422,
    `Failed to create the environment protection rule. Please ensure the billing plan include the ${found[1]} protection rule.`,
  );
}

const fault = (field: string, message: string): FieldError => ({ resource: "Environment", code: "custom", field, message });

export function environmentFaults(store: Store, repository: Stored<RepositoryRecord>, name: string, body: EnvironmentBody): FieldError[] {
  return [...nameFaults(name), ...timerFaults(body), ...policyFaults(body), ...reviewerFaults(store, repository, body)];
}

function nameFaults(name: string): FieldError[] {
  if (name.length > 255) return [fault("name", "name is too long (maximum is 255 characters)")];
  if (name.trim() === "") return [fault("name", "name can't be blank")];
  // eslint-disable-next-line no-control-regex -- control characters are just what GitHub refuses
  return /['"`,;\\\u0000-\u001f]/.test(name) ? [fault("name", "name contains a character that is not allowed")] : [];
}

function timerFaults({ wait_timer: minutes = 0 }: EnvironmentBody): FieldError[] {
  const valid = Number.isInteger(minutes) && minutes >= 0 && minutes <= MAX_WAIT_MINUTES;
  return valid ? [] : [fault("wait_timer", `wait_timer must be an integer between 0 and ${MAX_WAIT_MINUTES}`)];
}

function policyFaults({ deployment_branch_policy: policy }: EnvironmentBody): FieldError[] {
  if (!policy || policy.protected_branches !== policy.custom_branch_policies) return [];
  return [fault("deployment_branch_policy", "protected_branches and custom_branch_policies cannot have the same value")];
}

function reviewerFaults(store: Store, repository: Stored<RepositoryRecord>, body: EnvironmentBody): FieldError[] {
  const reviewers = body.reviewers ?? [];
  const faults: FieldError[] = [];
  if (reviewers.length > MAX_REVIEWERS) faults.push(fault("reviewers", `a maximum of ${MAX_REVIEWERS} reviewers is allowed`));
  const seen = new Set<string>();
  for (const { type, id } of reviewers) {
    if (type === undefined || id === undefined) {
      faults.push(fault("reviewers", "every reviewer needs a type, User or Team, and an id"));
      continue;
    }
    if (seen.has(`${type}/${id}`)) faults.push(fault("reviewers", `${type} ${id} is listed twice`));
    seen.add(`${type}/${id}`);
    if (!mayReview(store, repository, type, id))
      faults.push(fault("reviewers", `${type} ${id} does not exist or has no access to the repository`));
  }
  return faults;
}

/** Reviewers need at least read access; a team must be one of the owner's. */
function mayReview(store: Store, repository: Stored<RepositoryRecord>, type: "User" | "Team", id: number): boolean {
  if (type === "User") return accounts(store).byId(id)?.value.type === "User" && atLeast(roleIn(store, repository, id), "read");
  const team = teams(store).byId(id);
  if (team?.owner !== repository.owner) return false;
  const base = accountById(store, repository.owner).value.settings["default_repository_permission"] ?? "read";
  if (repository.value.visibility !== "private" || base !== "none") return true;
  for (let step: typeof team | undefined = team; step; step = step.value.parentId ? teams(store).byId(step.value.parentId) : undefined) {
    if (teamRepositories(store).get(step.id, String(repository.id))) return true;
  }
  return false;
}

/** @throws ApiError 404. */
export function environmentNamed(store: Store, repositoryId: number, name: string): Stored<EnvironmentRecord> {
  const found = environments(store).get(repositoryId, name);
  if (!found) throw notFound();
  return found;
}
