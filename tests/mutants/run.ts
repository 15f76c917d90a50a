/**
 * `npm run mutants`: weakens every declared setting and every workflow file of all systems, one at a time, and says which rule, theorem or
 * validation refused it. Ends with 1 when one is missed. `--only TEXT` takes mutants whose system or title
 * has the text, `--json FILE` writes all, `--everybody` also asks theorems about what a rule has refused already,
 * `--sample` takes one of each operator and kind of setting in each system.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { seconds } from "../../cli/output.ts";
import { loadBases } from "./base.ts";
import { Judge, loadSettings } from "./judge.ts";
import { titleOf } from "./mutant.ts";
import { judged, mutantsOf, sampleOf } from "./mutants.ts";
import { asData, asText, type Judged } from "./report.ts";

const { values } = parseArgs({
  options: { only: { type: "string" }, json: { type: "string" }, everybody: { type: "boolean" }, sample: { type: "boolean" } },
});
const started = performance.now();
const settings = await loadSettings();
const today = new Date().toISOString().slice(0, 10);
const all: Judged[] = [];
const excluded = new Map<string, number>();
for (const base of await loadBases()) {
  const found = mutantsOf(base);
  for (const [reason, count] of found.excluded) excluded.set(reason, (excluded.get(reason) ?? 0) + count);
  const chosen = (values.sample === true ? sampleOf(found.mutants) : found.mutants).filter((mutant) =>
    `${base.name} ${titleOf(mutant)}`.includes(values.only ?? ""),
  );
  const judge = new Judge(base, settings, today);
  let shown = performance.now();
  for (const [index, mutant] of chosen.entries()) {
    all.push(await judged(base, judge, mutant, values.everybody));
    if (performance.now() - shown < 5_000) continue;
    shown = performance.now();
    process.stderr.write(`${base.name}: ${index + 1} of ${chosen.length}\n`);
  }
  process.stderr.write(`${base.name}: ${chosen.length} mutants\n`);
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(asData(all, excluded), null, 2)}\n`);
process.stdout.write(`${asText(all, excluded)} in ${seconds(performance.now() - started)}\n`);
if (all.some(({ outcome }) => outcome === "missed")) process.exitCode = 1;
