/**
 * Builds N synthetic repositories with their gates under mocks and prints one JSON line: resources, time, memory. Run as a process of
 * its own, with the node flags of Pulumi.yaml, so that what it measures is what the program costs.
 */
import { buildFleet } from "../../components/fleet/index.ts";
import type { SystemPlan } from "../../components/fleet/plan.ts";
import { Providers } from "../../components/fleet/providers.ts";
import { readStack } from "../../model/stack.ts";
import type { System } from "../../model/system.ts";
import { record } from "../support/pulumi.ts";

const count = Number(process.argv[2] ?? "100");

/** A repository with a protected default branch: ten registered resources with its components. */
function synthetic(index: number): SystemPlan {
  const name = `service-${index}`;
  const system: System = {
    name,
    title: name,
    repository: {
      owner: { login: "acme", kind: "organization", plan: "enterprise" },
      name,
      description: "One of many",
      visibility: "public",
      actions: { allowedActions: [] },
    },
    tiers: [{ name: "prod", production: true }],
    branches: [{ name: "main", default: true, tier: "prod", gate: { pullRequest: {}, checks: null } }],
    tags: [],
    environments: [],
  };
  return { system, files: new Map(), contexts: {}, secrets: {} };
}

const names = Array.from({ length: count }, (_, index) => `service-${index}`);
const stack = readStack({
  name: "prod",
  values: {
    "gatehouse:foundation": "prod",
    "gatehouse:tiers": JSON.stringify(Object.fromEntries(names.map((name) => [name, ["prod"]]))),
    "gatehouse:githubToken": "bench",
  },
  environment: {},
});
const plans = names.map((_, index) => synthetic(index));
const started = performance.now();
const { resources } = await record(() => buildFleet(plans, stack, new Map(), new Providers(stack)));
const milliseconds = performance.now() - started;
process.stdout.write(
  `${JSON.stringify({ repositories: count, resources: resources.length, perRepository: resources.length / count, milliseconds, rssMegabytes: process.resourceUsage().maxRSS / 1024 })}\n`,
);
