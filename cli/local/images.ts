/** The images that the local registry holds at the start: each declared package under its first tag and its moving tags. */
import type { System } from "../../model/system.ts";

export interface Images {
  /** Path without the registry's host, lower case: `thedataenginex/dex`. */
  readonly repository: string;
  readonly tags: readonly string[];
}

export function imagesOf(systems: readonly System[]): Images[] {
  return systems.flatMap(({ repository, packages = [] }) =>
    packages.map(({ name, tags, initialTag }) => ({
      repository: `${repository.owner.login}/${name}`.toLowerCase(),
      tags: [...new Set([initialTag, ...tags.moving.filter((tag) => !/[*?[]/.test(tag))])],
    })),
  );
}
