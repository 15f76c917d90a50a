/** What a mutant is: what a system declares, with one thing weakened. */
import type { Declaration } from "../../policies/rules/index.ts";

/** What one system declares: its data, the files of its repository, and the resources that both become in all stacks. */
export interface Declared {
  /** What `system.ts` exports. */
  readonly system: unknown;
  /** Files of `repository/`: path → text. */
  readonly files: ReadonlyMap<string, string>;
  readonly resources: readonly Declaration[];
}

/** What is changed: resources as they are registered, or what they are made from, which is then judged and built again. */
export type Change =
  { readonly resources: readonly Declaration[] } | { readonly files: ReadonlyMap<string, string> } | { readonly system: unknown };

export interface Mutant {
  /** Name of the operator. @example "flip" */
  readonly operator: string;
  /** Kind of setting, without names and positions: what exclusions and equivalents go by. @example "RepositoryRuleset rules.deletion" */
  readonly setting: string;
  /** Name of the resource, or path of the file. @example "dataknobs-main" */
  readonly subject: string;
  /** What was done, for people. @example "rules.deletion: true → false" */
  readonly change: string;
  /** Makes it. */
  readonly make: () => Change;
}

/** Stands in each report for one mutant; unique within a system. */
export const titleOf = ({ operator, setting, subject, change }: Mutant): string => `${operator} ${setting} of ${subject}: ${change}`;
