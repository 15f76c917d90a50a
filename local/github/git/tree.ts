/** Trees: what stands at a path, and new trees made from old ones by changes, through an index of their own. */
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { GitRepository } from "./repository.ts";

export interface TreeEntry {
  readonly mode: string;
  readonly type: "blob" | "tree" | "commit";
  readonly sha: string;
  /** Bytes of a blob; undefined for others. */
  readonly size: number | undefined;
  /** Whole path from the root. */
  readonly path: string;
}

/** Entries of a tree, or all below it. */
export async function listTree(repository: GitRepository, tree: string, recursive = false): Promise<TreeEntry[]> {
  const { stdout } = await repository.run(["ls-tree", "-z", "--long", ...(recursive ? ["-r", "-t"] : []), "--end-of-options", tree]);
  return stdout
    .toString("utf8")
    .split("\0")
    .filter((line) => line !== "")
    .map(parseEntry);
}

/** What stands at a path of a commit or tree; undefined when nothing does. */
export async function entryAt(repository: GitRepository, treeish: string, path: string): Promise<TreeEntry | undefined> {
  // ":(literal)" keeps a path with `*` or a leading `:` from being read as a pattern.
  const { stdout } = await repository.run(["--literal-pathspecs", "ls-tree", "-z", "--long", "--full-tree", treeish, "--", path]);
  const [line = ""] = stdout.toString("utf8").split("\0");
  return line === "" ? undefined : parseEntry(line);
}

function parseEntry(line: string): TreeEntry {
  const tab = line.indexOf("\t");
  const [mode = "", type = "", sha = "", size = "-"] = line.slice(0, tab).split(/ +/);
  return { mode, type: type as TreeEntry["type"], sha, size: size === "-" ? undefined : Number(size), path: line.slice(tab + 1) };
}

export interface TreeChange {
  readonly path: string;
  /** Undefined removes the path. */
  readonly entry: { readonly mode: string; readonly sha: string } | undefined;
}

/** The tree that changes make of `base` (undefined: the empty tree). @throws GitError when a change cannot be, such as a path through a file. */
export async function changeTree(repository: GitRepository, base: string | undefined, changes: readonly TreeChange[]): Promise<string> {
  const index = join(repository.directory, `index-${randomUUID()}`);
  const env = { GIT_INDEX_FILE: index };
  try {
    await repository.run(base === undefined ? ["read-tree", "--empty"] : ["read-tree", base], { env });
    for (const { path, entry } of changes.filter(({ entry }) => entry?.mode === "040000")) {
      if (entry) await repository.run(["read-tree", `--prefix=${path.replace(/\/$/, "")}/`, entry.sha], { env });
    }
    const lines = changes
      .filter(({ entry }) => entry?.mode !== "040000")
      .map(({ path, entry }) => (entry ? `${entry.mode} ${entry.sha}\t${path}\0` : `0 ${"0".repeat(40)}\t${path}\0`));
    await repository.run(["update-index", "--add", "--replace", "-z", "--index-info"], { env, input: lines.join("") });
    return await repository.text(["write-tree"], { env });
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}
