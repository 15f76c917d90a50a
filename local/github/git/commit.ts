/** A commit as git stores it, taken apart. */
export interface Person {
  readonly name: string;
  readonly email: string;
  /** ISO time to the second in UTC, as the API shows it. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
  /** ASCII-armored, where the commit is signed. */
  readonly signature: string | null;
  /** What the signature signs: the commit without it. */
  readonly payload: string;
}

/** Reads the text of `git cat-file commit`. */
export function parseCommit(sha: string, raw: string): Commit {
  const end = raw.indexOf("\n\n");
  const head = end === -1 ? raw : raw.slice(0, end);
  // A header's further lines begin with a blank: the signature is one header.
  const headers = head.replaceAll("\n ", "\u0000").split("\n");
  const values = (name: string): string[] =>
    headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1).replaceAll("\u0000", "\n"));
  const kept = headers.filter((line) => !line.startsWith("gpgsig ")).map((line) => line.replaceAll("\u0000", "\n "));
  const message = end === -1 ? "" : raw.slice(end + 2);
  const signature = values("gpgsig")[0];
  return {
    sha,
    tree: values("tree")[0] ?? "",
    parents: values("parent"),
    author: parsePerson(values("author")[0] ?? ""),
    committer: parsePerson(values("committer")[0] ?? ""),
    message: message.replace(/\n+$/, ""),
    signature: signature === undefined ? null : `${signature.trimEnd()}\n`,
    payload: `${kept.join("\n")}\n\n${message}`,
  };
}

/** Reads `Name <mail> seconds zone`. */
export function parsePerson(text: string): Person {
  const [, name = "", email = "", seconds = "0"] = /^(.*?) ?<([^>]*)>(?: (\d+))?/.exec(text) ?? [];
  return { name, email, date: isoSeconds(Number(seconds) * 1000) };
}

export const isoSeconds = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
