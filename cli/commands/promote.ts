/** `gatehouse promote SYSTEM --from T --to T`: what one tier has validated is proposed to the next. */
import { Command } from "commander";

import { examples } from "../examples.ts";
import { Failure, exitCode } from "../failure.ts";
import type { AutoMerge } from "../operations/auto-merge.ts";
import { asDocker, asGitOps, nothingDeployed, openSystem, openTier } from "../operations/open.ts";
import { promoteCommit, type DockerPromotion } from "../operations/promote-docker.ts";
import { promote, type Promotion } from "../operations/promote.ts";
import { targetOption } from "../options.ts";
import { createOutput } from "../output.ts";
import type { TargetName } from "../target/index.ts";

interface Options {
  readonly json?: boolean;
  readonly from: string;
  readonly to: string;
  readonly image?: string;
  readonly package?: string;
  readonly sha?: string;
  readonly autoMerge?: boolean;
  readonly target: TargetName;
}

export function promoteCommand(): Command {
  return new Command("promote")
    .description("propose what one tier has validated to the next, as a pull request that the gates bind")
    .argument("<system>", "name of a folder under systems/")
    .requiredOption("--from <tier>", "the tier that has validated it")
    .requiredOption("--to <tier>", "the next tier")
    .option("--image <tag>", "the image to promote; when absent the branch where branches are promoted, else what --from runs")
    .option("--package <name>", "only this package of several")
    .option("--sha <commit>", "the commit to promote, for a tier that is a container; when absent the newest that is validated")
    .option("--auto-merge", "let GitHub merge once its reviews and checks are there")
    .addOption(targetOption())
    .addHelpText(
      "after",
      examples(
        ["gatehouse promote dataenginex --from dev --to prod", "branch dev to main"],
        ["gatehouse promote dataenginex --from dev --to prod --image sha-a1b2c3d4", "one image"],
        ["gatehouse promote data-platform-aks --from staging --to prod --auto-merge", "what staging runs, merged once approved"],
        ["gatehouse promote kitchen --from preprod --to prod", "the newest validated commit, by the production workflow"],
      ),
    )
    .action(async (name: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      const output = createOutput(options.json ?? false);
      const opened = await openSystem(name, [options.from, options.to], options.target, output);
      const [from, to] = [await openTier(opened, options.from), await openTier(opened, options.to)];
      const title = `Promoting ${name} from ${options.from} to ${options.to}`;
      const [fromDocker, toDocker] = [asDocker(from), asDocker(to)];
      if (fromDocker !== undefined && toDocker !== undefined) {
        if (options.image !== undefined || options.package !== undefined || options.autoMerge === true) throw onlyCommits(name);
        const request = { wanted: options.sha, files: opened.files, now: new Date() };
        const done = await output.step(title, () => promoteCommit(fromDocker, toDocker, request));
        output.result({ system: name, ...done }, () => describeRun(done));
        return;
      }
      const [fromGitOps, toGitOps] = [asGitOps(from), asGitOps(to)];
      if (fromGitOps === undefined) throw nothingDeployed(from);
      if (toGitOps === undefined) throw nothingDeployed(to);
      if (options.sha !== undefined) throw new Failure(exitCode.invalid, `${name} deploys images: name one with --image, not --sha.`);
      const request = {
        ...(options.image !== undefined && { image: options.image }),
        ...(options.package !== undefined && { package: options.package }),
        autoMerge: options.autoMerge ?? false,
        now: new Date(),
      };
      const done = await output.step(title, () => promote(fromGitOps, toGitOps, request));
      output.result({ system: name, ...done }, () => describe(done));
    });
}

function onlyCommits(name: string): Failure {
  return new Failure(
    exitCode.invalid,
    `${name} promotes commits, not images, and by a workflow run, not by a pull request: name one with --sha.`,
  );
}

const verbs = { opened: "Opened", updated: "Updated", current: "Open already:" } as const;

function describe({ kind, from, to, images, pullRequest }: Promotion): string {
  const lines = images.map(({ package: name, tag, digest, validated }) => `  ${name} ${tag} ${digest}\n    ${from}: ${validated}`);
  if (pullRequest === null) {
    const what = kind === "branch" ? `The branch of ${to} has all commits of ${from}.` : `The overlay of ${to} carries this already.`;
    return [`${what} Nothing to promote.`, ...lines].join("\n");
  }
  const { state, number, url, autoMerge } = pullRequest;
  return [`${verbs[state]} pull request #${number}: ${url}`, ...lines, ...(autoMerge === undefined ? [] : [sayAutoMerge(autoMerge)])].join(
    "\n",
  );
}

/** One line on what became of auto-merge. */
export function sayAutoMerge(autoMerge: AutoMerge): string {
  if (autoMerge.state === "enabled") return "It is merged by GitHub when its reviews and checks are there.";
  if (autoMerge.state === "merged") return "Its reviews and checks were there: it is merged.";
  return `It is not merged by itself: ${autoMerge.why}`;
}

function describeRun({ sha, to, workflow, run }: DockerPromotion): string {
  return run.state === "started"
    ? `Started ${workflow} for ${sha}: ${run.url}\nIts environment ${to} waits for whoever has to approve.`
    : `A run of ${workflow} is under way, so none was started: ${run.url}`;
}
