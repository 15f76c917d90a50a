/** Which branches and tags may deploy to an environment. */
import { repositoryOf } from "../../core/access.ts";
import { notFound, validationFailed } from "../../core/errors.ts";
import type { Call, Handler, Reply } from "../../core/family.ts";
import type { EnvironmentRecord } from "../../core/records.ts";
import { noContent, ok, pageOf } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { repositoryPlan } from "../support/plan.ts";
import { environmentUrl, renderPolicy } from "./render.ts";
import type { DeploymentPolicyRecord } from "./state.ts";
import { deploymentPolicies, environmentNamed, refuseByPlan } from "./state.ts";

function environmentOf(call: Call, role: "read" | "admin"): Stored<EnvironmentRecord> {
  const repository = repositoryOf(call, role);
  refuseByPlan(repositoryPlan(call.store, repository));
  return environmentNamed(call.store, repository.id, String(call.path["environment_name"]));
}

function policyOf(call: Call, environment: Stored<EnvironmentRecord>): Stored<DeploymentPolicyRecord> {
  const found = deploymentPolicies(call.store).byId(Number(call.path["branch_policy_id"]));
  if (found?.owner !== environment.id) throw notFound();
  return found;
}

function nameOf(call: Call): string {
  const name = String(call.body["name"]);
  if (name.trim() === "" || name.startsWith("/") || name.endsWith("/") || name.includes("//")) {
    throw validationFailed([{ resource: "DeploymentBranchPolicy", code: "invalid", field: "name" }]);
  }
  return name;
}

/** Keys are compared without regard to case, patterns are not: in hexadecimal, two that differ in case only stay two. */
const uniqueKey = (type: string, name: string): string => `${type}:${Buffer.from(name).toString("hex")}`;

function create(call: Call): Reply {
  const repository = repositoryOf(call, "admin");
  const environment = environmentOf(call, "admin");
  // GitHub: "Not Found or deployment_branch_policy.custom_branch_policies property for the environment is set to false".
  if (environment.value.deploymentBranchPolicy?.custom_branch_policies !== true) throw notFound();
  const name = nameOf(call);
  const type = call.body["type"] === "tag" ? "tag" : "branch";
  const present = deploymentPolicies(call.store).get(environment.id, uniqueKey(type, name));
  if (present) {
    const location = `${environmentUrl(call, repository, environment)}/deployment-branch-policies/${present.id}`;
    return { status: 303, headers: { Location: location } };
  }
  return ok(renderPolicy(deploymentPolicies(call.store).insert(environment.id, uniqueKey(type, name), { name, type })));
}

function update(call: Call): Reply {
  const environment = environmentOf(call, "admin");
  const before = policyOf(call, environment);
  const name = nameOf(call);
  const present = deploymentPolicies(call.store).get(environment.id, uniqueKey(before.value.type, name));
  if (present && present.id !== before.id) {
    throw validationFailed([{ resource: "DeploymentBranchPolicy", code: "already_exists", field: "name" }]);
  }
  return ok(renderPolicy(deploymentPolicies(call.store).update(before.id, { ...before.value, name }, uniqueKey(before.value.type, name))));
}

export const policyOperations: Readonly<Record<string, Handler>> = {
  "repos/list-deployment-branch-policies": (call) =>
    pageOf(call, "branch_policies", deploymentPolicies(call.store).list(environmentOf(call, "read").id), renderPolicy),
  "repos/get-deployment-branch-policy": (call) => ok(renderPolicy(policyOf(call, environmentOf(call, "read")))),
  "repos/create-deployment-branch-policy": create,
  "repos/update-deployment-branch-policy": update,
  "repos/delete-deployment-branch-policy": (call) => {
    deploymentPolicies(call.store).remove(policyOf(call, environmentOf(call, "admin")).id);
    return noContent();
  },
};
