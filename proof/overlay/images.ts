/** Images of containers, and what `images:` of a kustomization makes of them. */
import { mapsOf, scalarOf, type Located, type YamlDocument } from "./documents.ts";

export interface OverlayImage {
  /** Without tag and digest. @example "ghcr.io/acme/shop" */
  readonly name: string;
  /** `undefined` where nothing sets one: a registry then takes `latest`. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** Where its name or tag was set last. */
  readonly file: string;
  readonly line: number;
}

/** `ghcr.io:443/acme/shop:v1@sha256:…` in its parts. */
export function imageOf({ text, line }: Located, file: string): OverlayImage {
  const [reference = "", digest] = text.split("@");
  const colon = reference.indexOf(":", reference.lastIndexOf("/") + 1);
  const [name, tag] = colon < 0 ? [reference, undefined] : [reference.slice(0, colon), reference.slice(colon + 1)];
  return { name, tag, digest, file, line };
}

/** Images as a kustomization leaves them: an entry matches by the name alone, and a digest takes the place of the tag. */
export function withImages(images: readonly OverlayImage[], { file, document, lineOf }: YamlDocument): readonly OverlayImage[] {
  return mapsOf(document.contents, "images").reduce<readonly OverlayImage[]>((all, entry) => {
    const value = (key: string) => scalarOf(entry, key, lineOf);
    const [name, newName, newTag, digest] = [value("name"), value("newName"), value("newTag"), value("digest")];
    const place = { file, line: (newTag ?? digest ?? newName ?? name)?.line ?? lineOf(entry) };
    return all.map((image) => {
      if (image.name !== name?.text) return image;
      if (digest !== undefined) return { name: newName?.text ?? image.name, tag: undefined, digest: digest.text, ...place };
      if (newTag !== undefined) return { name: newName?.text ?? image.name, tag: newTag.text, digest: undefined, ...place };
      return { ...image, name: newName?.text ?? image.name, ...place };
    });
  }, images);
}
