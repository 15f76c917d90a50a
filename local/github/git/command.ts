/** Runs `git` in a bare repository, apart from the user's own git configuration. */
import { spawn } from "node:child_process";

export interface GitRun {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes beside 0 that the caller understands, such as 1 of `git diff --quiet`. */
  readonly accept?: readonly number[];
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** `git` ended with a code that nobody expected. */
export class GitError extends Error {
  readonly code: number | null;
  readonly stderr: string;

  constructor(args: readonly string[], code: number | null, stderr: string) {
    super(`git ${args.join(" ")} ended with ${code ?? "a signal"}: ${stderr.trim()}`);
    this.code = code;
    this.stderr = stderr;
    this.name = "GitError";
  }
}

/** The environment of every git of ours: no configuration of the machine's user, no prompts, messages in English. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    ...extra,
  };
}

/** @throws GitError when git ends with a code other than 0 and those accepted. */
export function runGit(directory: string, args: readonly string[], options: GitRun = {}): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, { cwd: directory, env: gitEnvironment({ GIT_DIR: directory, ...options.env }), stdio: "pipe" });
    const stdout: Buffer[] = [];
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0 || (code !== null && options.accept?.includes(code))) resolve({ code, stdout: Buffer.concat(stdout), stderr });
      else reject(new GitError(args, code, stderr));
    });
    // A git that ends before it has read its input closes the pipe; its exit code tells the story.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input);
  });
}
