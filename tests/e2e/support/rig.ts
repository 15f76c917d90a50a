/** One set of local services for all end-to-end tests, driven by the command itself as a user would. Removed after the last test. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { Octokit } from "@octokit/rest";
import { execa } from "execa";

import type { Summary } from "../../../cli/up/summary.ts";
import { temporaryFolder } from "../../support/temporary.ts";

export const projectDir = path.resolve(import.meta.dirname, "../../..");

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** A copy of the project instead of this one. */
  readonly project?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Given to the command as its standard input. */
  readonly input?: string;
}

/** The command with a state folder of its own. */
export class Rig {
  readonly home: string;
  /** Checkout whose command is run, unless a call names another. */
  readonly project: string;

  constructor(home: string, project: string = projectDir) {
    this.home = home;
    this.project = project;
  }

  async run(parameters: readonly string[], options: RunOptions = {}): Promise<Answer> {
    const result = await this.start(parameters, options);
    return { code: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
  }

  /** Starts the command without waiting for its end. */
  start(parameters: readonly string[], { project = this.project, environment = {}, input }: RunOptions = {}) {
    return execa(path.join(project, "bin/gatehouse"), parameters, {
      env: { ...environment, GATEHOUSE_HOME: this.home },
      reject: false,
      ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    });
  }

  /** Runs the command and reads its `--json`. Fails the test with the command's words when it fails. */
  async json<T>(...parameters: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(["--json", ...parameters]);
    if (code !== 0) throw new Error(`gatehouse ${parameters.join(" ")} ended with ${code}\n${stdout}\n${stderr}`);
    return JSON.parse(stdout) as T;
  }

  async pulumi(stack: string, ...parameters: readonly string[]): Promise<Answer> {
    return this.run(["pulumi", "--stack", stack, "--", ...parameters]);
  }

  async kubectl<T>(...parameters: readonly string[]): Promise<T> {
    return JSON.parse(await this.#kubectl([...parameters, "-o", "json"])) as T;
  }

  /** Applies one manifest, as somebody with rights over the cluster would. */
  async apply(manifest: object): Promise<void> {
    await this.#kubectl(["apply", "-f", "-"], JSON.stringify(manifest));
  }

  /** The program itself: some tests ask a hundred times, and `gatehouse kubectl` first reads the project. */
  async #kubectl(parameters: readonly string[], input = ""): Promise<string> {
    const cluster = ["--kubeconfig", path.join(this.home, "cluster", "kubeconfig")];
    const { stdout } = await execa(path.join(this.home, "bin", "kubectl"), [...cluster, ...parameters], { input });
    return stdout;
  }

  async up(...parameters: readonly string[]): Promise<Summary> {
    return this.json<Summary>("up", "--yes", ...parameters);
  }
}

let shared: Promise<Applied> | undefined;
let sharedRig: Rig | undefined;

/** All systems applied once; every test file may ask for it first. */
export interface Applied {
  readonly rig: Rig;
  /** What the first `up` said. */
  readonly summary: Summary;
  readonly github: GitHub;
}

export function applied(): Promise<Applied> {
  shared ??= (async () => {
    const rig = new Rig(temporaryFolder("gatehouse-e2e-"));
    sharedRig = rig;
    const summary = await rig.up();
    return { rig, summary, github: await openGitHub(rig) };
  })();
  return shared;
}

after(async function () {
  this.timeout(120_000);
  // Also after an `up` that failed: its services run.
  await sharedRig?.run(["local", "reset", "--yes"]);
});

/** The local GitHub, as an operator reads it. */
export interface GitHub {
  readonly url: string;
  readonly octokit: Octokit;
  /** Number of the last request in its log. */
  lastRequest(): Promise<number>;
  /** What was asked after that request. */
  requestsSince(last: number): Promise<RequestSummary>;
}

export interface RequestSummary {
  readonly last: number;
  readonly total: number;
  readonly writes: number;
  readonly byOperation: Readonly<Record<string, number>>;
}

interface Status {
  readonly github: { readonly url: string };
}

export async function openGitHub(rig: Rig): Promise<GitHub> {
  const { github } = await rig.json<Status>("local", "status");
  const secrets = JSON.parse(await readFile(path.join(rig.home, "secrets.json"), "utf8")) as { tokens: { operator: string } };
  const read = async (since: number): Promise<RequestSummary> => {
    const answer = await fetch(`${github.url}/_gatehouse/requests?since=${since}`);
    return ((await answer.json()) as { summary: RequestSummary }).summary;
  };
  return {
    url: github.url,
    octokit: new Octokit({ auth: secrets.tokens.operator, baseUrl: `${github.url}/api/v3` }),
    lastRequest: async () => (await read(0)).last,
    requestsSince: read,
  };
}
