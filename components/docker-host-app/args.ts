import type * as pulumi from "@pulumi/pulumi";
import type { DockerTarget } from "../../model/system.ts";
import { flag, object, pattern, type Shape } from "../../model/shape.ts";
import { dockerTarget } from "../../model/validate/delivery-shapes.ts";
import { systemName, tierName } from "../../model/validate/names.ts";
import { input } from "../shared/arguments.ts";

export interface DockerHostAppArgs {
  /** What the tier says about its target. */
  readonly target: DockerTarget;
  readonly system: string;
  readonly tier: string;
  /** Is it production? Then it is protected. */
  readonly production: boolean;
  /** Image by digest: what was looked up is what runs. @example "ghcr.io/acme/shop@sha256:9f86…" */
  readonly image: pulumi.Input<string>;
}

export const dockerHostAppArgs: Shape = object({
  target: dockerTarget,
  system: systemName,
  tier: tierName,
  production: flag,
  image: input(pattern("an image with its digest", /^\S+@sha256:[0-9a-f]{64}$/, "look the tag's digest up")),
});
