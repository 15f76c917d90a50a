import { hasApplicationRules } from "../../delivery/argocd-notifications.ts";
import type { Stack } from "../../model/stack.ts";
import type { System } from "../../model/system.ts";
import { codeOwnersFile } from "../../model/code-owners.ts";
import { argocdTarget, dockerTarget } from "../../model/target.ts";
import { DeliverySystem, type SystemOutputs } from "../delivery-system/index.ts";
import type { SystemPlan } from "./plan.ts";
import { Providers } from "./providers.ts";

export type { SystemPlan } from "./plan.ts";

/**
 * Declares every system of a stack. Systems of which the stack owns nothing are left out.
 *
 * @param seeded Systems whose repositories have all their first files.
 * @param providers Connections, where some were made before to look something up.
 * @returns Outputs by system's name.
 */
export function buildFleet(
  plans: readonly SystemPlan[],
  stack: Stack,
  seeded: ReadonlySet<string> = new Set(),
  providers: Providers = new Providers(stack),
): Record<string, SystemOutputs> {
  const isFoundation = stack.name === stack.foundation;
  const outputs: Record<string, SystemOutputs> = {};
  for (const { system, files, contexts, secrets } of plans) {
    const owned = system.tiers.filter((tier) => stack.tiers[system.name]?.includes(tier.name));
    if (!isFoundation && owned.length === 0) continue;
    const owner = providers.ownerOf(system);
    const github = isFoundation ? providers.github(owner) : undefined;
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
        seeds: seeded.has(system.name) ? [] : [...files].map(([path, content]) => ({ path, content })),
        ...(github !== undefined && { directory: github.directory }),
        ...((stack.images[system.name] !== undefined || docker !== undefined) && { registry: providers.registry() }),
        ...(docker !== undefined && { docker }),
      },
      {
        providers: [...(github === undefined ? [] : [github.provider]), ...(needsCluster(system, stack) ? [providers.kubernetes()] : [])],
      },
    );
    outputs[system.name] = built.outputs;
  }
  return outputs;
}

/** Is any Application of the system in this stack, or what Argo CD must know to tell of those in other stacks? */
function needsCluster(system: System, stack: Stack): boolean {
  const owns = (tier: string) => stack.tiers[system.name]?.includes(tier) ?? false;
  const tells = stack.name === stack.foundation && hasApplicationRules(system);
  return tells || system.tiers.some(({ name, target }) => owns(name) && argocdTarget(target) !== undefined);
}
