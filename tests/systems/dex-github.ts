/** TheDataEngineX/DEX at a local GitHub, with a stand-in in front for what a test wants to go wrong. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Octokit } from "@octokit/rest";
import { Octokit as Client } from "@octokit/rest";
import { type RunningGitHub, startServer, type World } from "../../local/github/index.ts";
import { repositoryFolder } from "./repository.ts";
import { type Answers, startStandIn, type StandIn } from "./stand-in.ts";

const OWNER_TOKEN = "token-of-dex-owner-000001";
/** Of the promotion App: it may write the repository, within its rules. */
export const APP_TOKEN = "token-of-dex-promotion-01";
/** Of the workflow run: statuses and issues. */
export const RUN_TOKEN = "token-of-dex-run-00000001";

const WORLD: World = {
  organizations: [
    {
      login: "TheDataEngineX",
      plan: "free",
      members: [
        { login: "dex-owner", role: "admin" },
        { login: "dex-promotion", role: "member" },
        { login: "dex-run", role: "member" },
      ],
      teams: [{ slug: "maintainers", members: ["dex-promotion", "dex-run"] }],
    },
  ],
  tokens: [
    { token: OWNER_TOKEN, login: "dex-owner", scopes: ["repo", "workflow", "admin:org", "delete_repo"] },
    { token: APP_TOKEN, login: "dex-promotion", scopes: ["repo"] },
    { token: RUN_TOKEN, login: "dex-run", scopes: ["repo"] },
  ],
};

export const REPOSITORY = { owner: "TheDataEngineX", repo: "DEX" } as const;
export const OVERLAYS = {
  dev: "infra/argocd/overlays/dev/kustomization.yaml",
  prod: "infra/argocd/overlays/prod/kustomization.yaml",
} as const;

export interface DexGitHub {
  /** Makes the repository anew, with main and dev at one commit that holds the whole repository folder. */
  reset(): Promise<void>;
  /** As an owner of the organization. */
  readonly octokit: Octokit;
  /** What a script needs to reach it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The stand-in in front of it, whose answers come first; without answers it only passes on. */
  standIn(answers: Answers): Promise<{ readonly environment: Readonly<Record<string, string>>; readonly standIn: StandIn }>;
  /** Makes a branch take pull requests only. */
  protect(branch: string): Promise<void>;
  /** Commits a file on a branch as the owner; the answer is the commit. */
  commit(branch: string, path: string, text: string): Promise<string>;
  head(branch: string): Promise<string>;
  file(branch: string, path: string): Promise<string>;
  /** The tag in an environment's overlay on a branch. */
  tag(branch: string, environment: "dev" | "prod"): Promise<string | undefined>;
  /** Puts a tag there. */
  setTag(branch: string, environment: "dev" | "prod", tag: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it without the repository: `reset` makes one. */
export async function startDexGitHub(): Promise<DexGitHub> {
  const data = mkdtempSync(join(tmpdir(), "gatehouse-dex-"));
  const server = await startServer({ dataDir: data, port: 0, world: WORLD, report: () => undefined });
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const octokit = new Client({ baseUrl: server.url, auth: OWNER_TOKEN, log: silent });
  const standIns: StandIn[] = [];
  const environmentAt = (url: string): Record<string, string> => ({ GITHUB_API_URL: url, GITHUB_REPOSITORY: "TheDataEngineX/DEX" });
  const read = async (branch: string, path: string): Promise<{ readonly text: string; readonly sha: string }> => {
    const { data: content } = await octokit.repos.getContent({ ...REPOSITORY, path, ref: branch });
    if (Array.isArray(content) || content.type !== "file") throw new Error(`${path} is no file`);
    return { text: Buffer.from(content.content, "base64").toString("utf8"), sha: content.sha };
  };
  const commit = async (branch: string, path: string, text: string): Promise<string> => {
    const sha = await read(branch, path).then(
      (file) => file.sha,
      () => undefined,
    );
    const content = Buffer.from(text).toString("base64");
    const options = { ...REPOSITORY, path, branch, message: `chore: change ${path}`, content, ...(sha === undefined ? {} : { sha }) };
    const { data: answer } = await octokit.repos.createOrUpdateFileContents(options);
    return answer.commit.sha ?? "";
  };
  return {
    octokit,
    reset: async () => {
      await octokit.repos.delete(REPOSITORY).catch(() => undefined);
      await octokit.repos.createInOrg({ org: REPOSITORY.owner, name: REPOSITORY.repo, visibility: "public", allow_auto_merge: true });
      const { owner: org } = REPOSITORY;
      await octokit.teams.addOrUpdateRepoPermissionsInOrg({ org, team_slug: "maintainers", ...REPOSITORY, permission: "maintain" });
      await push(server);
    },
    environment: environmentAt(server.url),
    standIn: async (answers) => {
      const standIn = await startStandIn(answers, server.url);
      standIns.push(standIn);
      return { environment: environmentAt(standIn.url), standIn };
    },
    protect: async (branch) => {
      await octokit.repos.createRepoRuleset({
        ...REPOSITORY,
        name: branch,
        target: "branch",
        enforcement: "active",
        conditions: { ref_name: { include: [`refs/heads/${branch}`], exclude: [] } },
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
    file: async (branch, path) => (await read(branch, path)).text,
    tag: async (branch, environment) => /newTag: (\S+)/.exec((await read(branch, OVERLAYS[environment])).text)?.[1],
    setTag: async (branch, environment, tag) => {
      const { text } = await read(branch, OVERLAYS[environment]);
      await commit(branch, OVERLAYS[environment], text.replace(/newTag: \S+/, `newTag: ${tag}`));
    },
    stop: async () => {
      for (const standIn of standIns) await standIn.stop();
      await server.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** The whole folder as the first commit of main and dev. Not by a blocking call: the server runs in this process. */
async function push(server: RunningGitHub): Promise<void> {
  const git = mkdtempSync(join(tmpdir(), "gatehouse-dex-git-"));
  const remote = `${server.url.replace("//", `//x-access-token:${OWNER_TOKEN}@`)}/${REPOSITORY.owner}/${REPOSITORY.repo}.git`;
  const env = { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const run = async (...args: readonly string[]): Promise<void> => {
    const where = ["--git-dir", git, "--work-tree", repositoryFolder("dataenginex")];
    await promisify(execFile)("git", [...where, "-c", "user.name=test", "-c", "user.email=test@example.test", ...args], { env });
  };
  try {
    await run("init", "--quiet", "--initial-branch", "main");
    await run("add", "--all");
    await run("commit", "--quiet", "--message", "first commit");
    await run("push", "--quiet", remote, "main:main", "main:dev");
  } finally {
    rmSync(git, { recursive: true, force: true });
  }
}
