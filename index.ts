/** Wiring only: load, judge, build, export. */
import * as pulumi from "@pulumi/pulumi";
import type { SystemOutputs } from "./components/delivery-system/index.ts";
import { judgeActors } from "./components/fleet/actors.ts";
import { judgedFleet } from "./components/fleet/judged.ts";
import { planStack } from "./components/fleet/plan.ts";
import { loadStackFiles, loadSystems } from "./components/fleet/load.ts";
import { Providers } from "./components/fleet/providers.ts";
import { recall } from "./components/fleet/recall.ts";
import { FaultsError } from "./model/fault.ts";
import { readStack } from "./model/stack.ts";

async function declare(): Promise<Record<string, SystemOutputs>> {
  const root = import.meta.dirname;
  const stack = readStack({ name: pulumi.getStack(), values: pulumi.runtime.allConfig(), environment: process.env });
  const plans = planStack(await judgedFleet(root, await loadSystems(root), await loadStackFiles(root)), stack, process.env);
  const seeded = await recall(stack, plans);
  const providers = new Providers(stack);
  const named = judgeActors(plans, stack, providers);
  // Loaded while GitHub answers: the components are most of what is left to load.
  const [{ buildFleet }] = await Promise.all([import("./components/fleet/index.ts"), named]);
  return buildFleet(plans, stack, seeded, providers);
}

/** By system: repository, rulesets, environments, Applications, images, and the files that the repository was created with. */
export const systems = await declare().catch((error: unknown) => {
  // Faults are for whoever declared something: the message says it all, a stack trace of ours would only hide it.
  if (error instanceof FaultsError) throw new pulumi.RunError(error.message);
  throw error;
});
