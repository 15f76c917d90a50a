/** `gatehouse rollback SYSTEM --tier T`: back to what ran well before. Possible at any time, in a freeze too. */
import { Command, Option } from "commander";

import { examples } from "../examples.ts";
import { Failure, exitCode } from "../failure.ts";
import { rollBackAtOnce, type EmergencyRollback } from "../operations/emergency.ts";
import { asDocker, asGitOps, nothingDeployed, openSystem, openTier, type DockerTier } from "../operations/open.ts";
import { resume, type Resumed } from "../operations/resume.ts";
import { decide, describeDecision, rollbackKinds, type RollbackKind } from "../operations/rollback-kinds.ts";
import { rollBack, type Rollback } from "../operations/rollback.ts";
import { targetOption, wholeNumber } from "../options.ts";
import { createOutput } from "../output.ts";
import type { TargetName } from "../target/index.ts";
import { sayAutoMerge } from "./promote.ts";

interface Options {
  readonly json?: boolean;
  readonly tier: string;
  readonly to?: string;
  readonly emergency?: boolean;
  readonly resume?: boolean;
  readonly kind?: RollbackKind;
  readonly severity?: string;
  readonly autoMerge?: boolean;
  readonly wait: number;
  readonly target: TargetName;
}

export function rollbackCommand(): Command {
  return new Command("rollback")
    .description("take a tier back to what ran well before, and ban what it is taken back from")
    .argument("<system>", "name of a folder under systems/")
    .requiredOption("--tier <tier>", "the tier to take back")
    .option("--to <commit|tag>", "a commit of the overlay or an image tag; when absent the last that is known to have run well")
    .option("--emergency", "the cluster first, then git; Argo CD's automated sync pauses until git is in line")
    .option("--resume", "after an emergency: switch the automated sync on again, once git and the cluster agree")
    .addOption(new Option("--kind <kind>", "the kind of rollback").choices([...rollbackKinds]).conflicts(["emergency", "severity"]))
    .addOption(new Option("--severity <severity>", "let the repository's decision matrix choose the kind").conflicts(["emergency"]))
    .option(
      "--auto-merge",
      "let GitHub merge once its reviews and checks are there; an emergency always does where the repository allows it",
    )
    .option("-w, --wait <seconds>", "how long pods may take to run the earlier image", wholeNumber, 300)
    .addOption(targetOption())
    .addHelpText(
      "after",
      examples(
        ["gatehouse rollback dataenginex --tier prod", "a pull request to what ran well before"],
        ["gatehouse rollback dataenginex --tier prod --emergency", "the cluster at once, then the pull request"],
        ["gatehouse rollback dataenginex --tier prod --resume", "after its merge"],
        ["gatehouse rollback airflow-etl --tier production --severity critical", "as the decision matrix says"],
      ),
    )
    .action(async (name: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      const output = createOutput(options.json ?? false);
      const opened = await openSystem(name, [options.tier], options.target, output);
      const decision = options.severity === undefined ? null : decide(opened.files, name, options.severity);
      if (decision !== null) output.note(describeDecision(decision));
      const kinds = decision?.kinds ?? [options.kind ?? (options.emergency === true ? "immediate" : "artifact")];
      const byHand = kinds.filter((kind) => kind === "database" || kind === "hotfix");
      if (byHand.length === kinds.length && options.resume !== true) throw doneByPeople(name, byHand, options);
      const tier = await openTier(opened, options.tier);
      const docker = asDocker(tier);
      if (docker !== undefined) throw onItsHost(docker);
      const gitops = asGitOps(tier);
      if (gitops === undefined) throw nothingDeployed(tier);
      const title = `Taking ${options.tier} of ${name} back`;
      const to = options.to === undefined ? {} : { to: options.to };
      if (options.resume === true) {
        const done = await output.step(`Resuming ${options.tier} of ${name}`, () => resume(gitops, options.wait, output));
        output.result({ system: name, ...done }, () => describeResumed(done));
        return;
      }
      const done = kinds.includes("immediate")
        ? await output.step(title, () => rollBackAtOnce(gitops, { ...to, waitSeconds: options.wait }, output))
        : await output.step(title, () => rollBack(gitops, { ...to, autoMerge: options.autoMerge ?? false }));
      output.result({ system: name, decision, ...done, notDone: byHand }, () => describe(done, name, options.tier));
      if (byHand.length > 0) {
        output.note(peoplesPart(name, byHand, options));
        process.exitCode = exitCode.failed;
      }
    });
}

/** Nothing was done: these kinds need hands. */
function doneByPeople(name: string, kinds: readonly RollbackKind[], options: Options): Failure {
  return new Failure(exitCode.failed, `Nothing was done. ${peoplesPart(name, kinds, options)}`);
}

function peoplesPart(name: string, kinds: readonly RollbackKind[], { severity, kind, tier }: Options): string {
  return kinds
    .map((one) =>
      one === "database"
        ? `The database of ${tier} is not taken back: only its own migrations know how to undo the schema, with the writers stopped. ` +
          `scripts/rollback-plan.sh ${severity ?? (kind === "database" ? "high" : "")} in the repository of ${name} prints the commands.`
        : `${name} is not taken back: the fix goes forward, as a pull request and the next deployment.`,
    )
    .join("\n");
}

function onItsHost({ system, tier, docker }: DockerTier): Failure {
  return new Failure(
    exitCode.failed,
    [
      `Nothing was done: ${tier.name} of ${system.name} is a container on a Docker host, and its code is a commit that the repository's own scripts move.`,
      "What to do, on that host, in a checkout of the repository:",
      `  docker exec ${docker.container} git -C /srv/${system.name} log --oneline -10   # the last commits`,
      "  70_scripts/rollback_prod.sh SHA",
      "Then revert the bad commit on the default branch, or the next deployment brings it back.",
    ].join("\n"),
  );
}

const verbs = { opened: "Opened", updated: "Updated", current: "Open already:" } as const;

function describe(done: Rollback | EmergencyRollback, name: string, tier: string): string {
  const changes = Object.keys(done.to).map((one) => `  ${one} ${done.from[one] ?? ""} → ${done.to[one] ?? ""}`);
  const { pullRequest } = done;
  const again = `gatehouse rollback ${name} --tier ${tier} --resume`;
  return [
    ...("cluster" in done ? [`The cluster runs it: ${done.cluster.join(", ")}. Automated sync of ${done.application} is paused.`] : []),
    pullRequest === null ? "Git says it already." : `${verbs[pullRequest.state]} pull request #${pullRequest.number}: ${pullRequest.url}`,
    ...changes,
    `  ${done.proof}`,
    ...(pullRequest?.autoMerge === undefined ? [] : [sayAutoMerge(pullRequest.autoMerge)]),
    "cluster" in done
      ? `After its merge: ${again}`
      : `Merging it deploys it; outside the tier's window Argo CD waits, and this starts the sync: ${again}`,
  ].join("\n");
}

function describeResumed({ application, automated, synced }: Resumed): string {
  const sync = automated ? `Automated sync of ${application} is on.` : `${application} is synced by hand.`;
  return synced ? `${sync} It is Synced with what git says.` : `${sync} It is not Synced yet: gatehouse status says more.`;
}
