/** The command line: every command takes `--json`, has help with examples, and ends with an exit code of `failure.ts`. */
import { Command } from "commander";

import { checksCommand } from "./commands/checks.ts";
import { kubectlCommand, pulumiCommand } from "./commands/pass-through.ts";
import { localCommand } from "./commands/local.ts";
import { pipelinesCommand } from "./commands/pipelines.ts";
import { previewCommand, upCommand } from "./commands/up.ts";

const exitCodes = `
Exit codes:
  0    done
  1    what was asked for failed, or faults were found
  2    the command line or a file of the project is wrong; nothing was changed
  3    a service or a tool that is needed is not there
  130  interrupted`;

export function createProgram(): Command {
  const program = new Command("gatehouse")
    .description("Declares how software gets from a pull request to production, and governs it.")
    .configureHelp({ showGlobalOptions: true })
    .option("--json", "print one JSON document on stdout instead of text")
    .addHelpText("after", exitCodes)
    .showHelpAfterError("Run with --help for usage and examples.");
  for (const command of [
    upCommand(),
    previewCommand(),
    checksCommand(),
    pipelinesCommand(),
    localCommand(),
    pulumiCommand(),
    kubectlCommand(),
  ]) {
    program.addCommand(command);
  }
  for (const command of allOf(program)) command.exitOverride();
  return program;
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}
