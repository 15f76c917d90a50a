import { readFileSync } from "node:fs";
import {
  checksOnPullRequest,
  readPipelines,
  resolveRequiredChecks,
  type CheckReport,
  type Pipelines,
  type PullRequestHead,
  type RequiredOptions,
} from "../../pipelines/index.ts";
import type { Fault } from "../../model/fault.ts";

/** Pipelines of workflow files given by file name. */
export function read(files: Readonly<Record<string, string>>): Pipelines {
  return readPipelines(
    new Map(Object.entries(files).map(([name, text]) => [name.includes("/") ? name : `.github/workflows/${name}`, text])),
  );
}

/** The text of a file in `fixtures/`. */
export function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
}

/** A workflow `ci.yml` from its `on:` and its `jobs:`, each as YAML on one or more lines. */
export function ci(on: string, jobs: string): Pipelines {
  return read({ "ci.yml": workflow(on, jobs) });
}

export function workflow(on: string, jobs: string): string {
  return `on: ${on}\njobs:\n${jobs.replace(/^/gmu, "  ")}\n`;
}

/** A job that does one thing, with further fields in flow style. */
export function job(id: string, fields = ""): string {
  return `${id}: { ${fields === "" ? "" : `${fields}, `}runs-on: ubuntu-latest, steps: [{ run: make }] }`;
}

/** Reports on a pull request to main without any error in the files. */
export function reports(pipelines: Pipelines, head: PullRequestHead = {}, base = "main", repository?: string): CheckReport[] {
  const errors = pipelines.problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0) throw new Error(`the test's own workflow has errors: ${JSON.stringify(errors)}`);
  return checksOnPullRequest(pipelines, { base, head, ...(repository === undefined ? {} : { repository }) });
}

/** Context and verdict of every report, such as `build: always`. */
export function verdicts(pipelines: Pipelines, head: PullRequestHead = {}, base = "main", repository?: string): string[] {
  return reports(pipelines, head, base, repository).map((report) => `${report.context}: ${report.verdict}`);
}

export function contexts(pipelines: Pipelines): string[] {
  return reports(pipelines).map((report) => report.context);
}

export function codes(report: CheckReport | undefined): string[] {
  return (report?.reasons ?? []).map((reason) => reason.code);
}

export function problemsOf(pipelines: Pipelines): string[] {
  return pipelines.problems.map(
    (problem) => `${problem.file.split("/").at(-1) ?? ""}:${problem.line}:${problem.column} ${problem.severity} ${problem.code}`,
  );
}

/** Contexts and faults of required jobs, given as `job` of ci.yml or as `file.yml job`. */
export function required(
  pipelines: Pipelines,
  jobs: readonly string[],
  options: Partial<RequiredOptions> = {},
): { contexts: string[]; faults: Fault[] } {
  const refs = jobs.map((text) => {
    const [first = "", second] = text.split(" ");
    return second === undefined ? { workflow: "ci.yml", job: first } : { workflow: first, job: second };
  });
  const { contexts: found, faults } = resolveRequiredChecks(pipelines, refs, { branch: "main", ...options });
  return { contexts: found.map((entry) => entry.context), faults };
}
