/** `gatehouse metrics SYSTEM`: how well a system delivers, from its history at GitHub. */
import { Command, InvalidArgumentError } from "commander";

import { metricsOf } from "../../delivery/metrics.ts";
import { examples } from "../examples.ts";
import { Failure, exitCode } from "../failure.ts";
import { readHistory } from "../metrics/history.ts";
import { metricsText } from "../metrics/text.ts";
import { targetOption, wholeNumber } from "../options.ts";
import { createOutput } from "../output.ts";
import { findSystem, foundationOf, loadProject } from "../project.ts";
import { openTarget, type TargetName } from "../target/index.ts";

/** GitHub keeps runs no longer than this. */
const mostDays = 400;
const day = 86_400_000;

function daysOption(value: string): number {
  const days = wholeNumber(value);
  if (days < 1 || days > mostDays) throw new InvalidArgumentError(`It must be 1 to ${mostDays}: GitHub keeps runs no longer.`);
  return days;
}

export function metricsCommand(): Command {
  return new Command("metrics")
    .description("pass rates, durations and the four DORA figures of a system, against what its document promises")
    .argument("<system>", "name of a folder under systems/")
    .option("-d, --days <days>", "how far to look back", daysOption, 30)
    .option("--check", "end with 1 when an objective is missed; one that nothing is known of is not missed")
    .addOption(targetOption())
    .addHelpText(
      "after",
      examples(
        ["gatehouse metrics dataenginex", "the last 30 days"],
        ["gatehouse metrics airflow-etl --days 90 --check", "a quarter; fails below target"],
        ["gatehouse metrics kitchen --json | jq .dora", "for machines: durations in seconds, rates in percent, null for no data"],
      ),
    )
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<{ json?: boolean; days: number; check?: boolean; target: TargetName }>();
      const output = createOutput(options.json ?? false);
      const project = await loadProject();
      const { system } = findSystem(project, name);
      const target = await openTarget(options.target, project, output);
      const stack = foundationOf(project);
      const repository = { owner: await target.owner(stack, system.repository.owner.login), repo: system.repository.name };
      const full = `${repository.owner}/${repository.repo}`;
      const github = await target.github(stack);
      const until = Date.now();
      const period = { since: until - options.days * day, until };
      const history = await output.step(`Reading ${options.days} days of ${full}`, async () => {
        await github.rest.repos.get(repository).catch((error: unknown) => {
          if ((error as { status?: number }).status !== 404) throw error;
          const hint = "Run `gatehouse up` first: it makes the repository.";
          throw new Failure(exitCode.failed, `There is no repository ${full}, or its token may not see it. ${hint}`);
        });
        return readHistory(
          {
            github,
            repository,
            period,
            progress: (line) => {
              output.progress(line);
            },
          },
          system,
        );
      });
      const metrics = metricsOf(system, history, period);
      const production = system.tiers.at(-1)?.name ?? "";
      output.result(metrics, () => metricsText({ metrics, repository: full, production, days: options.days }));
      if (options.check !== true) return;
      const missed = metrics.objectives.filter(({ met }) => met === false);
      for (const { title, target: wanted, actual } of missed)
        output.note(`Missed: ${title} ${wanted}, it is ${actual?.toFixed(1) ?? "?"}.`);
      if (missed.length > 0) process.exitCode = exitCode.failed;
    });
}
