/**
 * `make bench`: the figures of docs/performance.md, with the command that makes each. `--write` puts them there; `--cold` also builds
 * the engine and the cluster from empty caches, which takes about ten minutes and 10 GB.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import path from "node:path";

import { execa } from "execa";

import { seconds } from "../../cli/output.ts";

interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly goal: string;
  readonly command: string;
}

const gatehouse = path.resolve("bin/gatehouse");
const figures: Figure[] = [];
const add = (what: string, measured: string, goal: string, command: string): void => {
  figures.push({ what, measured, goal, command });
  process.stdout.write(`${what}: ${measured} (goal: ${goal})\n`);
};

async function run(home: string, ...parameters: string[]): Promise<{ milliseconds: number; result: unknown }> {
  const started = performance.now();
  const { stdout } = await execa(gatehouse, ["--json", ...parameters], { env: { GATEHOUSE_HOME: home }, stderr: "inherit" });
  return { milliseconds: performance.now() - started, result: JSON.parse(stdout) };
}

async function cold(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "gatehouse-cold-"));
  const env = { GATEHOUSE_CACHE: folder, GOCACHE: path.join(folder, "go-build"), GOMODCACHE: path.join(folder, "go-mod") };
  const started = performance.now();
  await execa(process.execPath, ["tests/bench/build.ts"], { env, stdio: "inherit" });
  add(
    "cold build of engine, plugins, Kubernetes and Argo CD",
    seconds(performance.now() - started),
    "15 min on 2 cores",
    "npm run bench -- --cold",
  );
  await execa("chmod", ["-R", "u+w", folder]);
  await rm(folder, { recursive: true });
}

async function fleets(): Promise<void> {
  const results: { repositories: number; milliseconds: number; rssMegabytes: number }[] = [];
  for (const count of [100, 300, 1000]) {
    const nodeFlags = ["--import", "./bin/modules.mjs", "--stack-trace-limit=0"];
    const { stdout } = await execa(process.execPath, [...nodeFlags, "tests/bench/fleet.ts", String(count)]);
    const result = JSON.parse(stdout) as (typeof results)[number];
    results.push(result);
    const goal = count === 1000 ? "15 s, 1.5 GB" : "linear growth";
    const command = `node ${nodeFlags.join(" ")} tests/bench/fleet.ts ${count}`;
    add(
      `the program with ${count} repositories of 10 resources`,
      `${seconds(result.milliseconds)}, ${Math.round(result.rssMegabytes)} MB`,
      goal,
      command,
    );
  }
  const perRepository = results.map(({ milliseconds, repositories }) => milliseconds / repositories);
  const growth = (perRepository.at(-1) ?? 0) / (perRepository[0] ?? 1);
  add("time per repository at 1,000, relative to 100", growth.toFixed(2), "at most 1.5: linear", "the three above");
}

async function checks(home: string): Promise<void> {
  add(
    "judging the five systems by all rules, median of 5",
    seconds(await median(5, async () => (await run(home, "check")).milliseconds)),
    "2 s",
    "gatehouse check",
  );
  const perRepository: number[] = [];
  for (const count of [500, 1000]) {
    const nodeFlags = ["--import", "./bin/modules.mjs"];
    const { stdout } = await execa(process.execPath, [...nodeFlags, "tests/bench/check.ts", String(count)]);
    const { milliseconds, rssMegabytes } = JSON.parse(stdout) as { milliseconds: number; rssMegabytes: number };
    perRepository.push(milliseconds / count);
    add(
      `judging ${count} repositories by all rules`,
      `${seconds(milliseconds)}, ${Math.round(rssMegabytes)} MB`,
      count === 1000 ? "20 s, 1 GB" : "linear growth",
      `node ${nodeFlags.join(" ")} tests/bench/check.ts ${count}`,
    );
  }
  const growth = (perRepository.at(-1) ?? 0) / (perRepository[0] ?? 1);
  add("time per repository at 1,000, relative to 500", growth.toFixed(2), "at most 1.5: linear", "the two above");
}

/** The middle of an odd number of measurements: a machine's noise is not the program's. */
async function median(count: number, measure: () => Promise<number>): Promise<number> {
  const measured: number[] = [];
  for (let index = 0; index < count; index += 1) measured.push(await measure());
  return measured.sort((a, b) => a - b)[(count - 1) / 2] ?? NaN;
}

/** Milliseconds of the engine's part of a preview. */
async function previewOf(home: string, stack: string, ...parameters: string[]): Promise<number> {
  const { result } = await run(home, "preview", "--stack", stack, ...parameters);
  return (result as { stacks: { milliseconds: number }[] }).stacks[0]?.milliseconds ?? NaN;
}

/** What the local GitHub was asked by its API after a request; Argo CD fetches by git whenever it likes. */
async function requests(home: string, since: number): Promise<{ readonly last: number; readonly count: number }> {
  const { github } = (await run(home, "local", "status")).result as { github: { url: string } };
  const answer = await fetch(`${github.url}/_gatehouse/requests?since=${since}`);
  const { summary } = (await answer.json()) as { summary: { last: number; byOperation: Record<string, number> } };
  const byApi = Object.entries(summary.byOperation).filter(([operation]) => !operation.startsWith("git/git-"));
  return { last: summary.last, count: byApi.reduce((sum, [, count]) => sum + count, 0) };
}

interface Service {
  readonly name: string;
  readonly rssMegabytes?: number;
}

async function services(home: string): Promise<void> {
  await run(home, "up", "--yes");
  await run(home, "local", "down");
  const start = await run(home, "local", "up");
  add("local services from stopped to ready", seconds(start.milliseconds), "15 s", "gatehouse local up");

  for (const stack of ["prod", "dev"]) {
    const { last } = await requests(home, 0);
    await previewOf(home, stack);
    const asked = await requests(home, last);
    const plain = await median(5, () => previewOf(home, stack));
    add(`no-op preview of ${stack}, median of 5`, seconds(plain), "3 s", `gatehouse preview --stack ${stack}`);
    const pack = ["--", "--policy-pack", "policies", "--policy-pack-config", "policy-config.json"];
    const judged = await median(5, () => previewOf(home, stack, ...pack));
    const command = `gatehouse preview --stack ${stack} ${pack.join(" ")}`;
    add("what the policy pack adds to it, median of 5", seconds(judged - plain), "2 s", command);
    add(`GitHub requests of that preview`, String(asked.count), "1 and the declared look-ups", `gatehouse preview --stack ${stack}`);
  }
  const up = await run(home, "up", "--yes");
  add("no-op up of both stacks", seconds(up.milliseconds), "30 s", "gatehouse up --yes");

  const status = (await run(home, "local", "status")).result as { github: { url: string }; services: Service[] };
  const repository = await median(301, async () => {
    const started = performance.now();
    await (await fetch(`${status.github.url}/api/v3/repos/TheDataEngineX/DEX`)).text();
    return performance.now() - started;
  });
  add("GET /repos/{owner}/{repo}, median of 301", `${repository.toFixed(1)} ms`, "5 ms", "npm run bench");
  const memory = status.services.reduce((sum, { rssMegabytes = 0 }) => sum + rssMegabytes, 0);
  add("memory of all local services", `${(memory / 1024).toFixed(2)} GB`, "2 GB", "gatehouse local status");
  await run(home, "local", "reset", "--yes");
}

function markdown(): string {
  const rows = figures.map(({ what, measured, goal, command }) => `| ${what} | ${measured} | ${goal} | \`${command}\` |`);
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB of memory, Node ${process.versions.node}`;
  return ["| what | measured | goal | command |", "|---|---|---|---|", ...rows, "", `Measured on ${machine}.`].join("\n");
}

const home = await mkdtemp(path.join(tmpdir(), "gatehouse-bench-"));
if (process.argv.includes("--cold")) await cold();
await fleets();
await checks(home);
await services(home);
await rm(home, { recursive: true, force: true });
if (process.argv.includes("--write")) {
  const file = "docs/performance.md";
  const [before = "", rest = ""] = (await readFile(file, "utf8")).split("<!-- figures -->");
  const [, after = ""] = rest.split("<!-- end of figures -->");
  await writeFile(file, `${before}<!-- figures -->\n${markdown()}\n<!-- end of figures -->${after}`);
}
