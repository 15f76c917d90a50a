/** A copy of the project that a test may break: tracked and new files, with the installed packages linked. */
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import { execa } from "execa";
import { parse, stringify } from "yaml";

import { temporaryFolder } from "../../support/temporary.ts";
import { projectDir } from "./rig.ts";

export interface Edit {
  /** Relative to the project. */
  readonly file: string;
  readonly change: (text: string) => string;
}

/** @throws when an edit changes nothing: the test would then prove nothing. */
export async function copyProject(...edits: readonly Edit[]): Promise<string> {
  const folder = temporaryFolder("gatehouse-project-");
  const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: projectDir });
  for (const file of stdout.split("\0").filter(Boolean)) {
    const to = path.join(folder, file);
    await mkdir(path.dirname(to), { recursive: true });
    await cp(path.join(projectDir, file), to).catch((error: unknown) => {
      // Listed by git, but removed from the work tree.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    });
  }
  await symlink(path.join(projectDir, "node_modules"), path.join(folder, "node_modules"));
  await edit(folder, edits);
  return folder;
}

async function edit(folder: string, edits: readonly Edit[]): Promise<void> {
  for (const { file, change } of edits) {
    const before = await readFile(path.join(folder, file), "utf8").catch(() => "");
    const after = change(before);
    if (after === before) throw new Error(`the edit of ${file} changes nothing`);
    await writeFile(path.join(folder, file), after);
  }
}

/**
 * A copy that declares one system only, with the part of its repository that decides how it is delivered. For tests that apply it again
 * and again: what they are about is the same with few files as with many.
 */
export async function copyOneSystem(name: string, keep: (file: string) => boolean, ...edits: readonly Edit[]): Promise<string> {
  const folder = await copyProject();
  const systems = path.join(folder, "systems");
  for (const system of await readdir(systems)) if (system !== name) await rm(path.join(systems, system), { recursive: true });
  const repository = path.join(systems, name, "repository");
  for (const entry of await readdir(repository, { recursive: true, withFileTypes: true })) {
    const file = path.relative(repository, path.join(entry.parentPath, entry.name));
    if (entry.isFile() && !keep(file)) await rm(path.join(repository, file));
  }
  for (const file of (await readdir(folder)).filter((entry) => /^Pulumi\..+\.yaml$/.test(entry))) {
    const stack = parse(await readFile(path.join(folder, file), "utf8")) as { config: Record<string, unknown> };
    const tiers = stack.config["gatehouse:tiers"] as Record<string, unknown>;
    stack.config["gatehouse:tiers"] = { [name]: tiers[name] };
    await writeFile(path.join(folder, file), stringify(stack));
  }
  await edit(folder, edits);
  return folder;
}
