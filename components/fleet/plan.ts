import type { Sensitive } from "../../model/sensitive.ts";
import type { System } from "../../model/system.ts";
import type { RequiredContext } from "../branch-gate/args.ts";

/** One judged system, with all that building it needs. */
export interface SystemPlan {
  readonly system: System;
  /** Files that its repository carries: path → text. */
  readonly files: ReadonlyMap<string, string>;
  /** Branch → contexts that it requires. */
  readonly contexts: Readonly<Record<string, readonly RequiredContext[]>>;
  /** Scope (an environment's name, or `repository`) → secret → value, of what this stack owns. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, Sensitive>>>>;
}
