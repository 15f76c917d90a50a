/** `gatehouse local …`: the services of this machine. */
import { createInterface } from "node:readline/promises";

import { Command } from "commander";

import { localDown, localLogs, localReset, localStatus, type ServiceStatus } from "../../local/index.ts";
import { examples } from "../examples.ts";
import { Failure, exitCode } from "../failure.ts";
import { holdSignals } from "../interruption.ts";
import { progressOf } from "../local/progress.ts";
import { wholeNumber } from "../options.ts";
import { createOutput, table, type Output } from "../output.ts";
import { loadProject, stateDir } from "../project.ts";
import { startLocal } from "../target/local.ts";

interface Options {
  readonly json?: boolean;
}

const outputOf = (command: Command): Output => createOutput(command.optsWithGlobals<Options>().json ?? false);

export function localCommand(): Command {
  const command = new Command("local")
    .description("the services of this machine: GitHub, a registry, Kubernetes, Argo CD")
    .addHelpText(
      "after",
      examples(
        ["gatehouse local up", "start what does not run"],
        ["gatehouse local status", "what runs, and where"],
        ["gatehouse local reset", "stop, and remove all local state"],
      ),
    );
  for (const sub of [up(), down(), status(), reset(), logs()]) command.addCommand(sub);
  return command;
}

function up(): Command {
  return new Command("up")
    .description("start what does not run, after building what is missing")
    .addHelpText("after", examples(["gatehouse local up", "start all services"], ["gatehouse local up --json", "addresses as JSON"]))
    .action(async (_options: unknown, self: Command) => {
      const output = outputOf(self);
      const project = await loadProject();
      const { endpoints } = await output.step("Local services", () => startLocal(project, output));
      output.result(endpoints, () =>
        table(
          ["SERVICE", "ADDRESS"],
          [
            ["GitHub", endpoints.github.url],
            ["Argo CD API", endpoints.argocd.url],
            ["registry", endpoints.registry.host],
            ["notifications", endpoints.sink.url],
            ["kubeconfig", endpoints.kubernetes.kubeconfig],
          ],
        ),
      );
    });
}

function down(): Command {
  return new Command("down")
    .description("stop the services; their state is kept")
    .addHelpText(
      "after",
      examples(
        ["gatehouse local down", "stop; `gatehouse local up` goes on where they were"],
        ["gatehouse local down --json", "for scripts"],
      ),
    )
    .action(async (_options: unknown, self: Command) => {
      const output = outputOf(self);
      await output.step("Stopping the local services", () => localDown(stateDir, progressOf(output)));
      output.result({ stopped: true }, () => "The local services are stopped. Their state is kept.");
    });
}

/** What the local GitHub has been asked so far. */
interface GitHubStatus {
  readonly url: string;
  readonly requests: number;
  readonly writes: number;
}

async function gitHubStatus(service: ServiceStatus | undefined): Promise<GitHubStatus | undefined> {
  if (service?.port === undefined || service.state !== "ready") return undefined;
  const url = `http://127.0.0.1:${service.port}`;
  const answer = await fetch(`${url}/_gatehouse/requests?limit=1`);
  const { summary } = (await answer.json()) as { summary: { total: number; writes: number } };
  return { url, requests: summary.total, writes: summary.writes };
}

function status(): Command {
  return new Command("status")
    .description("what runs: state, process, port, memory, restarts, and the last lines of what died")
    .addHelpText(
      "after",
      examples(
        ["gatehouse local status", "a table"],
        ["gatehouse local status --json | jq '.services[] | select(.state != \"ready\")'", "what is not well"],
      ),
    )
    .action(async (_options: unknown, self: Command) => {
      const output = outputOf(self);
      const found = await localStatus(stateDir);
      if (found === undefined) {
        output.result({ running: false, services: [] }, () => "Nothing runs. `gatehouse local up` starts the services.");
        process.exitCode = exitCode.unavailable;
        return;
      }
      const services = found.services.map((service) => ({
        ...service,
        ...(service.memoryBytes === undefined ? {} : { rssMegabytes: Math.round(service.memoryBytes / 2 ** 20) }),
      }));
      const supervisor = { pid: found.pid, startedAt: found.startedAt, rssMegabytes: Math.round(found.memoryBytes / 2 ** 20) };
      const github = await gitHubStatus(found.services.find(({ name }) => name === "github"));
      const well = services.every(({ state }) => state === "ready" || state === "completed");
      output.result({ running: true, supervisor, services, github }, () => describe(services, github));
      if (!well) process.exitCode = exitCode.failed;
    });
}

function describe(services: readonly (ServiceStatus & { readonly rssMegabytes?: number })[], github: GitHubStatus | undefined): string {
  const text = (value: number | undefined): string => (value === undefined ? "" : String(value));
  const rows = services
    .filter(({ state }) => state !== "completed")
    .map(({ name, state, pid, port, rssMegabytes, restarts }) => [name, state, text(pid), text(port), text(rssMegabytes), text(restarts)]);
  const deaths = services.flatMap(({ name, lastDeath }) =>
    lastDeath === undefined ? [] : ["", `${name} died at ${lastDeath.at}:`, ...lastDeath.lastLines.map((line) => `    ${line}`)],
  );
  return [
    table(["SERVICE", "STATE", "PID", "PORT", "MB", "RESTARTS"], rows),
    ...(github === undefined ? [] : ["", `GitHub at ${github.url} was asked ${github.requests} times, ${github.writes} of them writes.`]),
    ...deaths,
  ].join("\n");
}

function reset(): Command {
  return new Command("reset")
    .description("stop the services and remove all local state: repositories, cluster, Pulumi's local stacks")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", examples(["gatehouse local reset", "asks first"], ["gatehouse local reset --yes", "for scripts"]))
    .action(async (_options: unknown, self: Command) => {
      const output = outputOf(self);
      if (self.opts<{ yes?: boolean }>().yes !== true) await confirm();
      await output.step("Removing all local state", () => localReset(stateDir, progressOf(output)));
      output.result({ removed: stateDir }, () => `Removed ${stateDir}.`);
    });
}

async function confirm(): Promise<void> {
  if (!process.stdin.isTTY) throw new Failure(exitCode.invalid, "This removes all local state. Say --yes where nobody can be asked.");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D are no answer, and `question` would wait for one for ever.
  const silence = new Promise<string>((resolve) => {
    terminal
      .once("SIGINT", () => {
        terminal.close();
      })
      .once("close", () => {
        resolve("");
      });
  });
  const question = `Remove ${stateDir} with all local repositories, cluster state and stacks? [y/N] `;
  const answer = await Promise.race([terminal.question(question), silence]);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Failure(exitCode.interrupted, "Nothing was removed.");
}

function logs(): Command {
  return new Command("logs")
    .description("the last lines of a service's log")
    .argument("<service>", "as `gatehouse local status` names it")
    .option("-n, --lines <lines>", "how many", wholeNumber, 50)
    .option("-f, --follow", "go on with what is added")
    .addHelpText(
      "after",
      examples(
        ["gatehouse local logs github", "the last 50 lines"],
        ["gatehouse local logs kube-apiserver -n 10 --follow", "until interrupted"],
      ),
    )
    .action(async (service: string, _options: unknown, self: Command) => {
      const { json = false, lines, follow = false } = self.optsWithGlobals<Options & { lines: number; follow?: boolean }>();
      const stop = new AbortController();
      // To interrupt it is the way to end it.
      if (follow) holdSignals();
      process.once("SIGINT", () => {
        stop.abort();
      });
      const write = (line: string): void => void process.stdout.write(`${json ? JSON.stringify({ service, line }) : line}\n`);
      await localLogs(stateDir, service, { lines, follow, signal: stop.signal, write }).catch((error: unknown) => {
        throw error instanceof Error && error.message.startsWith("There is no log") ? new Failure(exitCode.invalid, error.message) : error;
      });
    });
}
