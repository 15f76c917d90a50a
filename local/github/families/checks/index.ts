/** Check runs and their suites: reported, changed and listed. */
import { repositoryOf } from "../../core/access.ts";
import { forbidden, notFound, unprocessable } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { created, ok, page, pageOf } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { ACTIONS_APP, appBySlug } from "../apps/apps.ts";
import { commitNamed } from "../commits/index.ts";
import { type CheckRunRecord, checkRuns, type CheckSuiteRecord, checkSuites } from "./record.ts";
import { suiteFor } from "./suites.ts";
import { renderCheckRun, renderSuite } from "./render.ts";

/**
 * Only apps report checks at GitHub. Here a user's token reports as GitHub Actions, since no runner exists that would; the header
 * `X-Gatehouse-App: SLUG` names another app. An app's own token reports as the app, a fine-grained one not at all.
 */
function reportingApp(call: Call): number {
  const { grant } = call.actor;
  if (grant?.kind === "installation") return grant.appId ?? ACTIONS_APP;
  if (grant) throw forbidden("You must authenticate via a GitHub App.");
  const slug = call.headers["x-gatehouse-app"] ?? "github-actions";
  const app = appBySlug(call.store, slug);
  if (!app) throw unprocessable(`X-Gatehouse-App names ${slug}, which is no app of the local GitHub.`);
  return app.id;
}

interface RunInput {
  readonly name?: string;
  readonly head_sha?: string;
  readonly details_url?: string;
  readonly external_id?: string;
  readonly status?: CheckRunRecord["status"];
  readonly started_at?: string;
  readonly conclusion?: CheckRunRecord["conclusion"];
  readonly completed_at?: string;
  readonly output?: { title?: string; summary?: string; text?: string; annotations?: Record<string, unknown>[] };
}

/** The run that a body makes of the one before. A conclusion completes a run, as at GitHub. */
function changed(call: Call, before: CheckRunRecord): CheckRunRecord {
  const input = call.body as RunInput;
  const completed = input.conclusion !== undefined || input.status === "completed";
  if (input.status === "completed" && input.conclusion === undefined && before.conclusion === null) {
    throw unprocessable('Invalid request.\n\n"conclusion" wasn\'t supplied.');
  }
  const status = completed ? "completed" : (input.status ?? before.status);
  return {
    ...before,
    name: input.name ?? before.name,
    externalId: input.external_id ?? before.externalId,
    detailsUrl: input.details_url ?? before.detailsUrl,
    status,
    conclusion: status === "completed" ? (input.conclusion ?? before.conclusion) : null,
    startedAt: input.started_at ?? before.startedAt ?? call.now,
    completedAt: status === "completed" ? (input.completed_at ?? before.completedAt ?? call.now) : null,
    output: {
      title: input.output?.title ?? before.output.title,
      summary: input.output?.summary ?? before.output.summary,
      text: input.output?.text ?? before.output.text,
    },
    annotations: [...before.annotations, ...(input.output?.annotations ?? [])],
  };
}

async function create(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const { name = "", head_sha: headSha = "" } = call.body as RunInput;
  if ((await call.git.repository(repository.id).typeOf(headSha)) !== "commit") throw unprocessable(`No commit found for SHA: ${headSha}`);
  const appId = reportingApp(call);
  const suite = suiteFor(call.store, repository.id, { headSha, appId }, call.now);
  const fresh: CheckRunRecord = {
    name,
    headSha,
    appId,
    suiteId: suite.id,
    externalId: null,
    detailsUrl: null,
    status: "queued",
    conclusion: null,
    startedAt: null,
    completedAt: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
  };
  const id = call.store.nextId();
  const run = checkRuns(call.store).insert(repository.id, String(id), changed(call, fresh), id);
  return created(renderCheckRun(call, repository, run));
}

function runOf(call: Call, repository: Stored<RepositoryRecord>): Stored<CheckRunRecord> {
  const found = checkRuns(call.store).byId(Number(call.path["check_run_id"]));
  if (found?.owner !== repository.id) throw notFound();
  return found;
}

function update(call: Call): Reply {
  const repository = repositoryOf(call, "write");
  const run = runOf(call, repository);
  if (call.actor.grant && reportingApp(call) !== run.value.appId)
    throw forbidden(
      "Invalid app_id `" + String(call.actor.grant.appId) + "` - check run can only be modified by the GitHub App that created it.",
    );
  suiteFor(call.store, repository.id, run.value, call.now);
  return ok(renderCheckRun(call, repository, checkRuns(call.store).update(run.id, changed(call, run.value))));
}

/** Runs as the query wants them: the last of each name and app unless `filter=all`; newest first. */
function filtered(call: Call, runs: readonly Stored<CheckRunRecord>[]): Stored<CheckRunRecord>[] {
  const { check_name: name, status, filter, app_id: appId } = call.query as Partial<Record<string, string>>;
  const latest = new Map(runs.map((run) => [`${run.value.appId} ${run.value.name}`, run]));
  const kept = filter === "all" ? [...runs] : [...latest.values()];
  return kept
    .filter(({ value }) => name === undefined || value.name === name)
    .filter(({ value }) => status === undefined || value.status === status)
    .filter(({ value }) => appId === undefined || value.appId === Number(appId))
    .reverse();
}

async function listForRef(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const sha = await commitNamed(call, repository, String(call.path["ref"]));
  const runs = checkRuns(call.store)
    .list(repository.id)
    .filter(({ value }) => value.headSha === sha);
  return pageOf(call, "check_runs", filtered(call, runs), (run) => renderCheckRun(call, repository, run));
}

function suiteOf(call: Call, repository: Stored<RepositoryRecord>): Stored<CheckSuiteRecord> {
  const found = checkSuites(call.store).byId(Number(call.path["check_suite_id"]));
  if (found?.owner !== repository.id) throw notFound();
  return found;
}

async function listSuites(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const sha = await commitNamed(call, repository, String(call.path["ref"]));
  const suites = checkSuites(call.store)
    .list(repository.id)
    .filter(({ value }) => value.headSha === sha);
  const part = pageOf(call, "check_suites", suites);
  const rendered: unknown[] = [];
  for (const suite of (part.body as { check_suites: Stored<CheckSuiteRecord>[] }).check_suites)
    rendered.push(await renderSuite(call, repository, suite));
  return { ...part, body: { total_count: suites.length, check_suites: rendered } };
}

export const checksFamily: Family = {
  name: "checks",
  operations: {
    "checks/create": create,
    "checks/update": update,
    "checks/get": (call) => {
      const repository = repositoryOf(call);
      return ok(renderCheckRun(call, repository, runOf(call, repository)));
    },
    "checks/list-annotations": (call) => page(call, runOf(call, repositoryOf(call)).value.annotations),
    "checks/list-for-ref": listForRef,
    "checks/list-suites-for-ref": listSuites,
    "checks/get-suite": async (call) => {
      const repository = repositoryOf(call);
      return ok(await renderSuite(call, repository, suiteOf(call, repository)));
    },
    "checks/list-for-suite": (call) => {
      const repository = repositoryOf(call);
      const suite = suiteOf(call, repository);
      const runs = checkRuns(call.store)
        .list(repository.id)
        .filter(({ value }) => value.suiteId === suite.id);
      return pageOf(call, "check_runs", filtered(call, runs), (run) => renderCheckRun(call, repository, run));
    },
  },
};
