/** Image tags of Kustomize overlays, and the list of tags that must not come back. Pure: texts in, texts out. */
import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from "yaml";

/** One entry of `images:` in a kustomization. */
export interface OverlayImage {
  /** Where the image is pulled from, without a tag. @example "ghcr.io/thedataenginex/dex" */
  readonly image: string;
  /** Name of the package: the last part of `image`. */
  readonly package: string;
  /** Empty where the entry sets none. */
  readonly tag: string;
}

/** Name of the list beside an overlay's kustomization: one tag a line, `#` begins a comment. */
export const bannedTagsFile = "banned-tags.txt";

/** The kustomization of an overlay's folder. */
export const kustomizationOf = (folder: string): string => `${folder}/kustomization.yaml`;

/** The list of banned tags of an overlay's folder. */
export const bannedTagsOf = (folder: string): string => `${folder}/${bannedTagsFile}`;

/** What a kustomization says about images; nothing where it is no YAML or has no `images:`. */
export function overlayImages(text: string): OverlayImage[] {
  return entries(text).map((entry) => {
    const image = word(entry, "newName") ?? word(entry, "name") ?? "";
    return { image, package: packageOf(image), tag: word(entry, "newTag") ?? "" };
  });
}

/** Package → tag of the entries that set one. */
export function tagsOf(text: string): ReadonlyMap<string, string> {
  return new Map(overlayImages(text).flatMap((entry) => (entry.tag === "" ? [] : [[entry.package, entry.tag] as const])));
}

/**
 * The kustomization with other tags; every other character stays as it is.
 *
 * @param tags Package → tag.
 * @throws Error that names a package whose entry has no `newTag`: there is no place for the tag.
 */
export function withTags(text: string, tags: ReadonlyMap<string, string>): string {
  const places = new Map(
    entries(text).flatMap((entry) => {
      const image = word(entry, "newName") ?? word(entry, "name") ?? "";
      const value = entry.get("newTag", true);
      return isScalar(value) && value.range ? [[packageOf(image), value.range] as const] : [];
    }),
  );
  const edits = [...tags].map(([name, tag]) => {
    const range = places.get(name);
    if (range === undefined) throw new Error(`the overlay has no newTag for ${name}`);
    return { start: range[0], end: range[1], text: scalar(tag) };
  });
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((result, { start, end, text: tag }) => result.slice(0, start) + tag + result.slice(end), text);
}

/** Tags that stand in the list, without the comments. */
export function bannedTags(list: string): ReadonlySet<string> {
  return new Set(list.split("\n").flatMap((line) => line.replace(/#.*/, "").trim() || []));
}

/**
 * The list with one tag more; the same list where the tag stands there already.
 *
 * @param why One line, kept beside the tag as a comment.
 */
export function withBan(list: string, tag: string, why: string): string {
  if (bannedTags(list).has(tag)) return list;
  const before = list === "" ? "# Images that were rolled back: one tag a line. Nothing that stands here is deployed again.\n" : list;
  return `${before.endsWith("\n") ? before : `${before}\n`}${tag} # ${why.replaceAll(/\s+/g, " ")}\n`;
}

const packageOf = (image: string): string => image.slice(image.lastIndexOf("/") + 1);

/** A scalar as it is written: `1.10` is a tag too. */
function word(entry: YAMLMap, key: string): string | undefined {
  const value = entry.get(key, true);
  return isScalar(value) && value.value !== null ? value.source : undefined;
}

/** A tag such as `1.10` would be read as a number. */
const scalar = (tag: string): string => (typeof parseDocument(tag).toJS() === "string" ? tag : JSON.stringify(tag));

function entries(text: string): YAMLMap[] {
  const document = parseDocument(text);
  const images = document.errors.length > 0 ? undefined : document.get("images");
  return isSeq(images) ? images.items.filter((item): item is YAMLMap => isMap(item)) : [];
}
