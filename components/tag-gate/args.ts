import type * as pulumi from "@pulumi/pulumi";
import { list, object, optional, type Shape } from "../../model/shape.ts";
import type { TagGate as DeclaredGate } from "../../model/system.ts";
import { refPattern, repositoryName } from "../../model/validate/names.ts";
import { bypassActor } from "../../model/validate/shapes.ts";
import { anything, input } from "../shared/arguments.ts";
import type { Directory } from "../shared/directory.ts";

export interface TagGateArgs extends DeclaredGate {
  /** Name of the repository, without its owner. */
  readonly repository: pulumi.Input<string>;
  /** Where names of teams become ids. */
  readonly directory: Directory;
}

export const tagGateArgs: Shape = object({
  pattern: refPattern,
  bypass: optional(list(bypassActor, { least: 1, of: "actors" })),
  repository: input(repositoryName),
  directory: anything,
});
