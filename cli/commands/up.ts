/** `gatehouse up` and `gatehouse preview`: thin ways into `pulumi`, for all stacks in their order. */
import { Command, Option } from "commander";

import { examples } from "../examples.ts";
import { Failure, exitCode } from "../failure.ts";
import { collect, passedOn, targetOption, wholeNumber } from "../options.ts";
import { createOutput, type Output } from "../output.ts";
import { findStacks, loadProject } from "../project.ts";
import { openTarget, type Target, type TargetName } from "../target/index.ts";
import { settleApplications } from "../up/applications.ts";
import { freezeNotes } from "../up/freezes.ts";
import { adoptMade, recover } from "../up/recover.ts";
import { EngineFailure, runEngine, type RunResult, type StackEngine } from "../up/engine.ts";
import { describePreview, describeUp, summarize } from "../up/summary.ts";
import type { StackShare } from "../../model/ownership.ts";

interface Options {
  readonly json?: boolean;
  readonly stack: readonly string[];
  readonly target: TargetName;
  readonly yes?: boolean;
  readonly wait: number;
}

function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(new Option("-s, --stack <stack>", "only this stack; may be repeated").argParser(collect).default([], "all"))
    .addOption(targetOption())
    .argument("[arguments...]", "after --: passed on to pulumi");
}

export function upCommand(): Command {
  return command("up", "make it so: every stack in order, then wait until the Applications are healthy")
    .option("-y, --yes", "do not ask before changing")
    .option("-w, --wait <seconds>", "how long the Applications may take to become Synced and Healthy; 0 does not wait", wholeNumber, 180)
    .addHelpText(
      "after",
      examples(
        ["gatehouse up --yes", "all stacks, on this machine's services unless the stacks have credentials"],
        ["gatehouse up --stack dev", "one stack, after showing what would change"],
        ["gatehouse up --yes --json", "the summary as JSON"],
        ["gatehouse up --stack prod -- --parallel 4", "arguments for pulumi"],
      ),
    )
    .action(async (parameters: string[], _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      mustBeAbleToAsk(options, passedOn(parameters, "pulumi"));
      const started = Date.now();
      const output = createOutput(options.json ?? false);
      const { target, stacks } = await open(options, output);
      const results: RunResult[] = [];
      for (const { stack } of stacks) results.push(await upOne(target, stack, options, parameters, output));
      const applications = await settleApplications(
        target,
        stacks.map(({ stack }) => stack),
        options.wait,
        output,
      );
      const summary = await summarize(target, results, applications, Date.now() - started);
      output.result(summary, () => describeUp(summary));
    });
}

const unattended = ["--yes", "--skip-preview", "--non-interactive"];

async function upOne(target: Target, stack: string, options: Options, parameters: readonly string[], output: Output): Promise<RunResult> {
  const engine = await target.engine(stack);
  const github = await target.github(stack);
  await recover(engine, github, output);
  const started = Date.now();
  try {
    const result = await run(engine, "up", [...(options.yes === true ? unattended : []), "--suppress-outputs", ...parameters], output);
    return result.types["RepositoryFile"] === undefined ? result : await releaseSeeds(engine, result, parameters, output);
  } catch (error) {
    if (error instanceof EngineFailure) await adoptMade(engine, github, error.failedCreates, started, output);
    throw error;
  }
}

/**
 * The first files of a repository are nobody's to keep once they are written: the program declares them no more, and a second run takes
 * them out of the state, so that the next `up` changes nothing. Nothing happens at GitHub. See docs/decisions/0012.
 */
async function releaseSeeds(engine: StackEngine, first: RunResult, parameters: readonly string[], output: Output): Promise<RunResult> {
  const title = "the files of new repositories are written; they leave the state, and a change to them is a pull request from now on";
  const { milliseconds } = await output.step(title, () =>
    runEngine(engine, "up", [...unattended, "--suppress-outputs", ...parameters], { quiet: true }),
  );
  return { ...first, milliseconds: first.milliseconds + milliseconds };
}

/** The engine's own lines are the progress; with `--json` it is one line a stack. */
function run(engine: StackEngine, operation: "up" | "preview", parameters: readonly string[], output: Output): Promise<RunResult> {
  const work = (): Promise<RunResult> => runEngine(engine, operation, parameters, { quiet: output.json });
  return output.json ? output.step(`pulumi ${operation} of stack ${engine.stack}`, work) : work();
}

/** Fails before anything is started where the engine could not ask. */
function mustBeAbleToAsk({ yes = false, json = false }: Options, parameters: readonly string[]): void {
  const agreed = yes || parameters.some((parameter) => parameter === "--yes" || parameter === "-y");
  if (agreed || (!json && process.stdin.isTTY)) return;
  throw new Failure(
    exitCode.invalid,
    "This may change what is governed. Say --yes where nobody can be asked; `gatehouse preview` shows what.",
  );
}

export function previewCommand(): Command {
  return command("preview", "show what would change, and change nothing")
    .addHelpText(
      "after",
      examples(
        ["gatehouse preview", "all stacks"],
        ["gatehouse preview --stack dev -- --diff", "one stack, with every property"],
        ["gatehouse preview --json | jq '.stacks[].changes'", "numbers for machines"],
        ["gatehouse preview -- --expect-no-changes", "exit code 1 when anything would change"],
      ),
    )
    .action(async (parameters: string[], _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      passedOn(parameters, "pulumi");
      const output = createOutput(options.json ?? false);
      const { target, stacks } = await open(options, output);
      const results: RunResult[] = [];
      for (const { stack } of stacks) {
        const engine = await target.engine(stack);
        results.push(await run(engine, "preview", ["--non-interactive", "--suppress-outputs", ...parameters], output));
      }
      output.result({ target: target.name, stacks: results }, () => describePreview(results));
    });
}

async function open(options: Options, output: Output): Promise<{ target: Target; stacks: StackShare[] }> {
  const project = await loadProject();
  const stacks = findStacks(project, options.stack);
  const systems = project.systems.map(({ system }) => system);
  for (const note of freezeNotes(systems, new Date().toISOString().slice(0, 10))) output.note(note);
  return { target: await openTarget(options.target, project, output), stacks };
}
