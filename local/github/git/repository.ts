/** One bare repository: objects and refs, by git's own plumbing. */
import { type GitResult, type GitRun, runGit } from "./command.ts";
import type { Signer } from "./signer.ts";

export class GitRepository {
  constructor(
    readonly directory: string,
    readonly signer: Signer,
    /** Given to every git run here: the quarantine of a push that is being judged. */
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  withEnvironment(env: Readonly<Record<string, string>>): GitRepository {
    return new GitRepository(this.directory, this.signer, { ...this.env, ...env });
  }

  /** Runs git here. @throws GitError */
  run(args: readonly string[], options: GitRun = {}): Promise<GitResult> {
    return runGit(this.directory, args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** The trimmed output of git as text. @throws GitError */
  async text(args: readonly string[], options: GitRun = {}): Promise<string> {
    return (await this.run(args, options)).stdout.toString("utf8").trimEnd();
  }

  /** The object that a revision names (`refs/heads/main`, a SHA, `main^{tree}`), or undefined. */
  async resolve(revision: string): Promise<string | undefined> {
    if (revision.startsWith("-")) return undefined;
    const { code, stdout } = await this.run(["rev-parse", "--verify", "--quiet", "--end-of-options", revision], { accept: [1, 128] });
    return code === 0 ? stdout.toString().trim() : undefined;
  }
}
