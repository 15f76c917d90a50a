/** Deployments and their statuses, held to the protection of the environment that they name. */
import { accountById, repositoryOf } from "../../core/access.ts";
import { ApiError, notFound, unprocessable } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { created, noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { checksOf } from "../../rules/gather.ts";
import { addressesOf } from "../commits/render.ts";
import { policyRefusal } from "../environments/refs.ts";
import { simpleUser } from "../users/render.ts";
import { type DeploymentRecord, deployments, type DeploymentState, type DeploymentStatusRecord, deploymentStatuses } from "./record.ts";
import { retireOthers } from "./retire.ts";

export function renderDeployment(
  call: Call,
  repository: Stored<RepositoryRecord>,
  { id, value }: Stored<DeploymentRecord>,
): Record<string, unknown> {
  const { api } = addressesOf(call, repository);
  const url = `${api}/deployments/${id}`;
  return {
    url,
    id,
    node_id: nodeId("Deployment", id),
    sha: value.sha,
    ref: value.ref,
    task: value.task,
    payload: value.payload,
    original_environment: value.environment,
    environment: value.environment,
    description: value.description,
    creator: simpleUser(call, accountById(call.store, value.creatorId)),
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: api,
    transient_environment: value.transientEnvironment,
    production_environment: value.productionEnvironment,
  };
}

function renderStatus(
  call: Call,
  repository: Stored<RepositoryRecord>,
  deployment: Stored<DeploymentRecord>,
  { id, value }: Stored<DeploymentStatusRecord>,
): Record<string, unknown> {
  const { api } = addressesOf(call, repository);
  const url = `${api}/deployments/${deployment.id}`;
  return {
    url: `${url}/statuses/${id}`,
    id,
    node_id: nodeId("DeploymentStatus", id),
    state: value.state,
    creator: simpleUser(call, accountById(call.store, value.creatorId)),
    description: value.description,
    environment: value.environment,
    target_url: value.logUrl,
    created_at: value.createdAt,
    updated_at: value.createdAt,
    deployment_url: url,
    repository_url: api,
    environment_url: value.environmentUrl,
    log_url: value.logUrl,
  };
}

/** Refuses a ref that the environment's branch policy does not let in. @throws ApiError 422. */
async function requirePolicy(call: Call, repository: Stored<RepositoryRecord>, environment: string, ref: string): Promise<void> {
  const context = { store: call.store, repository, git: call.git.repository(repository.id), actorId: call.actor.id };
  const refused = await policyRefusal(context, environment, ref);
  if (refused !== undefined) throw unprocessable(refused);
}

/** Every check of the commit, or those named, must be good. @throws ApiError 409, as GitHub answers. */
function requireContexts(call: Call, repository: Stored<RepositoryRecord>, sha: string, ref: string): void {
  const named = call.body["required_contexts"] as readonly string[] | undefined;
  const checks = checksOf(call.store, repository.id, sha);
  const wanted = named ?? checks.map(({ context }) => context);
  const failing = wanted.filter((context) => {
    const reports = checks.filter((check) => check.context === context);
    return reports.length === 0 || reports.some(({ state }) => state !== "success");
  });
  if (failing.length === 0) return;
  throw new ApiError(409, `Conflict: Commit status checks failed for ${ref}`, [
    { resource: "Deployment", field: "required_contexts", code: "invalid", message: failing.join(", ") },
  ]);
}

async function create(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const { body, store, now, actor } = call;
  const ref = String(body["ref"]);
  const sha = await call.git.repository(repository.id).resolveCommit(ref);
  if (!sha) throw unprocessable(`No ref found for: ${ref}`);
  const environment = typeof body["environment"] === "string" ? body["environment"] : "production";
  requireContexts(call, repository, sha, ref);
  await requirePolicy(call, repository, environment, ref);
  const id = store.nextId();
  const deployment = deployments(store).insert(
    repository.id,
    String(id),
    {
      sha,
      ref,
      task: typeof body["task"] === "string" ? body["task"] : "deploy",
      payload: body["payload"] ?? {},
      environment,
      description: typeof body["description"] === "string" ? body["description"] : null,
      creatorId: actor.id,
      transientEnvironment: body["transient_environment"] === true,
      productionEnvironment:
        body["production_environment"] === undefined ? environment === "production" : body["production_environment"] === true,
      createdAt: now,
      updatedAt: now,
    },
    id,
  );
  return created(renderDeployment(call, repository, deployment));
}

function list(call: Call): Reply {
  const repository = repositoryOf(call);
  const wanted = (["sha", "ref", "task", "environment"] as const).map((field) => [field, call.query[field]] as const);
  const kept = deployments(call.store)
    .list(repository.id)
    .filter(({ value }) => wanted.every(([field, text]) => text === undefined || text === "none" || value[field] === text))
    .reverse();
  return page(call, kept, (deployment) => renderDeployment(call, repository, deployment));
}

function deploymentOf(call: Call, repository: Stored<RepositoryRecord>): Stored<DeploymentRecord> {
  const found = deployments(call.store).byId(Number(call.path["deployment_id"]));
  if (found?.owner !== repository.id) throw notFound();
  return found;
}

function createStatus(call: Call): Reply {
  const repository = repositoryOf(call, "write");
  const deployment = deploymentOf(call, repository);
  const { body, store, now, actor } = call;
  const text = (field: string): string => (typeof body[field] === "string" ? body[field] : "");
  const state = body["state"] as DeploymentState;
  const id = store.nextId();
  const value: DeploymentStatusRecord = {
    state,
    creatorId: actor.id,
    description: text("description"),
    environment: text("environment") || deployment.value.environment,
    environmentUrl: text("environment_url"),
    logUrl: text("log_url") || text("target_url"),
    createdAt: now,
  };
  const status = deploymentStatuses(store).insert(deployment.id, String(id), value, id);
  deployments(store).update(deployment.id, { ...deployment.value, updatedAt: now });
  if (state === "success" && body["auto_inactive"] !== false) retireOthers(store, repository.id, deployment, value);
  return created(renderStatus(call, repository, deployment, status));
}

function remove(call: Call): Reply {
  const repository = repositoryOf(call, "write");
  const deployment = deploymentOf(call, repository);
  const others = deployments(call.store).list(repository.id).length > 1;
  const last = deploymentStatuses(call.store).list(deployment.id).at(-1)?.value.state;
  // GitHub deletes the only deployment of a repository in any state, else inactive ones only.
  if (others && last !== "inactive")
    throw unprocessable("We cannot delete an active deployment unless it is the only deployment in a given environment.");
  call.store.removeDescendants(deployment.id);
  deployments(call.store).remove(deployment.id);
  return noContent();
}

export const deploymentsFamily: Family = {
  name: "deployments",
  operations: {
    "repos/create-deployment": create,
    "repos/list-deployments": list,
    "repos/get-deployment": (call) => {
      const repository = repositoryOf(call);
      return ok(renderDeployment(call, repository, deploymentOf(call, repository)));
    },
    "repos/delete-deployment": remove,
    "repos/create-deployment-status": createStatus,
    "repos/list-deployment-statuses": (call) => {
      const repository = repositoryOf(call);
      const deployment = deploymentOf(call, repository);
      return page(call, deploymentStatuses(call.store).list(deployment.id).reverse(), (status) =>
        renderStatus(call, repository, deployment, status),
      );
    },
    "repos/get-deployment-status": (call) => {
      const repository = repositoryOf(call);
      const deployment = deploymentOf(call, repository);
      const status = deploymentStatuses(call.store).byId(Number(call.path["status_id"]));
      if (status?.owner !== deployment.id) throw notFound();
      return ok(renderStatus(call, repository, deployment, status));
    },
  },
};
