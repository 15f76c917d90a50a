/** What differs between two commits, file by file, as the API's `diff-entry` wants it. */
import type { GitRepository } from "./repository.ts";

export interface FileChange {
  readonly status: "added" | "removed" | "modified" | "renamed" | "copied" | "changed";
  readonly path: string;
  readonly previousPath: string | undefined;
  /** The blob after the change, before it for a removed file. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  /** Unified diff without its header; undefined for binary files. */
  readonly patch: string | undefined;
}

const STATUS: Readonly<Record<string, FileChange["status"]>> = {
  A: "added",
  D: "removed",
  M: "modified",
  R: "renamed",
  C: "copied",
  T: "changed",
};

/** Changes from `base` to `head`; `base` undefined: everything in `head` is new. */
export async function changesBetween(repository: GitRepository, base: string | undefined, head: string): Promise<FileChange[]> {
  const range = base === undefined ? ["--root", head] : [base, head];
  const common = ["diff-tree", "-r", "-M", "--no-commit-id", "--no-color", "--no-ext-diff"];
  const [raw, numbers, patches] = await Promise.all([
    repository.run([...common, "--raw", "--no-abbrev", "-z", ...range]),
    repository.run([...common, "--numstat", "-z", ...range]),
    repository.run([...common, "-p", ...range]),
  ]);
  const counts = parseNumbers(numbers.stdout.toString("utf8"));
  const texts = patches.stdout.toString("utf8").split(/^(?=diff --git )/m);
  return parseRaw(raw.stdout.toString("utf8")).map((change, index) => {
    const [additions = 0, deletions = 0] = counts[index] ?? [];
    const hunk = (texts[index] ?? "").search(/^@@ /m);
    return { ...change, additions, deletions, patch: hunk === -1 ? undefined : (texts[index] ?? "").slice(hunk).trimEnd() };
  });
}

/** Paths that differ, without renames: cheap, for CODEOWNERS. */
export async function changedPaths(repository: GitRepository, base: string, head: string): Promise<string[]> {
  const { stdout } = await repository.run(["diff-tree", "-r", "--no-renames", "--name-only", "--no-commit-id", "-z", base, head]);
  return stdout
    .toString("utf8")
    .split("\0")
    .filter((path) => path !== "");
}

function parseRaw(text: string): Pick<FileChange, "status" | "path" | "previousPath" | "sha">[] {
  const fields = text.split("\0");
  const changes: Pick<FileChange, "status" | "path" | "previousPath" | "sha">[] = [];
  for (let at = 0; (fields[at] ?? "").startsWith(":");) {
    const [, , before = "", after = "", code = "M"] = (fields[at] ?? "").split(" ");
    const moved = code.startsWith("R") || code.startsWith("C");
    const first = fields[at + 1] ?? "";
    changes.push({
      status: STATUS[code.charAt(0)] ?? "modified",
      path: moved ? (fields[at + 2] ?? "") : first,
      previousPath: moved ? first : undefined,
      sha: code === "D" ? before : after,
    });
    at += moved ? 3 : 2;
  }
  return changes;
}

function parseNumbers(text: string): [number, number][] {
  const fields = text.split("\0");
  const counts: [number, number][] = [];
  for (let at = 0; at < fields.length;) {
    const [added, removed, path] = (fields[at] ?? "").split("\t");
    if (added === undefined || removed === undefined) break;
    counts.push([Number(added) || 0, Number(removed) || 0]);
    // A rename gives its two paths in fields of their own.
    at += path === "" ? 3 : 1;
  }
  return counts;
}
