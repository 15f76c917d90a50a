import { assert } from "chai";
import { loadBases, type Base } from "./base.ts";
import { Judge, loadSettings } from "./judge.ts";
import { titleOf } from "./mutant.ts";
import { judged, mutantsOf, sampleOf } from "./mutants.ts";

/** A day on which the project's exceptions hold. */
const today = "2026-12-01";

describe("mutants of the declared systems", function () {
  this.timeout(180_000);
  let bases: readonly Base[];
  before(async () => {
    bases = await loadBases();
  });

  it("are at least 500, of every system, each with a title of its own", () => {
    const mutants = bases.flatMap((base) => mutantsOf(base).mutants.map((mutant) => `${base.name} ${titleOf(mutant)}`));
    assert.isAtLeast(mutants.length, 500);
    for (const { name } of bases) assert.isAbove(mutants.filter((title) => title.startsWith(`${name} `)).length, 100, name);
  });

  it("are refused by a rule, a theorem or validation, or are known to weaken nothing", async () => {
    const base = bases.find(({ name }) => name === "kitchen")!;
    const judge = new Judge(base, await loadSettings(), today);
    const missed: string[] = [];
    for (const mutant of sampleOf(mutantsOf(base).mutants)) {
      const { outcome } = await judged(base, judge, mutant);
      if (outcome === "missed") missed.push(titleOf(mutant));
    }
    assert.deepEqual(missed, []);
  });

  it("would be missed without the rules' settings of this project, so that a judge that says nothing is noticed", async () => {
    const base = bases.find(({ name }) => name === "airflow-etl")!;
    const lowered = mutantsOf(base).mutants.find(({ change }) => change === "waitTimer: 5 → 4")!;
    assert.include(await new Judge(base, await loadSettings(), today).judge(lowered), "environment-waits");
    assert.notInclude(await new Judge(base, {}, today).judge(lowered), "environment-waits");
  });
});
