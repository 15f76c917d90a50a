/* eslint-disable @typescript-eslint/no-unsafe-member-access --
   bad data is the point of shopWith: the types forbid every one of these changes */
import { assert } from "chai";
import { judgeFleet, type JudgedFleet } from "../../components/fleet/judge.ts";
import { planStack } from "../../components/fleet/plan.ts";
import { FaultsError } from "../../model/fault.ts";
import { shop, shopFiles, shopStacks, shopWith, stackOf } from "../support/systems.ts";

const sound = { folder: "shop", declared: shop, files: shopFiles };
const fleet = (): JudgedFleet => judgeFleet([sound], shopStacks);

describe("judging a fleet", () => {
  const refused = (action: () => unknown): FaultsError => {
    try {
      action();
    } catch (error) {
      assert.instanceOf(error, FaultsError);
      return error;
    }
    return assert.fail("nothing was refused");
  };

  it("[DEX-6] turns required checks into the contexts that GitHub will report", () => {
    assert.deepEqual(fleet().systems[0]?.contexts, {
      main: [{ context: "test", integrationId: 15368 }],
      dev: [{ context: "test", integrationId: 15368 }],
    });
  });

  it("refuses a required check of an unknown workflow or job, at its place in the declaration", () => {
    const source = shopWith((system) => {
      system.branches[0].gate.checks.required[0].workflow = "cy.yml";
      system.branches[1].gate.checks.required[0].job = "tset";
    });
    const { faults } = refused(() => judgeFleet([source], shopStacks));
    assert.deepEqual(
      faults.map(({ path }) => path.replace(/\.(workflow|job)$/, "")),
      ["shop.branches[0].gate.checks.required[0]", "shop.branches[1].gate.checks.required[0]"],
    );
    assert.match(faults[0]?.fix ?? "", /ci\.yml/);
    assert.match(faults[1]?.fix ?? "", /test/);
  });

  it("refuses a required check that a path filter may keep from reporting, at its line in the workflow", () => {
    const files = new Map(shopFiles);
    files.set(
      ".github/workflows/ci.yml",
      (shopFiles.get(".github/workflows/ci.yml") ?? "").replace("pull_request:", "pull_request:\n    paths: [src/**]"),
    );
    const { faults } = refused(() => judgeFleet([{ ...sound, files }], shopStacks));
    assert.isTrue(faults.some(({ file, line }) => file === "systems/shop/repository/.github/workflows/ci.yml" && line !== undefined));
  });

  it("refuses a workflow that does not parse, at its line", () => {
    const files = new Map([...shopFiles, [".github/workflows/broken.yml", "on: [push\njobs: {}\n"]]);
    const { faults } = refused(() => judgeFleet([{ ...sound, files }], shopStacks));
    assert.isTrue(faults.some(({ file, line }) => file === "systems/shop/repository/.github/workflows/broken.yml" && line !== undefined));
  });

  it("says faults of systems and of stack files in one error, and none that only follow from another", () => {
    const stacks = new Map([...shopStacks, ["Pulumi.dev.yaml", "config:\n  gatehouse:foundation: prod\n"]]);
    const { faults } = refused(() => judgeFleet([sound], stacks));
    assert.deepEqual(
      faults.map(({ path }) => path),
      ["shop.tiers.dev"],
    );
    const bad = shopWith((system) => (system.title = ""));
    assert.lengthOf(refused(() => judgeFleet([bad], stacks)).faults, 1);
  });

  it("refuses a stack whose configuration takes a tier that its file does not, or that has no file", () => {
    const { faults } = refused(() => planStack(fleet(), stackOf("dev", { tiers: { shop: ["dev", "prod"] } }), {}));
    assert.equal(faults[0]?.path, "gatehouse:tiers.shop");
    const { systems } = fleet();
    assert.match(refused(() => planStack({ systems, stacks: [] }, stackOf("dev"), {})).message, /has no Pulumi\.dev\.yaml/);
  });
});
