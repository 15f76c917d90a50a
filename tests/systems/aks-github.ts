/** data-platform-aks/data-platform-aks at a local GitHub, with the whole folder on main. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Octokit } from "@octokit/rest";
import { type RunningGitHub, startServer, type World } from "../../local/github/index.ts";
import { repositoryFolder } from "./repository.ts";

const NAME = "data-platform-aks";
const OWNER_TOKEN = "token-of-aks-owner-000001";
/** Of the promotion App: it may write the repository, within its rules. */
export const APP_TOKEN = "token-of-aks-app-00000001";
/** Of the workflow run: statuses and deployments. */
export const RUN_TOKEN = "token-of-aks-run-00000001";
export const REPOSITORY = { owner: NAME, repo: NAME } as const;
export type Environment = "dev" | "staging" | "prod";

const WORLD: World = {
  organizations: [
    {
      login: NAME,
      plan: "free",
      members: [
        { login: "aks-owner", role: "admin" },
        { login: "aks-app", role: "member" },
        { login: "aks-run", role: "member" },
      ],
      teams: [{ slug: "platform-engineers", members: ["aks-app", "aks-run"] }],
    },
  ],
  tokens: [
    { token: OWNER_TOKEN, login: "aks-owner", scopes: ["repo", "workflow", "admin:org", "delete_repo"] },
    { token: APP_TOKEN, login: "aks-app", scopes: ["repo"] },
    { token: RUN_TOKEN, login: "aks-run", scopes: ["repo"] },
  ],
};

export interface AksGitHub {
  readonly octokit: Octokit;
  readonly environment: Readonly<Record<string, string>>;
  /** Makes the repository anew, with main at one commit that holds the whole folder; main takes pull requests only. */
  reset(): Promise<void>;
  /** Commits a file on a branch as the owner, around the rules; the answer is the commit. */
  commit(branch: string, path: string, text: string): Promise<string>;
  /** The text of a file on a branch. */
  read(branch: string, path: string): Promise<string>;
  head(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts it without the repository: `reset` makes one. */
export async function startAksGitHub(): Promise<AksGitHub> {
  const data = mkdtempSync(join(tmpdir(), "gatehouse-aks-"));
  const server = await startServer({ dataDir: data, port: 0, world: WORLD, report: () => undefined });
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const octokit = new Octokit({ baseUrl: server.url, auth: OWNER_TOKEN, log: silent });
  const read = async (branch: string, path: string): Promise<{ readonly text: string; readonly sha: string }> => {
    const { data: content } = await octokit.repos.getContent({ ...REPOSITORY, path, ref: branch });
    if (Array.isArray(content) || content.type !== "file") throw new Error(`${path} is no file`);
    return { text: Buffer.from(content.content, "base64").toString("utf8"), sha: content.sha };
  };
  return {
    octokit,
    environment: { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: `${NAME}/${NAME}` },
    reset: async () => {
      await octokit.repos.delete(REPOSITORY).catch(() => undefined);
      await octokit.repos.createInOrg({ org: NAME, name: NAME, visibility: "public" });
      const grant = { org: NAME, team_slug: "platform-engineers", ...REPOSITORY, permission: "maintain" };
      await octokit.teams.addOrUpdateRepoPermissionsInOrg(grant);
      await push(server);
      await protect(octokit);
    },
    commit: async (branch, path, text) => {
      const sha = await read(branch, path).then(
        (file) => file.sha,
        () => undefined,
      );
      const content = Buffer.from(text).toString("base64");
      const options = { ...REPOSITORY, path, branch, message: `chore: change ${path}`, content, ...(sha === undefined ? {} : { sha }) };
      return (await octokit.repos.createOrUpdateFileContents(options)).data.commit.sha ?? "";
    },
    read: async (branch, path) => (await read(branch, path)).text,
    head: async () => (await octokit.git.getRef({ ...REPOSITORY, ref: "heads/main" })).data.object.sha,
    stop: async () => {
      await server.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Everybody needs a pull request but the owner, who prepares what a test is about. */
async function protect(octokit: Octokit): Promise<void> {
  await octokit.repos.createRepoRuleset({
    ...REPOSITORY,
    name: "main",
    target: "branch",
    enforcement: "active",
    bypass_actors: [{ actor_id: 1, actor_type: "OrganizationAdmin", bypass_mode: "always" }],
    conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
    rules: [
      { type: "deletion" },
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
}

/** Not by a blocking call: the server runs in this process. */
async function push(server: RunningGitHub): Promise<void> {
  const git = mkdtempSync(join(tmpdir(), "gatehouse-aks-git-"));
  const remote = `${server.url.replace("//", `//x-access-token:${OWNER_TOKEN}@`)}/${NAME}/${NAME}.git`;
  const env = { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const run = async (...args: readonly string[]): Promise<void> => {
    const where = ["--git-dir", git, "--work-tree", repositoryFolder(NAME)];
    await promisify(execFile)("git", [...where, "-c", "user.name=test", "-c", "user.email=test@example.test", ...args], { env });
  };
  try {
    await run("init", "--quiet", "--initial-branch", "main");
    await run("add", "--all");
    await run("commit", "--quiet", "--message", "first commit");
    await run("push", "--quiet", remote, "main:main");
  } finally {
    rmSync(git, { recursive: true, force: true });
  }
}
