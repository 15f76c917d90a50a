/** Options that several commands take, and how their values are judged. */
import { InvalidArgumentError, Option } from "commander";

import { Failure, exitCode } from "./failure.ts";
import type { TargetName } from "./target/index.ts";

const targets: readonly TargetName[] = ["auto", "local", "configured"];

/** `--target`: what the command works on. */
export function targetOption(): Option {
  const meaning =
    "local: services of this machine; configured: what the stack files name; auto: configured where a stack file has credentials";
  return new Option("-t, --target <target>", meaning).choices([...targets]).default("auto");
}

/** A number without sign and fraction. @throws InvalidArgumentError, which commander reports with the option's name. */
export function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError("It must be a whole number, such as 60.");
  return Number(value);
}

/** Collects an option that may be repeated. */
export const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** Arguments for another tool. @throws Failure when they do not stand after `--`, where nothing is taken for an option of ours. */
export function passedOn(parameters: readonly string[], tool: string): readonly string[] {
  const [first] = parameters;
  if (first === undefined || process.argv.includes("--")) return parameters;
  const hint = tool === "pulumi" ? ` A stack is chosen by --stack ${first}.` : "";
  throw new Failure(exitCode.invalid, `Unexpected argument ${JSON.stringify(first)}.${hint} Arguments for ${tool} come after --.`);
}
