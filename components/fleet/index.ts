import { hasApplicationRules } from "../../delivery/argocd-notifications.ts";
import { notificationsEnvironment } from "../../model/notification.ts";
import type { Stack } from "../../model/stack.ts";
import type { System } from "../../model/system.ts";
import { codeOwnersFile } from "../../model/code-owners.ts";
import { argocdTarget, dockerTarget } from "../../model/target.ts";
import { DeliverySystem, type SystemOutputs } from "../delivery-system/index.ts";
import type { SystemPlan } from "./plan.ts";
import { Providers } from "./providers.ts";
import type { Remembered } from "./recall.ts";

export type { SystemPlan } from "./plan.ts";
export type { Remembered } from "./recall.ts";

/**
 * Declares every system of a stack. Systems of which the stack owns nothing are left out.
 *
 * @param remembered What the foundation wrote down before, by system; empty on its first run.
 * @param providers Connections, where some were made before to look something up.
 * @returns Outputs by system's name.
 */
export function buildFleet(
  plans: readonly SystemPlan[],
  stack: Stack,
  remembered: ReadonlyMap<string, Remembered> = new Map(),
  providers: Providers = new Providers(stack),
): Record<string, SystemOutputs> {
  const isFoundation = stack.name === stack.foundation;
  const outputs: Record<string, SystemOutputs> = {};
  for (const { system, files, contexts, secrets } of plans) {
    const owned = system.tiers.filter((tier) => stack.tiers[system.name]?.includes(tier.name));
    if (!isFoundation && owned.length === 0) continue;
    const owner = providers.ownerOf(system);
    const { provider, directory } = providers.github(owner);
    const known = remembered.get(system.name);
    const docker = owned.some((tier) => dockerTarget(tier.target) !== undefined) ? providers.docker() : undefined;
    const built = new DeliverySystem(
      system.name,
      {
        system,
        stack,
        owner,
        contexts,
        secrets,
        hasCodeOwners: codeOwnersFile(files) !== undefined,
        // What comes later is proposed as a pull request: the gates would refuse a push of ours.
        seeds: known === undefined ? [...files].map(([path, content]) => ({ path, content })) : [],
        directory,
        ...(!isFoundation && {
          foundation: {
            repositoryName: known?.repositoryName ?? system.repository.name,
            ...(known?.repositoryId !== undefined && { repositoryId: known.repositoryId }),
          },
        }),
        ...((stack.images[system.name] !== undefined || docker !== undefined) && { registry: providers.registry() }),
        ...(docker !== undefined && { docker }),
      },
      {
        providers: [provider, ...(needsCluster(system, stack) ? [providers.kubernetes()] : [])],
      },
    );
    outputs[system.name] = built.outputs;
  }
  return outputs;
}

/** Is any Application of the system in this stack, or what Argo CD must know to tell of those in other stacks? */
function needsCluster(system: System, stack: Stack): boolean {
  const owns = (tier: string) => stack.tiers[system.name]?.includes(tier) ?? false;
  const tells =
    hasApplicationRules(system) && system.environments.some(({ name, tier }) => name === notificationsEnvironment && owns(tier));
  return tells || system.tiers.some(({ name, target }) => owns(name) && argocdTarget(target) !== undefined);
}
