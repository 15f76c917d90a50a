/** Which run a request names, and those that a list asks for. */
import { repositoryOf, type Role } from "../../core/access.ts";
import { notFound } from "../../core/errors.ts";
import type { Call } from "../../core/family.ts";
import { accounts, type RepositoryRecord } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";
import { type WorkflowJobRecord, workflowJobs, type WorkflowRunRecord, workflowRuns } from "./record.ts";

export interface NamedRun {
  readonly repository: Stored<RepositoryRecord>;
  readonly run: Stored<WorkflowRunRecord>;
}

/** @throws ApiError 404 */
export function runOf(call: Call, wanted: Role = "read"): NamedRun {
  const repository = repositoryOf(call, wanted);
  const run = workflowRuns(call.store).byId(Number(call.path["run_id"]));
  if (run?.owner !== repository.id) throw notFound();
  return { repository, run };
}

/** The jobs of the last attempt. */
export function currentJobs(store: Store, run: Stored<WorkflowRunRecord>): Stored<WorkflowJobRecord>[] {
  return workflowJobs(store)
    .list(run.id)
    .filter(({ value }) => value.attempt === run.value.attempt);
}

/** GitHub's search gives no more than this once one of its filters is used. */
const MAX_FOUND = 1_000;
const SEARCHING = ["actor", "branch", "check_suite_id", "created", "event", "head_sha", "status"];

/** The runs that a list's query keeps, newest first. */
export function runsFor(call: Call, repository: Stored<RepositoryRecord>, path?: string): Stored<WorkflowRunRecord>[] {
  const { query, store } = call;
  const { actor, branch, event, status, created, head_sha: headSha } = query as Partial<Record<string, string>>;
  const suite = query["check_suite_id"];
  const actorId = actor === undefined ? undefined : accounts(store).get(0, actor)?.id;
  const inside = rangeOf(created);
  const kept = workflowRuns(store)
    .list(repository.id)
    .filter(({ value }) => path === undefined || value.path === path)
    .filter(({ value }) => actor === undefined || value.actorId === actorId)
    .filter(({ value }) => branch === undefined || value.headBranch === branch)
    .filter(({ value }) => event === undefined || value.event === event)
    .filter(({ value }) => status === undefined || value.status === status || value.conclusion === status)
    .filter(({ value }) => headSha === undefined || value.headSha === headSha)
    .filter(({ value }) => suite === undefined || value.suiteId === Number(suite))
    .filter(({ value }) => inside(Date.parse(value.createdAt)))
    .sort((a, b) => b.value.createdAt.localeCompare(a.value.createdAt) || b.id - a.id);
  return SEARCHING.some((name) => query[name] !== undefined) ? kept.slice(0, MAX_FOUND) : kept;
}

const DAY = 86_400_000;

/** GitHub's search syntax for dates: `2026-01-01..2026-02-01`, `>=2026-01-01T10:00:00Z`, `<2026-01-01`, or one day. */
function rangeOf(text: string | undefined): (time: number) => boolean {
  if (text === undefined) return () => true;
  const first = (moment: string): number => Date.parse(moment);
  // A day without a time is meant as a whole.
  const last = (moment: string): number => Date.parse(moment) + (/^\d{4}-\d\d-\d\d$/.test(moment) ? DAY : 1_000) - 1;
  const [, from, to] = /^(.+)\.\.(.+)$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined) {
    return (time) => (from === "*" || time >= first(from)) && (to === "*" || time <= last(to));
  }
  const [, sign = "", moment = ""] = /^(>=|<=|>|<)?(.+)$/.exec(text) ?? [];
  if (sign === ">=") return (time) => time >= first(moment);
  if (sign === "<=") return (time) => time <= last(moment);
  if (sign === ">") return (time) => time > last(moment);
  if (sign === "<") return (time) => time < first(moment);
  return (time) => time >= first(moment) && time <= last(moment);
}
