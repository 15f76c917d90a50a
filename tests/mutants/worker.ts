/** Judges the mutants of one system, in a process of its own: `worker.ts SYSTEM OPTIONS`, the options as JSON. Writes what it found as JSON. */
import { loadBases } from "./base.ts";
import { Judge, loadSettings } from "./judge.ts";
import { titleOf } from "./mutant.ts";
import { judged, mutantsOf, sampleOf } from "./mutants.ts";
import type { Found, Judged } from "./report.ts";

/** What a run chooses. */
export interface Options {
  /** Part of the system's name or of a mutant's title. */
  readonly only?: string;
  readonly sample?: boolean;
  readonly everybody?: boolean;
}

const [name = "", text = "{}"] = process.argv.slice(2);
const { only = "", sample = false, everybody = false } = JSON.parse(text) as Options;
const [base] = await loadBases([name]);
if (base === undefined) throw new Error(`There is no system ${name}.`);
const { mutants, excluded } = mutantsOf(base);
const chosen = (sample ? sampleOf(mutants) : mutants).filter((mutant) => `${name} ${titleOf(mutant)}`.includes(only));
const judge = new Judge(base, await loadSettings(), new Date().toISOString().slice(0, 10));
const done: Judged[] = [];
let shown = performance.now();
for (const mutant of chosen) {
  done.push(await judged(base, judge, mutant, everybody));
  if (performance.now() - shown < 10_000) continue;
  shown = performance.now();
  process.stderr.write(`${name}: ${done.length} of ${chosen.length}\n`);
}
process.stderr.write(`${name}: ${done.length} mutants\n`);
process.stdout.write(JSON.stringify({ judged: done, excluded: [...excluded] } satisfies Found));
