/** Programs that the local services need from the system. What is there is used; on Debian, root gets the rest installed. */
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Program → the Debian package that has it. */
const PACKAGES = { "redis-server": "redis-server", git: "git", gpg: "gnupg", dockerd: "docker.io" } as const;

export type SystemProgram = keyof typeof PACKAGES;

/** Denies package scripts the start of services while it exists; see invoke-rc.d(8). */
const POLICY_FILE = "/usr/sbin/policy-rc.d";
const POLICY = "#!/bin/sh\n# Of Gatehouse, while it installs packages. Remove it if no installation runs.\nexit 101\n";

/** A program's path by PATH, or undefined. */
export function findProgram(name: string, path = process.env["PATH"] ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export interface PackageOptions {
  /** PATH to look in, for apt-get too. @default this process's */
  readonly path?: string;
  /** May packages be installed? @default when this is root and apt-get is there */
  readonly mayInstall?: boolean;
  /** @default /usr/sbin/policy-rc.d */
  readonly policyFile?: string;
}

/**
 * Paths of system programs. Missing ones are installed where we may, without starting any system service.
 *
 * @param report told in words before something is installed.
 * @throws Error that names all missing programs, their packages, and the command that installs them.
 */
export async function ensurePrograms<Name extends SystemProgram>(
  names: readonly Name[],
  report: (text: string) => void,
  options: PackageOptions = {},
): Promise<Record<Name, string>> {
  const find = () => Object.fromEntries(names.map((name) => [name, findProgram(name, options.path)])) as Record<Name, string | undefined>;
  const missing = names.filter((name) => find()[name] === undefined);
  if (missing.length === 0) return find() as Record<Name, string>;
  const packages = [...new Set(missing.map((name) => PACKAGES[name]))];
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  const mayInstall = options.mayInstall ?? (process.getuid?.() === 0 && findProgram("apt-get", options.path) !== undefined);
  if (!mayInstall) {
    throw new Error(
      `Not found on PATH: ${missing.join(", ")}. The local services need them; install them, on Debian with \`sudo ${command}\`, and run this again.`,
    );
  }
  report(`installing ${packages.join(", ")} with apt-get (no system service is started)`);
  try {
    await withoutServiceStart(options.policyFile ?? POLICY_FILE, () => install(packages, options.path));
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(`\`${command}\` failed: ${stderr.trim() || message}. Run it by hand and then this command again.`, { cause: error });
  }
  const still = names.filter((name) => find()[name] === undefined);
  if (still.length > 0) throw new Error(`Installed ${packages.join(", ")}, but ${still.join(", ")} is still not on PATH`);
  return find() as Record<Name, string>;
}

async function install(packages: readonly string[], path = process.env["PATH"]): Promise<void> {
  const env = { ...process.env, PATH: path, DEBIAN_FRONTEND: "noninteractive" };
  const aptGet = (...args: string[]) => run("apt-get", ["-q", ...args], { env, maxBuffer: 1 << 26 });
  try {
    await aptGet("install", "-y", "--no-install-recommends", ...packages);
  } catch {
    // The package lists are missing or too old on many fresh machines.
    await aptGet("update");
    await aptGet("install", "-y", "--no-install-recommends", ...packages);
  }
}

async function withoutServiceStart(file: string, action: () => Promise<void>): Promise<void> {
  // One that was there before has its reasons and stays; one that a killed run of ours left is ours.
  if (existsSync(file) && readFileSync(file, "utf8") !== POLICY) {
    await action();
    return;
  }
  writeFileSync(file, POLICY, { mode: 0o755 });
  try {
    await action();
  } finally {
    rmSync(file, { force: true });
  }
}
