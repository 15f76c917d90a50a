/** One bare repository: objects and refs, by git's own plumbing. */
import { type GitResult, type GitRun, runGit } from "./command.ts";
import { type Commit, parseCommit, type Person } from "./commit.ts";
import type { Signer } from "./signer.ts";

export interface RefEntry {
  /** `refs/heads/main`. */
  readonly ref: string;
  readonly sha: string;
  readonly type: "commit" | "tag" | "tree" | "blob";
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
  /** Sign with the server's key. */
  readonly sign: boolean;
}

export interface LogQuery {
  /** What to walk from: `["main"]`, or `["main..feature"]`. */
  readonly revisions: readonly string[];
  readonly path?: string | undefined;
  readonly author?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** The old value of a ref that must not exist yet. */
export const NO_OBJECT = "0".repeat(40);

/** A ref was moved by somebody else between the look and the change. */
export class RefMoved extends Error {
  readonly ref: string;
  readonly expected: string;

  constructor(ref: string, expected: string) {
    super(`${ref} is no longer at ${expected}`);
    this.ref = ref;
    this.expected = expected;
    this.name = "RefMoved";
  }
}

export class GitRepository {
  readonly directory: string;
  readonly signer: Signer;
  /** Given to every git run here: the quarantine of a push that is being judged. */
  private readonly env: Readonly<Record<string, string>>;

  constructor(directory: string, signer: Signer, env: Readonly<Record<string, string>> = {}) {
    this.directory = directory;
    this.signer = signer;
    this.env = env;
  }

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
    if (revision === "" || revision.startsWith("-") || revision.includes("\0")) return undefined;
    const { code, stdout } = await this.run(["rev-parse", "--verify", "--quiet", "--end-of-options", revision], { accept: [1, 128] });
    return code === 0 ? stdout.toString().trim() : undefined;
  }

  /** The commit that the API's `ref` names: a branch, a tag, a full ref, or a SHA (also shortened); undefined when none. */
  async resolveCommit(ref: string): Promise<string | undefined> {
    const short = /^[0-9a-f]{4,40}$/i.test(ref) ? [ref] : [];
    const names = ref.startsWith("refs/") ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`, ...short];
    for (const name of names) {
      const found = await this.resolve(`${name}^{commit}`);
      if (found) return found;
    }
    return undefined;
  }

  /** The type of an object, or undefined when it does not exist here. */
  async typeOf(sha: string): Promise<RefEntry["type"] | undefined> {
    if (!/^[0-9a-f]{40}$/i.test(sha)) return undefined;
    const { code, stdout } = await this.run(["cat-file", "-t", sha], { accept: [1, 128] });
    return code === 0 ? (stdout.toString().trim() as RefEntry["type"]) : undefined;
  }

  /** Content of a blob. @throws GitError when there is none. */
  async blob(sha: string): Promise<Buffer> {
    return (await this.run(["cat-file", "blob", sha])).stdout;
  }

  async writeBlob(content: Buffer): Promise<string> {
    return this.text(["hash-object", "-w", "--stdin"], { input: content });
  }

  async commit(sha: string): Promise<Commit> {
    const [found] = await this.commits([sha]);
    if (!found) throw new Error(`commit ${sha} is not in ${this.directory}`);
    return found;
  }

  /** Commits in the order asked. @throws Error when one is not a commit of this repository. */
  async commits(shas: readonly string[]): Promise<Commit[]> {
    if (shas.length === 0) return [];
    const { stdout } = await this.run(["cat-file", "--batch"], { input: `${shas.join("\n")}\n` });
    let at = 0;
    return shas.map((wanted) => {
      const lineEnd = stdout.indexOf(10, at);
      const [sha = "", type, size = "0"] = stdout.subarray(at, lineEnd).toString().split(" ");
      if (type !== "commit") throw new Error(`${wanted} is no commit of ${this.directory}`);
      const start = lineEnd + 1;
      at = start + Number(size) + 1;
      return parseCommit(sha, stdout.subarray(start, start + Number(size)).toString("utf8"));
    });
  }

  /** SHAs of commits, newest first. */
  async log({ revisions, path, author, since, until }: LogQuery): Promise<string[]> {
    const filters = [
      ...(author === undefined ? [] : [`--author=${author}`, "--fixed-strings"]),
      ...(since === undefined ? [] : [`--since=${since}`]),
      ...(until === undefined ? [] : [`--until=${until}`]),
    ];
    const text = await this.text(["rev-list", ...filters, "--end-of-options", ...revisions, "--", ...(path ? [path] : [])]);
    return text === "" ? [] : text.split("\n");
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    return (await this.run(["merge-base", "--is-ancestor", ancestor, descendant], { accept: [1] })).code === 0;
  }

  async mergeBase(one: string, other: string): Promise<string | undefined> {
    const { code, stdout } = await this.run(["merge-base", one, other], { accept: [1] });
    return code === 0 ? stdout.toString().trim() : undefined;
  }

  /** How many commits only the first and only the second have. */
  async aheadBehind(base: string, head: string): Promise<{ ahead: number; behind: number }> {
    const [behind = 0, ahead = 0] = (await this.text(["rev-list", "--left-right", "--count", `${base}...${head}`]))
      .split(/\s+/)
      .map(Number);
    return { ahead, behind };
  }

  /** Refs under a prefix such as `refs/heads/`, by name. The prefix need not end at a slash. */
  async refs(prefix: string): Promise<RefEntry[]> {
    const text = await this.text([
      "for-each-ref",
      "--format=%(objectname) %(objecttype) %(refname)",
      ...(prefix.endsWith("/") ? [prefix] : []),
    ]);
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [sha = "", type = "", ...ref] = line.split(" ");
        return { sha, type: type as RefEntry["type"], ref: ref.join(" ") };
      })
      .filter(({ ref }) => ref.startsWith(prefix));
  }

  async isValidRefName(ref: string): Promise<boolean> {
    return (await this.run(["check-ref-format", ref], { accept: [1] })).code === 0;
  }

  /**
   * Makes or moves a ref; `old` is what it must be at (`NO_OBJECT`: must not exist).
   * @throws RefMoved when it is not there.
   */
  async updateRef(ref: string, sha: string, old: string): Promise<void> {
    const { code, stderr } = await this.run(["update-ref", ref, sha, old], { accept: [1, 128] });
    if (code === 0) return;
    if (/cannot lock ref|reference already exists/.test(stderr)) throw new RefMoved(ref, old);
    throw new Error(`git update-ref ${ref}: ${stderr.trim()}`);
  }

  /** @throws RefMoved when the ref is not at `old`. */
  async deleteRef(ref: string, old: string): Promise<void> {
    const { code } = await this.run(["update-ref", "-d", ref, old], { accept: [1, 128] });
    if (code !== 0) throw new RefMoved(ref, old);
  }

  async setHead(branch: string): Promise<void> {
    await this.run(["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
  }

  async commitTree({ tree, parents, message, author, committer, sign }: NewCommit): Promise<string> {
    const env = {
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_AUTHOR_DATE: author.date,
      GIT_COMMITTER_NAME: committer.name,
      GIT_COMMITTER_EMAIL: committer.email,
      GIT_COMMITTER_DATE: committer.date,
      ...this.signer.environment,
    };
    const key = sign ? [`-S${this.signer.fingerprint}`] : [];
    return this.text(["commit-tree", ...key, tree, ...parents.flatMap((parent) => ["-p", parent])], {
      input: `${message.trimEnd()}\n`,
      env,
    });
  }
}
