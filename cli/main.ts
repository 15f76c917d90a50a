/** Entry of the `gatehouse` command: runs it and turns what went wrong into words and an exit code. */
import { CommanderError } from "commander";

import { BuildError, BuildInterrupted } from "../local/engine/builder/failure.ts";
import { ServicesFailedError } from "../local/supervisor/service.ts";
import { FaultsError } from "../model/fault.ts";
import { Failure, exitCode, type ExitCode } from "./failure.ts";
import { onInterrupt } from "./interruption.ts";
import { createProgram } from "./program.ts";

const parameters = process.argv.slice(2);
const end = parameters.indexOf("--");
// After `--` everything belongs to another tool.
const json = (end === -1 ? parameters : parameters.slice(0, end)).includes("--json");

function fail(code: ExitCode, message: string, details: object = {}): void {
  if (json) process.stdout.write(`${JSON.stringify({ error: { message, ...details } }, null, 2)}\n`);
  else process.stderr.write(`${message}\n`);
  process.exitCode = code;
}

/** An error that no command expected: GitHub's own words, or a message for the reader; a defect of ours comes with where it happened. */
function unexpected(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { status, request } = error as { status?: number; request?: { method: string; url: string } };
  if (status !== undefined && request !== undefined) {
    return `GitHub answered ${status} to ${request.method} ${request.url}: ${error.message}`;
  }
  const defect = [TypeError, RangeError, ReferenceError, SyntaxError].some((type) => error instanceof type);
  return (defect || process.env["GATEHOUSE_DEBUG"] === "1" ? error.stack : undefined) ?? error.message;
}

onInterrupt(() => {
  // A line of progress may stand there unfinished.
  if (process.stderr.isTTY) process.stderr.write("\n");
  fail(exitCode.interrupted, "Interrupted. Run the command again to go on.");
  process.exit();
});

try {
  const program = await createProgram(json, parameters);
  await program.parseAsync(process.argv);
} catch (error) {
  // As text, commander has printed its own message: 0 is help and version, else the command line was wrong.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) process.exitCode = exitCode.done;
    else if (json) fail(exitCode.invalid, error.code === "commander.help" ? "A command is missing; --help lists them." : error.message);
    else process.exitCode = exitCode.invalid;
  } else if (error instanceof FaultsError) fail(exitCode.invalid, error.message, { faults: error.faults });
  else if (error instanceof Failure) fail(error.code, error.message);
  else if (error instanceof BuildInterrupted) fail(exitCode.interrupted, error.message);
  else if (error instanceof BuildError || error instanceof ServicesFailedError) fail(exitCode.unavailable, error.message);
  else fail(exitCode.failed, unexpected(error));
}
