import { list, object, words, type Shape } from "../../model/shape.ts";
import type { Repository } from "../../model/system.ts";
import { branchName } from "../../model/validate/names.ts";
import { repository } from "../../model/validate/shapes.ts";
import { anything } from "../shared/arguments.ts";
import type { Directory } from "../shared/directory.ts";

/** A file of the repository's first commits. */
export interface Seed {
  /** Relative to the repository's root. @example ".github/workflows/ci.yml" */
  readonly path: string;
  readonly content: string;
}

export interface GovernedRepositoryArgs {
  /** Everything that the system says about its repository. */
  readonly declared: Repository;
  /** Branch that pull requests go to; created with the repository. @example "main" */
  readonly defaultBranch: string;
  /** Other long-lived branches, created from the default branch once it is seeded. @example ["dev"] */
  readonly otherBranches: readonly string[];
  /**
   * Files written to the default branch when the repository is new, before a ruleset exists; none once that is done. Afterwards the
   * gates bind us as well: changes are proposed as pull requests.
   */
  readonly seeds: readonly Seed[];
  /** Where names of teams become ids. */
  readonly directory: Directory;
}

export const governedRepositoryArgs: Shape = object({
  declared: repository,
  defaultBranch: branchName,
  otherBranches: list(branchName),
  seeds: list(object({ path: words(1000), content: anything })),
  directory: anything,
});
