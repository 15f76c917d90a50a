/** Images that production runs: each must be one that can be put back. */
import { bannedTags, bannedTagsOf } from "../../delivery/overlays.ts";
import { fnmatch } from "../../model/fnmatch.ts";
import { dockerTarget } from "../../model/target.ts";
import { docker, UnknownValue, type Declaration } from "../../policies/rules/declaration.ts";
import { at, type TierOf } from "../deployments.ts";
import type { OverlayImage } from "../overlay/images.ts";
import type { Counterexample } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

/** Declared packages of a system. @throws UnknownValue */
export function packagesOf(world: ProofWorld, { repository }: ProofSystem): readonly Declaration[] {
  return world.declared.all("gatehouse:registry:ContainerPackage").filter((one) => one.text("repository") === repository);
}

/** @throws UnknownValue */
export function judgeImages(world: ProofWorld, tier: TierOf, images: readonly OverlayImage[], folder: string): Counterexample[] {
  const packages = packagesOf(world, tier.system);
  const banned = bannedTags(tier.system.files.get(bannedTagsOf(folder)) ?? "");
  return images.flatMap(({ name, tag = "latest", digest, file, line }): Counterexample[] => {
    const own = packages.find((one) => one.text("image") === name);
    if (own === undefined || digest !== undefined) return [];
    const runs = { text: `${tier.name} runs ${name} by the tag ${tag}`, at: `${file}:${line}` };
    if (banned.has(tag)) {
      const stands = { text: `${tag} was rolled back, and may not come again`, at: bannedTagsOf(folder) };
      return [{ claim: `${tier.name} runs an image that was rolled back`, steps: [runs, stands], fix: "Set a tag that is not banned." }];
    }
    const claim = `nobody can say which image ${tier.name} ran before, nor put it back`;
    const fix = "Deploy a tag that never moves, such as one that is made from the commit.";
    if (!own.texts("immutableTags").some((pattern) => fnmatch(pattern, tag))) {
      return [{ claim, steps: [runs, { text: `${tag} is none of the tags that never move`, at: at(own, "immutableTags") }], fix }];
    }
    const moving = own.texts("movingTags").findIndex((pattern) => fnmatch(pattern, tag));
    if (moving < 0) return [];
    return [{ claim, steps: [runs, { text: `${tag} is one of the tags that move`, at: at(own, `movingTags.${moving}`) }], fix }];
  });
}

/** The container on a Docker host runs its image by digest: a tag that was moved could not be put back. @throws UnknownValue */
export function judgeContainer(world: ProofWorld, tier: TierOf): Counterexample[] {
  const target = dockerTarget(tier.tier.target);
  const container = world.declared.all(docker("Container")).find((one) => one.text("name") === target?.container);
  if (target === undefined || container === undefined || isDigest(imageOf(container))) return [];
  const remote = world.declared.all(docker("RemoteImage")).find(({ name }) => name === container.name);
  if (remote !== undefined && isDigest(remote.text("name"))) return [];
  const named = remote ?? container;
  return [
    {
      claim: `nobody can say which image ${tier.name} ran before, nor put it back`,
      steps: [
        {
          text: `container ${target.container} runs an image that no digest names`,
          at: at(named, remote === undefined ? "image" : "name"),
        },
      ],
      fix: "Name the image by its digest.",
    },
  ];
}

/** The id of an image that the update pulls is known afterwards; what it is pulled by is known before. */
function imageOf(container: Declaration): string | undefined {
  try {
    return container.text("image");
  } catch (error) {
    if (!(error instanceof UnknownValue)) throw error;
    return undefined;
  }
}

const isDigest = (image: string | undefined): boolean => image !== undefined && /sha256:[0-9a-f]{64}$/u.test(image);
