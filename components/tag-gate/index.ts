import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { checkArguments, type Token } from "../shared/arguments.ts";
import { bypassActors } from "../shared/bypass.ts";
import { tagGateArgs, type TagGateArgs } from "./args.ts";

export type { TagGateArgs } from "./args.ts";

const token: Token = "gatehouse:github:TagGate";

/**
 * Release tags that nobody can move or delete, and optionally only some may create.
 *
 * Two rulesets, because a bypass holds for all rules of its ruleset: who may create a tag must not thereby be able to move one.
 */
export class TagGate extends pulumi.ComponentResource {
  /** Forbids to move and to delete; nobody steps around it. */
  readonly immutability: github.RepositoryRuleset;
  /** Forbids to create but for the named actors; only there when the gate names some. */
  readonly creation: github.RepositoryRuleset | undefined;

  /**
   * @param name Unique among the tag gates of the stack.
   * @throws FaultsError with every fault of the arguments; nothing is registered then.
   */
  constructor(name: string, args: TagGateArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArguments(token, name, tagGateArgs, args);
    super(token, name, { pattern: args.pattern }, opts);

    const common = {
      repository: args.repository,
      target: "tag",
      enforcement: "active",
      conditions: { refName: { includes: [`refs/tags/${args.pattern}`], excludes: [] } },
    };
    this.immutability = new github.RepositoryRuleset(
      name,
      { ...common, name: `tag ${args.pattern}`, bypassActors: [], rules: { update: true, deletion: true, nonFastForward: true } },
      { parent: this, protect: true },
    );
    this.creation =
      args.bypass === undefined
        ? undefined
        : new github.RepositoryRuleset(
            `${name}-creation`,
            {
              ...common,
              name: `tag ${args.pattern} creation`,
              bypassActors: bypassActors(args.bypass, args.directory),
              rules: { creation: true },
            },
            { parent: this, protect: true },
          );
    this.registerOutputs({ rulesetId: this.immutability.rulesetId });
  }
}
