/** What the compiler sees in place of files on the disk: changed sources of other modules, and what an artifact embeds. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import type { Artifact, Patch } from "./artifact.ts";
import { BuildError, BuildInterrupted } from "./failure.ts";
import { buildEnvironment, type Toolchain } from "./toolchain.ts";

export interface OverlayOptions {
  readonly artifact: Artifact;
  readonly moduleDir: string;
  /** The file that the artifact embeds. */
  readonly embedded?: string;
  /** Folder for the changed files and the list of them. */
  readonly scratch: string;
  readonly toolchain: Toolchain;
  readonly signal: AbortSignal;
}

/** Where the compiler sees patched modules: a folder in the artifact's own module, which is never made. */
const PATCHED = ".patched";

/**
 * Writes the list for `-overlay`. Nothing on the disk is changed: the module cache is shared, and read-only.
 *
 * @returns its path, or undefined when the artifact needs none.
 * @throws BuildError for a patch whose text is not in its file as often as it says, BuildInterrupted when `signal` was raised.
 */
export async function writeOverlay(options: OverlayOptions): Promise<string | undefined> {
  const { artifact, moduleDir, scratch } = options;
  const replaced: Record<string, string> = {};
  if (artifact.embeds !== undefined && options.embedded !== undefined) {
    replaced[join(moduleDir, artifact.embeds.file)] = options.embedded;
  }
  const modules = [...new Set(artifact.patches?.map(({ module }) => module))];
  for (const module of modules) {
    const folder = await moduleFolder(module, options);
    // Files of the module cache may not be replaced. So the module is taken from a folder that only the compiler sees, with all its files.
    const seen = join(moduleDir, PATCHED, module);
    for (const file of await filesBelow(folder)) replaced[join(seen, file)] = join(folder, file);
    for (const patch of artifact.patches?.filter((one) => one.module === module) ?? []) {
      const source = replaced[join(seen, patch.file)];
      if (source === undefined) throw misfit(patch, artifact.name, "there is no such file");
      // A second patch of a file goes on top of the first.
      const text = applyPatch(await readFile(source, "utf8"), patch, artifact.name);
      const changed = join(scratch, "patched", module, patch.file);
      await mkdir(join(changed, ".."), { recursive: true });
      await writeFile(changed, text);
      replaced[join(seen, patch.file)] = changed;
    }
  }
  if (modules.length > 0) {
    const file = join(moduleDir, "go.mod");
    replaced[file] = join(scratch, "go.mod");
    await copyFile(file, replaced[file]);
    const edits = modules.map((module) => `-replace=${module}=${join(moduleDir, PATCHED, module)}`);
    await promisify(execFile)(options.toolchain.command, ["mod", "edit", ...edits, replaced[file]], { env: buildEnvironment() });
  }
  if (Object.keys(replaced).length === 0) return undefined;
  const overlay = join(scratch, "overlay.json");
  await writeFile(overlay, JSON.stringify({ Replace: replaced }));
  return overlay;
}

/** @throws BuildError when the text does not occur exactly as often as the patch says. */
function applyPatch(source: string, patch: Patch, step: string): string {
  const { find, replace, times = 1 } = patch;
  const parts = source.split(find);
  if (parts.length - 1 === times) return parts.join(replace);
  throw misfit(patch, step, `${JSON.stringify(find)} occurs ${parts.length - 1} times and not ${times}`);
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(relative(folder, entry.parentPath), entry.name));
}

const misfit = (patch: Patch, step: string, what: string): BuildError =>
  new BuildError(
    `building ${step} failed: a patch does not fit ${patch.file} of ${patch.module}: ${what}`,
    "the module's version has changed: look the file up there and correct the patch where the artifact is declared",
  );

/** Where the module's pinned version lies on the disk; it is downloaded when it is not there. */
async function moduleFolder(module: string, { artifact, moduleDir, toolchain, signal }: OverlayOptions): Promise<string> {
  const go = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(toolchain.command, args, { cwd: moduleDir, env: buildEnvironment(), signal });
    return stdout.trim();
  };
  try {
    const known = await go("list", "-m", "-f", "{{.Dir}}", module);
    if (known !== "") return known;
    await go("mod", "download", module);
    return await go("list", "-m", "-f", "{{.Dir}}", module);
  } catch (error) {
    if (signal.aborted) throw new BuildInterrupted(artifact.name);
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new BuildError(
      `building ${artifact.name} failed: ${module}, which it patches, could not be found or downloaded: ${stderr.trim() || message}`,
      "check that the artifact's go.mod requires it, and the network and `go env GOPROXY`, then run again",
    );
  }
}
