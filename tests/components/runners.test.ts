/* eslint-disable @typescript-eslint/no-unsafe-member-access --
   shopWith takes any system: the types forbid every one of these changes */
import * as github from "@pulumi/github";
import { assert } from "chai";
import { buildFleet } from "../../components/fleet/index.ts";
import { judgeFleet } from "../../components/fleet/judge.ts";
import { planStack } from "../../components/fleet/plan.ts";
import { RunnerGroup } from "../../components/runner-group/index.ts";
import { FaultsError } from "../../model/fault.ts";
import { record } from "../support/pulumi.ts";
import { shopFiles, shopStacks, shopWith, stackOf } from "../support/systems.ts";

const type = "github:index/actionsRunnerGroup:ActionsRunnerGroup";
const workflow = `name: On our machine
on: { push: { branches: [main] } }
permissions: {}
jobs:
  install:
    runs-on: { group: deployers, labels: [self-hosted, Linux] }
    timeout-minutes: 5
    steps: [{ run: "true" }]
`;
const file = ".github/workflows/install.yml";

const declared = (runners: readonly unknown[], folder = "shop") => ({
  ...shopWith(
    (system) => {
      system.runners = runners;
      if (folder === "shop") return;
      Object.assign(system, { name: folder, packages: [] });
      system.repository.name = folder;
      for (const tier of system.tiers)
        Object.assign(tier.target, { application: `${folder}-${tier.name}`, namespace: `${folder}-${tier.name}` });
    },
    new Map([...shopFiles, [file, workflow]]),
  ),
  folder,
});
const runner = { labels: ["self-hosted", "Linux"], workflows: ["install.yml"], group: "deployers" };

describe("RunnerGroup", () => {
  it("takes jobs of one repository and of named workflows only, as they stand on the system's own branches", async () => {
    const stack = stackOf("prod");
    const plans = planStack(judgeFleet([declared([runner])], shopStacks), stack, {});
    const { one } = await record(() => buildFleet(plans, stack));
    const group = one(type, "shop-deployers");
    assert.deepInclude(group.inputs, {
      name: "deployers",
      visibility: "selected",
      restrictedToWorkflows: true,
      selectedWorkflows: [`acme/shop/${file}@refs/heads/main`, `acme/shop/${file}@refs/heads/dev`],
    });
    assert.lengthOf(group.inputs["selectedRepositoryIds"] as number[], 1);
    assert.isTrue(group.protect);
  });

  it("is the foundation's, and nothing is declared where no runner has a group", async () => {
    const stack = stackOf("dev");
    const lower = await record(() => buildFleet(planStack(judgeFleet([declared([runner])], shopStacks), stack, {}), stack));
    assert.isEmpty(lower.all(type));
    const prod = stackOf("prod");
    const { all } = await record(() => buildFleet(planStack(judgeFleet([shopWith(() => undefined)], shopStacks), prod, {}), prod));
    assert.isEmpty(all(type));
  });

  it("is one for all runners of a system that name it, and never shared by two systems of an organization", () => {
    assert.throws(
      () => judgeFleet([declared([runner]), declared([runner], "store")], shopStacks),
      /the same runner group as shop\.runners\[0\]\.group/,
    );
  });

  it("registers nothing when its arguments are wrong, and names all that are", async () => {
    const build = () =>
      record(() => {
        const args = {
          group: "",
          owner: "acme",
          repository: "shop",
          repositoryId: 1,
          publicRepository: false,
          branches: [],
          workflows: [],
        };
        return new RunnerGroup("x", args, { provider: new github.Provider("github", { owner: "acme" }) });
      });
    const error = await build().then(
      () => assert.fail("was not refused"),
      (cause: unknown) => cause as Error,
    );
    assert.instanceOf(error, FaultsError);
    for (const part of ["group", "branches", "workflows"]) assert.include(error.message, part);
  });
});
