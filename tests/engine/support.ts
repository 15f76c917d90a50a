/** Small Pulumi programs in folders of their own, run by the real engine. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureEngine, type Engine, type PluginName } from "../../local/engine/index.ts";

const projectDir = join(import.meta.dirname, "..", "..");

/** An empty folder that the test removes. */
export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "gatehouse-engine-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** An engine whose state lies in `folder`. Builds what the user's cache lacks. */
export function engineIn(
  folder: string,
  plugins: readonly PluginName[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Engine> {
  return ensureEngine({
    stateDir: join(folder, "state"),
    report: (event) => {
      if (event.kind === "start") process.stdout.write(`      building ${event.names.join(", ")}\n`);
    },
    plugins,
    environment: { ...process.env, GATEHOUSE_ENGINE: "build", ...environment },
  });
}

/** Node itself runs the TypeScript, as it runs the program's. */
export const nodeArguments = `--disable-warning=ExperimentalWarning --import '${join(projectDir, "bin", "modules.mjs")}'`;

/** Writes a project whose only packages are links to ours. */
export async function writeProgram(
  folder: string,
  source: string,
  more: { readonly options?: object; readonly packages?: readonly string[]; readonly files?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const options = more.options ?? { typescript: false, nodeargs: `${nodeArguments} --stack-trace-limit=1` };
  const packages = ["@pulumi/pulumi", ...(more.packages ?? [])];
  for (const name of packages) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(projectDir, "node_modules", name), link);
  }
  const dependencies = Object.fromEntries(packages.map((name) => [name, "*"]));
  const files = {
    "package.json": JSON.stringify({ name: "tiny", version: "1.0.0", type: "module", dependencies }),
    "Pulumi.yaml": JSON.stringify({ name: "tiny", main: "index.ts", runtime: { name: "nodejs", options } }),
    "Pulumi.dev.yaml": "config: {}\n",
    "index.ts": source,
    ...more.files,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

export interface Run {
  readonly code: number | null;
  /** Standard output and standard error, in the order of arrival. */
  readonly output: string;
}

/** Runs `pulumi`. `seen` is called with all output so far whenever some arrives. */
export function pulumi(
  engine: Engine,
  cwd: string,
  args: readonly string[],
  more: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly input?: string;
    readonly seen?: (output: string, child: ChildProcess) => void;
  } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(engine.pulumi, [...args, "--non-interactive", "--color", "never"], {
      cwd,
      // A prepared stack has a passphrase of its own.
      env: { ...engine.environment, ...(more.environment ?? { PULUMI_CONFIG_PASSPHRASE: "of these tests" }) },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      more.seen?.(output, child);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.stdin.end(more.input ?? "");
    child.on("error", reject).on("close", (code) => {
      resolve({ code, output });
    });
  });
}
