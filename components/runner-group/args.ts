import type * as pulumi from "@pulumi/pulumi";
import { flag, list, object, whole, words, type Shape } from "../../model/shape.ts";
import { branchName, login, repositoryName, workflowFile } from "../../model/validate/names.ts";
import { input } from "../shared/arguments.ts";

export interface RunnerGroupArgs {
  /** Name of the group in the organization. @example "deployers" */
  readonly group: string;
  /** Login of the organization. */
  readonly owner: string;
  /** Name of the only repository whose jobs the group takes. */
  readonly repository: pulumi.Input<string>;
  /** Its number at GitHub. */
  readonly repositoryId: pulumi.Input<number>;
  /** GitHub keeps groups from public repositories unless they are let in. */
  readonly publicRepository: boolean;
  /** Branches from which the workflows may run: those of the system, whose gates its workflow files have passed. */
  readonly branches: readonly string[];
  /** Files under `.github/workflows/`. */
  readonly workflows: readonly string[];
}

export const runnerGroupArgs: Shape = object({
  group: words(100),
  owner: login,
  repository: input(repositoryName),
  repositoryId: input(whole(1, Number.MAX_SAFE_INTEGER)),
  publicRepository: flag,
  branches: list(branchName, { least: 1, of: "branches" }),
  workflows: list(workflowFile, { least: 1, of: "workflows" }),
});
