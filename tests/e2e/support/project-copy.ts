/** A copy of the project that a test may break: tracked and new files, with the installed packages linked. */
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import { execa } from "execa";

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
  for (const { file, change } of edits) {
    const before = await readFile(path.join(folder, file), "utf8").catch(() => "");
    const after = change(before);
    if (after === before) throw new Error(`the edit of ${file} changes nothing`);
    await writeFile(path.join(folder, file), after);
  }
  return folder;
}
