/** A clone with a remote, as a Docker host has one of the app's repository. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Clone {
  readonly folder: string;
  /** Commits that are pushed to main of the remote, oldest first; the clone stays where it is. */
  push(...messages: readonly string[]): string[];
  /** A commit that the clone has and main has not. */
  stray(message: string): string;
  remove(): void;
}

/** Runs git in a folder, without any configuration of the machine. */
export function git(folder: string, ...parameters: readonly string[]): string {
  const who = {
    GIT_AUTHOR_NAME: "test",
    GIT_AUTHOR_EMAIL: "test@localhost",
    GIT_COMMITTER_NAME: "test",
    GIT_COMMITTER_EMAIL: "test@localhost",
  };
  const env = { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", ...who };
  return execFileSync("git", ["-C", folder, ...parameters], { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

export function makeClone(): Clone {
  const root = mkdtempSync(join(tmpdir(), "gatehouse-clone-"));
  const [remote, author, folder] = ["remote.git", "author", "clone"].map((name) => join(root, name)) as [string, string, string];
  git(root, "init", "--quiet", "--bare", "--initial-branch", "main", remote);
  git(root, "clone", "--quiet", remote, author);
  const commit = (where: string, message: string): string => {
    git(where, "commit", "--quiet", "--allow-empty", "--message", message);
    return git(where, "rev-parse", "HEAD");
  };
  git(author, "checkout", "--quiet", "-B", "main");
  commit(author, "first");
  git(author, "push", "--quiet", "origin", "main");
  git(root, "clone", "--quiet", remote, folder);
  return {
    folder,
    push: (...messages) => {
      const made = messages.map((message) => commit(author, message));
      git(author, "push", "--quiet", "origin", "main");
      return made;
    },
    stray: (message) => {
      const head = git(folder, "rev-parse", "HEAD");
      const made = commit(folder, message);
      git(folder, "reset", "--quiet", "--hard", head);
      return made;
    },
    remove: () => {
      rmSync(root, { recursive: true });
    },
  };
}
