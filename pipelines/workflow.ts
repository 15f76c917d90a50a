/** What a workflow file says, as far as checks depend on it. Made by `parse.ts`; nothing here decides anything. */
import type { MappingToken, TemplateToken } from "@actions/workflow-parser/templates/tokens/index";

/** A place in a file of the repository; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Something wrong in a workflow file.
 * An `error` means that GitHub refuses the file, or the run, so that none of its checks can report; a `warning` means that it does not
 * do what it says.
 */
export interface Problem extends Place {
  readonly severity: "error" | "warning";
  /** Stable id of the rule, such as `matrix-exclude-unmatched`. */
  readonly code: string;
  readonly text: string;
  readonly fix: string;
}

/** One event under `on:` with its filters, as written. */
export interface Trigger {
  readonly event: string;
  readonly place: Place;
  readonly filters: Readonly<Partial<Record<FilterName, Filter>>>;
}

export const FILTER_NAMES = ["branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "types", "workflows"] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

export interface Filter {
  readonly patterns: readonly string[];
  readonly place: Place;
}

/** An input of `on.workflow_call`. */
export interface InputDefinition {
  readonly name: string;
  readonly type: string;
  readonly default?: TemplateToken;
}

export interface Step {
  /** Its name, else its id, else what it uses or the first line of what it runs. */
  readonly label: string;
  readonly place: Place;
  /** With the implied `success()`; absent where there is no `if:`. */
  readonly condition?: string;
  readonly continueOnError?: TemplateToken;
}

export interface Job {
  readonly id: string;
  readonly place: Place;
  /** Absent where the id is the name. */
  readonly name?: { readonly token: TemplateToken; readonly source: string; readonly isExpression: boolean; readonly place: Place };
  readonly needs: readonly string[];
  /** The job's `if:` with the `success()` that GitHub adds where no status function is called. */
  readonly condition: { readonly expression: string; readonly source?: string; readonly place: Place };
  readonly strategy?: TemplateToken;
  readonly continueOnError?: TemplateToken;
  /** A reusable workflow called by this job. */
  readonly call?: { readonly uses: string; readonly place: Place; readonly inputs?: MappingToken };
  readonly steps: readonly Step[];
  /** Does any of its steps look at the result of a job that it needs? A gate job that does not is blind. */
  readonly readsNeeds: boolean;
}

export interface Workflow {
  /** Path in the repository, such as `.github/workflows/ci.yml`, or the `uses:` text of a remote reusable workflow. */
  readonly file: string;
  /** File name alone, the way a check reference names it. */
  readonly fileName: string;
  readonly text: string;
  readonly triggers: readonly Trigger[];
  readonly jobs: ReadonlyMap<string, Job>;
  /** Inputs of `on.workflow_call`; absent where the workflow cannot be called. */
  readonly inputs?: readonly InputDefinition[];
  /** GitHub refuses the file: nothing in it ever runs. */
  readonly broken: boolean;
}

/** All workflow files of a repository. */
export interface Pipelines {
  /** By path, and by `owner/repository/path@ref` for remote reusable workflows that were provided. */
  readonly workflows: ReadonlyMap<string, Workflow>;
  /** By file, then line. */
  readonly problems: readonly Problem[];
}

/** `file:line:column`, the way compilers write it. */
export function formatPlace(place: { readonly file: string; readonly line?: number; readonly column?: number }): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
}
