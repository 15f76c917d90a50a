/** What a program's folder says about the packages it uses. */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
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

interface LockFile {
  readonly packages?: Readonly<Record<string, PackageFile>>;
}

/**
 * Every installed package, at any depth, that names a resource plugin. Nested policy packs are programs of their own.
 *
 * Synchronous: it reads some hundred small files while the engine waits, which takes a tenth of the time this way.
 */
export function requiredPackages(programDirectory: string): PackageDependency[] {
  const visited = new Set<string>();
  const visit = (path: string): PackageDependency[] => {
    const folder = realpathSync(path);
    if (visited.has(folder)) return [];
    visited.add(folder);
    const file = readPackage(folder);
    const own = file === undefined ? undefined : pluginOf(file);
    return [...(own === undefined ? [] : [own]), ...modules(join(folder, "node_modules"))];
  };
  const modules = (folder: string): PackageDependency[] => {
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      // A link to nowhere is what `npm unlink` of another project leaves.
      if (entry.name.startsWith(".") || entry.isFile() || !existsSync(path)) return [];
      return entry.name.startsWith("@") ? modules(path) : visit(path);
    });
  };
  return modules(join(programDirectory, "node_modules"));
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
export function programDependencies(programDirectory: string, transitive: boolean): DependencyInfo[] {
  const file = readPackage(programDirectory);
  if (file === undefined) throw new Error(`${programDirectory} has no package.json: run \`npm init\` there`);
  const lock = readJson(join(programDirectory, "package-lock.json")) as LockFile | undefined;
  const locked = Object.entries(lock?.packages ?? {});
  if (transitive && locked.length > 0) {
    return locked.flatMap(([path, { version }]) => {
      const at = path.lastIndexOf("node_modules/");
      return at < 0 || version === undefined ? [] : [dependencyInfo(path.slice(at + "node_modules/".length), version)];
    });
  }
  return Object.entries({ ...file.dependencies, ...file.devDependencies }).map(([name, wanted]) => {
    const installed = lock?.packages?.[`node_modules/${name}`] ?? readPackage(join(programDirectory, "node_modules", name));
    return dependencyInfo(name, installed?.version ?? wanted);
  });
}

function dependencyInfo(name: string, version: string): DependencyInfo {
  return new language.DependencyInfo().setName(name).setVersion(version);
}

/** The `package.json` in a folder, or undefined. */
export function readPackage(folder: string): PackageFile | undefined {
  return readJson(join(folder, "package.json")) as PackageFile | undefined;
}

function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}
