/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-assignment --
   bad data is the point: the types forbid every one of these changes */
import { assert } from "chai";
import fc from "fast-check";
import { FaultsError, refuse, type Fault } from "../../model/fault.ts";
import { judgeSystems } from "../../model/validate/index.ts";
import { nearest } from "../../model/text.ts";
import { steadyFiles, steadyShop } from "../support/strategies.ts";
import { shop, shopFiles, shopWith, type Changeable } from "../support/systems.ts";
import { badNotifications } from "./bad-notifications.ts";
import { badStrategies } from "./bad-strategies.ts";
import { badCombinations, badFields, type BadCase } from "./bad-systems.ts";
import { badWindows } from "./bad-windows.ts";

const all: readonly BadCase[] = [...badFields, ...badCombinations, ...badWindows, ...badStrategies, ...badNotifications];
const find = (faults: readonly Fault[], path: string, rule: RegExp) => faults.find((fault) => fault.path === path && rule.test(fault.rule));

describe("validation of systems", () => {
  it("finds nothing wrong with a sound system that uses every field", () => {
    assert.deepEqual(judgeSystems([{ folder: "shop", declared: shop, files: shopFiles }]), []);
  });

  it("finds nothing wrong with a sound strategy of each kind", () => {
    assert.deepEqual(judgeSystems([{ folder: "shop", declared: steadyShop, files: steadyFiles }]), []);
  });

  for (const { title, change, path, rule, fix, files } of all) {
    it(`refuses ${title}`, () => {
      const faults = judgeSystems([shopWith(change, files)]);
      const fault = find(faults, `shop.${path}`, rule);
      assert.exists(fault, `no such fault among ${JSON.stringify(faults, null, 1)}`);
      assert.equal(fault.file, "systems/shop/system.ts");
      assert.isNotEmpty(fault.fix);
      if (fix !== undefined) assert.match(fault.fix, fix);
    });
  }

  it(`says all faults of all systems in one error: ${all.length} bad systems at once`, () => {
    const sources = all.map(({ change, files }, index) => {
      const { declared } = shopWith(change, files);
      const folder = `shop-${index}`;
      const system = declared as Changeable;
      if (system.name === "shop") system.name = folder;
      return { folder, declared: system as unknown, files: files ?? shopFiles };
    });
    let error: unknown;
    try {
      refuse("The declared systems", judgeSystems(sources));
    } catch (thrown) {
      error = thrown;
    }
    assert.instanceOf(error, FaultsError);
    const { faults, message } = error;
    for (const [index, { path, rule, title }] of all.entries()) {
      assert.exists(find(faults, `shop-${index}.${path}`, rule), title);
      assert.include(message, `shop-${index}.${path}`);
    }
    assert.isAtLeast(all.length, 40);
  });

  it("gathers the faults of one system that is wrong in many places", () => {
    const [source, count] = [
      shopWith((system) => {
        system.title = "";
        system.repository.visibilty = "public";
        system.tiers[0].target.branch = "nowhere";
        system.branches[0].gate.pullRequest.approvals = -1;
        system.environments[0].deployFrom = {};
        system.secrets[0].name = "lower";
      }),
      6,
    ];
    assert.lengthOf(judgeSystems([source]), count);
  });

  it("goes on with the other members of a list when one is malformed, under their true indices", () => {
    const faults = judgeSystems([shopWith((system) => system.environments.unshift("prod") && (system.environments[1].tier = "qa"))]);
    assert.includeMembers(
      faults.map((fault) => fault.path),
      ["shop.environments[0]", "shop.environments[1].tier"],
    );
  });

  it("refuses two systems with one repository, Application, namespace or package", () => {
    const other = shopWith((system) => (system.name = "store"));
    const faults = judgeSystems([
      { folder: "shop", declared: shop, files: shopFiles },
      { ...other, folder: "store" },
    ]);
    const rules = faults.map((fault) => fault.rule).join("\n");
    for (const what of ["repository", "Application", "namespace", "package"])
      assert.match(rules, new RegExp(`the same ${what} as shop\\.`));
  });

  it("refuses a folder whose system.ts exports no system", () => {
    const [fault] = judgeSystems([{ folder: "shop", declared: undefined, files: new Map() }]);
    assert.match(fault?.rule ?? "", /must export/);
  });

  it("never throws anything but faults, whatever is declared", () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 4, withNullPrototype: false }), (declared) => {
        const faults = judgeSystems([{ folder: "shop", declared, files: new Map() }]);
        assert.isNotEmpty(faults);
        assert.throws(() => {
          refuse("The declared systems", faults);
        }, FaultsError);
      }),
    );
  });

  it("never throws when any one value of a sound system becomes something else", () => {
    const paths = leaves(steadyShop);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.constantFrom(null, 0, "", [], {}, "x".repeat(500), -1, true), (path, value) => {
        judgeSystems([
          shopWith((system) => {
            Object.assign(system as object, structuredClone(steadyShop));
            setAt(system as Record<string, unknown>, path, value);
          }, steadyFiles),
        ]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("what was probably meant", () => {
  it("is the nearest name, whatever its case", () => {
    assert.equal(nearest("Visibilty", ["name", "visibility"]), "visibility");
  });
  it("is nothing when nothing is near", () => {
    assert.isUndefined(nearest("banana", ["name", "visibility"]));
  });
  it("is always the name itself when it is among the candidates", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.nat(), (names, pick) => {
        const name = names[pick % names.length]!;
        assert.equal(nearest(name, names)?.toLowerCase(), name.toLowerCase());
      }),
    );
  });
});

/** Paths of every value in plain data. */
function leaves(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [[...path]];
  return [...(path.length > 0 ? [[...path]] : []), ...Object.entries(value).flatMap(([key, entry]) => leaves(entry, [...path, key]))];
}

function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const last = path[path.length - 1]!;
  const parent = path.slice(0, -1).reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, root);
  parent[last] = value;
}
