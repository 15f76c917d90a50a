/** The command line: every command takes `--json`, has help with examples, and ends with an exit code of `failure.ts`. */
import { Command } from "commander";

import { checkCommand } from "./commands/check.ts";
import { checksCommand } from "./commands/checks.ts";
import { describeCommand } from "./commands/describe.ts";
import { kubectlCommand, pulumiCommand } from "./commands/pass-through.ts";
import { localCommand } from "./commands/local.ts";
import { metricsCommand } from "./commands/metrics.ts";
import { pipelinesCommand } from "./commands/pipelines.ts";
import { promoteCommand } from "./commands/promote.ts";
import { proveCommand } from "./commands/prove.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { statusCommand } from "./commands/status.ts";
import { previewCommand, upCommand } from "./commands/up.ts";
import { examples } from "./examples.ts";

const exitCodes = `
Exit codes:
  0    done
  1    what was asked for failed, or faults were found
  2    the command line or a file of the project is wrong; nothing was changed
  3    a service or a tool that is needed is not there
  130  interrupted`;

/** @param json Errors of the command line are not printed as text: whoever runs the program reports them. */
export function createProgram(json: boolean): Command {
  const program = new Command("gatehouse")
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
  for (const command of [
    upCommand(),
    previewCommand(),
    checkCommand(),
    checksCommand(),
    proveCommand(),
    describeCommand(),
    pipelinesCommand(),
    promoteCommand(),
    rollbackCommand(),
    statusCommand(),
    metricsCommand(),
    localCommand(),
    pulumiCommand(),
    kubectlCommand(),
  ]) {
    program.addCommand(command);
  }
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
