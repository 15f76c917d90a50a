import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { checkArguments, type Token } from "../shared/arguments.ts";
import { containerPackageArgs, type ContainerPackageArgs } from "./args.ts";

export type { ContainerPackageArgs } from "./args.ts";

const token: Token = "gatehouse:registry:ContainerPackage";

/**
 * A container image in GitHub's registry: where it is, which of its tags never move, how visible it must be.
 *
 * GitHub has no API that creates a package, links it or sets its visibility: the first push by CD makes it. What is declared here is
 * recorded as facts, for policies and checks to compare with what the registry says.
 */
export class ContainerPackage extends pulumi.ComponentResource {
  /** Image without a tag, in lower case as registries demand. @example "ghcr.io/thedataenginex/dex" */
  readonly image: string;
  /** Digest of the looked-up tag; absent where none is asked for. @example "sha256:9f86…" */
  readonly digest: pulumi.Output<string> | undefined;

  /**
   * @param name Unique among the packages of the stack.
   * @throws FaultsError with every fault of the arguments; nothing is registered then.
   */
  constructor(name: string, args: ContainerPackageArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArguments(token, name, containerPackageArgs, args);
    const { declared, owner, host, repository } = args;
    const image = `${host}/${owner}/${declared.name}`.toLowerCase();
    super(
      token,
      name,
      {
        image,
        repository: `${owner}/${repository}`,
        visibility: declared.visibility,
        immutableTags: [...declared.tags.immutable],
        movingTags: [...declared.tags.moving],
        retentionDays: declared.retentionDays ?? 90,
      },
      opts,
    );
    this.image = image;
    this.digest =
      args.tag === undefined
        ? undefined
        : docker.getRegistryImageOutput(
            { name: `${image}:${args.tag}` },
            { parent: this, ...(args.registry !== undefined && { provider: args.registry }) },
          ).sha256Digest;
    this.registerOutputs({ image, ...(this.digest !== undefined && { digest: this.digest }) });
  }
}
