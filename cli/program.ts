/** The command line: every command takes `--json`, has help with examples, and ends with an exit code of `failure.ts`. */
import { readFile } from "node:fs/promises";
import { Command } from "commander";

import { examples } from "./examples.ts";

const exitCodes = `
Exit codes:
  0    done
  1    what was asked for failed, or faults were found
  2    the command line or a file of the project is wrong; nothing was changed
  3    a service or a tool that is needed is not there
  130  interrupted`;

/** Every command by its name, in the order of the help. Each is loaded by itself: all of them together take longer than most of them run. */
const loaders: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import("./commands/up.ts")).upCommand(),
  preview: async () => (await import("./commands/up.ts")).previewCommand(),
  check: async () => (await import("./commands/check.ts")).checkCommand(),
  checks: async () => (await import("./commands/checks.ts")).checksCommand(),
  prove: async () => (await import("./commands/prove.ts")).proveCommand(),
  describe: async () => (await import("./commands/describe.ts")).describeCommand(),
  pipelines: async () => (await import("./commands/pipelines.ts")).pipelinesCommand(),
  promote: async () => (await import("./commands/promote.ts")).promoteCommand(),
  rollback: async () => (await import("./commands/rollback.ts")).rollbackCommand(),
  status: async () => (await import("./commands/status.ts")).statusCommand(),
  metrics: async () => (await import("./commands/metrics.ts")).metricsCommand(),
  access: async () => (await import("./commands/access.ts")).accessCommand(),
  local: async () => (await import("./commands/local.ts")).localCommand(),
  pulumi: async () => (await import("./commands/pass-through.ts")).pulumiCommand(),
  kubectl: async () => (await import("./commands/pass-through.ts")).kubectlCommand(),
};

/**
 * @param json Errors of the command line are not printed as text: whoever runs the program reports them.
 * @param parameters Of the command line: where they name a command, only that one is loaded.
 */
export async function createProgram(json: boolean, parameters: readonly string[] = []): Promise<Command> {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as { readonly version: string };
  const program = new Command("gatehouse")
    .version(version)
    .description("Declares how software gets from a pull request to production, and governs it.")
    .option("--json", "print one JSON document on stdout instead of text")
    .addHelpText(
      "after",
      examples(
        ["gatehouse up --yes", "make it so, on this machine's services unless the stacks have credentials"],
        ["gatehouse preview --stack dev", "show what would change"],
        ["gatehouse checks dataenginex --branch main", "which checks report on a pull request, and why"],
      ),
    );
  const name = parameters.find((parameter) => !parameter.startsWith("-")) ?? "";
  const named = Object.hasOwn(loaders, name) ? [loaders[name]] : Object.values(loaders);
  for (const load of named) if (load !== undefined) program.addCommand(await load());
  for (const command of allOf(program)) {
    command
      .exitOverride()
      .configureHelp({ showGlobalOptions: true })
      .showHelpAfterError("Run with --help for usage and examples.")
      .addHelpText("after", exitCodes);
    if (json) command.configureOutput({ writeErr: () => undefined });
  }
  return program;
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}
