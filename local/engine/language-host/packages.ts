/** What a program's folder says about the packages it uses. */
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
// The generated modules give their names at run time: Node sees a default export only.
import language, { type DependencyInfo } from "@pulumi/pulumi/proto/language_pb.js";
import plugin, { type PackageDependency } from "@pulumi/pulumi/proto/plugin_pb.js";

interface PackageFile {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: {
    readonly resource?: boolean;
    readonly name?: string;
    readonly version?: string;
    readonly server?: string;
    readonly parameterization?: { readonly name: string; readonly version: string; readonly value: string };
  };
}

/** Every installed package, at any depth, that names a resource plugin. Nested policy packs are programs of their own. */
export async function requiredPackages(programDirectory: string): Promise<PackageDependency[]> {
  const found: PackageDependency[] = [];
  const visited = new Set<string>();
  const visit = async (packageFolder: string): Promise<void> => {
    const folder = await realpath(packageFolder);
    if (visited.has(folder)) return;
    visited.add(folder);
    const file = await readPackage(folder);
    const dependency = file === undefined ? undefined : pluginOf(file);
    if (dependency !== undefined) found.push(dependency);
    await modules(join(folder, "node_modules"));
  };
  const modules = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder).catch(() => [])) {
      if (entry.startsWith("@")) await modules(join(folder, entry));
      else if (!entry.startsWith(".") && (await stat(join(folder, entry))).isDirectory()) await visit(join(folder, entry));
    }
  };
  await modules(join(programDirectory, "node_modules"));
  return found;
}

function pluginOf(file: PackageFile): PackageDependency | undefined {
  const { pulumi, name, version } = file;
  if (pulumi?.resource !== true) return undefined;
  // Outside of the vendor's scope the file must name its plugin; there is nothing to start otherwise.
  const pluginName = pulumi.name ?? (name?.startsWith("@pulumi/") === true ? basename(name) : undefined);
  const pluginVersion = pulumi.version ?? version;
  if (pluginName === undefined || pluginVersion === undefined) return undefined;
  const dependency = new plugin.PackageDependency();
  dependency
    .setName(pluginName)
    .setKind("resource")
    .setVersion(`v${pluginVersion.replace(/^v/, "")}`);
  if (pulumi.server !== undefined) dependency.setServer(pulumi.server);
  if (pulumi.parameterization !== undefined) {
    const parameterization = new plugin.PackageParameterization();
    parameterization.setName(pulumi.parameterization.name).setVersion(pulumi.parameterization.version);
    parameterization.setValue(pulumi.parameterization.value);
    dependency.setParameterization(parameterization);
  }
  return dependency;
}

/**
 * The program's direct dependencies with their installed versions, or with `transitive` everything that is installed.
 *
 * @throws when the folder has no package.json.
 */
export async function programDependencies(programDirectory: string, transitive: boolean): Promise<DependencyInfo[]> {
  const file = await readPackage(programDirectory);
  if (file === undefined) throw new Error(`${programDirectory} has no package.json: run \`npm init\` there`);
  const lock = await readJson<{ readonly packages?: Readonly<Record<string, PackageFile>> }>(join(programDirectory, "package-lock.json"));
  const locked = Object.entries(lock?.packages ?? {});
  if (transitive && locked.length > 0) {
    return locked.flatMap(([path, { version }]) => {
      const at = path.lastIndexOf("node_modules/");
      return at < 0 || version === undefined ? [] : [dependencyInfo(path.slice(at + "node_modules/".length), version)];
    });
  }
  const direct = Object.entries({ ...file.dependencies, ...file.devDependencies });
  return Promise.all(
    direct.map(async ([name, wanted]) => {
      const installed = lock?.packages?.[`node_modules/${name}`] ?? (await readPackage(join(programDirectory, "node_modules", name)));
      return dependencyInfo(name, installed?.version ?? wanted);
    }),
  );
}

function dependencyInfo(name: string, version: string): DependencyInfo {
  return new language.DependencyInfo().setName(name).setVersion(version);
}

/** The `package.json` in a folder, or undefined. */
export function readPackage(folder: string): Promise<PackageFile | undefined> {
  return readJson<PackageFile>(join(folder, "package.json"));
}

async function readJson<T>(file: string): Promise<T | undefined> {
  return existsSync(file) ? (JSON.parse(await readFile(file, "utf8")) as T) : undefined;
}
