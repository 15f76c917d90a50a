/** Files whose change needs no owner's approval. */
import { lineFor, ownerLines } from "../../model/code-owners.ts";

/** The first of some files that no line gives to anybody, so that a change of it needs no owner's approval. */
export function unownedFile(files: ReadonlyMap<string, string>, isRelevant: (path: string) => boolean): string | undefined {
  const lines = ownerLines(files);
  return [...files.keys()].find((path) => isRelevant(path) && (lineFor(lines, path)?.owners.length ?? 0) === 0);
}
