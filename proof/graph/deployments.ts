/** What runs in a tier, and what it is made from. */
import { fnmatch } from "../../model/fnmatch.ts";
import { argocdTarget, dockerTarget } from "../../model/target.ts";
import type { Tier } from "../../model/system.ts";
import { plainYaml } from "../../model/yaml.ts";
import { docker, type Declaration } from "../../policies/rules/declaration.ts";
import { applicationNamed, applicationsOf } from "../deployments.ts";
import { kustomizationOf } from "../overlay/read.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

/** One place in Git that an Application deploys from. */
export interface Source {
  readonly application: Declaration;
  /** Property of the application. */
  readonly property: string;
  /** `owner/name` where it is on GitHub, else the address. */
  readonly repository: string;
  readonly revision: string;
  readonly path: string;
}

/** Applications that can change what runs in a tier's namespace, whoever declares them. @throws UnknownValue */
export function sourcesOf(world: ProofWorld, tier: Tier): readonly Source[] {
  const target = argocdTarget(tier.target);
  if (target === undefined) return [];
  const own = applicationNamed(world, target.application);
  const server = serverOf(own);
  return applicationsOf(world)
    .filter((each) => each === own || (each.text("spec.destination.namespace") === target.namespace && serverOf(each) === server))
    .flatMap((application) => {
      const many = application.list("spec.sources");
      const all = many.length > 0 ? many.map((_, index) => `spec.sources.${index}`) : ["spec.source"];
      return all.map((property) => ({
        application,
        property,
        repository: repositoryOf(application.text(`${property}.repoURL`) ?? ""),
        revision: application.text(`${property}.targetRevision`) ?? "HEAD",
        path: application.text(`${property}.path`) ?? ".",
      }));
    });
}

const serverOf = (application: Declaration | undefined): string | undefined =>
  application?.text("spec.destination.server") ?? application?.text("spec.destination.name");

const repositoryOf = (url: string): string =>
  /^(?:https:\/\/|git@|ssh:\/\/git@)[^/:]+[/:]([^/]+\/[^/]+?)(?:\.git)?\/?$/u.exec(url)?.[1] ?? url;

/** An image that an overlay follows by a tag that moves. */
export interface MovingImage {
  readonly image: string;
  readonly tag: string;
  /** Where the overlay says so. */
  readonly at: string;
}

/**
 * Images of a folder's kustomization whose tag is not among those that never move, and that no digest pins.
 *
 * @throws UnknownValue where a package's tags are known only after the update
 */
export function movingImages(world: ProofWorld, of: ProofSystem, path: string): readonly MovingImage[] {
  const file = kustomizationOf(of.files, path);
  if (file === undefined) return [];
  const text = of.files.get(file) ?? "";
  // What is no YAML has no images; that nothing can be rendered then is what T4 says.
  const read = plainYaml(file, text) as { readonly images?: readonly Record<string, unknown>[] } | null | undefined;
  return (Array.isArray(read?.images) ? read.images : []).flatMap(({ name, newName, newTag, digest }): MovingImage[] => {
    const image = String(newName ?? name);
    const tag = typeof newTag === "string" || typeof newTag === "number" ? String(newTag) : "latest";
    if (digest !== undefined || neverMoves(world, image, tag)) return [];
    const line = text.split("\n").findIndex((each) => each.includes(tag)) + 1;
    return [{ image, tag, at: `${file}:${Math.max(1, line)}` }];
  });
}

/** The image of a tier's container, where its tag is not among those that never move, and no digest pins it. @throws UnknownValue */
export function movingContainerImages(world: ProofWorld, tier: Tier): readonly MovingImage[] {
  const target = dockerTarget(tier.target);
  const container = world.declared.all(docker("Container")).find((each) => each.text("name") === target?.container);
  if (target === undefined || container === undefined) return [];
  const images = world.declared.all(docker("RemoteImage")).filter(({ parent }) => parent === container.parent);
  return images.flatMap((declared): MovingImage[] => {
    const name = declared.text("name") ?? "";
    const [, image = name, tag = "latest"] = /^(.*?)(?::([^/:@]+))?$/u.exec(name) ?? [];
    return name.includes("@") || neverMoves(world, image, tag) ? [] : [{ image, tag, at: `${declared.name} name` }];
  });
}

/** A tag of an image that nobody declares is not judged: it is somebody else's. */
function neverMoves(world: ProofWorld, image: string, tag: string): boolean {
  const declared = world.declared.all("gatehouse:registry:ContainerPackage").find((each) => each.text("image") === image);
  return declared === undefined || declared.texts("immutableTags").some((pattern) => fnmatch(pattern, tag));
}
