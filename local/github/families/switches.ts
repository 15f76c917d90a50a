/**
 * What GitHub's API has no words for, under `/_gatehouse/`, for this machine only:
 *
 *   POST secrets/compare   { owner, repository?, environment?, app?, name, nonce, hmac } → { present, equal }
 *        Is the stored secret the value that the caller means? `hmac` is the HMAC-SHA256 of that value under `nonce`, in hexadecimal:
 *        neither side says the value.
 *   PUT  packages          { owner, name, visibility?, repository?, versions: [{ digest, tags }] } → { id }
 *        A container package, as a push of its images would make it.
 *   POST runs              `runBody` of `workflow-runs/report.ts` → { id, jobs: [{ id, checkRunId, name, status, conclusion }] }
 *        A run of a workflow with its jobs, as the runners would report it: check runs and deployments come with it, and pull requests
 *        that waited for nothing else are merged.
 *   GET  events?owner=O&repository=R&since=N → [{ id, event, … }]
 *        What happened after event N that may start workflows, as `events/index.ts` keeps it.
 *   POST job-tokens        { owner, repository, permissions } → { token, expiresAt }
 *        The `GITHUB_TOKEN` of one job.
 *   POST apps              `WorldApp` of `world.ts` → { id }
 *        Registers a GitHub App, and installs it where the body says.
 *   POST tokens            { login, permissions, resourceOwner?, repositories? } → { token }
 *        A fine-grained token, which people make on GitHub's pages.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { findRepository } from "../core/access.ts";
import { isoNow } from "../core/dispatcher.ts";
import { readAll, sendJson } from "../core/http.ts";
import { accounts, environments, repositories } from "../core/records.ts";
import type { Service, Services } from "../core/service.ts";
import type { Store } from "../core/store.ts";
import { tokenRecord, writeToken } from "../world.ts";
import { ensureApp } from "./apps/register.ts";
import { createJobToken } from "./apps/tokens.ts";
import { eventsAfter } from "./events/index.ts";
import { mergeWaiting } from "./pulls/auto-merge.ts";
import { publishPackage } from "./packages/index.ts";
import { openSecret, secretMatches } from "./secrets/index.ts";
import { Held } from "./workflow-runs/hold.ts";
import { reportRun, type RunBody, runBody, UnknownToRun } from "./workflow-runs/report.ts";

const compareBody = z.strictObject({
  owner: z.string(),
  repository: z.string().optional(),
  environment: z.string().optional(),
  app: z.enum(["actions", "dependabot"]).default("actions"),
  name: z.string(),
  nonce: z.string().min(1),
  hmac: z.string().regex(/^[0-9a-f]{64}$/i),
});

const packageBody = z.strictObject({
  owner: z.string(),
  name: z.string().regex(/^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/),
  visibility: z.enum(["public", "private"]).default("private"),
  repository: z.string().optional(),
  versions: z.array(z.strictObject({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/), tags: z.array(z.string()) })),
});

const permissions = z.record(z.string().regex(/^[a-z_]+$/), z.enum(["read", "write", "admin"]));
const eventsQuery = z.strictObject({ owner: z.string(), repository: z.string(), since: z.coerce.number().int().default(0) });
const jobTokenBody = z.strictObject({ owner: z.string(), repository: z.string(), permissions });
const tokenBody = z.strictObject({
  login: z.string(),
  permissions,
  resourceOwner: z.string().optional(),
  repositories: z.array(z.string()).optional(),
});

const appBody = z.strictObject({
  slug: z.string().regex(/^[a-z0-9-]+$/),
  owner: z.string(),
  publicKey: z.string(),
  permissions,
  installations: z.array(z.strictObject({ account: z.string(), repositories: z.array(z.string()).optional() })).optional(),
});

/** The request names something that is not there. */
class Missing extends Error {}

export class FamilySwitches implements Service {
  private readonly parts: Services;

  constructor(parts: Services) {
    this.parts = parts;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (!pathname.startsWith("/_gatehouse/")) return false;
    const answer = this.routes(searchParams)[`${request.method ?? "GET"} ${pathname.replace("/_gatehouse/", "")}`];
    if (!answer) return false;
    try {
      const text = (await readAll(request)).toString("utf8");
      sendJson(response, 200, await answer(text === "" ? undefined : JSON.parse(text)));
    } catch (error) {
      const missing = error instanceof Missing || error instanceof UnknownToRun;
      if (!(missing || error instanceof Held || error instanceof z.ZodError || error instanceof SyntaxError)) throw error;
      sendJson(response, missing ? 404 : 422, { message: error.message });
    }
    return true;
  }

  private routes(query: URLSearchParams): Readonly<Record<string, (body: unknown) => Promise<unknown>>> {
    return {
      "POST secrets/compare": (body) => this.compare(compareBody.parse(body)),
      "PUT packages": (body) => this.publish(packageBody.parse(body)),
      "POST runs": (body) => this.report(runBody.parse(body)),
      "GET events": () => this.events(eventsQuery.parse(Object.fromEntries(query))),
      "POST job-tokens": (body) => this.jobToken(jobTokenBody.parse(body)),
      "POST apps": (body) => this.app(appBody.parse(body)),
      "POST tokens": (body) => this.fineGrained(tokenBody.parse(body)),
    };
  }

  private async compare({ app, name, nonce, hmac, ...place }: z.infer<typeof compareBody>): Promise<unknown> {
    const store = this.parts.store.reader;
    const address = { app, ownerId: scopeId(store, place), name };
    const present = (await openSecret(store, this.parts.git.root, address)) !== undefined;
    return { present, equal: await secretMatches(store, this.parts.git.root, address, { nonce, hmac }) };
  }

  private report(body: RunBody): Promise<unknown> {
    const { owner, repository } = body;
    const page = `${this.parts.origin()}/${owner}/${repository}`;
    const { git } = this.parts;
    return this.parts.writes.run(() =>
      this.parts.store.transaction(async (store) => {
        const [repositoryId, now] = [scopeId(store, { owner, repository }), isoNow()];
        const reported = await reportRun({ store, git, repositoryId, page, now }, body);
        // A job may be the last thing that a pull request waits for.
        const found = repositories(store).byId(repositoryId);
        if (found) await mergeWaiting({ store, git, now }, found);
        return reported;
      }),
    );
  }

  private events({ owner, repository, since }: z.infer<typeof eventsQuery>): Promise<unknown> {
    const store = this.parts.store.reader;
    const kept = eventsAfter(store, scopeId(store, { owner, repository }), since);
    return Promise.resolve(
      kept.map(({ id, value }) => ({ id, actor: accounts(store).byId(value.actorId)?.value.login ?? null, ...value })),
    );
  }

  private write<T>(work: (store: Store) => T): Promise<T> {
    return this.parts.writes.run(() => this.parts.store.transaction((store) => Promise.resolve(work(store))));
  }

  private jobToken({ owner, repository, permissions }: z.infer<typeof jobTokenBody>): Promise<unknown> {
    return this.write((store) => {
      const found = findRepository(store, owner, repository);
      if (!found) throw new Missing(`no repository ${owner}/${repository}`);
      return createJobToken(store, found, permissions, isoNow());
    });
  }

  private app({ installations = [], ...app }: z.infer<typeof appBody>): Promise<unknown> {
    return this.write((store) => {
      for (const { account } of installations) scopeId(store, { owner: account });
      const places = installations.map(({ account, repositories }) => ({ account, ...(repositories && { repositories }) }));
      return { id: ensureApp(store, { ...app, installations: places }, isoNow()) };
    });
  }

  private fineGrained({ login, permissions, resourceOwner, repositories }: z.infer<typeof tokenBody>): Promise<unknown> {
    return this.write((store) => {
      for (const name of [login, resourceOwner ?? login]) scopeId(store, { owner: name });
      const token = `github_pat_${randomBytes(30).toString("hex")}`;
      const place = { ...(resourceOwner !== undefined && { resourceOwner }), ...(repositories && { repositories }) };
      writeToken(store, token, tokenRecord(store, { login, permissions, ...place }));
      return { token };
    });
  }

  private publish({ owner, repository, ...published }: z.infer<typeof packageBody>): Promise<unknown> {
    const now = isoNow();
    return this.parts.writes.run(() =>
      this.parts.store.transaction((store) => {
        const ownerId = scopeId(store, { owner });
        const repositoryId = repository === undefined ? null : scopeId(store, { owner, repository });
        return { id: publishPackage(store, { ...published, ownerId, repositoryId }, now).id };
      }),
    );
  }
}

interface Place {
  readonly owner: string;
  readonly repository?: string | undefined;
  readonly environment?: string | undefined;
}

/** The id of the account, repository or environment that a place names. @throws Missing */
function scopeId(store: Store, { owner, repository, environment }: Place): number {
  const account = accounts(store).get(0, owner);
  if (!account) throw new Missing(`no account ${owner}`);
  if (repository === undefined) return account.id;
  const found = findRepository(store, owner, repository);
  if (!found) throw new Missing(`no repository ${owner}/${repository}`);
  if (environment === undefined) return found.id;
  const deployed = environments(store).get(found.id, environment);
  if (!deployed) throw new Missing(`no environment ${environment} in ${owner}/${repository}`);
  return deployed.id;
}
