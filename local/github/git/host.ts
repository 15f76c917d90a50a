/** The bare repositories on disk: one folder a repository, named for its number, so that a rename moves nothing. */
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { runGit } from "./command.ts";
import { GitRepository } from "./repository.ts";
import type { Signer } from "./signer.ts";

export class GitHost {
  readonly root: string;
  readonly signer: Signer;

  constructor(root: string, signer: Signer) {
    this.root = root;
    this.signer = signer;
  }

  directory(id: number): string {
    return join(this.root, `${id}.git`);
  }

  repository(id: number): GitRepository {
    return new GitRepository(this.directory(id), this.signer);
  }

  exists(id: number): boolean {
    return existsSync(this.directory(id));
  }

  /** Makes an empty bare repository whose HEAD names `defaultBranch`. It appears whole or not at all. */
  async create(id: number, defaultBranch: string): Promise<GitRepository> {
    await mkdir(this.root, { recursive: true });
    const unfinished = join(this.root, `.new-${id}`);
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    await runGit(unfinished, ["init", "--quiet", "--bare", "--template=", `--initial-branch=${defaultBranch}`, unfinished]);
    await rm(this.directory(id), { recursive: true, force: true });
    await rename(unfinished, this.directory(id));
    return this.repository(id);
  }

  /** Makes a bare copy of all branches and tags of another repository. */
  async copy(id: number, from: number, defaultBranch: string): Promise<GitRepository> {
    const made = await this.create(id, defaultBranch);
    await runGit(this.directory(id), ["fetch", "--quiet", this.directory(from), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]);
    return made;
  }

  async remove(id: number): Promise<void> {
    await rm(this.directory(id), { recursive: true, force: true });
  }

  /** The numbers of the repositories on disk. */
  async list(): Promise<number[]> {
    if (!existsSync(this.root)) return [];
    const names = await readdir(this.root);
    return names.flatMap((name) => {
      const [, id] = /^(\d+)\.git$/.exec(name) ?? [];
      return id ? [Number(id)] : [];
    });
  }
}
