import type * as docker from "@pulumi/docker";
import type { Package } from "../../model/system.ts";
import { object, optional, pattern, type Shape } from "../../model/shape.ts";
import { imageTag, login } from "../../model/validate/names.ts";
import { packageImage } from "../../model/validate/shapes.ts";
import { anything } from "../shared/arguments.ts";

export interface ContainerPackageArgs {
  /** What the system says about its image. */
  readonly declared: Package;
  /** Account that the image belongs to. @example "TheDataEngineX" */
  readonly owner: string;
  /** Repository that the image is linked with, without its owner. */
  readonly repository: string;
  /** Registry, with a port where needed. @example "ghcr.io" */
  readonly host: string;
  /** Tag whose digest is looked up, so that a deployment can be compared with it. @default no look-up, no request */
  readonly tag?: string;
  /** Provider for the look-up; needed where `tag` is given. */
  readonly registry?: docker.Provider;
}

export const containerPackageArgs: Shape = object({
  declared: packageImage,
  owner: login,
  repository: pattern("a repository name", /^[\w.-]{1,100}$/),
  host: pattern("a host, with a port where needed", /^[a-z0-9.-]+(:\d{1,5})?$/i),
  tag: optional(imageTag),
  registry: optional(anything),
});
