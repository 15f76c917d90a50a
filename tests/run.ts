/**
 * Runs every suite and ends with one plain line of true totals: `N passed, N failed, N skipped`.
 * Exits non-zero when anything failed, when a suite crashed, or when nothing ran. `--only TEXT` runs the suites whose name contains it.
 */
import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { BINARY_NAMES, ensureBinaries } from "../local/engine/binaries.ts";
import { terminalReport } from "../local/engine/builder/terminal.ts";

interface Suite {
  readonly name: string;
  readonly arguments: readonly string[];
}

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const unit = (name: string, folders: string): Suite => ({ name, arguments: [`tests/${folders}/**/*.test.ts`] });
const apart = "{cli,engine,github,local,plugins,systems}";

/**
 * Lanes run at the same time, since much of it is waiting for programs; the suites of a lane in turn. The first suite is shown as it runs, each
 * other when its turn to be shown has come. Tests that start many programs have processes of their own: the larger a process, the longer it
 * takes to start another.
 */
const lanes: readonly (readonly Suite[])[] = [
  [
    { name: "unit", arguments: ["--ignore", "tests/e2e/**", "--ignore", `tests/${apart}/**`, "tests/**/*.test.ts"] },
    unit("unit: systems", "systems"),
    unit("unit: engine and plugins", "{engine,plugins}"),
  ],
  [unit("unit: local GitHub", "github"), unit("unit: command", "cli"), unit("unit: local services", "local")],
  [{ name: "kills", arguments: ["--timeout", "900000", "tests/e2e/killed-*.test.ts"] }],
  [
    {
      name: "end-to-end",
      arguments: ["--timeout", "600000", "--ignore", "tests/e2e/killed-*.test.ts", "tests/e2e/**/*.test.ts"],
    },
  ],
];

const logOf = ({ name }: Suite, folder: string): string => path.join(folder, `${name.replaceAll(/\W+/g, "-")}.log`);

/** Shows a log from its beginning and as it grows, until what writes it has ended. */
async function follow(log: string, ended: Promise<unknown>): Promise<void> {
  const file = await open(log);
  const over = ended.then(() => true);
  const show = async (): Promise<void> => {
    for (let read = await file.read(); read.bytesRead > 0; read = await file.read()) {
      process.stdout.write(read.buffer.subarray(0, read.bytesRead));
    }
  };
  try {
    while (!(await Promise.race([over, delay(1000, false)]))) await show();
    await show();
  } finally {
    await file.close();
  }
}

/** @param log Where its output goes instead of the terminal. */
async function run(suite: Suite, folder: string, log?: number): Promise<Totals> {
  const file = logOf(suite, folder).replace(/log$/, "json");
  if (log === undefined) process.stdout.write(`\n== ${suite.name} ==\n`);
  const child = spawn(
    process.execPath,
    [
      path.resolve("node_modules/mocha/bin/mocha.js"),
      "--reporter",
      "tests/support/reporter.ts",
      "--no-config",
      ...common,
      ...suite.arguments,
    ],
    {
      stdio: log === undefined ? "inherit" : ["ignore", log, log],
      env: { ...process.env, NODE_NO_WARNINGS: "1", GATEHOUSE_TEST_TOTALS: file },
    },
  );
  const stop = (): void => void child.kill("SIGINT");
  interruption.signal.addEventListener("abort", stop);
  const code = await new Promise<number>((resolve) =>
    child.once("exit", (exit) => {
      resolve(exit ?? 1);
    }),
  );
  interruption.signal.removeEventListener("abort", stop);
  const totals = JSON.parse(await readFile(file, "utf8").catch(() => "null")) as Totals | null;
  if (totals === null) {
    process.stdout.write(`The suite ${suite.name} ended with code ${code} before it could report.\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  // A crash after the last test is a failure too.
  return code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
}

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    interruption.abort();
  });
}
const common = ["--extension", "ts", "--node-option", "import=tsx", "--timeout", "60000", "--forbid-only"];
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
const chosen = lanes.map((lane) => lane.filter(({ name }) => only === undefined || name.includes(only)));
// Built before any test, so that a cold build is no test's time.
await ensureBinaries(BINARY_NAMES, terminalReport(process.stderr));
const folder = await mkdtemp(path.join(tmpdir(), "gatehouse-totals-"));
const none: Totals = { passed: 0, failed: 0, skipped: 0 };
const [first] = chosen.flat();
const running = chosen.flatMap((lane) => {
  let before: Promise<unknown> = Promise.resolve();
  return lane.map((suite) => {
    const log = suite === first ? undefined : openSync(logOf(suite, folder), "w");
    const totals = before.then(() => (interruption.signal.aborted ? none : run(suite, folder, log)));
    before = totals;
    return { suite, totals };
  });
});
const sum: Totals = { ...none };
for (const { suite, totals } of running) {
  if (suite !== first) {
    process.stdout.write(`\n== ${suite.name}, which runs beside the others ==\n`);
    await follow(logOf(suite, folder), totals);
  }
  const { passed, failed, skipped } = await totals;
  sum.passed += passed;
  sum.failed += failed;
  sum.skipped += skipped;
}
await rm(folder, { recursive: true });
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
process.exitCode = interruption.signal.aborted ? 130 : sum.failed > 0 || sum.passed === 0 ? 1 : 0;
