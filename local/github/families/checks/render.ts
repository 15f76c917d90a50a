/** Check runs and suites as the API shows them. */
import type { Call } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import { appById } from "../apps/apps.ts";
import { addressesOf } from "../commits/render.ts";
import { pullRequests } from "../pulls/record.ts";
import { minimalRepository } from "../repositories/render.ts";
import { renderApp } from "./app.ts";
import { type CheckRunRecord, checkRuns, type CheckSuiteRecord } from "./record.ts";

function app(call: Call, id: number): Record<string, unknown> | null {
  const found = appById(call.store, id);
  return found ? renderApp(call, found) : null;
}

/** `pull-request-minimal` of the open pull requests whose head the commit is. */
export function pullsAt(call: Call, repository: Stored<RepositoryRecord>, sha: string): unknown[] {
  const { api } = addressesOf(call, repository);
  const repo = { id: repository.id, url: api, name: repository.value.name };
  return pullRequests(call.store)
    .list(repository.id)
    .filter(({ value }) => value.state === "open" && value.headSha === sha)
    .map(({ id, value }) => ({
      id,
      number: value.number,
      url: `${api}/pulls/${value.number}`,
      head: { ref: value.headRef, sha: value.headSha, repo },
      base: { ref: value.baseRef, sha: value.baseSha, repo },
    }));
}

export function renderCheckRun(
  call: Call,
  repository: Stored<RepositoryRecord>,
  { id, value }: Stored<CheckRunRecord>,
): Record<string, unknown> {
  const { api, html } = addressesOf(call, repository);
  const url = `${api}/check-runs/${id}`;
  const page = `${html}/runs/${id}`;
  return {
    id,
    node_id: nodeId("CheckRun", id),
    name: value.name,
    head_sha: value.headSha,
    external_id: value.externalId ?? "",
    url,
    html_url: page,
    details_url: value.detailsUrl ?? page,
    status: value.status,
    conclusion: value.conclusion,
    started_at: value.startedAt,
    completed_at: value.completedAt,
    output: { ...value.output, annotations_count: value.annotations.length, annotations_url: `${url}/annotations` },
    check_suite: { id: value.suiteId },
    app: app(call, value.appId),
    pull_requests: pullsAt(call, repository, value.headSha),
  };
}

const WORST = ["failure", "timed_out", "cancelled", "action_required", "stale"] as const;

/** `check-suite`: as far as its slowest run, as good as its worst. */
export async function renderSuite(
  call: Call,
  repository: Stored<RepositoryRecord>,
  { id, value }: Stored<CheckSuiteRecord>,
): Promise<Record<string, unknown>> {
  const { api } = addressesOf(call, repository);
  const git = call.git.repository(repository.id);
  const all = checkRuns(call.store)
    .list(repository.id)
    .filter((run) => run.value.suiteId === id);
  const runs = [...new Map(all.map((run) => [run.value.name, run.value])).values()];
  const completed = runs.every(({ status }) => status === "completed");
  const worst = WORST.find((conclusion) => runs.some((run) => run.conclusion === conclusion));
  const commit = await git.commit(value.headSha);
  const branch = (await git.refs("refs/heads/")).find(({ sha }) => sha === value.headSha);
  const url = `${api}/check-suites/${id}`;
  return {
    id,
    node_id: nodeId("CheckSuite", id),
    head_branch: branch ? branch.ref.slice("refs/heads/".length) : null,
    head_sha: value.headSha,
    status: completed ? "completed" : "in_progress",
    conclusion: completed ? (worst === "stale" ? "failure" : (worst ?? "success")) : null,
    url,
    before: commit.parents[0] ?? null,
    after: value.headSha,
    pull_requests: pullsAt(call, repository, value.headSha),
    app: app(call, value.appId),
    repository: minimalRepository(call, repository),
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    head_commit: {
      id: commit.sha,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: commit.committer.date,
      author: { name: commit.author.name, email: commit.author.email },
      committer: { name: commit.committer.name, email: commit.committer.email },
    },
    latest_check_runs_count: runs.length,
    check_runs_url: `${url}/check-runs`,
  };
}
