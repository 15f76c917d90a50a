import type * as pulumi from "@pulumi/pulumi";
import { flag, list, object, optional, whole, type Shape } from "../../model/shape.ts";
import type { Environment } from "../../model/system.ts";
import { trustedPublisher } from "../../model/validate/delivery-shapes.ts";
import { environmentName, repositoryName, refPattern } from "../../model/validate/names.ts";
import { reviewer, variable } from "../../model/validate/shapes.ts";
import type { ActionsSecretsArgs } from "../actions-secrets/args.ts";
import { anything, input } from "../shared/arguments.ts";
import type { Directory } from "../shared/directory.ts";

export interface DeploymentEnvironmentArgs extends Omit<Environment, "name" | "tier" | "secrets"> {
  /** Name of the repository, without its owner. */
  readonly repository: pulumi.Input<string>;
  /** Name at GitHub, as a job's `environment:` gives it. @example "prod" */
  readonly environment: string;
  /** Does it guard production? Then it is protected from deletion. */
  readonly production: boolean;
  /** Secrets with their values. @default none */
  readonly secrets?: ActionsSecretsArgs["secrets"];
  /** Where names of teams and users become ids. */
  readonly directory: Directory;
}

export const deploymentEnvironmentArgs: Shape = object({
  repository: input(repositoryName),
  environment: environmentName,
  production: flag,
  reviewers: optional(list(reviewer, { least: 1, most: 6, of: "reviewers" })),
  waitTimerMinutes: optional(whole(0, 43_200, "minutes")),
  selfReview: optional(flag),
  adminBypass: optional(flag),
  deployFrom: object({ branches: optional(list(refPattern)), tags: optional(list(refPattern)) }),
  secrets: optional(anything),
  variables: optional(list(variable)),
  // GitHub stores neither: the workflow's `needs` make the order, and whoever trusts the environment's token is told so on their side.
  approvedAfter: optional(environmentName),
  trustedBy: optional(list(trustedPublisher)),
  directory: anything,
});
