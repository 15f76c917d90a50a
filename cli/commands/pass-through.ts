/** `gatehouse pulumi` and `gatehouse kubectl`: the tools themselves, with the settings that the target needs. */
import { Command } from "commander";
import { execa } from "execa";

import { examples } from "../examples.ts";
import { Failure, exitCode } from "../failure.ts";
import { userEnvironment } from "../environment.ts";
import { holdSignals } from "../interruption.ts";
import { passedOn, targetOption } from "../options.ts";
import { createOutput } from "../output.ts";
import { findStacks, foundationOf, loadProject, projectDir } from "../project.ts";
import { openTarget, type TargetName } from "../target/index.ts";

interface Options {
  readonly json?: boolean;
  readonly stack?: string;
  readonly target: TargetName;
}

const noCluster = "No cluster is configured: set gatehouse:kubernetes in the stack file, or kubectl's current context.";

/** Runs a tool in the foreground and ends with its exit code. */
async function foreground(file: string, parameters: readonly string[], environment: Readonly<Record<string, string>>): Promise<void> {
  // A terminal's SIGINT reaches the tool too: it decides how to end, and we end with it.
  const release = holdSignals();
  const result = await execa(file, parameters, { cwd: projectDir, env: environment, extendEnv: false, stdio: "inherit", reject: false });
  release();
  if (result.exitCode === undefined && result.code === "ENOENT") {
    throw new Failure(exitCode.unavailable, `${file} is not there: ${result.shortMessage}`);
  }
  process.exitCode = result.exitCode ?? exitCode.interrupted;
}

export function pulumiCommand(): Command {
  return new Command("pulumi")
    .description("run pulumi itself against a stack")
    .requiredOption("-s, --stack <stack>", "the stack")
    .addOption(targetOption())
    .argument("[arguments...]", "after --: pulumi's own")
    .addHelpText(
      "after",
      examples(
        ["gatehouse pulumi --stack prod -- refresh --preview-only", "show what was changed behind our back"],
        ["gatehouse pulumi --stack dev -- destroy", "remove what dev owns"],
        ["gatehouse pulumi --stack prod -- stack output", "what the program exports"],
        ["gatehouse pulumi --target configured --stack prod -- stack init", "make a stack in your own backend"],
      ),
    )
    .action(async (parameters: string[], _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<Options & { stack: string }>();
      const tail = passedOn(parameters, "pulumi");
      const project = await loadProject();
      findStacks(project, [options.stack]);
      const target = await openTarget(options.target, project, createOutput(options.json ?? false));
      const { pulumi, environment, stack } = await target.bareEngine(options.stack);
      await foreground(pulumi, tail, { ...environment, PULUMI_OPTION_STACK: stack });
    });
}

export function kubectlCommand(): Command {
  return new Command("kubectl")
    .description("run kubectl itself against a stack's cluster")
    .option("-s, --stack <stack>", "the stack; the foundation when absent")
    .addOption(targetOption())
    .argument("[arguments...]", "after --: kubectl's own")
    .addHelpText(
      "after",
      examples(
        ["gatehouse kubectl -- get applications -n argocd", "sync and health of each"],
        ["gatehouse kubectl -- get pods --all-namespaces", "what runs"],
      ),
    )
    .action(async (parameters: string[], _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      const tail = passedOn(parameters, "kubectl");
      const project = await loadProject();
      const stack = options.stack ?? foundationOf(project);
      findStacks(project, [stack]);
      const target = await openTarget(options.target, project, createOutput(options.json ?? false));
      const cluster = await target.cluster(stack);
      if (cluster === undefined) throw new Failure(exitCode.unavailable, noCluster);
      const file = cluster.kubeconfig === undefined ? [] : ["--kubeconfig", cluster.kubeconfig];
      await foreground(cluster.kubectl, [...file, "--context", cluster.context, ...tail], userEnvironment());
    });
}
