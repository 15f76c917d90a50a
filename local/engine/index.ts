/**
 * The Pulumi engine of the embedded default: the CLI, the plugins at the versions that the SDKs ask for, and the language host.
 * Everything it writes lies under the state folder; nothing of the user's own Pulumi is read or changed.
 */
import { existsSync } from "node:fs";
import { chmod, copyFile, link, lstat, mkdir, readdir, readlink, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import type { Report } from "./builder/artifact.ts";
import { ensureBinaries, type BinaryOptions } from "./binaries.ts";
import { findVendorEngine } from "./vendor.ts";

/** The plugins that the program uses, at the versions of the installed SDKs. */
export const PLUGIN_VERSIONS = { github: "6.15.0", kubernetes: "4.34.2", docker: "5.2.0" } as const;

export type PluginName = keyof typeof PLUGIN_VERSIONS;

const PLUGINS = Object.keys(PLUGIN_VERSIONS) as PluginName[];

export interface EngineOptions extends BinaryOptions {
  /** Folder of all local state; the engine uses `pulumi/` in it. */
  readonly stateDir: string;
  /** Told about builds. */
  readonly report: Report;
  /** Plugins that programs will need. @default all */
  readonly plugins?: readonly PluginName[];
}

export interface Engine {
  /** The `pulumi` command. */
  readonly pulumi: string;
  /** `path`: the vendor's, found on PATH. `build`: made here from the Go module proxy. */
  readonly origin: "path" | "build";
  /** The whole environment for `pulumi`, and nothing that leads it elsewhere: see {@link scrubbed}. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder of the file backend. */
  readonly backendDir: string;
}

/**
 * Makes an engine ready. GATEHOUSE_ENGINE decides which: `path` takes `pulumi` from PATH, `build` builds one, `auto` (the default) takes
 * the one on PATH only if it is new enough and its plugins are installed already.
 *
 * @throws BuildError when something cannot be built; Error when GATEHOUSE_ENGINE cannot be honoured.
 */
export async function ensureEngine(options: EngineOptions): Promise<Engine> {
  const { stateDir, report, plugins = PLUGINS, ...binaryOptions } = options;
  const given = options.environment ?? process.env;
  const folder = resolve(stateDir, "pulumi");
  const home = join(folder, "home");
  const backendDir = join(folder, "state");
  await mkdir(join(home, "plugins"), { recursive: true });
  await mkdir(backendDir, { recursive: true });
  await settleLogs(join(home, "logs"), given["GATEHOUSE_DEBUG"] === "1");

  const vendor = await findVendorEngine(given, PLUGIN_VERSIONS);
  let pulumi: string;
  if (vendor === undefined) {
    const wanted = ["pulumi", "pulumi-language-nodejs", ...plugins.map((name) => `pulumi-resource-${name}` as const)] as const;
    const built = await ensureBinaries(wanted, report, binaryOptions);
    pulumi = await installEngine(join(folder, "engine"), built.pulumi, built["pulumi-language-nodejs"]);
    for (const name of plugins) {
      const installed = join(home, "plugins", `resource-${name}-v${PLUGIN_VERSIONS[name]}`);
      await mkdir(installed, { recursive: true });
      await pointTo(join(installed, `pulumi-resource-${name}`), built[`pulumi-resource-${name}`]);
    }
  } else {
    pulumi = vendor.pulumi;
    for (const [name, path] of Object.entries(vendor.plugins)) await pointTo(join(home, "plugins", name), path);
  }
  return {
    pulumi,
    origin: vendor === undefined ? "build" : "path",
    backendDir,
    environment: {
      ...scrubbed(given),
      PATH: [dirname(pulumi), dirname(process.execPath), given["PATH"] ?? ""].join(delimiter),
      PULUMI_HOME: home,
      // Without attribute files: they are written in place, and one that a kill has torn makes its stack unreadable.
      PULUMI_BACKEND_URL: `file://${backendDir}?metadata=skip`,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // Policy packs load modules as the program does, which Pulumi.yaml tells.
      GATEHOUSE_PACK_NODE_OPTIONS: `--import=${new URL("../../bin/modules.mjs", import.meta.url).href}`,
      // Plugins come from PULUMI_HOME at exact versions, and never from another folder of PATH.
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      ...(vendor === undefined ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
    },
  };
}

/**
 * An environment without what would lead the engine to somebody's real accounts: the GitHub provider prefers GITHUB_* and GH_* to its
 * arguments, PULUMI_* choose another backend, and KUBECONFIG another cluster.
 */
export function scrubbed(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !/^(?:GITHUB_|GH_|PULUMI_|KUBECONFIG$)/.test(name)) kept[name] = value;
  }
  return kept;
}

/**
 * Of each run the engine keeps a log of megabytes that nobody asked for, and spends a third of its time on it. It has no switch, but goes
 * without where its folder cannot be made: so a file stands there, unless logs are wanted.
 */
async function settleLogs(logs: string, wanted: boolean): Promise<void> {
  const isFile = await stat(logs).then(
    (found) => found.isFile(),
    () => undefined,
  );
  if (isFile === !wanted || (isFile === undefined && wanted)) return;
  await rm(logs, { recursive: true, force: true });
  if (!wanted) await writeFile(logs, "GATEHOUSE_DEBUG=1 makes this a folder with the engine's own logs.\n");
}

/**
 * The CLI looks for its language host beside the file that it was started from, with links resolved. So it gets a folder of its own: a
 * hard link to the built file (a copy where links do not reach), and our language host.
 */
async function installEngine(folder: string, built: string, languageHost: string): Promise<string> {
  const version = join(folder, basename(dirname(built)));
  const pulumi = join(version, "pulumi");
  await mkdir(version, { recursive: true });
  if (!existsSync(pulumi)) {
    const temporary = `${pulumi}.${process.pid}`;
    await link(built, temporary).catch(() => copyFile(built, temporary));
    await chmod(temporary, 0o755);
    await rename(temporary, pulumi);
  }
  await pointTo(join(version, "pulumi-language-nodejs"), languageHost);
  for (const other of await readdir(folder)) {
    if (join(folder, other) !== version) await rm(join(folder, other), { recursive: true });
  }
  return pulumi;
}

/** A symbolic link to `target`, replaced in one step when it points elsewhere. */
async function pointTo(path: string, target: string): Promise<void> {
  const present = await lstat(path).catch(() => undefined);
  if (present?.isSymbolicLink() === true && (await readlink(path)) === target) return;
  if (present?.isDirectory() === true) await rm(path, { recursive: true });
  const temporary = `${path}.${process.pid}`;
  await symlink(target, temporary);
  await rename(temporary, path);
}
