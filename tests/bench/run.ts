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
  const { stdout } = await execa(gatehouse, [...parameters, "--json"], { env: { GATEHOUSE_HOME: home }, stderr: "inherit" });
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

async function checks(): Promise<void> {
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
    const { github } = (await run(home, "local", "status")).result as { github: { requests: number } };
    const preview = await run(home, "preview", "--stack", stack);
    const after = (await run(home, "local", "status")).result as { github: { requests: number } };
    const [result] = (preview.result as { stacks: { milliseconds: number }[] }).stacks;
    add(`no-op preview of ${stack}`, seconds(result?.milliseconds ?? NaN), "3 s", `gatehouse preview --stack ${stack}`);
    add(
      `GitHub requests of that preview`,
      String(after.github.requests - github.requests),
      "1 and the declared look-ups",
      `gatehouse preview --stack ${stack}`,
    );
  }
  const up = await run(home, "up", "--yes");
  add("no-op up of both stacks", seconds(up.milliseconds), "30 s", "gatehouse up --yes");

  const status = (await run(home, "local", "status")).result as { github: { url: string }; services: Service[] };
  const times: number[] = [];
  for (let index = 0; index < 300; index += 1) {
    const started = performance.now();
    await (await fetch(`${status.github.url}/api/v3/repos/TheDataEngineX/DEX`)).text();
    times.push(performance.now() - started);
  }
  const median = times.sort((a, b) => a - b)[150] ?? NaN;
  add("GET /repos/{owner}/{repo}, median of 300", `${median.toFixed(1)} ms`, "5 ms", "npm run bench");
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
await checks();
await services(home);
await rm(home, { recursive: true, force: true });
if (process.argv.includes("--write")) {
  const file = "docs/performance.md";
  const [before = "", rest = ""] = (await readFile(file, "utf8")).split("<!-- figures -->");
  const [, after = ""] = rest.split("<!-- end of figures -->");
  await writeFile(file, `${before}<!-- figures -->\n${markdown()}\n<!-- end of figures -->${after}`);
}
