import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { checkArguments, type Token } from "../shared/arguments.ts";
import { actionsSecretsArgs, type ActionsSecretsArgs } from "./args.ts";

export type { ActionsSecretsArgs } from "./args.ts";

const token: Token = "gatehouse:github:ActionsSecrets";

/**
 * Secrets and variables that workflows read, of a repository or of one of its environments.
 *
 * `remoteUpdatedAt` is watched on purpose: a value that somebody changed at GitHub is written again at the next update after a refresh.
 */
export class ActionsSecrets extends pulumi.ComponentResource {
  /**
   * @param name Unique among the secrets of the stack.
   * @throws FaultsError with every fault of the arguments, never with a value; nothing is registered then.
   */
  constructor(name: string, args: ActionsSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArguments(token, name, actionsSecretsArgs, args);
    const { repository, environment, secrets = [], variables = [] } = args;
    super(
      token,
      name,
      { secretNames: secrets.map((secret) => secret.name), variableNames: variables.map((variable) => variable.name) },
      opts,
    );

    const child = { parent: this };
    for (const secret of secrets) {
      const common = { repository, secretName: secret.name, value: pulumi.secret(secret.value.reveal()) };
      if (environment === undefined) new github.ActionsSecret(`${name}-${secret.name}`, common, child);
      else new github.ActionsEnvironmentSecret(`${name}-${secret.name}`, { ...common, environment }, child);
    }
    for (const variable of variables) {
      const common = { repository, variableName: variable.name, value: variable.value };
      if (environment === undefined) new github.ActionsVariable(`${name}-${variable.name}`, common, child);
      else new github.ActionsEnvironmentVariable(`${name}-${variable.name}`, { ...common, environment }, child);
    }
    this.registerOutputs({});
  }
}
