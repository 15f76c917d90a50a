/** Deployments and their statuses as they are stored. */
import type { Collection, Store } from "../../core/store.ts";

export type DeploymentState = "error" | "failure" | "inactive" | "pending" | "success" | "queued" | "in_progress";

/** Kind `deployment`, owner the repository's id, key the deployment's own number as text. */
export interface DeploymentRecord {
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly payload: unknown;
  readonly environment: string;
  readonly description: string | null;
  readonly creatorId: number;
  readonly transientEnvironment: boolean;
  readonly productionEnvironment: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Kind `deployment-status`, owner the deployment's id, key the status' own number as text. */
export interface DeploymentStatusRecord {
  readonly state: DeploymentState;
  readonly creatorId: number;
  readonly description: string;
  readonly environment: string;
  readonly environmentUrl: string;
  readonly logUrl: string;
  readonly createdAt: string;
}

export const deployments = (store: Store): Collection<DeploymentRecord> => store.collection("deployment");
export const deploymentStatuses = (store: Store): Collection<DeploymentStatusRecord> => store.collection("deployment-status");

/** Environments whose last word about a commit is success. */
export function environmentsDeployedTo(store: Store, repositoryId: number, sha: string): string[] {
  return deployments(store)
    .list(repositoryId)
    .filter((deployment) => deployment.value.sha === sha && deploymentStatuses(store).list(deployment.id).at(-1)?.value.state === "success")
    .map(({ value }) => value.environment);
}
