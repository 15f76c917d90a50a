/** The Go toolchain of this machine, as it is: nothing is downloaded to replace it. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { BuildError } from "./failure.ts";

export interface Toolchain {
  /** The `go` command. */
  readonly command: string;
  /** As in `go1.26.8`. */
  readonly version: string;
  readonly os: string;
  readonly arch: string;
  /** The user's own caches. */
  readonly buildCache: string;
  readonly moduleCache: string;
}

/** Where the official archive puts Go; its installation notes leave PATH to the user, who often forgets. */
const CUSTOMARY = "/usr/local/go/bin/go";

/**
 * @param command `go`, or a path to it.
 * @throws BuildError when there is no Go.
 */
export async function findToolchain(command = "go"): Promise<Toolchain> {
  const candidates = command === "go" && existsSync(CUSTOMARY) ? [command, CUSTOMARY] : [command];
  for (const candidate of candidates) {
    try {
      const { stdout } = await promisify(execFile)(candidate, ["env", "-json", "GOVERSION", "GOOS", "GOARCH", "GOCACHE", "GOMODCACHE"], {
        env: { ...process.env, GOTOOLCHAIN: "local" },
      });
      const env = JSON.parse(stdout) as Record<"GOVERSION" | "GOOS" | "GOARCH" | "GOCACHE" | "GOMODCACHE", string>;
      return {
        command: candidate,
        version: env.GOVERSION,
        os: env.GOOS,
        arch: env.GOARCH,
        buildCache: env.GOCACHE,
        moduleCache: env.GOMODCACHE,
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new BuildError(
    `there is no Go: "${command}" was not found on PATH`,
    "install Go 1.26.8 or later from https://go.dev/dl and run again",
  );
}

/**
 * A module's `go` line is the least version that compiles it.
 *
 * @throws BuildError when the toolchain is older than the `go` line of a module asks.
 */
export async function requireGoVersion(toolchain: Toolchain, moduleDir: string): Promise<void> {
  const wanted = /^go (\S+)$/m.exec(await readFile(join(moduleDir, "go.mod"), "utf8"))?.[1];
  const have = toolchain.version.replace(/^go/, "");
  if (wanted === undefined || !olderThan(have, wanted)) return;
  throw new BuildError(
    `Go is too old: ${toolchain.command} is ${have}, and ${join(moduleDir, "go.mod")} needs ${wanted}`,
    `install Go ${wanted} or later from https://go.dev/dl, put it first on PATH and run again`,
  );
}

/** Compares dotted versions by their numbers; what follows the numbers (`rc1`, ` X:experiment`) is ignored. */
export function olderThan(have: string, wanted: string): boolean {
  const numbers = (version: string): readonly number[] =>
    version
      .split(/[^0-9.]/, 1)
      .join("")
      .split(".")
      .map(Number);
  const [left, right] = [numbers(have), numbers(wanted)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The environment that every build runs in: pinned modules only, no other toolchain, no C compiler. */
export function buildEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: "0", GO111MODULE: "on", GOFLAGS: "-mod=readonly", GOTOOLCHAIN: "local", GOWORK: "off" };
}
