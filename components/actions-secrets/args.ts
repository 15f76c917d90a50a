import type * as pulumi from "@pulumi/pulumi";
import { list, object, optional, type Shape } from "../../model/shape.ts";
import { Sensitive } from "../../model/sensitive.ts";
import type { Variable } from "../../model/system.ts";
import { environmentName, repositoryName, secretName } from "../../model/validate/names.ts";
import { variable } from "../../model/validate/shapes.ts";
import { input } from "../shared/arguments.ts";

export interface ActionsSecretsArgs {
  /** Name of the repository, without its owner. */
  readonly repository: pulumi.Input<string>;
  /** Environment that they belong to. Absent: the repository itself, where every workflow can read them. */
  readonly environment?: pulumi.Input<string>;
  /** Secrets with their values. @default none */
  readonly secrets?: readonly { readonly name: string; readonly value: Sensitive }[];
  /** Variables: configuration that anybody with read access may see. @default none */
  readonly variables?: readonly Variable[];
}

const sensitive: Shape = (value, path, faults) => {
  if (value instanceof Sensitive) return value;
  faults.push({ path, value: undefined, rule: "must be a Sensitive, so that it cannot be printed", fix: "wrap it: new Sensitive(value)" });
  return undefined;
};

export const actionsSecretsArgs: Shape = object({
  repository: input(repositoryName),
  environment: optional(input(environmentName)),
  secrets: optional(list(object({ name: secretName, value: sensitive }))),
  variables: optional(list(variable)),
});
