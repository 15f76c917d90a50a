/** CODEOWNERS: who has to approve a change of a path. Pure. */

interface OwnerLine {
  readonly pattern: string;
  /** `@login`, `@org/team` or an e-mail address; empty for a path that nobody owns. */
  readonly owners: readonly string[];
}

/** Where GitHub looks for the file, first found first. */
export const CODEOWNERS_PATHS = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] as const;

/** Lines of a CODEOWNERS file, comments and empty ones left out. */
export function parseCodeOwners(text: string): OwnerLine[] {
  return text
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "")
    .map((line) => {
      // A blank within a pattern is written with a backslash before it.
      const [pattern = "", ...owners] = line.split(/(?<!\\)\s+/);
      return { pattern: pattern.replaceAll("\\ ", " "), owners };
    });
}

/** Owners of a path: those of the last line that matches it. */
export function ownersOf(lines: readonly OwnerLine[], path: string): readonly string[] {
  return lines.findLast(({ pattern }) => matches(pattern, path))?.owners ?? [];
}

/** Gitignore's way of matching, without `!` and `[]`, which CODEOWNERS does not have. */
function matches(pattern: string, path: string): boolean {
  const folder = pattern.endsWith("/");
  const bare = pattern.replace(/^\//, "").replace(/\/$/, "");
  const anchored = pattern.startsWith("/") || bare.includes("/");
  const body = bare
    .split(/(\/\*\*\/|^\*\*\/|\/\*\*$|\*|\?)/)
    .map(
      (part) =>
        ({ "/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "*": "[^/]*", "?": "[^/]" })[part] ??
        part.replace(/[.+^${}()|[\]\\]/g, "\\$&"),
    )
    .join("");
  // `docs/*` owns the files of docs, not those of folders in it; any other pattern owns what is below it too.
  const below = folder ? "/.*" : bare.endsWith("/*") ? "" : "(?:/.*)?";
  return new RegExp(`^${anchored ? "" : "(?:.*/)?"}${body}${below}$`).test(path);
}
