/**
 * Git over HTTP: `/{owner}/{repo}.git` served by the real `git http-backend`. The server decides who may come in; whether a push may
 * change its refs is judged in git's own pre-receive hook, when the objects are there but nothing has moved yet.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { actorRole, atLeast, findRepository } from "../core/access.ts";
import { ANONYMOUS, authenticate } from "../core/authentication.ts";
import { isoNow } from "../core/dispatcher.ts";
import { ApiError } from "../core/errors.ts";
import type { Actor } from "../core/family.ts";
import { notAccessible } from "../core/grants.ts";
import { isOpen, permits } from "../core/permissions.ts";
import { headersOf, readAll, send } from "../core/http.ts";
import type { RepositoryRecord } from "../core/records.ts";
import type { Service, Services } from "../core/service.ts";
import type { Stored } from "../core/store.ts";
import { afterRefChange } from "../families/pulls/follow.ts";
import type { RefChange } from "../rules/gather.ts";
import { gitEnvironment } from "./command.ts";
import { judgePush, parseUpdates, type PendingPush } from "./push.ts";

const ADDRESS = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;
const HOOK_PATH = "/_gatehouse/pre-receive";

interface GitRequest {
  readonly service: "git-upload-pack" | "git-receive-pack";
  readonly endpoint: string;
  readonly url: URL;
  readonly repository: Stored<RepositoryRecord>;
  readonly actor: Actor;
}

export class GitHttp implements Service {
  private readonly hooks: string;
  private readonly pending = new Map<string, PendingPush>();

  private readonly parts: Services;

  constructor(parts: Services) {
    this.parts = parts;
    this.hooks = join(parts.dataDir, "hooks");
    mkdirSync(this.hooks, { recursive: true });
    const hook = join(this.hooks, "pre-receive");
    const script = fileURLToPath(new URL("pre-receive.mjs", import.meta.url));
    writeFileSync(hook, `#!/bin/sh\nexec "${process.execPath}" "${script}"\n`);
    chmodSync(hook, 0o755);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname === HOOK_PATH) {
      await this.answerHook(request, response);
      return true;
    }
    const [, owner = "", name = "", endpoint = ""] = ADDRESS.exec(url.pathname) ?? [];
    const service = endpoint === "info/refs" ? url.searchParams.get("service") : endpoint;
    if (owner === "" || (service !== "git-upload-pack" && service !== "git-receive-pack")) return false;
    const started = performance.now();
    const log = (status: number, actor: string): void => {
      const write = endpoint === "git-receive-pack";
      const ms = Math.round((performance.now() - started) * 10) / 10;
      this.parts.log.add({
        time: isoNow(),
        method: request.method ?? "GET",
        path: url.pathname,
        operationId: `git/${service}`,
        status,
        actor,
        ms,
        write,
      });
    };
    try {
      const { repository, actor } = this.admit(request, owner, name, service);
      await this.parts.faults.strike({ operationId: `git/${service}`, method: request.method ?? "GET", path: url.pathname }, "before");
      const status = await this.run({ service, endpoint, url, repository, actor }, request, response);
      log(status, actor.login);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      log(error.status, "");
      const challenge: Record<string, string> = error.status === 401 ? { "WWW-Authenticate": 'Basic realm="GitHub"' } : {};
      send(response, error.status, { "Content-Type": "text/plain; charset=utf-8", ...challenge }, `${error.message}\n`);
    }
    return true;
  }

  /** @throws ApiError 401 where a token would help, 404 for what the caller may not see, 403 for a push without the right. */
  private admit(
    request: IncomingMessage,
    owner: string,
    name: string,
    service: string,
  ): { repository: Stored<RepositoryRecord>; actor: Actor } {
    const store = this.parts.store.reader;
    const actor = authenticate(store, headersOf(request)["authorization"]);
    const repository = findRepository(store, decodeURIComponent(owner), decodeURIComponent(name));
    const role = repository ? actorRole(store, repository, actor) : "none";
    const pushing = service === "git-receive-pack";
    if (actor === ANONYMOUS && (pushing || !atLeast(role, "read"))) throw new ApiError(401, "Authentication required");
    const scoped =
      actor === ANONYMOUS ||
      actor.grant !== undefined ||
      actor.scopes.includes("repo") ||
      (repository?.value.visibility === "public" && (!pushing || actor.scopes.includes("public_repo")));
    if (!repository || !atLeast(role, "read") || !scoped) throw new ApiError(404, "Repository not found.");
    const required = { anyOf: ["contents"], access: pushing ? "write" : "read" } as const;
    const open = repository.value.visibility === "public" && isOpen(required);
    const lacking = actor.grant !== undefined && !open && !permits(actor.grant.permissions, required);
    if (lacking && !pushing) throw notAccessible(actor.grant, required);
    if (pushing && (lacking || !atLeast(role, "write")))
      throw new ApiError(403, `Permission to ${owner}/${name}.git denied to ${actor.login}.`);
    if (pushing && repository.value.archived) throw new ApiError(403, "This repository was archived so it is read-only.");
    return { repository, actor };
  }

  private async run(asked: GitRequest, request: IncomingMessage, response: ServerResponse): Promise<number> {
    const body = await readAll(request);
    const input = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    if (asked.endpoint !== "git-receive-pack") return this.backend(asked, request, response, input, {});
    return this.parts.writes.run(() => this.receive(asked, request, response, input));
  }

  /** A push holds the server's write lock, so that what the hook judged is still so when the refs move. */
  private async receive(asked: GitRequest, request: IncomingMessage, response: ServerResponse, input: Buffer): Promise<number> {
    const { repository, actor } = asked;
    const git = this.parts.git.repository(repository.id);
    const key = randomUUID();
    const push: PendingPush = { repository, actor, git, updates: [] };
    this.pending.set(key, push);
    try {
      const hook = { GATEHOUSE_HOOK_URL: this.parts.origin() + HOOK_PATH, GATEHOUSE_HOOK_KEY: key };
      const settings = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "core.hooksPath", GIT_CONFIG_VALUE_0: this.hooks };
      // The answer waits until the store knows of the push: what was answered is never lost.
      const answer = await this.collect(asked, request, input, { ...hook, ...settings });
      const made: RefChange[] = [];
      for (const update of push.updates) if ((await git.resolve(update.ref)) === update.after) made.push(update);
      if (made.length > 0) {
        await this.parts.store.transaction(async (store) => {
          for (const change of made) await afterRefChange({ store, repository, git, actorId: actor.id, now: isoNow() }, change);
        });
      }
      send(response, answer.status, answer.headers, answer.body);
      return answer.status;
    } finally {
      this.pending.delete(key);
    }
  }

  private async backend(
    asked: GitRequest,
    request: IncomingMessage,
    response: ServerResponse,
    input: Buffer,
    env: Record<string, string>,
  ): Promise<number> {
    const answer = await this.collect(asked, request, input, env);
    send(response, answer.status, answer.headers, answer.body);
    return answer.status;
  }

  /** Runs `git http-backend` as the CGI program that it is. */
  private collect(
    { endpoint, url, repository, actor }: GitRequest,
    request: IncomingMessage,
    input: Buffer,
    env: Record<string, string>,
  ): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
    const headers = headersOf(request);
    const child = spawn("git", ["http-backend"], {
      env: gitEnvironment({
        GIT_PROJECT_ROOT: this.parts.git.root,
        GIT_HTTP_EXPORT_ALL: "1",
        PATH_INFO: `/${repository.id}.git/${endpoint}`,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method ?? "GET",
        CONTENT_TYPE: headers["content-type"] ?? "",
        CONTENT_LENGTH: String(input.length),
        REMOTE_ADDR: "127.0.0.1",
        // http-backend lets a push in only for a named user.
        ...(actor.login === "" ? {} : { REMOTE_USER: actor.login }),
        ...(headers["git-protocol"] ? { GIT_PROTOCOL: headers["git-protocol"] } : {}),
        ...env,
      }),
    });
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let errors = "";
      child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
      child.on("error", reject);
      child.on("close", () => {
        const output = Buffer.concat(chunks);
        const end = output.indexOf("\r\n\r\n");
        if (end === -1) {
          reject(new Error(`git http-backend gave no answer: ${errors.trim()}`));
          return;
        }
        const lines = output.subarray(0, end).toString().split("\r\n");
        const fields = Object.fromEntries(
          lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
        );
        const { Status: status = "200", ...rest } = fields;
        resolve({ status: Number.parseInt(status, 10), headers: rest, body: output.subarray(end + 4) });
      });
      child.stdin.on("error", () => undefined);
      child.stdin.end(input);
    });
  }

  private async answerHook(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { key, updates, quarantine } = JSON.parse((await readAll(request)).toString("utf8")) as {
      key: string;
      updates: string;
      quarantine: Record<string, string | undefined>;
    };
    const push = this.pending.get(key);
    if (!push) {
      send(response, 403, {}, "This push is not one that the server is waiting for.\n");
      return;
    }
    const env = Object.fromEntries(Object.entries(quarantine).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
    push.updates.push(...parseUpdates(updates));
    const refused = await judgePush(this.parts.store.reader, push, push.git.withEnvironment(env));
    send(response, refused === undefined ? 200 : 409, { "Content-Type": "text/plain; charset=utf-8" }, refused ?? "");
  }
}
