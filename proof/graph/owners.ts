/** Who must approve a change of a file: CODEOWNERS, where the last line that matches counts. */
import { codeOwnersFile } from "../../model/code-owners.ts";

export interface OwnerLine {
  readonly pattern: string;
  /** Without the `@`; none: whoever may write. */
  readonly owners: readonly string[];
  /** @example ".github/CODEOWNERS:3" */
  readonly at: string;
}

/** The lines of the file that counts, in their order; none where there is no file. */
export function ownerLines(files: ReadonlyMap<string, string>): readonly OwnerLine[] {
  const file = codeOwnersFile(files);
  if (file === undefined) return [];
  return file.text.split("\n").flatMap((line, index): OwnerLine[] => {
    const [pattern = "", ...owners] = line
      .replace(/(^|\s)#.*/u, "")
      .trim()
      .split(/\s+/u);
    if (pattern === "") return [];
    return [{ pattern, owners: owners.map((owner) => owner.replace(/^@/u, "")), at: `${file.path}:${index + 1}` }];
  });
}

/** The line that decides about a path. */
export function lineFor(lines: readonly OwnerLine[], path: string): OwnerLine | undefined {
  return lines.findLast(({ pattern }) => matches(pattern, path));
}

/** As in .gitignore, without `!` and sets: https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners */
function matches(pattern: string, path: string): boolean {
  const anchored = pattern.replace(/\/$/u, "").includes("/");
  const body = pattern.replace(/^\//u, "").replace(/\/$/u, "");
  const expression = body
    .split(/(\*\*\/|\/\*\*|\*|\?)/u)
    .map((part) => wildcards[part] ?? part.replace(/[.+^${}()|[\]\\]/gu, "\\$&"))
    .join("");
  // A folder's name stands for all that is in it; `docs/*` for the files in it, and not for what is below them.
  const end = body.endsWith("/*") ? "$" : pattern.endsWith("/") ? "/" : "(/|$)";
  return new RegExp(`${anchored ? "^" : "(^|/)"}${expression}${end}`, "u").test(path);
}

const wildcards: Readonly<Record<string, string>> = { "**/": "(.*/)?", "/**": "/.*", "*": "[^/]*", "?": "[^/]" };

/** The first of some files that no line gives to anybody, so that a change of it needs no owner's approval. */
export function unownedFile(files: ReadonlyMap<string, string>, isRelevant: (path: string) => boolean): string | undefined {
  const lines = ownerLines(files);
  return [...files.keys()].find((path) => isRelevant(path) && (lineFor(lines, path)?.owners.length ?? 0) === 0);
}
