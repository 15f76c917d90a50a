import * as pulumi from "@pulumi/pulumi";
import { refuse, type Fault } from "../../model/fault.ts";
import type { Stack } from "../../model/stack.ts";
import type { SystemPlan } from "./plan.ts";

/**
 * Reads in the foundation's outputs which repositories have all their first files. The foundation reads its own.
 *
 * @returns Names of their systems; none in a foundation that was never applied.
 * @throws FaultsError in another stack when the foundation has not made a repository yet.
 */
export async function recall(stack: Stack, plans: readonly SystemPlan[]): Promise<ReadonlySet<string>> {
  const systems = (await readOutput(stack)) as Record<string, { readonly seeded?: unknown } | undefined>;
  const seeded = new Set<string>();
  const faults: Fault[] = [];
  for (const { system } of plans) {
    if (systems[system.name]?.seeded === true) seeded.add(system.name);
    else if (stack.name !== stack.foundation) {
      faults.push({
        path: system.name,
        value: undefined,
        rule: `its repository is made by stack ${stack.foundation}, which has not done so yet`,
        fix: `run pulumi up --stack ${stack.foundation} first`,
      });
    }
  }
  refuse(`Stack ${stack.name}`, faults);
  return seeded;
}

/** The output `systems` of the foundation; empty where it was never applied. */
async function readOutput(stack: Stack): Promise<unknown> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack.foundation}`;
  if (stack.name !== stack.foundation) {
    const details = await new pulumi.StackReference("foundation", { name }).getOutputDetails("systems");
    return details.value ?? {};
  }
  // A stack that keeps a StackReference to itself drifts with each of its own outputs: what a refresh shows would be its last update.
  // The engine's look-up behind it leaves nothing in the state.
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as { outputs?: { systems?: unknown } };
  return outputs?.systems ?? {};
}
