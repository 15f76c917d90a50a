/** Runs the scripts of a system's repository as a workflow or a person would. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryFolder } from "./repository.ts";

export interface ScriptResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What it wrote to GITHUB_OUTPUT. */
  readonly outputs: Readonly<Record<string, string>>;
  /** What it wrote to GITHUB_STEP_SUMMARY. */
  readonly summary: string;
}

/** Runs `scripts/<path>` of a system, or a path that begins with `/` in its repository, with nothing in its environment but PATH, HOME and what is given. */
export async function runScript(
  path: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd?: string,
  system = "dataenginex",
): Promise<ScriptResult> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-script-"));
  const [output, summary] = [join(folder, "output"), join(folder, "summary")];
  for (const file of [output, summary]) writeFileSync(file, "");
  try {
    const child = spawn("bash", [join(repositoryFolder(system), path.startsWith("/") ? "" : "scripts", path), ...args], {
      cwd: cwd ?? folder,
      env: { PATH: process.env["PATH"], HOME: folder, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const [code] = (await once(child, "close")) as [number | null];
    const lines = readFileSync(output, "utf8").trim().split("\n").filter(Boolean);
    const outputs = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
    return { code, stdout: stdout(), stderr: stderr(), outputs, summary: readFileSync(summary, "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}
