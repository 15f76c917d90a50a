/** The only place of the program that reads files: declared systems with their repositories' files, and stack files. */
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { FaultsError } from "../../model/fault.ts";

/** A system as it stands on disk, not yet judged. */
export interface SystemSource {
  /** Folder under `systems/`. */
  readonly folder: string;
  /** What `system.ts` exports as `system`. */
  readonly declared: unknown;
  /** Files of `repository/`: path relative to the repository's root → text. */
  readonly files: ReadonlyMap<string, string>;
}

/** Reads all systems, in the order of their folders' names. */
export async function loadSystems(root: string): Promise<SystemSource[]> {
  const entries = await readdir(join(root, "systems"), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(folders.sort().map((folder) => loadSystem(root, folder)));
}

async function loadSystem(root: string, folder: string): Promise<SystemSource> {
  const module = (await import(pathToFileURL(join(root, "systems", folder, "system.ts")).href)) as { system?: unknown };
  return { folder, declared: module.system, files: await readTree(join(root, "systems", folder, "repository")) };
}

/** Texts of `Pulumi.*.yaml` by file name. */
export async function loadStackFiles(root: string): Promise<Map<string, string>> {
  const names = (await readdir(root)).filter((name) => /^Pulumi\..+\.yaml$/.test(name)).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(root, name), "utf8")] as const)));
}

/** All files below a folder, with `/` in their paths; none where the folder does not exist. */
async function readTree(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.sort().map(async (path) => [relative(folder, path).split(sep).join("/"), await readText(path)] as const),
  );
  return new Map(files);
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const rule = "must be UTF-8 text: GitHub's contents API through the provider carries text only";
    throw new FaultsError("The declared systems", [{ path, value: undefined, rule, fix: "remove it, or let a workflow make it" }]);
  }
}
