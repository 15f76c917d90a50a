import { assert } from "chai";
import fc from "fast-check";
import { prove, ProofWorld } from "../../proof/index.ts";
import { pathTheorem } from "../../proof/theorems/t1.ts";
import { gateTheorem } from "../../proof/theorems/t2.ts";
import { inputOf } from "./support/small-input.ts";
import { smallWorlds } from "./support/small-worlds.ts";
import { hangsForEver, waitsForEver } from "./support/walker-gates.ts";
import { changesProductionUngated } from "./support/walker-production.ts";

describe("the proof and a walk through every state of small worlds", () => {
  it("agree in 10,000 worlds whether production can be changed past the gates, and whether every gate can be satisfied", function () {
    this.timeout(180_000);
    const seen = { ungated: 0, gated: 0, stuck: 0, passable: 0 };
    fc.assert(
      fc.property(smallWorlds, (small) => {
        const input = inputOf(small);
        const world = new ProofWorld(input);
        const [paths, gates] = prove(world, [pathTheorem, gateTheorem]);
        const ungated = paths?.proofs.some(({ verdict }) => verdict === "broken") ?? false;
        const stuck = new Set(gates?.proofs.flatMap(({ verdict, subject }) => (verdict === "broken" ? [subject] : [])));
        assert.deepEqual(
          {
            ungated,
            main: stuck.has("small branch main"),
            release: stuck.has("small branch release"),
            environment: stuck.has("small environment deploy"),
          },
          {
            ungated: changesProductionUngated(input),
            main: hangsForEver(input, "main"),
            release: hangsForEver(input, "release"),
            environment: waitsForEver(input),
          },
        );
        seen[ungated ? "ungated" : "gated"] += 1;
        seen[stuck.size > 0 ? "stuck" : "passable"] += 1;
      }),
      { numRuns: 10_000 },
    );
    // Worlds of each kind, or the agreement would say little.
    for (const [kind, count] of Object.entries(seen)) assert.isAbove(count, 300, kind);
  });
});
