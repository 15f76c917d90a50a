/** CODEOWNERS files, as far as names go. https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners */

/** Where GitHub looks for the file, in its order; it takes the first. */
export const codeOwnersPaths: readonly string[] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

export interface CodeOwner {
  /** `owner/slug` of a team, or a login; without the `@`. E-mail addresses are left out: GitHub has no look-up of them. */
  readonly name: string;
  /** From 1. */
  readonly line: number;
}

/** The file that counts, if there is one. */
export function codeOwnersFile(files: ReadonlyMap<string, string>): { readonly path: string; readonly text: string } | undefined {
  for (const path of codeOwnersPaths) {
    const text = files.get(path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

/** One line that gives files to somebody, or to nobody. */
export interface OwnerLine {
  readonly pattern: string;
  /** `owner/slug` of a team, a login, or an e-mail address; without the `@` before it. None: whoever may write. */
  readonly owners: readonly string[];
  /** @example ".github/CODEOWNERS:3" */
  readonly at: string;
}

/** The lines of the file that counts, in their order; none where there is no file. */
export function ownerLines(files: ReadonlyMap<string, string>): readonly OwnerLine[] {
  const file = codeOwnersFile(files);
  if (file === undefined) return [];
  return linesOf(file.text).map(({ pattern, owners, line }) => ({
    ...{ pattern, at: `${file.path}:${line}` },
    owners: owners.map((owner) => owner.replace(/^@/u, "")),
  }));
}

/** Every team and user that a CODEOWNERS file names, each time it does. */
export function codeOwners(text: string): CodeOwner[] {
  return linesOf(text).flatMap(({ owners, line }) =>
    owners.flatMap((owner) => (owner.startsWith("@") ? [{ name: owner.slice(1), line }] : [])),
  );
}

function linesOf(text: string): { readonly pattern: string; readonly owners: readonly string[]; readonly line: number }[] {
  return text.split("\n").flatMap((line, index) => {
    const [pattern = "", ...owners] = line
      .replace(/(^|\s)#.*/u, "")
      .trim()
      .split(/\s+/u);
    return pattern === "" ? [] : [{ pattern, owners, line: index + 1 }];
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
