/** `gatehouse pipelines propose SYSTEM`: a change of pipeline files, as a pull request. */
import { Command } from "commander";

import { examples } from "../examples.ts";
import { Failure, exitCode } from "../failure.ts";
import { targetOption } from "../options.ts";
import { createOutput } from "../output.ts";
import { findBranch, findSystem, foundationOf, loadProject } from "../project.ts";
import { propose, type Proposal } from "../propose/propose.ts";
import { openTarget, type TargetName } from "../target/index.ts";

export function pipelinesCommand(): Command {
  const command = new Command("pipelines")
    .description("the pipeline files of a system's repository")
    .addHelpText(
      "after",
      examples(
        ["gatehouse pipelines propose dataenginex", "a pull request with what differs"],
        ["gatehouse pipelines propose dataenginex --base dev", "to another long-lived branch"],
      ),
    );
  command
    .command("propose")
    .description("open a pull request that makes the repository's pipeline files what is declared")
    .argument("<system>", "name of a folder under systems/")
    .option("-b, --base <branch>", "branch to change; the default branch when absent")
    .addOption(targetOption())
    .addHelpText(
      "after",
      examples(
        ["gatehouse pipelines propose dataenginex", "to the default branch"],
        ["gatehouse pipelines propose dataenginex --base dev", "to another long-lived branch"],
        ["gatehouse pipelines propose dataenginex --json", "the changes and the pull request as JSON"],
      ),
    )
    .action(async (name: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<{ json?: boolean; base?: string; target: TargetName }>();
      const output = createOutput(options.json ?? false);
      const project = await loadProject();
      const { system, files } = findSystem(project, name);
      const base = options.base ?? system.branches.find((branch) => branch.default === true)?.name ?? "main";
      findBranch(system, base);
      const target = await openTarget(options.target, project, output);
      const stack = foundationOf(project);
      const github = await target.github(stack);
      const repository = { owner: await target.owner(stack, system.repository.owner.login), repo: system.repository.name };
      const proposal = await output.step(`Comparing ${repository.owner}/${repository.repo} at ${base}`, () =>
        propose(github, repository, base, files).catch((error: unknown) => {
          if ((error as { status?: number }).status !== 404) throw error;
          throw new Failure(
            exitCode.failed,
            `${repository.owner}/${repository.repo} has no branch ${base} yet, or its token may not see it. Run \`gatehouse up\` first: it seeds a new repository.`,
          );
        }),
      );
      output.result(proposal, () => describe(proposal));
    });
  return command;
}

const verbs = { opened: "Opened", updated: "Updated", current: "Up to date:", withdrawn: "Closed" } as const;

function describe({ base, changes, pullRequest }: Proposal): string {
  const same = `The pipeline files on ${base} are what is declared. Nothing to propose.`;
  if (pullRequest === null) return same;
  const { number, url, state } = pullRequest;
  return [
    ...(state === "withdrawn" ? [same] : []),
    `${verbs[state]} pull request #${number}: ${url}`,
    ...changes.map(({ path, kind }) => `  ${kind} ${path}`),
  ].join("\n");
}
