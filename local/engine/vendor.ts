/** The vendor's own engine, where the user has one. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { PULUMI_VERSION } from "./binaries.ts";
import { olderThan } from "./builder/toolchain.ts";

export interface VendorEngine {
  readonly pulumi: string;
  /** Folders of installed plugins, by their names in PULUMI_HOME. */
  readonly plugins: Readonly<Record<string, string>>;
}

/**
 * @param plugins names and versions that must be installed already, for the choice `auto`.
 * @returns undefined when an engine is to be built.
 * @throws when GATEHOUSE_ENGINE is none of `path`, `build` and `auto`, or is `path` and PATH has no engine that will do.
 */
export async function findVendorEngine(
  environment: Readonly<Record<string, string | undefined>>,
  plugins: Readonly<Record<string, string>>,
): Promise<VendorEngine | undefined> {
  const choice = environment["GATEHOUSE_ENGINE"] || "auto";
  if (!["path", "build", "auto"].includes(choice)) {
    throw new Error(`GATEHOUSE_ENGINE is "${choice}": set it to path, build or auto`);
  }
  if (choice === "build") return undefined;
  const pulumi = (environment["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "pulumi"))
    .find((file) => existsSync(file));
  const version = pulumi === undefined ? undefined : await versionOf(pulumi, environment);
  if (pulumi === undefined || version === undefined || olderThan(version, PULUMI_VERSION)) {
    if (choice === "auto") return undefined;
    const found = pulumi === undefined ? "there is none" : `${pulumi} is ${version ?? "not to be run"}`;
    throw new Error(
      `GATEHOUSE_ENGINE is "path", which needs pulumi ${PULUMI_VERSION} or later on PATH; ${found}. Install it, or set GATEHOUSE_ENGINE=build`,
    );
  }
  const home = environment["PULUMI_HOME"] || join(homedir(), ".pulumi");
  const folders = Object.entries(plugins)
    .map(([name, wanted]) => `resource-${name}-v${wanted}`)
    .filter((name) => existsSync(join(home, "plugins", name)));
  // A missing plugin would have to be downloaded: whether it can be is not known before an `up` is on its way.
  if (choice === "auto" && folders.length < Object.keys(plugins).length) return undefined;
  return { pulumi, plugins: Object.fromEntries(folders.map((name) => [name, join(home, "plugins", name)])) };
}

async function versionOf(pulumi: string, environment: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(pulumi, ["version"], { env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" } });
    return stdout.trim().replace(/^v/, "");
  } catch {
    return undefined;
  }
}
