/**
 * Stands for GitHub Actions at a local GitHub: what happened there starts the workflows that it would start, and their jobs are reported
 * as `pipelines` predicts them, with the outcomes that the caller chooses. No script of a workflow is run.
 */
import type { Octokit } from "@octokit/rest";
import { type Pipelines, readPipelines, workflowFacts } from "../../pipelines/index.ts";
import type { Permissions } from "../github/core/permissions.ts";
import type { EventRecord } from "../github/families/events/index.ts";
import type { ReportedRun } from "../github/families/workflow-runs/report.ts";
import { filesOf, type Repository } from "./files.ts";
import { type Outcome, type PlannedJob, plan, resultOf } from "./plan.ts";
import { type StartedBy, startedBy } from "./triggers.ts";

export type { Outcome, PlannedJob } from "./plan.ts";

/** What a job comes to; undefined leaves it to the conditions of its file, with success for whatever runs. */
export type Choose = (job: PlannedJob) => Outcome | undefined;

export interface RunOfRunner {
  readonly id: number;
  /** File name, such as `ci.yml`. */
  readonly workflow: string;
  readonly event: string;
  readonly sha: string;
  readonly jobs: readonly JobOfRunner[];
}

export interface JobOfRunner extends PlannedJob {
  /** `waiting`: its environment holds it back. `blocked`: it needs a job that has not ended. */
  readonly status: "completed" | "waiting" | "blocked";
  readonly conclusion: Outcome | null;
}

/** What happened, as the server tells it. */
export type Happened = EventRecord & { readonly id: number; readonly actor: string };

export class Runner {
  readonly #octokit: Octokit;
  readonly #url: string;
  readonly #at: Repository;
  #seen: number;

  /**
   * @param octokit Reads the repository.
   * @param url Of the local GitHub, without `/api/v3`.
   * @param since Number of the event after which the runner begins.
   */
  constructor(octokit: Octokit, url: string, at: Repository, since = 0) {
    this.#octokit = octokit;
    this.#url = url;
    this.#at = at;
    this.#seen = since;
  }

  /** Leaves alone what has happened until now. */
  async skip(): Promise<void> {
    this.#seen = (await this.#events()).at(-1)?.id ?? this.#seen;
  }

  /**
   * Starts and ends the runs of everything that has happened since the last time; what these runs start in turn is done too.
   * A run with a job that its environment holds back is left there: `resume` goes on with it.
   */
  async work(choose: Choose = () => undefined): Promise<RunOfRunner[]> {
    const runs: RunOfRunner[] = [];
    for (let events = await this.#events(); events.length > 0; events = await this.#events()) {
      for (const event of events) {
        this.#seen = event.id;
        for (const started of await startedBy(this.#octokit, this.#at, event)) runs.push(await this.#run(event, started, choose));
      }
    }
    return runs;
  }

  /** Goes on with a run whose jobs were held back. */
  async resume(run: RunOfRunner, choose: Choose = () => undefined): Promise<RunOfRunner> {
    return this.#report({ id: run.id, workflow: run.workflow, event: run.event, sha: run.sha }, run.jobs, choose, true);
  }

  /** The `GITHUB_TOKEN` of one job of a workflow at a commit, with the permissions that its file gives it. */
  async token(workflow: string, job: string, sha: string): Promise<string> {
    const file = `.github/workflows/${workflow}`;
    const text = (await filesOf(this.#octokit, this.#at, sha)).get(file);
    if (text === undefined) throw new Error(`${this.#at.owner}/${this.#at.repo} has no ${file} at ${sha}`);
    const facts = workflowFacts({ file, text });
    const found = facts.jobs.find(({ id }) => id === job);
    if (found === undefined) throw new Error(`${file} has no job ${job}`);
    const stated = found.permissions ?? facts.permissions;
    const permissions = stated === undefined ? await this.#defaultPermissions() : permissionsOf(stated);
    const { token } = await this.#post<{ token: string }>("job-tokens", { ...this.#place(), permissions });
    return token;
  }

  async #defaultPermissions(): Promise<Permissions> {
    const { data } = await this.#octokit.rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository(this.#at);
    return data.default_workflow_permissions === "write" ? everything("write") : { contents: "read", packages: "read" };
  }

  #run(event: Happened, { workflow, trigger, sha, branch, pipelines, runId, occasion }: StartedBy, choose: Choose): Promise<RunOfRunner> {
    const jobs = plan({ workflow, trigger, occasion, pipelines }).map((job) => ({ ...job, status: "blocked" as const, conclusion: null }));
    const what = { workflow: workflow.fileName, event: event.event, sha, branch, actor: event.actor };
    return this.#report({ ...what, ...(runId !== undefined && { id: runId }) }, jobs, choose, false);
  }

  /** Reports what can go on until nothing more can: at once what no environment holds, one by one what one may hold. */
  async #report(run: ReportedAs, before: readonly JobOfRunner[], choose: Choose, resumed: boolean): Promise<RunOfRunner> {
    const jobs = new Map(before.map((job) => [job.context, job]));
    const tries = new Set(
      before.filter(({ status }) => status === "blocked" || (status === "waiting" && resumed)).map(({ context }) => context),
    );
    for (let { id } = run; ;) {
      const ended = settle(jobs, choose);
      const all = [...jobs.values()];
      const over = all.every(({ status }) => status === "completed");
      if (ended.length > 0 || over || id === undefined) {
        const reported = ended.map(({ context: name, conclusion }) => ({ name, status: "completed", conclusion }));
        const whole = over ? { status: "completed", conclusion: conclusionOf(all) } : { status: "in_progress" };
        id = (await this.#send({ ...run, ...(id !== undefined && { id }), ...whole, jobs: reported })).id;
      }
      const next = all.find((job) => tries.has(job.context) && job.status !== "completed" && resultOf(job, all, choose(job)) !== undefined);
      if (next === undefined) return { id, workflow: run.workflow, event: run.event, sha: run.sha, jobs: all };
      tries.delete(next.context);
      jobs.set(next.context, await this.#end({ ...run, id }, next, resultOf(next, all, choose(next)) ?? "success"));
    }
  }

  /** A job of an environment has to begin before it ends: the environment may hold it back, or refuse it. */
  async #end(run: ReportedAs, job: JobOfRunner, outcome: Outcome): Promise<JobOfRunner> {
    const name = job.context;
    const environment = job.environment === undefined ? {} : { environment: job.environment };
    const send = async (status: "queued" | "completed"): Promise<ReportedRun["jobs"][number] | undefined> => {
      const ended = status === "completed" ? { conclusion: outcome } : {};
      const { jobs } = await this.#send({ ...run, status: "in_progress", jobs: [{ name, status, ...ended, ...environment }] });
      return jobs[0];
    };
    if (job.environment !== undefined && job.status === "blocked" && outcome !== "skipped") {
      const begun = await send("queued");
      if (begun?.status === "waiting") return { ...job, status: "waiting" };
      if (begun?.status === "completed") return { ...job, status: "completed", conclusion: "failure" };
    }
    await send("completed");
    return { ...job, status: "completed", conclusion: outcome };
  }

  #send({ sha, ...run }: ReportedAs & Readonly<Record<string, unknown>>): Promise<ReportedRun> {
    return this.#post<ReportedRun>("runs", {
      ...this.#place(),
      ...(run.id === undefined && { sha }),
      actor: run.actor ?? this.#at.owner,
      ...run,
    });
  }

  #place(): { owner: string; repository: string } {
    return { owner: this.#at.owner, repository: this.#at.repo };
  }

  async #events(): Promise<Happened[]> {
    const query = new URLSearchParams({ ...this.#place(), since: String(this.#seen) });
    const answer = await fetch(`${this.#url}/_gatehouse/events?${query}`);
    if (!answer.ok) throw new Error(`the local GitHub does not tell its events: ${await answer.text()}`);
    return (await answer.json()) as Happened[];
  }

  /** @throws Error with the server's words, such as those of a job that is still held back */
  async #post<T>(route: string, body: object): Promise<T> {
    const answer = await fetch(`${this.#url}/_gatehouse/${route}`, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(((await answer.json()) as { message: string }).message);
    return (await answer.json()) as T;
  }
}

/** Ends every job that no environment has a say in and that waits for no other. Answers with those. */
function settle(jobs: Map<string, JobOfRunner>, choose: Choose): JobOfRunner[] {
  const ended: JobOfRunner[] = [];
  for (let more = true; more;) {
    more = false;
    for (const job of jobs.values()) {
      if (job.status !== "blocked") continue;
      const conclusion = resultOf(job, [...jobs.values()], choose(job));
      if (conclusion === undefined || (job.environment !== undefined && conclusion !== "skipped")) continue;
      const done = { ...job, status: "completed" as const, conclusion };
      jobs.set(job.context, done);
      ended.push(done);
      more = true;
    }
  }
  return ended;
}

const conclusionOf = (jobs: readonly JobOfRunner[]): Outcome =>
  jobs.some(({ conclusion, toleratesFailure }) => conclusion === "failure" && !toleratesFailure) ? "failure" : "success";

interface ReportedAs {
  readonly id?: number;
  readonly workflow: string;
  readonly event: string;
  readonly sha: string;
  readonly branch?: string | null;
  readonly actor?: string;
}

/** What `permissions:` may name, by the API's names. */
const SCOPES = ["actions", "checks", "contents", "deployments", "issues", "packages", "pages", "pull_requests", "statuses"];

const everything = (access: "read" | "write"): Permissions => Object.fromEntries(SCOPES.map((scope) => [scope, access]));

/** `permissions:` as the API names them: what is not named is not granted. */
function permissionsOf({
  all,
  scopes,
}: {
  readonly all?: "read" | "write";
  readonly scopes: Readonly<Record<string, string>>;
}): Permissions {
  if (all !== undefined) return everything(all);
  const granted = Object.entries(scopes).flatMap(([scope, access]) =>
    access === "read" || access === "write" ? [[scope.replaceAll("-", "_"), access] as const] : [],
  );
  return Object.fromEntries(granted);
}

/** The workflow files of a commit, read. */
export async function pipelinesAt(octokit: Octokit, at: Repository, sha: string): Promise<Pipelines> {
  return readPipelines(await filesOf(octokit, at, sha));
}
