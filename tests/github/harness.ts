/** A local GitHub for tests: in a process of its own when it has to be killed, in this one otherwise. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Octokit } from "@octokit/rest";
import type { ServerFault } from "../../local/github/core/dispatcher.ts";
import { type FaultRule, type LogEntry, type LogSummary, startServer, type World } from "../../local/github/index.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** An organization with two teams, an owner, members, and somebody who belongs to nothing. */
export const WORLD = {
  organizations: [
    {
      login: "acme",
      plan: "enterprise",
      members: [
        { login: "acme-owner", role: "admin" },
        { login: "acme-member", role: "member" },
      ],
      teams: [
        { slug: "platform", members: ["platform-1", "platform-2"] },
        { slug: "security", members: ["security-1"] },
      ],
    },
  ],
  users: [{ login: "outsider" }, { login: "acme-bot" }],
  tokens: [
    {
      token: "token-of-acme-owner-0001",
      login: "acme-owner",
      scopes: ["repo", "workflow", "admin:org", "delete_repo", "user", "read:packages"],
    },
    { token: "token-of-acme-member-0001", login: "acme-member", scopes: ["repo"] },
    { token: "token-of-platform-1-0001", login: "platform-1", scopes: ["repo"] },
    { token: "token-of-platform-2-0001", login: "platform-2", scopes: ["repo"] },
    { token: "token-of-security-1-0001", login: "security-1", scopes: ["repo"] },
    { token: "token-of-outsider-00001", login: "outsider", scopes: ["repo"] },
  ],
} as const satisfies World;

/** The token of the organization's owner. */
export const TOKEN = WORLD.tokens[0].token;

export const tokenOf = (login: string): string => {
  const found = WORLD.tokens.find((token) => token.login === login);
  if (!found) throw new Error(`the test world has no token for ${login}`);
  return found.token;
};

export interface StartOptions {
  readonly world?: World;
  readonly port?: number;
  /** Kept by `stop` and `kill`; without it the state goes with the server. */
  readonly dataDir?: string;
  /** Whether the server runs in a process of its own, which `kill` ends with SIGKILL. */
  readonly process?: boolean;
}

export interface TestGitHub {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly token: string;
  readonly dataDir: string;
  /** As the organization's owner. */
  readonly octokit: Octokit;
  /** As somebody else of the test world; anonymous for undefined. */
  as(login: string | undefined): Octokit;
  /** `http://x-access-token:TOKEN@127.0.0.1:PORT/OWNER/REPO.git`. */
  remote(repository: string, login?: string): string;
  faults(rules: readonly FaultRule[]): Promise<void>;
  requests(since?: number): Promise<{ entries: LogEntry[]; summary: LogSummary }>;
  /** Answers that GitHub's description refuses; a test of a family ends with none. */
  violations(): Promise<ServerFault[]>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const running = new Set<() => Promise<void>>();

// A test that fails before its end would otherwise leave a server that keeps the whole run from ending.
after(() => Promise.all([...running].map((stop) => stop())));

export async function startGitHub(options: StartOptions = {}): Promise<TestGitHub> {
  const dataDir = options.dataDir ?? temporaryFolder("gatehouse-github-");
  const world = options.world ?? WORLD;
  const server = options.process
    ? await spawnServer(dataDir, options.port ?? 0, world)
    : {
        ...(await startServer({ dataDir, port: options.port ?? 0, world, report: () => undefined })),
        kill: () => Promise.reject(new Error("start it with process: true")),
      };
  const as = (login: string | undefined): Octokit =>
    new Octokit({
      baseUrl: server.url,
      ...(login === undefined ? {} : { auth: tokenOf(login) }),
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    });
  running.add(server.stop);
  const cleared = async (end: Promise<void>): Promise<void> => {
    await end;
    running.delete(server.stop);
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  const json = async <T>(path: string): Promise<T> => (await (await fetch(`${server.url}/_gatehouse/${path}`)).json()) as T;
  return {
    url: server.url,
    token: TOKEN,
    dataDir,
    octokit: as("acme-owner"),
    as,
    remote: (repository, login = "acme-owner") => `${server.url.replace("//", `//x-access-token:${tokenOf(login)}@`)}/${repository}.git`,
    faults: async (rules) => {
      const answer = await fetch(`${server.url}/_gatehouse/faults`, { method: "PUT", body: JSON.stringify(rules) });
      if (answer.status !== 204) throw new Error(await answer.text());
    },
    requests: (since = 0) => json(`requests?since=${since}`),
    violations: () => json("violations"),
    stop: () => cleared(server.stop()),
    kill: () => cleared(server.kill()),
  };
}

async function spawnServer(
  dataDir: string,
  port: number,
  world: World,
): Promise<{ url: string; stop: () => Promise<void>; kill: () => Promise<void> }> {
  const file = join(dataDir, "world.json");
  writeFileSync(file, JSON.stringify(world));
  const main = new URL("../../local/github/main.ts", import.meta.url).pathname;
  const args = [main, "--port", String(port), "--data", dataDir, "--world", file];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), once(child, "exit")]);
  if (typeof first[0] !== "string") throw new Error(`the server ended before it was ready: ${errors}`);
  const { url } = JSON.parse(first[0]) as { url: string };
  return { url, stop: () => end(child, "SIGTERM"), kill: () => end(child, "SIGKILL") };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}
