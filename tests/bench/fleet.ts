/**
 * Builds N synthetic repositories with their gates under mocks and prints one JSON line: resources, time, memory. Run as a process of
 * its own, with the node flags of Pulumi.yaml, so that what it measures is what the program costs.
 */
import { buildFleet } from "../../components/fleet/index.ts";
import type { SystemPlan } from "../../components/fleet/plan.ts";
import { Providers } from "../../components/fleet/providers.ts";
import { readStack } from "../../model/stack.ts";
import { record } from "../support/pulumi.ts";
import { syntheticSystem, syntheticTiers } from "./synthetic.ts";

const count = Number(process.argv[2] ?? "100");

/** A repository with a protected default branch: ten registered resources with its components. */
const synthetic = (index: number): SystemPlan => ({
  system: syntheticSystem(index, { pullRequest: {}, checks: null }),
  ...{ files: new Map(), contexts: {}, secrets: {} },
});

const stack = readStack({
  name: "prod",
  values: {
    "gatehouse:foundation": "prod",
    "gatehouse:tiers": JSON.stringify(syntheticTiers(count)),
    "gatehouse:githubToken": "bench",
  },
  environment: {},
});
const plans = Array.from({ length: count }, (_, index) => synthetic(index));
const started = performance.now();
const { resources } = await record(() => buildFleet(plans, stack, new Set(), new Providers(stack)));
const milliseconds = performance.now() - started;
process.stdout.write(
  `${JSON.stringify({ repositories: count, resources: resources.length, perRepository: resources.length / count, milliseconds, rssMegabytes: process.resourceUsage().maxRSS / 1024 })}\n`,
);
