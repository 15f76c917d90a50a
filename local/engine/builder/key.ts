/** The key of an artifact: equal inputs give equal keys, so that checkouts share what was built. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Artifact } from "./artifact.ts";
import type { Toolchain } from "./toolchain.ts";

/** Raise it when the way of building changes the result in a manner that no other input shows. */
const RECIPE = "1";

/**
 * Sixteen hexadecimal digits over the module's `go.mod` and `go.sum`, the artifact's own sources, its flags, what it embeds, what it
 * patches, and the toolchain with its target.
 *
 * @throws when a declared source does not exist.
 */
export async function artifactKey(
  artifact: Artifact,
  all: ReadonlyMap<string, Artifact>,
  projectDir: string,
  toolchain: Toolchain,
): Promise<string> {
  const hash = createHash("sha256");
  const add = (label: string, value: string | Buffer): void => {
    hash.update(`${label}\0${value.length}\0`).update(value).update("\0");
  };
  add("recipe", RECIPE);
  add("toolchain", `${toolchain.version} ${toolchain.os}/${toolchain.arch}`);
  add("artifact", JSON.stringify([artifact.name, artifact.kind, artifact.package, artifact.ldflags ?? "", artifact.embeds?.file ?? ""]));
  if (artifact.patches !== undefined) add("patches", JSON.stringify(artifact.patches));
  const moduleDir = join(projectDir, artifact.module);
  for (const file of await sourceFiles(moduleDir, ["go.mod", "go.sum", ...artifact.sources])) {
    add(file, await readFile(join(moduleDir, file)));
  }
  if (artifact.embeds !== undefined) {
    const embedded = all.get(artifact.embeds.artifact);
    if (embedded === undefined) throw new Error(`artifact ${artifact.name} embeds ${artifact.embeds.artifact}, which is not declared`);
    add("embeds", await artifactKey(embedded, all, projectDir, toolchain));
  }
  return hash.digest("hex").slice(0, 16);
}

async function sourceFiles(moduleDir: string, sources: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const source of sources) {
    const path = join(moduleDir, source);
    if (!(await stat(path)).isDirectory()) {
      found.add(source);
      continue;
    }
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && !entry.name.endsWith("_test.go")) found.add(relative(moduleDir, join(entry.parentPath, entry.name)));
    }
  }
  return [...found].sort();
}
