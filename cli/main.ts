/** Entry of the `gatehouse` command: runs it and turns what went wrong into words and an exit code. */
import { CommanderError } from "commander";

import { BuildError, BuildInterrupted } from "../local/engine/builder/failure.ts";
import { ServicesFailedError } from "../local/index.ts";
import { FaultsError } from "../model/fault.ts";
import { Failure, exitCode } from "./failure.ts";
import { createProgram } from "./program.ts";

const json = process.argv.includes("--json");

function fail(code: number, message: string, details: object = {}): void {
  if (json) process.stdout.write(`${JSON.stringify({ error: { message, ...details } }, null, 2)}\n`);
  else process.stderr.write(`${message}\n`);
  process.exitCode = code;
}

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  // commander has printed its own message: 0 is help and version, else the command line was wrong.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.invalid;
  else if (error instanceof FaultsError) fail(exitCode.invalid, error.message, { faults: error.faults });
  else if (error instanceof Failure) fail(error.code, error.message);
  else if (error instanceof BuildInterrupted) fail(exitCode.interrupted, error.message);
  else if (error instanceof BuildError || error instanceof ServicesFailedError) fail(exitCode.unavailable, error.message);
  else throw error;
}
