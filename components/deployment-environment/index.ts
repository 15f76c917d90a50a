import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { ActionsSecrets } from "../actions-secrets/index.ts";
import { checkArguments, type Token } from "../shared/arguments.ts";
import { deploymentEnvironmentArgs, type DeploymentEnvironmentArgs } from "./args.ts";

export type { DeploymentEnvironmentArgs } from "./args.ts";

const token: Token = "gatehouse:github:DeploymentEnvironment";

/** A GitHub deployment environment: who must approve, what may deploy to it, and the secrets that only its jobs see. */
export class DeploymentEnvironment extends pulumi.ComponentResource {
  readonly environment: github.RepositoryEnvironment;

  /**
   * @param name Unique among the environments of the stack.
   * @throws FaultsError with every fault of the arguments; nothing is registered then.
   */
  constructor(name: string, args: DeploymentEnvironmentArgs, opts?: pulumi.ComponentResourceOptions) {
    const { branches = [], tags = [] } = args.deployFrom;
    checkArguments(token, name, deploymentEnvironmentArgs, args, (faults) => {
      if (branches.length + tags.length > 0) return;
      const rule = "must name a branch or a tag: an environment that any branch may use guards nothing";
      faults.push({ path: "deployFrom", value: args.deployFrom, rule, fix: 'name them, as in { branches: ["main"] }' });
    });
    const reviewers = args.reviewers ?? [];
    super(token, name, { environment: args.environment, production: args.production, reviewers: reviewers.length }, opts);

    const teams = reviewers.flatMap((reviewer) => (reviewer.kind === "team" ? [args.directory.team(reviewer.slug)] : []));
    const users = reviewers.flatMap((reviewer) => (reviewer.kind === "user" ? [args.directory.user(reviewer.login)] : []));
    this.environment = new github.RepositoryEnvironment(
      name,
      {
        repository: args.repository,
        environment: args.environment,
        waitTimer: args.waitTimerMinutes ?? 0,
        canAdminsBypass: args.adminBypass ?? false,
        deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
        // GitHub keeps the self-review switch inside the reviewers' rule: without reviewers it would read back as off for ever.
        ...(reviewers.length > 0 && {
          preventSelfReview: !(args.selfReview ?? false),
          reviewers: [{ ...(teams.length > 0 && { teams }), ...(users.length > 0 && { users }) }],
        }),
      },
      { parent: this, protect: args.production },
    );
    const inside = { repository: args.repository, environment: this.environment.environment };
    for (const pattern of branches) {
      new github.RepositoryEnvironmentDeploymentPolicy(
        `${name}-branch-${pattern}`,
        { ...inside, branchPattern: pattern },
        { parent: this },
      );
    }
    for (const pattern of tags) {
      new github.RepositoryEnvironmentDeploymentPolicy(`${name}-tag-${pattern}`, { ...inside, tagPattern: pattern }, { parent: this });
    }
    if ((args.secrets?.length ?? 0) + (args.variables?.length ?? 0) > 0) {
      new ActionsSecrets(name, { ...inside, secrets: args.secrets ?? [], variables: args.variables ?? [] }, { parent: this });
    }
    this.registerOutputs({ environment: this.environment.environment });
  }
}
