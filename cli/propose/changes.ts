/** What a repository's pipeline files lack, compared with the declared ones. Pure: file contents in, changes out. */
import { createHash } from "node:crypto";

import { isMap, isScalar, isSeq, parseDocument } from "yaml";

import { bannedTagsFile } from "../../delivery/overlays.ts";

export interface Change {
  readonly path: string;
  readonly kind: "added" | "changed";
  readonly content: string;
}

/** The object id that git gives a file with this content. */
export function blobSha(content: string): string {
  const bytes = Buffer.from(content);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** Is it an overlay whose image tags are moved by delivery after the first commit? */
export const isOverlay = (path: string): boolean => /(^|\/)overlays\/.*kustomization\.ya?ml$/.test(path);

/** The list of tags that were rolled back: a rollback adds to it, and a proposal that took it back would let them return. */
export const isBannedTags = (path: string): boolean => path.endsWith(`/${bannedTagsFile}`);

/**
 * A declared overlay with the image tags that are live in the repository: the tags are delivery's to move, so a proposal must not take
 * a deployment back to the tag of the first commit.
 */
export function keepImageTags(declared: string, live: string): string {
  const tags = imageTags(live);
  const document = parseDocument(declared);
  const images = document.get("images");
  if (tags.size === 0 || !isSeq(images)) return declared;
  let changed = false;
  for (const image of images.items) {
    if (!isMap(image)) continue;
    const tag = tags.get(String(image.get("name")));
    if (tag === undefined || image.get("newTag") === tag) continue;
    image.set("newTag", tag);
    changed = true;
  }
  return changed ? document.toString({ lineWidth: 0 }) : declared;
}

function imageTags(overlay: string): Map<string, string> {
  const images = parseDocument(overlay).get("images");
  const tags = new Map<string, string>();
  if (!isSeq(images)) return tags;
  for (const image of images.items) {
    if (!isMap(image)) continue;
    const tag = image.get("newTag", true);
    if (isScalar(tag)) tags.set(String(image.get("name")), String(tag.value));
  }
  return tags;
}

/**
 * Files to add or change. Files of the repository that are not declared are left alone: they belong to its developers.
 *
 * @param live content by path of the files that exist on the branch; only those that are declared are asked for
 */
export function changesBetween(declared: ReadonlyMap<string, string>, live: ReadonlyMap<string, string>): Change[] {
  const changes: Change[] = [];
  for (const [path, content] of declared) {
    const existing = live.get(path);
    if (existing === undefined) {
      changes.push({ path, kind: "added", content });
      continue;
    }
    if (isBannedTags(path)) continue;
    const wanted = isOverlay(path) ? keepImageTags(content, existing) : content;
    if (wanted !== existing) changes.push({ path, kind: "changed", content: wanted });
  }
  return changes.sort((a, b) => a.path.localeCompare(b.path));
}
