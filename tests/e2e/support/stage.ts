/** Where a play takes place: one governed repository, the people of its teams, its promotion App, and the runner of its workflows. */
import { execFile } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

import { Octokit } from "@octokit/rest";

import { Runner } from "../../../local/runner/index.ts";
import type { Environment, System } from "../../../model/system.ts";
import { argocdTarget } from "../../../model/target.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import type { Applied } from "./rig.ts";

const run = promisify(execFile);
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** What was refused, in the server's words. */
export interface Refused {
  readonly status: number;
  readonly message: string;
}

/** The refusal of a request. @throws Error when it was answered */
export async function refusalOf(request: Promise<unknown>): Promise<Refused> {
  try {
    await request;
  } catch (error) {
    const { status = 0, response } = error as { status?: number; response?: { data?: { message?: string } } };
    return { status, message: response?.data?.message ?? String(error) };
  }
  throw new Error("it was not refused");
}

export interface PushOptions {
  /** Branch that is cloned. @default the one that production follows */
  readonly from?: string;
  /** Branch that is pushed to. @default the one that was cloned */
  readonly to?: string;
  /** What the file is to say, from what it says; empty where it is not there. @default a further line */
  readonly change?: (text: string) => string;
}

const withLine = (text: string): string => `${text}# ${Date.now()}\n`;

/** What came of a push, with git's own words. */
export interface Pushed {
  readonly refused: boolean;
  readonly words: string;
}

export interface Person {
  readonly login: string;
  readonly token: string;
  readonly octokit: Octokit;
}

interface Tokens {
  readonly operator: string;
  readonly owners: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, string>>;
}

export class Stage {
  readonly system: System;
  readonly at: { readonly owner: string; readonly repo: string };
  readonly runner: Runner;
  /** The branch that production follows; the default one where it follows none. */
  readonly branch: string;
  /** Somebody who may push. */
  readonly author: Person;
  /** Everybody else who may push. */
  readonly others: readonly Person[];
  readonly #url: string;
  readonly #operator: Octokit;
  readonly #tokens: Tokens;

  private constructor({ github }: Applied, system: System, tokens: Tokens) {
    this.system = system;
    this.at = { owner: system.repository.owner.login, repo: system.repository.name };
    this.#url = github.url;
    this.#operator = github.octokit;
    this.#tokens = tokens;
    this.runner = new Runner(github.octokit, github.url, this.at);
    this.branch = argocdTarget(this.production.target)?.branch ?? system.branches.find((branch) => branch.default)?.name ?? "";
    const writing = Object.entries(system.repository.teams ?? {}).flatMap(([slug, right]) => (/push|maintain/.test(right) ? [slug] : []));
    const logins = system.repository.owner.kind === "user" ? [this.at.owner] : writing.flatMap((slug) => [`${slug}-1`, `${slug}-2`]);
    const [author, ...others] = logins.map((login) => this.person(login));
    if (author === undefined) throw new Error(`nobody may push to ${system.name}`);
    this.author = author;
    this.others = others;
  }

  static async open(world: Applied, system: System): Promise<Stage> {
    const { tokens } = JSON.parse(await readFile(path.join(world.rig.home, "secrets.json"), "utf8")) as { tokens: Tokens };
    const stage = new Stage(world, system, tokens);
    await stage.runner.skip();
    return stage;
  }

  get production(): System["tiers"][number] {
    const tier = this.system.tiers.find(({ production }) => production === true);
    if (tier === undefined) throw new Error(`${this.system.name} has no production`);
    return tier;
  }

  person(login: string): Person {
    const token = this.#tokens.members[login] ?? this.#tokens.owners[login];
    if (token === undefined) throw new Error(`${login} has no token`);
    return { login, token, octokit: this.client(token) };
  }

  /** Whoever administers the repository: the owner of the account, else the operator, who owns the organization. */
  get administrator(): Octokit {
    const owner = this.#tokens.owners[this.at.owner];
    return owner === undefined ? this.#operator : this.client(owner);
  }

  client(auth: string): Octokit {
    return new Octokit({ auth, baseUrl: `${this.#url}/api/v3`, log: silent });
  }

  /** People who may approve deployments to an environment: two of a team, or the user. */
  reviewersOf({ reviewers = [] }: Environment): Person[] {
    const logins = reviewers.flatMap((one) => (one.kind === "user" ? [one.login] : [`${one.slug}-1`, `${one.slug}-2`]));
    return logins.map((login) => this.person(login));
  }

  /** The `GITHUB_TOKEN` of a job with these permissions. */
  async jobToken(permissions: Readonly<Record<string, "read" | "write">>): Promise<string> {
    const body = { owner: this.at.owner, repository: this.at.repo, permissions };
    return (await this.#post<{ token: string }>("job-tokens", body)).token;
  }

  /** A token of the promotion App, as the secrets of an environment let a job make one: contents and pull requests of this repository. */
  async appToken(): Promise<string> {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { id } = await this.#post<{ id: number }>("apps", {
      slug: `${this.system.name}-promotion`,
      owner: this.at.owner,
      publicKey: publicKey.export({ type: "spki", format: "pem" }),
      permissions: { contents: "write", pull_requests: "write" },
      installations: [{ account: this.at.owner, repositories: [this.at.repo] }],
    });
    const now = Math.floor(Date.now() / 1_000);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iss: id, iat: now - 30, exp: now + 300 })}`;
    const { apps } = this.client(`${text}.${sign("RSA-SHA256", Buffer.from(text), privateKey).toString("base64url")}`).rest;
    const { data: installation } = await apps.getRepoInstallation(this.at);
    return (await apps.createInstallationAccessToken({ installation_id: installation.id })).data.token;
  }

  /**
   * Clones a branch, changes a file with a commit that nobody has signed, and pushes it. Answers with git's own words.
   */
  async push(token: string, file: string, { change = withLine, ...place }: PushOptions = {}): Promise<Pushed> {
    const from: string = place.from ?? this.branch;
    const to: string = place.to ?? from;
    const folder = temporaryFolder("gatehouse-play-");
    const remote = `${this.#url.replace("//", `//x-access-token:${token}@`)}/${this.at.owner}/${this.at.repo}.git`;
    const git = (...args: string[]) =>
      run("git", ["-c", "user.name=play", "-c", "user.email=play@example.com", "-c", "commit.gpgsign=false", ...args], { cwd: folder });
    await git("clone", "-q", "--depth", "1", "--branch", from, remote, ".");
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
    const before = await readFile(path.join(folder, file), "utf8").catch(() => "");
    await writeFile(path.join(folder, file), change(before));
    await git("add", ".");
    await git("commit", "-q", "-m", `play: ${file}`);
    const answer = await git("push", "origin", `HEAD:refs/heads/${to}`).then(
      ({ stderr }) => ({ refused: false, words: stderr }),
      (error: unknown) => ({ refused: true, words: (error as { stderr: string }).stderr }),
    );
    await rm(folder, { recursive: true });
    return answer;
  }

  /** Commits a change of a file by the API, which signs it, to a branch, or to a new one made from `from`: production's, if not said. */
  async commit(octokit: Octokit, file: string, branch: string, from = this.branch): Promise<string> {
    if (branch !== from) await octokit.rest.git.createRef({ ...this.at, ref: `refs/heads/${branch}`, sha: await this.head(from) });
    const { data: before } = await octokit.rest.repos
      .getContent({ ...this.at, path: file, ref: branch })
      .catch(() => ({ data: undefined }));
    const known = before !== undefined && "content" in before ? before : undefined;
    const text = withLine(Buffer.from(known?.content ?? "", "base64").toString("utf8"));
    const { data } = await octokit.rest.repos.createOrUpdateFileContents({
      ...this.at,
      branch,
      path: file,
      message: `docs: ${file}`,
      content: Buffer.from(text).toString("base64"),
      ...(known && { sha: known.sha }),
    });
    return data.commit.sha ?? "";
  }

  /** Opens a pull request: to production's branch, if not said. */
  async open(octokit: Octokit, head: string, base = this.branch): Promise<number> {
    return (await octokit.rest.pulls.create({ ...this.at, title: `docs: ${head}`, head, base })).data.number;
  }

  async head(branch = this.branch): Promise<string> {
    return (await this.#operator.rest.git.getRef({ ...this.at, ref: `heads/${branch}` })).data.object.sha;
  }

  async approveAll(pull_number: number, people: readonly Person[] = this.others): Promise<void> {
    for (const { octokit } of people) await octokit.rest.pulls.createReview({ ...this.at, pull_number, event: "APPROVE" });
  }

  /** `clean` or `blocked`, as GitHub calls it. */
  async state(pull_number: number): Promise<string> {
    return (await this.author.octokit.rest.pulls.get({ ...this.at, pull_number })).data.mergeable_state;
  }

  merge(octokit: Octokit, pull_number: number): Promise<{ readonly data: { readonly merged: boolean } }> {
    return octokit.rest.pulls.merge({ ...this.at, pull_number, merge_method: "squash" });
  }

  /** Closes a pull request and removes its branch. */
  async close(pull_number: number, head: string): Promise<void> {
    await this.administrator.rest.pulls.update({ ...this.at, pull_number, state: "closed" });
    await this.administrator.rest.git.deleteRef({ ...this.at, ref: `heads/${head}` });
  }

  /** Closes what is open from branches whose names begin so, and removes them. */
  async tidy(prefix: string): Promise<void> {
    const { rest } = this.administrator;
    for (const { number, head } of (await rest.pulls.list({ ...this.at, state: "open" })).data) {
      if (head.ref.startsWith(prefix)) await rest.pulls.update({ ...this.at, pull_number: number, state: "closed" });
    }
    const { data } = await rest.git.listMatchingRefs({ ...this.at, ref: `heads/${prefix}` });
    for (const { ref } of data) await rest.git.deleteRef({ ...this.at, ref: ref.replace(/^refs\//, "") });
  }

  /** Does something while production's ruleset is switched off; then it binds again, and the branch is where it was. */
  async unguarded<T>(work: () => Promise<T>): Promise<T> {
    const { rest } = this.administrator;
    const { data: rules } = await rest.repos.getBranchRules({ ...this.at, branch: this.branch });
    const ids = [...new Set(rules.flatMap((rule) => rule.ruleset_id ?? []))];
    const sha = await this.head();
    const enforce = async (enforcement: "active" | "disabled"): Promise<void> => {
      for (const ruleset_id of ids) await rest.repos.updateRepoRuleset({ ...this.at, ruleset_id, enforcement });
    };
    await enforce("disabled");
    try {
      return await work();
    } finally {
      await rest.git.updateRef({ ...this.at, ref: `heads/${this.branch}`, sha, force: true });
      await enforce("active");
      await this.runner.skip();
    }
  }

  /** Reports a run as the runners would: the number of the run with the jobs as they are now. */
  report(body: Readonly<Record<string, unknown>>): Promise<{ id: number; jobs: { status: string; conclusion: string | null }[] }> {
    return this.#post("runs", { owner: this.at.owner, repository: this.at.repo, ...body });
  }

  async #post<T>(route: string, body: object): Promise<T> {
    const answer = await fetch(`${this.#url}/_gatehouse/${route}`, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${route}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}
