/** Environments: what a job must wait for before it may deploy. Deployments themselves are enforced by their own family. */
import { repositoryOf } from "../../core/access.ts";
import { validationFailed } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { environments } from "../../core/records.ts";
import type { EnvironmentRecord } from "../../core/records.ts";
import { noContent, ok, pageOf } from "../../core/replies.ts";
import type { Store, Stored } from "../../core/store.ts";
import { removeSecretsOf } from "../secrets/state.ts";
import { repositoryPlan } from "../support/plan.ts";
import { removeVariablesOf } from "../variables/state.ts";
import { policyOperations } from "./policies.ts";
import { renderEnvironment } from "./render.ts";
import type { EnvironmentBody } from "./state.ts";
import { deploymentPolicies, environmentFaults, environmentNamed, refuseByPlan } from "./state.ts";

function removeEnvironment(store: Store, environment: Stored<EnvironmentRecord>): void {
  deploymentPolicies(store).removeOwned(environment.id);
  removeSecretsOf(store, environment.id);
  removeVariablesOf(store, environment.id);
  environments(store).remove(environment.id);
}

/** A PUT says everything: what it leaves out goes back to its default. */
function createOrUpdate(call: Call): Reply {
  const repository = repositoryOf(call, "admin");
  const body = call.body as EnvironmentBody;
  refuseByPlan(repositoryPlan(call.store, repository), body);
  const name = String(call.path["environment_name"]);
  const faults = environmentFaults(call.store, repository, name, body);
  if (faults.length > 0) throw validationFailed(faults);
  const before = environments(call.store).get(repository.id, name);
  const value: EnvironmentRecord = {
    name: before?.value.name ?? name,
    waitTimer: body.wait_timer ?? 0,
    reviewers: (body.reviewers ?? []).map(({ type = "User", id = 0 }) => ({ type, id })),
    preventSelfReview: body.prevent_self_review ?? false,
    canAdminsBypass: body.can_admins_bypass ?? true,
    deploymentBranchPolicy: body.deployment_branch_policy ?? null,
    createdAt: before?.value.createdAt ?? call.now,
    updatedAt: call.now,
  };
  const saved = before ? environments(call.store).update(before.id, value) : environments(call.store).insert(repository.id, name, value);
  if (value.deploymentBranchPolicy?.custom_branch_policies !== true) deploymentPolicies(call.store).removeOwned(saved.id);
  return ok(renderEnvironment(call, repository, saved));
}

export const environmentsFamily: Family = {
  name: "environments",
  operations: {
    "repos/get-all-environments": (call) => {
      const repository = repositoryOf(call);
      refuseByPlan(repositoryPlan(call.store, repository));
      const all = environments(call.store).list(repository.id);
      return pageOf(call, "environments", all, (environment) => renderEnvironment(call, repository, environment));
    },
    "repos/get-environment": (call) => {
      const repository = repositoryOf(call);
      refuseByPlan(repositoryPlan(call.store, repository));
      return ok(renderEnvironment(call, repository, environmentNamed(call.store, repository.id, String(call.path["environment_name"]))));
    },
    "repos/create-or-update-environment": createOrUpdate,
    "repos/delete-an-environment": (call) => {
      const repository = repositoryOf(call, "admin");
      removeEnvironment(call.store, environmentNamed(call.store, repository.id, String(call.path["environment_name"])));
      return noContent();
    },
    ...policyOperations,
  },
  onRepositoryDeleted: (store, repositoryId) => {
    for (const environment of environments(store).list(repositoryId)) removeEnvironment(store, environment);
  },
};
