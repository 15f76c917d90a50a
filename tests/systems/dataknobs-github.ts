/** dataknobs/dataknobs at a local GitHub, with its three long-lived branches. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Octokit } from "@octokit/rest";
import { type RunningGitHub, startServer, type World } from "../../local/github/index.ts";
import { repositoryFolder } from "./repository.ts";

const OWNER_TOKEN = "token-of-dataknobs-owner1";
/** Of the promotion App: it may write the repository, within its rules. */
export const APP_TOKEN = "token-of-dataknobs-app-01";
/** Of the workflow run: it sets statuses. */
export const RUN_TOKEN = "token-of-dataknobs-run-01";
export const REPOSITORY = { owner: "dataknobs", repo: "dataknobs" } as const;
export const BRANCHES = { development: "develop", staging: "main", production: "release/stable" } as const;
export type Tier = keyof typeof BRANCHES;

const WORLD: World = {
  organizations: [
    {
      login: "dataknobs",
      plan: "free",
      members: [
        { login: "dataknobs-owner", role: "admin" },
        { login: "dataknobs-app", role: "member" },
        { login: "dataknobs-run", role: "member" },
      ],
      teams: [{ slug: "maintainers", members: ["dataknobs-app", "dataknobs-run"] }],
    },
  ],
  tokens: [
    { token: OWNER_TOKEN, login: "dataknobs-owner", scopes: ["repo", "workflow", "admin:org", "delete_repo"] },
    { token: APP_TOKEN, login: "dataknobs-app", scopes: ["repo"] },
    { token: RUN_TOKEN, login: "dataknobs-run", scopes: ["repo"] },
  ],
};

export interface DataknobsGitHub {
  readonly octokit: Octokit;
  readonly environment: Readonly<Record<string, string>>;
  /** Makes the repository anew: its three branches at one commit that holds the whole folder. */
  reset(): Promise<void>;
  /** Makes the three branches take pull requests only. */
  protect(): Promise<void>;
  /** Commits a file as the owner; the answer is the commit. */
  commit(branch: string, path: string, text: string): Promise<string>;
  head(branch: string): Promise<string>;
  /** The tag in a tier's overlay on a branch, its own unless told otherwise. */
  tag(tier: Tier, branch?: string): Promise<string | undefined>;
  setTag(tier: Tier, tag: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it without the repository: `reset` makes one. */
export async function startDataknobsGitHub(): Promise<DataknobsGitHub> {
  const data = mkdtempSync(join(tmpdir(), "gatehouse-dataknobs-"));
  const server = await startServer({ dataDir: data, port: 0, world: WORLD, report: () => undefined });
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const octokit = new Octokit({ baseUrl: server.url, auth: OWNER_TOKEN, log: silent });
  const overlay = (tier: Tier): string => `deploy/overlays/${tier}/kustomization.yaml`;
  const read = async (branch: string, path: string): Promise<{ readonly text: string; readonly sha: string } | undefined> => {
    const content = await octokit.repos.getContent({ ...REPOSITORY, path, ref: branch }).then(
      (answer) => answer.data,
      () => undefined,
    );
    if (content === undefined || Array.isArray(content) || content.type !== "file") return undefined;
    return { text: Buffer.from(content.content, "base64").toString("utf8"), sha: content.sha };
  };
  const commit = async (branch: string, path: string, text: string): Promise<string> => {
    const sha = (await read(branch, path))?.sha;
    const content = Buffer.from(text).toString("base64");
    const options = { ...REPOSITORY, path, branch, message: `chore: change ${path}`, content, ...(sha === undefined ? {} : { sha }) };
    return (await octokit.repos.createOrUpdateFileContents(options)).data.commit.sha ?? "";
  };
  return {
    octokit,
    environment: { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: "dataknobs/dataknobs" },
    reset: async () => {
      await octokit.repos.delete(REPOSITORY).catch(() => undefined);
      await octokit.repos.createInOrg({ org: REPOSITORY.owner, name: REPOSITORY.repo, visibility: "public" });
      await octokit.teams.addOrUpdateRepoPermissionsInOrg({
        org: REPOSITORY.owner,
        team_slug: "maintainers",
        ...REPOSITORY,
        permission: "maintain",
      });
      await push(server);
    },
    protect: async () => {
      await octokit.repos.createRepoRuleset({
        ...REPOSITORY,
        name: "long-lived",
        target: "branch",
        enforcement: "active",
        conditions: { ref_name: { include: Object.values(BRANCHES).map((name) => `refs/heads/${name}`), exclude: [] } },
        rules: [
          { type: "deletion" },
          { type: "required_signatures" },
          {
            type: "pull_request",
            parameters: {
              required_approving_review_count: 1,
              dismiss_stale_reviews_on_push: true,
              require_code_owner_review: false,
              require_last_push_approval: true,
              required_review_thread_resolution: true,
            },
          },
        ],
      });
    },
    commit,
    head: async (branch) => (await octokit.git.getRef({ ...REPOSITORY, ref: `heads/${branch}` })).data.object.sha,
    tag: async (tier, branch = BRANCHES[tier]) => /newTag: (\S+)/.exec((await read(branch, overlay(tier)))?.text ?? "")?.[1],
    setTag: async (tier, tag) => {
      const text = (await read(BRANCHES[tier], overlay(tier)))?.text ?? "";
      await commit(BRANCHES[tier], overlay(tier), text.replace(/newTag: \S+/, `newTag: ${tag}`));
    },
    stop: async () => {
      await server.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Not by a blocking call: the server runs in this process. */
async function push(server: RunningGitHub): Promise<void> {
  const git = mkdtempSync(join(tmpdir(), "gatehouse-dataknobs-git-"));
  const remote = `${server.url.replace("//", `//x-access-token:${OWNER_TOKEN}@`)}/${REPOSITORY.owner}/${REPOSITORY.repo}.git`;
  const env = { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const run = async (...args: readonly string[]): Promise<void> => {
    const where = ["--git-dir", git, "--work-tree", repositoryFolder("dataknobs")];
    await promisify(execFile)("git", [...where, "-c", "user.name=test", "-c", "user.email=test@example.test", ...args], { env });
  };
  try {
    await run("init", "--quiet", "--initial-branch", "main");
    await run("add", "--all");
    await run("commit", "--quiet", "--message", "first commit");
    await run("push", "--quiet", remote, ...Object.values(BRANCHES).map((branch) => `main:${branch}`));
  } finally {
    rmSync(git, { recursive: true, force: true });
  }
}
