/**
 * Judges mutants by everything that refuses a declaration before an update: validation, the rules with the project's own settings, and the
 * theorems.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { projectDir } from "../../cli/project.ts";
import type { JudgedFleet } from "../../components/fleet/judge.ts";
import { FaultsError } from "../../model/fault.ts";
import { applyExceptions, type Answer } from "../../policies/rules/exceptions.ts";
import { judge, levelOf, readSettings, rules, type Result, type Rule, type Settings, type World } from "../../policies/rules/index.ts";
import { prove, ProofWorld, theorems } from "../../proof/index.ts";
import type { Base } from "./base.ts";
import type { Mutant } from "./mutant.ts";

/** Who refused it, each once: ids of rules and theorems, or `validation: …` with what it says. Empty where nobody did. */
export type Catchers = readonly string[];

export const loadSettings = async (): Promise<Settings> =>
  readSettings(JSON.parse(await readFile(path.join(projectDir, "policy-config.json"), "utf8")));

/** Judges the mutants of one system: caught is what fails now and did not before. */
export class Judge {
  readonly #base: Base;
  readonly #settings: Settings;
  readonly #today: string;
  readonly #before: ReadonlyMap<string, number>;
  readonly #settingsOf = new Map<readonly Rule[], Settings>();
  /** Of what did not change, by what it is: a list of resources, or the facts of a file. */
  readonly #results = new WeakMap<object, readonly Result[]>();

  constructor(base: Base, settings: Settings, today: string) {
    this.#base = base;
    this.#settings = settings;
    this.#today = today;
    this.#before = counted([...this.#ruled(base.world), ...this.#disproved(base.fleet, base.world)]);
  }

  /** @param everybody Whether theorems are asked also where a rule has refused it already: they take most of the time. */
  async judge(mutant: Mutant, everybody = false): Promise<Catchers> {
    try {
      const { fleet, world } = await this.#base.changed(mutant.make());
      const ruled = this.#newOf(this.#ruled(world));
      return ruled.length > 0 && !everybody ? ruled : [...ruled, ...this.#newOf(this.#disproved(fleet, world))];
    } catch (error) {
      if (error instanceof FaultsError) return unique(error.faults.map(({ rule }) => `validation: ${rule}`));
      throw error;
    }
  }

  /** Who fails now and did not before, or not as often. */
  #newOf(failures: readonly Failed[]): string[] {
    const seen = new Map<string, number>();
    return unique(
      failures.flatMap(({ by, key }) => {
        const count = (seen.get(key) ?? 0) + 1;
        seen.set(key, count);
        return count > (this.#before.get(key) ?? 0) ? [by] : [];
      }),
    );
  }

  /** By some of the rules, with their settings only: others are unknown to it. */
  #run(some: readonly Rule[], world: World): Result[] {
    const known = this.#settingsOf.get(some);
    const ids = new Set(some.map(({ id }) => id));
    const own = known ?? Object.fromEntries(Object.entries(this.#settings).filter(([id]) => ids.has(id) || id === "all"));
    this.#settingsOf.set(some, own);
    return judge(world, some, own);
  }

  #once(about: object, run: () => readonly Result[]): readonly Result[] {
    const known = this.#results.get(about);
    if (known !== undefined) return known;
    const results = run();
    this.#results.set(about, results);
    return results;
  }

  #ruled(world: World): Failed[] {
    const results = [
      ...this.#once(world.resources, () => this.#run(resourceRules, { resources: world.resources, workflows: [] })),
      ...world.workflows.flatMap((workflow) =>
        this.#once(workflow.facts, () => this.#run(workflowRules, { resources: [], workflows: [workflow] })),
      ),
    ];
    const answers = applyExceptions(results, this.#settings, this.#today).filter(
      (answer) => ["fail", "error"].includes(answer.verdict) && levelOf(answer, this.#settings) !== "disabled",
    );
    return answers.map((answer) => ({ by: answer.rule, key: keyOf(answer) }));
  }

  #disproved(fleet: JudgedFleet, { resources }: World): Failed[] {
    return prove(new ProofWorld({ resources, systems: fleet.systems }), theorems).flatMap(({ theorem, proofs }) =>
      proofs.flatMap(({ subject, counterexample }) =>
        counterexample === undefined ? [] : [{ by: theorem.id, key: JSON.stringify([theorem.id, subject, counterexample.claim]) }],
      ),
    );
  }
}

/** One failure: who says it, and what makes it another one than before. */
interface Failed {
  readonly by: string;
  readonly key: string;
}

const workflowRules = rules.filter(({ kind }) => kind === "workflow");
const resourceRules = rules.filter(({ kind }) => kind !== "workflow");

/** Lines shift when a file changes, and mean nothing here. */
const keyOf = ({ rule, subject, file, path: property, message }: Answer): string =>
  JSON.stringify([rule, subject, file, property, message]);

function counted(failures: readonly Failed[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of failures) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
