import type * as pulumi from "@pulumi/pulumi";
import { flag, list, object, oneOf, optional, orNull, whole, words, type Shape } from "../../model/shape.ts";
import type { BranchGate as DeclaredGate } from "../../model/system.ts";
import { branchName, repositoryName } from "../../model/validate/names.ts";
import * as shapes from "../../model/validate/shapes.ts";
import { anything, input } from "../shared/arguments.ts";
import type { Directory } from "../shared/directory.ts";

/** A check as a ruleset requires it. */
export interface RequiredContext {
  /** What GitHub shows on the pull request. @example "lint-and-test" */
  readonly context: string;
  /** App that must report it; 15368 is GitHub Actions. Without it any status of that name would do. */
  readonly integrationId: number;
}

export interface BranchGateArgs extends Omit<DeclaredGate, "checks"> {
  /** Name of the repository, without its owner. */
  readonly repository: pulumi.Input<string>;
  /** The one branch that is gated. @example "main" */
  readonly branch: string;
  /** Does production run from it? Decides the default of `signedCommits`, and protects the ruleset from deletion. */
  readonly production: boolean;
  /** Does the repository carry a CODEOWNERS file? Decides the default of `pullRequest.codeOwners`. */
  readonly hasCodeOwners: boolean;
  /** Merge methods that the repository allows. @example ["squash"] */
  readonly mergeMethods: readonly ("merge" | "squash" | "rebase")[];
  /** Contexts that must have succeeded, derived from the workflow files; `null`: deliberately none. */
  readonly requiredChecks: readonly RequiredContext[] | null;
  /** The branch must be up to date before a merge. @default true */
  readonly strict?: boolean;
  /** Where names of teams become ids. */
  readonly directory: Directory;
}

const declared = { pullRequest: shapes.pullRequestRule, signedCommits: optional(orNull(flag)), linearHistory: optional(flag) };

export const branchGateArgs: Shape = object({
  ...declared,
  mergeQueue: optional(shapes.mergeQueue),
  bypass: optional(list(shapes.bypassActor)),
  repository: input(repositoryName),
  branch: branchName,
  production: flag,
  hasCodeOwners: flag,
  mergeMethods: list(oneOf(["merge", "squash", "rebase"]), { least: 1, of: "merge methods" }),
  requiredChecks: orNull(
    list(object({ context: words(255), integrationId: whole(1, Number.MAX_SAFE_INTEGER) }), { least: 1, of: "checks" }),
  ),
  strict: optional(flag),
  directory: anything,
});
