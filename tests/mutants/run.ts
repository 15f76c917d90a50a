/**
 * `npm run mutants`: weakens every declared setting and every workflow file of all systems, one at a time, and says which rule, theorem or
 * validation refused it. Ends with 1 when one is missed, or when a row of the equivalents is there that none needs. `--only TEXT` takes mutants whose system or title has the text, `--json FILE` writes
 * all, `--everybody` also asks theorems about what a rule has refused already, `--sample` takes one of each operator and kind of setting in
 * each system.
 */
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { loadSystems } from "../../components/fleet/load.ts";
import { seconds } from "../../cli/output.ts";
import { projectDir } from "../../cli/project.ts";
import { equivalents } from "./equivalents.ts";
import { asData, asText, unneededOf, type Found, type Judged } from "./report.ts";

const flag = { type: "boolean" } as const;
const { values } = parseArgs({ options: { only: { type: "string" }, json: { type: "string" }, everybody: flag, sample: flag } });
const { json, ...options } = values;
const started = performance.now();
const found = new Map<string, Found>();

async function judgeSystem(name: string): Promise<void> {
  const parameters = [...process.execArgv, path.join(import.meta.dirname, "worker.ts"), name, JSON.stringify(options)];
  const { stdout } = await execa(process.execPath, parameters, { cwd: projectDir, stderr: "inherit", maxBuffer: 2 ** 30 });
  found.set(name, JSON.parse(stdout) as Found);
}

// The longest first, so that the cores are done at about the same time.
const systems = await loadSystems(projectDir);
const sizeOf = ({ files }: (typeof systems)[number]): number => [...files.values()].reduce((sum, text) => sum + text.length, 0);
const waiting = systems.toSorted((one, two) => sizeOf(two) - sizeOf(one)).map(({ folder }) => folder);
async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await judgeSystem(next);
}
await Promise.all(Array.from({ length: availableParallelism() }, work));

const all: Judged[] = systems.flatMap(({ folder }) => found.get(folder)?.judged ?? []);
const excluded = new Map<string, number>();
for (const [reason, count] of [...found.values()].flatMap((each) => each.excluded))
  excluded.set(reason, (excluded.get(reason) ?? 0) + count);
if (json !== undefined) await writeFile(json, `${JSON.stringify(asData(all, excluded), null, 2)}\n`);
process.stdout.write(`${asText(all, excluded)} in ${seconds(performance.now() - started)}\n`);
const unneeded = options.only === undefined && options.sample !== true ? unneededOf(equivalents, all) : [];
if (unneeded.length > 0)
  process.stdout.write(`rows of the equivalents that no mutant needs\n${unneeded.map((row) => `  ${row}\n`).join("")}`);
if (unneeded.length > 0 || all.some(({ outcome }) => outcome === "missed")) process.exitCode = 1;
