/** The files that a system's repository carries, for the tests of the systems. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "yaml";

/** What the tests read of a workflow file. */
export interface WorkflowFile {
  readonly name: string;
  readonly on: Readonly<Record<string, EventFilter | null>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress"?: unknown };
  readonly jobs: Readonly<Record<string, JobFile>>;
}

export interface EventFilter {
  readonly branches?: readonly string[];
  readonly paths?: readonly string[];
  readonly types?: readonly string[];
  readonly workflows?: readonly string[];
}

export interface JobFile {
  readonly name?: string;
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly environment?: string | { readonly name: string; readonly deployment?: boolean };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly "runs-on": string;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly StepFile[];
}

export interface StepFile {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly "continue-on-error"?: boolean;
}

/** Folder of the files of a system's repository. */
export function repositoryFolder(system: string): string {
  return join(import.meta.dirname, "..", "..", "systems", system, "repository");
}

/** All files of a system's repository by path. */
export function repositoryFiles(system: string): Map<string, string> {
  const folder = repositoryFolder(system);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

/** The workflow files of a system's repository by file name. */
export function workflowFiles(system: string): Map<string, WorkflowFile> {
  const files = [...repositoryFiles(system)].filter(([path]) => path.startsWith(".github/workflows/"));
  return new Map(files.map(([path, text]) => [path.slice(".github/workflows/".length), parse(text) as WorkflowFile]));
}
