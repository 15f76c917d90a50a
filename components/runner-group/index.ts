import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { checkArguments, type Token } from "../shared/arguments.ts";
import { runnerGroupArgs, type RunnerGroupArgs } from "./args.ts";

export type { RunnerGroupArgs } from "./args.ts";

const token: Token = "gatehouse:github:RunnerGroup";

/**
 * A group of self-hosted runners of an organization that takes jobs of one repository, of named workflows, as they stand on its guarded
 * branches. A workflow file that a pull request changes is another one to GitHub: its reference is not in the list.
 * https://docs.github.com/actions/how-tos/manage-runners/self-hosted-runners/manage-access
 */
export class RunnerGroup extends pulumi.ComponentResource {
  readonly group: github.ActionsRunnerGroup;

  /**
   * @param name Unique among the runner groups of the stack.
   * @throws FaultsError with every fault of the arguments; nothing is registered then.
   */
  constructor(name: string, args: RunnerGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArguments(token, name, runnerGroupArgs, args);
    super(token, name, { group: args.group }, opts);

    const references = (repository: string) =>
      args.workflows.flatMap((workflow) =>
        args.branches.map((branch) => `${args.owner}/${repository}/.github/workflows/${workflow}@refs/heads/${branch}`),
      );
    this.group = new github.ActionsRunnerGroup(
      name,
      {
        name: args.group,
        visibility: "selected",
        selectedRepositoryIds: [args.repositoryId],
        allowsPublicRepositories: args.publicRepository,
        restrictedToWorkflows: true,
        selectedWorkflows: pulumi.output(args.repository).apply(references),
      },
      // Without the group its runners would fall back to the default one, which every repository may use.
      { parent: this, protect: true },
    );
    this.registerOutputs({ groupId: this.group.id });
  }
}
