/** `gatehouse up` and `gatehouse preview`: thin ways into `pulumi`, for all stacks in their order. */
import { Command } from "commander";

import { examples } from "../examples.ts";
import { createOutput, type Output } from "../output.ts";
import { findStacks, loadProject } from "../project.ts";
import { openTarget, type Target, type TargetName } from "../target/index.ts";
import { adoptMade, recover } from "../up/recover.ts";
import { EngineFailure, runEngine, type RunResult } from "../up/engine.ts";
import { describePreview, describeUp, summarize } from "../up/summary.ts";
import { waitForApplications } from "../up/applications.ts";
import type { StackShare } from "../../model/ownership.ts";

interface Options {
  readonly json?: boolean;
  readonly stack: readonly string[];
  readonly target: TargetName;
  readonly yes?: boolean;
  readonly wait: string;
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("-s, --stack <stack>", "only this stack; may be repeated", collect, [])
    .option(
      "-t, --target <target>",
      "`local`: services of this machine; `configured`: what the stack files name; `auto`: configured where a stack has credentials",
      "auto",
    )
    .argument("[arguments...]", "after --: passed on to pulumi");
}

export function upCommand(): Command {
  return command("up", "make it so: every stack in order, then wait until the Applications are healthy")
    .option("-y, --yes", "do not ask before changing")
    .option("-w, --wait <seconds>", "how long the Applications may take to become Synced and Healthy", "180")
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
      const started = Date.now();
      const output = createOutput(options.json ?? false);
      const { target, stacks } = await open(options, output);
      const results: RunResult[] = [];
      for (const { stack } of stacks) results.push(await upOne(target, stack, options, parameters, output));
      const applications = target.applications(stacks.map(({ stack }) => stack));
      const { cluster } = target;
      const settled =
        cluster === undefined || applications.length === 0
          ? []
          : await output.step("Applications", () => waitForApplications(cluster, applications, Number(options.wait), output));
      const summary = await summarize(target, results, settled, Date.now() - started);
      output.result(summary, () => describeUp(summary));
    });
}

async function upOne(target: Target, stack: string, options: Options, parameters: readonly string[], output: Output): Promise<RunResult> {
  const engine = await target.engine(stack);
  await recover(engine, target.github, output);
  const unattended = options.yes === true ? ["--yes", "--skip-preview", "--non-interactive"] : [];
  const started = Date.now();
  try {
    return await runEngine(engine, "up", [...unattended, "--suppress-outputs", ...parameters], { quiet: output.json });
  } catch (error) {
    if (error instanceof EngineFailure) await adoptMade(engine, target.github, error.failedCreates, started, output);
    throw error;
  }
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
      const output = createOutput(options.json ?? false);
      const { target, stacks } = await open(options, output);
      const results: RunResult[] = [];
      for (const { stack } of stacks) {
        const engine = await target.engine(stack);
        results.push(
          await runEngine(engine, "preview", ["--non-interactive", "--suppress-outputs", ...parameters], { quiet: output.json }),
        );
      }
      output.result({ target: target.name, stacks: results }, () => describePreview(results));
    });
}

async function open(options: Options, output: Output): Promise<{ target: Target; stacks: StackShare[] }> {
  const project = await loadProject();
  const stacks = findStacks(project, options.stack);
  return { target: await openTarget(options.target, project, stacks, output), stacks };
}
