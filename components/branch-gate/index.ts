import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { checkArguments, type Token } from "../shared/arguments.ts";
import { bypassActors } from "../shared/bypass.ts";
import { branchGateArgs, type BranchGateArgs } from "./args.ts";

export type { BranchGateArgs, RequiredContext } from "./args.ts";

const token: Token = "gatehouse:github:BranchGate";

/**
 * The ruleset of one long-lived branch: how a change gets in, and that the branch cannot be rewritten or deleted.
 *
 * @example new BranchGate("shop-main", { repository: "shop", branch: "main", production: true, … })
 */
export class BranchGate extends pulumi.ComponentResource {
  readonly ruleset: github.RepositoryRuleset;
  /** Number of the ruleset at GitHub. */
  readonly rulesetId: pulumi.Output<number>;

  /**
   * @param name Unique among the branch gates of the stack.
   * @throws FaultsError with every fault of the arguments; nothing is registered then.
   */
  constructor(name: string, args: BranchGateArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArguments(token, name, branchGateArgs, args);
    super(token, name, { branch: args.branch, production: args.production }, opts);

    this.ruleset = new github.RepositoryRuleset(
      name,
      {
        name: `branch ${args.branch}`,
        repository: args.repository,
        target: "branch",
        enforcement: "active",
        conditions: { refName: { includes: [`refs/heads/${args.branch}`], excludes: [] } },
        bypassActors: bypassActors(args.bypass ?? [], args.directory),
        rules: rules(args),
      },
      { parent: this, protect: args.production },
    );
    this.rulesetId = this.ruleset.rulesetId;
    this.registerOutputs({ rulesetId: this.rulesetId });
  }
}

function rules(args: BranchGateArgs): github.types.input.RepositoryRulesetRules {
  const { pullRequest, requiredChecks, mergeQueue } = args;
  const signedCommits = args.signedCommits === undefined ? args.production : args.signedCommits === true;
  return {
    deletion: true,
    nonFastForward: true,
    requiredSignatures: signedCommits,
    requiredLinearHistory: args.linearHistory ?? false,
    ...(pullRequest !== null && {
      pullRequest: {
        requiredApprovingReviewCount: pullRequest.approvals ?? 1,
        dismissStaleReviewsOnPush: pullRequest.dismissStaleReviews ?? true,
        requireCodeOwnerReview: pullRequest.codeOwners ?? args.hasCodeOwners,
        requireLastPushApproval: pullRequest.lastPushApproval ?? true,
        requiredReviewThreadResolution: pullRequest.threadResolution ?? true,
        // GitHub fills this in with all methods; unsaid it would be a difference for ever.
        allowedMergeMethods: [...args.mergeMethods],
      },
    }),
    ...(requiredChecks !== null && {
      requiredStatusChecks: {
        strictRequiredStatusChecksPolicy: args.strict ?? true,
        requiredChecks: requiredChecks.map(({ context, integrationId }) => ({ context, integrationId })),
      },
    }),
    ...(mergeQueue !== undefined && { mergeQueue: { mergeMethod: mergeQueue.method } }),
  };
}
