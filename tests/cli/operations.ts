/** A declared system at a local GitHub and a real registry, as the operations find it: no cluster, whose part end-to-end tests play. */
import { loadSystem, type ProjectSystem } from "../../cli/project.ts";
import { asDocker, asGitOps, type DockerTier, type GitOpsTier, type OpenTier } from "../../cli/operations/open.ts";
import type { Place } from "../../cli/operations/repository.ts";
import type { Tier } from "../../model/system.ts";
import { kustomizationOf, withTags } from "../../delivery/overlays.ts";
import { argocdTarget } from "../../model/target.ts";
import { startGitHub, type TestGitHub } from "../github/harness.ts";
import { startRegistry, type TestRegistry } from "../systems/registry.ts";

export class Operated {
  readonly declared: ProjectSystem;
  readonly place: Place;
  readonly registryHost: string;

  constructor(declared: ProjectSystem, place: Place, registryHost: string) {
    this.declared = declared;
    this.place = place;
    this.registryHost = registryHost;
  }

  #open(name: string, change: Partial<Tier>): OpenTier {
    const { system } = this.declared;
    const tier = system.tiers.find((candidate) => candidate.name === name);
    if (tier === undefined) throw new Error(`no tier ${name}`);
    const registry = { host: this.registryHost, username: "nobody", token: undefined };
    // No window unless a test is about it: it would decide by the day of the week.
    const always: Tier = {
      name,
      ...(tier.production !== undefined && { production: tier.production }),
      ...(tier.target && { target: tier.target }),
    };
    return {
      system,
      tier: { ...always, ...change },
      stack: "prod",
      place: this.place,
      registry,
      cluster: undefined,
      dockerHost: undefined,
    };
  }

  gitops(name: string, change: Partial<Tier> = {}): GitOpsTier {
    const tier = asGitOps(this.#open(name, change));
    if (tier === undefined) throw new Error(`${name} is not deployed by Argo CD`);
    return tier;
  }

  docker(name: string, change: Partial<Tier> = {}): DockerTier {
    const tier = asDocker(this.#open(name, change));
    if (tier === undefined) throw new Error(`${name} is no container`);
    return tier;
  }

  async text(path: string, ref: string): Promise<string> {
    const { octokit, at } = this.place;
    const { data } = await octokit.rest.repos.getContent({ ...at, path, ref, mediaType: { format: "raw" } });
    // The media type makes it text, whatever the types say.
    return data as unknown as string;
  }

  /** Commits one file; the answer is the commit. */
  async write(branch: string, path: string, text: string): Promise<string> {
    const { octokit, at } = this.place;
    const { data } = await octokit.rest.repos.getContent({ ...at, path, ref: branch }).catch(() => ({ data: undefined }));
    const sha = data !== undefined && !Array.isArray(data) ? data.sha : undefined;
    const { data: written } = await octokit.rest.repos.createOrUpdateFileContents({
      ...at,
      branch,
      path,
      message: `chore: ${path}`,
      content: Buffer.from(text).toString("base64"),
      ...(sha !== undefined && { sha }),
    });
    return written.commit.sha ?? "";
  }

  /** Puts tags into a tier's overlay as its CD does; the answer is the commit. */
  async deploy(tier: string, tags: Readonly<Record<string, string>>): Promise<string> {
    const { gitops } = this.gitops(tier);
    const path = kustomizationOf(gitops.path);
    return this.write(gitops.branch, path, withTags(await this.text(path, gitops.branch), new Map(Object.entries(tags))));
  }

  /** Records a deployment of a commit to an environment, which ends as said. */
  async recordDeployment(environment: string, ref: string, state: "success" | "failure"): Promise<void> {
    const { octokit, at } = this.place;
    const created = await octokit.rest.repos.createDeployment({ ...at, ref, environment, auto_merge: false, required_contexts: [] });
    if (!("id" in created.data)) throw new Error("no deployment was made");
    await octokit.rest.repos.createDeploymentStatus({ ...at, deployment_id: created.data.id, state });
  }

  async head(branch: string): Promise<string> {
    return (await this.place.octokit.rest.git.getRef({ ...this.place.at, ref: `heads/${branch}` })).data.object.sha;
  }

  async pulls(state: "open" | "all" = "open") {
    return (await this.place.octokit.rest.pulls.list({ ...this.place.at, state })).data;
  }

  /** File → text of a pull request's head. */
  async filesOf(pull_number: number): Promise<Record<string, string>> {
    const { octokit, at } = this.place;
    const { data: pull } = await octokit.rest.pulls.get({ ...at, pull_number });
    const { data: files } = await octokit.rest.pulls.listFiles({ ...at, pull_number });
    return Object.fromEntries(
      await Promise.all(files.map(async ({ filename }) => [filename, await this.text(filename, pull.head.sha)] as const)),
    );
  }
}

export interface OperationsRig {
  readonly github: TestGitHub;
  readonly registry: TestRegistry;
  /** A new repository with the declared files on every long-lived branch. */
  system(name: string): Promise<Operated>;
  stop(): Promise<void>;
}

export async function startOperations(): Promise<OperationsRig> {
  const [github, registry] = await Promise.all([startGitHub(), startRegistry()]);
  const host = (registry.image("any/any").environment["IMAGE"] ?? "").split("/")[0] ?? "";
  let count = 0;
  return {
    github,
    registry,
    system: async (name) => {
      const declared = await loadSystem(name);
      const { rest } = github.octokit;
      count += 1;
      const at = { owner: "acme", repo: `${name}-${count}` };
      await rest.repos.createInOrg({
        org: "acme",
        name: at.repo,
        auto_init: true,
        allow_auto_merge: declared.system.repository.autoMerge === true,
      });
      const { data: main } = await rest.git.getRef({ ...at, ref: "heads/main" });
      const targets = declared.system.tiers.flatMap(({ target }) => argocdTarget(target)?.path ?? []);
      const kept = [...declared.files].filter(
        ([path]) => path.startsWith(".github/workflows/") || targets.some((folder) => path.startsWith(`${folder}/`)),
      );
      const { data: tree } = await rest.git.createTree({
        ...at,
        base_tree: main.object.sha,
        tree: kept.map(([path, content]) => ({ path, mode: "100644" as const, type: "blob" as const, content })),
      });
      const { data: commit } = await rest.git.createCommit({ ...at, message: "seed", tree: tree.sha, parents: [main.object.sha] });
      await rest.git.updateRef({ ...at, ref: "heads/main", sha: commit.sha });
      for (const { name: branch } of declared.system.branches)
        if (branch !== "main") await rest.git.createRef({ ...at, ref: `refs/heads/${branch}`, sha: commit.sha });
      return new Operated(declared, { octokit: github.octokit, at }, host);
    },
    stop: async () => {
      await Promise.all([github.stop(), registry.stop()]);
    },
  };
}

/** The error that a promise ends with. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("it did not fail");
}
