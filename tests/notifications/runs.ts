/** Runs what the workflow of notifications runs, against channels on loopback, as GitHub would for an event of `workflow_run`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { renderNotifications } from "../../delivery/notifications/workflow.ts";
import type { System } from "../../model/system.ts";
import { startSmtpSink, type SmtpSink } from "../support/smtp-sink.ts";
import { startStandIn, type Answer, type Asked, type StandIn } from "../systems/stand-in.ts";

export interface Job {
  readonly name: string;
  readonly conclusion: string;
  readonly started_at?: string;
  readonly completed_at?: string;
  readonly steps?: readonly unknown[];
}

/** What differs from a run of main that a push has started. */
export interface Run {
  readonly path: string;
  readonly action?: "in_progress" | "completed";
  readonly conclusion?: string;
  readonly event?: string;
  readonly branch?: string;
  readonly title?: string;
  readonly actor?: string;
  readonly attempt?: number;
  /** `owner/name` of a fork. */
  readonly from?: string;
  readonly jobs?: readonly Job[];
}

export interface Told {
  readonly code: number | null;
  readonly output: string;
  /** Bodies by path of the address, in order. */
  readonly posts: readonly { readonly path: string; readonly body: Record<string, unknown> }[];
}

const TOKEN = "token-of-the-job";

/** An event and an API of GitHub in place of what is made here. */
export interface Real {
  readonly event: unknown;
  readonly apiUrl: string;
  readonly token: string;
}

/** The rendered workflow of a system. */
export interface NotifyWorkflow {
  readonly on: { readonly workflow_run: { readonly workflows: readonly string[]; readonly types: readonly string[] } };
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, NotifyJob>>;
}
export interface NotifyJob {
  readonly if: string;
  readonly permissions: unknown;
  readonly environment: unknown;
  readonly "timeout-minutes": number;
  readonly steps: readonly { readonly uses?: string; readonly env: Readonly<Record<string, string>>; readonly run: string }[];
}

export function workflowText(system: System, files: ReadonlyMap<string, string>): string {
  return renderNotifications(system, files).get(".github/workflows/notifications.yml") ?? "";
}

/** What GitHub's list of jobs holds, and answers that differ from 200, by path or `jobs`. */
interface State {
  jobs: readonly Job[];
  readonly refused: Map<string, number>;
}

function answer({ jobs, refused }: State, { method, path, authorization }: Asked): Answer {
  const [, page] = /\/actions\/runs\/7\/attempts\/\d+\/jobs\?per_page=100&page=(\d+)$/.exec(path) ?? [];
  const status = refused.get(page === undefined ? path : "jobs");
  if (status !== undefined) return [status, { message: "refused" }];
  if (method === "POST") return [200, {}];
  if (page === undefined || authorization !== `Bearer ${TOKEN}`) return [404, { message: "Not Found" }];
  const from = (Number(page) - 1) * 100;
  return [200, { total_count: jobs.length, jobs: jobs.slice(from, from + 100) }];
}

/** Channels on loopback, and GitHub's list of jobs. */
export class Channels {
  readonly smtp: SmtpSink;
  readonly #http: StandIn;
  readonly #state: State;

  private constructor(http: StandIn, smtp: SmtpSink, state: State) {
    this.#http = http;
    this.smtp = smtp;
    this.#state = state;
  }

  static async start(): Promise<Channels> {
    const state: State = { jobs: [], refused: new Map() };
    return new Channels(await startStandIn((asked) => answer(state, asked)), await startSmtpSink(), state);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#http.stop(), this.smtp.stop()]);
  }

  get url(): string {
    return this.#http.url;
  }

  /** Answers that differ from 200, by path; `jobs` for GitHub's list of jobs. */
  get refused(): Map<string, number> {
    return this.#state.refused;
  }

  /** The job `notify` of a rendered workflow, for one run. Secrets are addresses of these channels unless told otherwise. */
  async tell(text: string, run: Run, secrets: Readonly<Record<string, string>> = {}, real?: Real): Promise<Told> {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-notify-"));
    const { jobs } = parse(text) as NotifyWorkflow;
    const [step] = jobs["notify"]!.steps;
    const before = this.#http.asked.length;
    this.#state.jobs = run.jobs ?? [];
    const [event, script] = [join(folder, "event.json"), join(folder, "script.sh")];
    writeFileSync(event, JSON.stringify(real?.event ?? eventOf(run)));
    writeFileSync(script, step!.run);
    const value = (entry: string): string =>
      entry
        .replace("${{ github.token }}", real?.token ?? TOKEN)
        .replace(/\$\{\{ secrets\.(\w+) \}\}/, (_, name: string) => secrets[name] ?? this.#secret(name));
    const env = Object.fromEntries(Object.entries(step!.env).map(([name, entry]) => [name, value(entry)]));
    try {
      const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], {
        cwd: folder,
        env: {
          PATH: process.env["PATH"],
          ...env,
          GITHUB_EVENT_PATH: event,
          GITHUB_API_URL: real?.apiUrl ?? this.url,
          PAGERDUTY_URL: this.url,
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const output: Buffer[] = [];
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => output.push(chunk));
      const [code] = (await once(child, "close")) as [number | null];
      const posts = this.#http.asked.slice(before).filter(({ method }) => method === "POST");
      return {
        code,
        output: Buffer.concat(output).toString("utf8"),
        posts: posts.map(({ path, body }) => ({ path, body: body as Record<string, unknown> })),
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #secret(name: string): string {
    if (name === "SMTP_URL") return `smtp://${this.smtp.host}`;
    return name.startsWith("PAGERDUTY") ? `key-of-${name}` : `${this.url}/${name}`;
  }
}

/** https://docs.github.com/webhooks/webhook-events-and-payloads#workflow_run, as far as it is read. */
function eventOf(run: Run): unknown {
  const { path, action = "completed", conclusion = "success", event = "push", branch = "main", from = "acme/shop", attempt = 1 } = run;
  return {
    action,
    workflow_run: {
      id: 7,
      run_number: 12,
      run_attempt: attempt,
      path: `.github/workflows/${path}`,
      event,
      conclusion: action === "completed" ? conclusion : null,
      head_branch: branch,
      head_sha: "acfdb42a00000000000000000000000000000000",
      display_title: run.title ?? "Sell more",
      html_url: "https://github.example/acme/shop/actions/runs/7",
      updated_at: "2026-11-20T10:00:00Z",
      triggering_actor: { login: run.actor ?? "octocat" },
      head_repository: { full_name: from },
      repository: { full_name: "acme/shop", name: "shop" },
    },
  };
}
