import type * as docker from "@pulumi/docker";
import type { Sensitive } from "../../model/sensitive.ts";
import { list, object, optional, record, type Shape } from "../../model/shape.ts";
import type { Stack } from "../../model/stack.ts";
import type { System } from "../../model/system.ts";
import { branchName } from "../../model/validate/names.ts";
import * as shapes from "../../model/validate/shapes.ts";
import type { RequiredContext } from "../branch-gate/args.ts";
import type { Seed } from "../governed-repository/args.ts";
import { anything } from "../shared/arguments.ts";
import type { Directory } from "../shared/directory.ts";

export interface DeliverySystemArgs {
  readonly system: System;
  readonly stack: Stack;
  /** Account that really owns the repository: the declared one, or the one that the stack puts in its place. */
  readonly owner: string;
  /** Contexts that each gated branch requires, derived from the workflow files. */
  readonly contexts: Readonly<Record<string, readonly RequiredContext[]>>;
  /** Does the repository carry a CODEOWNERS file? */
  readonly hasCodeOwners: boolean;
  /** Files of a new repository. Only the foundation writes them. */
  readonly seeds: readonly Seed[];
  /** Scope (an environment's name, or `repository`) → secret → value; empty in any stack but the foundation. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, Sensitive>>>>;
  /** Where names of teams and users become ids. The foundation needs it: it declares what GitHub holds. */
  readonly directory?: Directory;
  /** For look-ups of image digests; needed where the stack names tags, or runs containers. */
  readonly registry?: docker.Provider;
  /** The stack's Docker host. Without one, containers are left out. */
  readonly docker?: docker.Provider;
}

export const deliverySystemArgs: Shape = object({
  system: shapes.system,
  stack: anything,
  owner: anything,
  contexts: record(branchName, list(anything)),
  hasCodeOwners: anything,
  seeds: list(anything),
  secrets: record(anything, record(anything, anything)),
  directory: optional(anything),
  registry: optional(anything),
  docker: optional(anything),
});
