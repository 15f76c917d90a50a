/** `gatehouse pulumi` and `gatehouse kubectl`: the tools themselves, with the settings that the target needs. */
import { Command } from "commander";
import { execa } from "execa";

import { examples } from "../examples.ts";
import { Failure, exitCode } from "../failure.ts";
import { createOutput } from "../output.ts";
import { findStacks, loadProject, projectDir } from "../project.ts";
import { openTarget, type TargetName } from "../target/index.ts";

interface Options {
  readonly json?: boolean;
  readonly stack?: string;
  readonly target: TargetName;
}

/** Runs a tool in the foreground and ends with its exit code. */
async function foreground(file: string, parameters: readonly string[], environment: Readonly<Record<string, string>>): Promise<void> {
  // A terminal's SIGINT reaches the tool too: it decides how to end, and we end with it.
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore);
  const result = await execa(file, parameters, { cwd: projectDir, env: environment, extendEnv: false, stdio: "inherit", reject: false });
  process.off("SIGINT", ignore);
  if (result.exitCode === undefined && result.code === "ENOENT") {
    throw new Failure(exitCode.unavailable, `${file} is not there: ${result.shortMessage}`);
  }
  process.exitCode = result.exitCode ?? exitCode.interrupted;
}

export function pulumiCommand(): Command {
  return new Command("pulumi")
    .description("run pulumi itself against a stack")
    .requiredOption("-s, --stack <stack>", "the stack")
    .option("-t, --target <target>", "`local`, `configured` or `auto`", "auto")
    .argument("[arguments...]", "after --: pulumi's own")
    .addHelpText(
      "after",
      examples(
        ["gatehouse pulumi --stack prod -- refresh --preview-only", "show what was changed behind our back"],
        ["gatehouse pulumi --stack dev -- destroy", "remove what dev owns"],
        ["gatehouse pulumi --stack prod -- stack output", "what the program exports"],
      ),
    )
    .action(async (parameters: string[], _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<Options & { stack: string }>();
      const project = await loadProject();
      const stacks = findStacks(project, [options.stack]);
      const target = await openTarget(options.target, project, stacks, createOutput(options.json ?? false));
      const { pulumi, environment, stack } = await target.engine(options.stack);
      await foreground(pulumi, parameters, { ...environment, PULUMI_OPTION_STACK: stack });
    });
}

export function kubectlCommand(): Command {
  return new Command("kubectl")
    .description("run kubectl itself against the target's cluster")
    .option("-t, --target <target>", "`local`, `configured` or `auto`", "auto")
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
      const project = await loadProject();
      const { cluster } = await openTarget(options.target, project, project.stacks, createOutput(options.json ?? false));
      if (cluster === undefined)
        throw new Failure(exitCode.unavailable, "No cluster is configured: set gatehouse:kubernetes, or kubectl's current context.");
      const file = cluster.kubeconfig === undefined ? [] : ["--kubeconfig", cluster.kubeconfig];
      const environment = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >;
      await foreground(cluster.kubectl, [...file, "--context", cluster.context, ...parameters], environment);
    });
}
