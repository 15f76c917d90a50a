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

/** Every team and user that a CODEOWNERS file names, each time it does. */
export function codeOwners(text: string): CodeOwner[] {
  return text.split("\n").flatMap((line, index) => {
    const [, ...owners] = line
      .replace(/(^|\s)#.*/, "")
      .trim()
      .split(/\s+/);
    return owners.flatMap((owner) => (owner.startsWith("@") ? [{ name: owner.slice(1), line: index + 1 }] : []));
  });
}
