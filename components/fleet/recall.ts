import * as pulumi from "@pulumi/pulumi";
import { refuse, type Fault } from "../../model/fault.ts";
import type { Stack } from "../../model/stack.ts";
import type { SystemPlan } from "./plan.ts";

/** What the foundation last wrote down about a system. */
export interface Remembered {
  readonly repositoryName: string;
  /** Its first files are all written. */
  readonly seeded: true;
  /** Number at GitHub. */
  readonly repositoryId?: number;
}

/**
 * Reads the foundation's outputs. The foundation reads its own: which repositories have their first files.
 *
 * @returns By system's name; empty in a foundation that was never applied.
 * @throws FaultsError in a lower stack when the foundation has not made the repository yet.
 */
export async function recall(stack: Stack, plans: readonly SystemPlan[]): Promise<ReadonlyMap<string, Remembered>> {
  const systems = (await readOutput(stack)) as Record<string, Partial<Remembered> | undefined>;
  const remembered = new Map<string, Remembered>();
  const faults: Fault[] = [];
  for (const { system } of plans) {
    const { repositoryName, seeded, repositoryId } = systems[system.name] ?? {};
    if (repositoryName !== undefined && seeded === true) {
      remembered.set(system.name, { repositoryName, seeded, ...(repositoryId !== undefined && { repositoryId }) });
    } else if (stack.name !== stack.foundation) {
      faults.push({
        path: system.name,
        value: undefined,
        rule: `its repository is made by stack ${stack.foundation}, which has not done so yet`,
        fix: `run pulumi up --stack ${stack.foundation} first`,
      });
    }
  }
  refuse(`Stack ${stack.name}`, faults);
  return remembered;
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
