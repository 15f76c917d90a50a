/**
 * Judges real workflow files and writes what came out: `npm run real-input -- --from FOLDER`. The folder holds
 * `OWNER/REPOSITORY/.github/workflows/*` at the commits of sources.json; the files themselves are nobody's business to keep here.
 *
 * Files whose digest differs from sources.json end it. `--record` writes the digests of what is there; `--settle` remembers every open
 * doubt as read.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { isWorkflowFile } from "../../pipelines/workflow-file.ts";
import { judgeSource, type Open, type Outcome, type Required, type Source } from "./judge.ts";
import { pageOf } from "./page.ts";
import { digestOf } from "./reading.ts";

interface Sources {
  readonly repositories: readonly Source[];
  readonly required: readonly Required[];
  /** Digests of conditions and matrices that a person has read. */
  readonly read: readonly string[];
}

const here = import.meta.dirname;
const page = path.join(here, "..", "..", "docs", "real-input.md");

/** Doubts about a text that decides by itself; of the others, the file has to be looked at. */
const READABLE: ReadonlySet<string> = new Set(["condition", "condition-of-a-need", "computed-matrix"]);

const { values } = parseArgs({ options: { from: { type: "string" }, record: { type: "boolean" }, settle: { type: "boolean" } } });
if (values.from === undefined) throw new Error("say where the files are: --from FOLDER, with OWNER/REPOSITORY/.github/workflows/* in it");
const from = values.from;
const sources = JSON.parse(await readFile(path.join(here, "sources.json"), "utf8")) as Sources;

const read = new Set(sources.read);
const repositories: Source[] = [];
const outcomes: Outcome[] = [];
const open: Open[] = [];
const faults: string[] = [];
for (const source of sources.repositories) {
  const files = await filesOf(source);
  const digests = Object.fromEntries([...files].map(([file, text]) => [path.basename(file), sha256(text)]));
  repositories.push({ ...source, files: digests });
  if (values.record !== true && JSON.stringify(digests) !== JSON.stringify(source.files))
    faults.push(`${source.repository}: the files are not those of ${source.commit}`);
  try {
    const required = sources.required.filter(({ repository }) => repository === source.repository).flatMap(({ contexts }) => contexts);
    const judged = judgeSource(source, files, required.length === 0 ? undefined : required, (text) =>
      read.has(digestOf(source.repository, text)),
    );
    outcomes.push(judged.outcome);
    open.push(...judged.open);
  } catch (error) {
    faults.push(`${source.repository}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
if (values.record === true) await write("sources.json", { ...sources, repositories });
if (values.settle === true) {
  for (const { repository, text } of open.filter(({ kind }) => READABLE.has(kind))) read.add(digestOf(repository, text));
  await write("sources.json", { ...sources, repositories, read: [...read].sort() });
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
for (const { kind, repository, workflow, context, text } of open)
  process.stderr.write(`${repository} ${workflow}, "${context}": ${kind}: ${text}\n`);
if (faults.length > 0 || open.length > 0) {
  process.stderr.write(`${faults.length} faults, ${open.length} doubts that nobody has settled\n`);
  process.exitCode = 1;
} else {
  await write("results.json", outcomes);
  const [before = "", rest = ""] = (await readFile(page, "utf8")).split("<!-- figures -->");
  const [, after = ""] = rest.split("<!-- end of figures -->");
  await writeFile(page, `${before}<!-- figures -->\n${pageOf(outcomes)}\n<!-- end of figures -->${after}`);
}

async function filesOf({ repository }: Source): Promise<Map<string, string>> {
  const folder = path.join(from, repository, ".github", "workflows");
  const names = (await readdir(folder)).map((name) => `.github/workflows/${name}`).filter(isWorkflowFile);
  return new Map(
    await Promise.all(names.sort().map(async (file) => [file, await readFile(path.join(from, repository, file), "utf8")] as const)),
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function write(file: string, data: unknown): Promise<void> {
  await writeFile(path.join(here, file), await format(JSON.stringify(data), { parser: "json", printWidth: 140 }));
}
