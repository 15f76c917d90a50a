/** What a success means for the deployments before it. */
import type { Store, Stored } from "../../core/store.ts";
import { type DeploymentRecord, deployments, type DeploymentStatusRecord, deploymentStatuses } from "./record.ts";

/** A success makes earlier deployments of the same environment inactive; transient ones stay. */
export function retireOthers(store: Store, repositoryId: number, done: Stored<DeploymentRecord>, status: DeploymentStatusRecord): void {
  for (const other of deployments(store).list(repositoryId)) {
    if (other.id >= done.id || other.value.environment !== done.value.environment || other.value.transientEnvironment) continue;
    if (deploymentStatuses(store).list(other.id).at(-1)?.value.state !== "success") continue;
    const id = store.nextId();
    deploymentStatuses(store).insert(other.id, String(id), { ...status, state: "inactive" }, id);
  }
}
