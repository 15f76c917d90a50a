/**
 * Judges N synthetic repositories as `gatehouse check` does, from what is declared to the report, and prints one JSON line: resources,
 * results, time, memory. Each has a workflow file of its own, a check that its default branch requires, and the other gates by default.
 */
import { stringify } from "yaml";
import { asText } from "../../cli/check/report.ts";
import { declaredWorld } from "../../cli/check/declared.ts";
import { judgeFleet } from "../../components/fleet/judge.ts";
import type { DeclaredSystem } from "../../model/validate/index.ts";
import { applyExceptions } from "../../policies/rules/exceptions.ts";
import { judge, rules } from "../../policies/rules/index.ts";
import { syntheticSystem, syntheticTiers } from "./synthetic.ts";

const count = Number(process.argv[2] ?? "100");

function workflow(index: number): string {
  return `name: CI of service ${index}
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  build:
    name: Build service ${index}
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    strategy:
      matrix:
        node: [22, 24]
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
      - run: make test
  lint:
    name: Lint service ${index}
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
      - run: make lint
`;
}

function synthetic(index: number): DeclaredSystem {
  const declared = syntheticSystem(
    index,
    { pullRequest: {}, checks: { required: ["build", "lint"].map((job) => ({ workflow: "ci.yml", job })) } },
    {
      environments: [
        {
          name: "notifications",
          tier: "prod",
          deployFrom: { branches: ["main"] },
          secrets: [{ name: "WEBHOOK", purpose: "URL of the incoming webhook of #failures" }],
        },
      ],
      channels: { chat: { kind: "slack", channel: "#failures", secret: "WEBHOOK" } },
      notifications: [{ on: { workflow: "ci.yml", outcome: "failure" }, to: ["chat"] }],
    },
  );
  return { folder: declared.name, declared, files: new Map([[".github/workflows/ci.yml", workflow(index)]]) };
}

const sources = Array.from({ length: count }, (_, index) => synthetic(index));
const stackFile = stringify({
  config: {
    "gatehouse:foundation": "prod",
    "gatehouse:tiers": syntheticTiers(count),
  },
});
const stackFiles = new Map([["Pulumi.prod.yaml", stackFile]]);

const started = performance.now();
const world = await declaredWorld({ ...judgeFleet(sources, stackFiles), stackFiles });
const answers = applyExceptions(judge(world, rules), {}, "2026-01-01");
const text = asText({ rules, settings: {}, answers });
const milliseconds = performance.now() - started;
const [summary = ""] = text.split("\n").slice(-1);
process.stdout.write(
  `${JSON.stringify({ repositories: count, resources: world.resources.length, answers: answers.length, milliseconds, rssMegabytes: process.resourceUsage().maxRSS / 1024, summary })}\n`,
);
