import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Branch, Environment, Secret, Tier } from "../../model/system.ts";
import { namespaceRoleName } from "../../delivery/argocd-names.ts";
import { hasApplicationRules, subscriptionsOf } from "../../delivery/argocd-notifications.ts";
import { notificationsEnvironment } from "../../model/notification.ts";
import { subjectOf } from "../../model/subject.ts";
import { argocdTarget, dockerTarget } from "../../model/target.ts";
import { ActionsSecrets } from "../actions-secrets/index.ts";
import { ArgoCdNotifications } from "../argocd-notifications/index.ts";
import { BranchGate } from "../branch-gate/index.ts";
import { ContainerPackage } from "../container-package/index.ts";
import { DeploymentEnvironment } from "../deployment-environment/index.ts";
import { DockerHostApp } from "../docker-host-app/index.ts";
import { GitOpsApplication } from "../gitops-application/index.ts";
import { GovernedRepository } from "../governed-repository/index.ts";
import { RunnerGroup } from "../runner-group/index.ts";
import { checkArguments, type Token } from "../shared/arguments.ts";
import type { Directory } from "../shared/directory.ts";
import { TagGate } from "../tag-gate/index.ts";
import { deliverySystemArgs, type DeliverySystemArgs } from "./args.ts";

export type { DeliverySystemArgs } from "./args.ts";

const token: Token = "gatehouse:delivery:DeliverySystem";

/** What every gate is told. */
interface Governed {
  readonly repository: pulumi.Output<string>;
  readonly directory: Directory;
}

/** What a stack exports about a system. Plain facts, no secrets; a lower stack and the commands read them. */
export interface SystemOutputs {
  /** `owner/name`. */
  readonly repository: string;
  /** Branch or tag pattern → number of its ruleset. */
  readonly rulesets: Readonly<Record<string, pulumi.Output<number>>>;
  readonly environments: readonly string[];
  /** Application → namespace. */
  readonly applications: Readonly<Record<string, string>>;
  /** Container → address on its Docker host. */
  readonly containers: Readonly<Record<string, string>>;
  /** Targets that this stack owns and did not declare, each with the reason. */
  readonly leftOut: readonly string[];
  /** Images, each with the digest of the tag that was looked up; without one where none was asked for. */
  readonly images: readonly pulumi.Input<string>[];
  /** What has to be entered where a job's OpenID Connect token is trusted: environment → subject. Only where Azure trusts one. */
  readonly subjects?: Readonly<Record<string, pulumi.Input<string>>>;
  /** true once every file of the repository's first commits is written: a later run declares none of them. */
  readonly seeded?: pulumi.Output<true>;
}

/**
 * One delivery system in one stack. The foundation declares all that GitHub holds of it, since a right over one environment or one ruleset
 * is a right over the whole repository there. Each stack declares what its own tiers run: namespaces, Applications, containers.
 */
export class DeliverySystem extends pulumi.ComponentResource {
  readonly outputs: SystemOutputs;
  readonly #name: string;
  readonly #args: DeliverySystemArgs;
  /** What everything on top of the repository waits for. */
  #ready: readonly pulumi.Resource[] = [];

  /**
   * @param name The system's name; unique in the stack.
   * @throws FaultsError with every fault of the arguments; nothing is registered then.
   */
  constructor(name: string, args: DeliverySystemArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArguments(token, name, deliverySystemArgs, args, (faults) => {
      if (args.stack.name !== args.stack.foundation || args.directory !== undefined) return;
      const rule = "is needed in the foundation, which declares what GitHub holds";
      faults.push({ path: "directory", value: undefined, rule, fix: "give a Directory of the repository's owner" });
    });
    const { system, stack, directory } = args;
    const repository = `${args.owner}/${system.repository.name}`;
    const owned = system.tiers.filter((tier) => stack.tiers[name]?.includes(tier.name));
    super(token, name, { repository, stack: stack.name, tiers: owned.map((tier) => tier.name) }, opts);
    this.#name = name;
    this.#args = args;

    const governed = stack.name === stack.foundation && directory !== undefined ? this.#govern(directory) : undefined;
    const applications = Object.fromEntries(owned.flatMap((tier) => this.#application(tier)));
    const { containers, leftOut } = this.#containers(owned);
    this.outputs = { repository, rulesets: {}, environments: [], images: [], ...governed, applications, containers, leftOut };
    this.registerOutputs({ ...this.outputs });
  }

  /** All that GitHub holds, and what Argo CD is told to tell of. */
  #govern(directory: Directory): Pick<SystemOutputs, "rulesets" | "environments" | "images" | "subjects" | "seeded"> {
    const { system } = this.#args;
    const { ready, repository, repositoryName, seeded } = this.#governRepository(directory);
    this.#ready = ready;
    const governed = { repository: repositoryName, directory };
    const rulesets: Record<string, pulumi.Output<number>> = {};
    for (const branch of system.branches) {
      if (branch.gate !== null) rulesets[branch.name] = this.#gate(branch, branch.gate, governed).rulesetId;
    }
    for (const gate of system.tags) {
      rulesets[gate.pattern] = new TagGate(`${this.#name}-${gate.pattern}`, { ...gate, ...governed }, this.#child()).immutability.rulesetId;
    }
    this.#repositorySecrets(repositoryName);
    this.#runnerGroups(repositoryName, repository.repoId);
    for (const environment of system.environments) this.#environment(environment, governed);
    const images = this.#packages();
    const subjects = this.#subjects(repository.repoId);
    this.#notifications();
    return {
      rulesets,
      environments: system.environments.map((environment) => environment.name),
      images,
      ...(Object.keys(subjects).length > 0 && { subjects }),
      seeded,
    };
  }

  #isProduction(tier: string | undefined): boolean {
    return this.#args.system.tiers.some((candidate) => candidate.name === tier && candidate.production === true);
  }

  #child(): pulumi.ComponentResourceOptions {
    return { parent: this, dependsOn: [...this.#ready] };
  }

  #governRepository(directory: Directory): GovernedRepository {
    const { system, owner, seeds } = this.#args;
    const isDefault = (branch: Branch) => branch.default === true;
    const declared = { ...system.repository, owner: { ...system.repository.owner, login: owner } };
    return new GovernedRepository(
      this.#name,
      {
        declared,
        defaultBranch: system.branches.find(isDefault)?.name ?? "main",
        otherBranches: system.branches.filter((branch) => !isDefault(branch)).map((branch) => branch.name),
        seeds,
        directory,
      },
      { parent: this },
    );
  }

  #gate(branch: Branch, gate: NonNullable<Branch["gate"]>, governed: Governed): BranchGate {
    const { checks, ...rest } = gate;
    return new BranchGate(
      `${this.#name}-${branch.name}`,
      {
        ...rest,
        ...governed,
        branch: branch.name,
        production: this.#isProduction(branch.tier),
        hasCodeOwners: this.#args.hasCodeOwners,
        mergeMethods: this.#args.system.repository.mergeMethods ?? ["squash"],
        requiredChecks: checks === null ? null : (this.#args.contexts[branch.name] ?? []),
        ...(checks?.strict !== undefined && { strict: checks.strict }),
      },
      this.#child(),
    );
  }

  #repositorySecrets(repository: pulumi.Input<string>): void {
    const { system } = this.#args;
    const secrets = this.#values("repository", system.secrets);
    const variables = system.variables ?? [];
    if (secrets.length + variables.length === 0) return;
    new ActionsSecrets(this.#name, { repository, secrets, variables }, this.#child());
  }

  #runnerGroups(repository: pulumi.Input<string>, repositoryId: pulumi.Input<number>): void {
    const { system, owner } = this.#args;
    const groups = new Map<string, string[]>();
    for (const { group, workflows } of system.runners ?? []) {
      if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), ...workflows]);
    }
    for (const [group, workflows] of groups) {
      const args = {
        group,
        owner,
        repository,
        repositoryId,
        publicRepository: system.repository.visibility === "public",
        branches: system.branches.map((branch) => branch.name),
        workflows: [...new Set(workflows)],
      };
      new RunnerGroup(`${this.#name}-${group}`, args, this.#child());
    }
  }

  #environment({ name, tier, secrets, ...rules }: Environment, governed: Governed): void {
    new DeploymentEnvironment(
      `${this.#name}-${name}`,
      {
        ...rules,
        ...governed,
        environment: name,
        production: this.#isProduction(tier),
        secrets: this.#values(name, secrets),
      },
      this.#child(),
    );
  }

  /** Subjects that Azure trusts, by environment. */
  #subjects(repositoryId: pulumi.Output<number>): Record<string, pulumi.Input<string>> {
    const { system, owner } = this.#args;
    const trusted = system.environments.filter(({ trustedBy = [] }) => trustedBy.some(({ kind }) => kind === "azure"));
    const subject = (environment: Environment, id: number) => subjectOf(system, environment, { owner, repositoryId: id });
    return Object.fromEntries(trusted.map((environment) => [environment.name, repositoryId.apply((id) => subject(environment, id))]));
  }

  #packages(): pulumi.Input<string>[] {
    const { system, stack, owner, registry } = this.#args;
    return (system.packages ?? []).map((declared) => {
      const tag = stack.images[this.#name]?.[declared.name];
      const { image, digest } = new ContainerPackage(
        `${this.#name}-${declared.name}`,
        {
          declared,
          owner,
          repository: system.repository.name,
          host: stack.registry.host,
          ...(tag !== undefined && { tag }),
          ...(registry !== undefined && { registry }),
        },
        { parent: this },
      );
      return digest === undefined ? image : pulumi.interpolate`${image}@${digest}`;
    });
  }

  /** For the Applications of all stacks: the channels' secrets are here. */
  #notifications(): void {
    const { system, stack, secrets } = this.#args;
    if (!hasApplicationRules(system)) return;
    new ArgoCdNotifications(
      this.#name,
      {
        system,
        values: secrets[notificationsEnvironment] ?? {},
        pagerDutyUrl: stack.notifications.pagerDutyUrl,
        argocdNamespace: stack.argocd.namespace,
      },
      this.#child(),
    );
  }

  #application(tier: Tier): [string, string][] {
    const { stack, system, owner } = this.#args;
    const target = argocdTarget(tier.target);
    if (target === undefined) return [];
    const { host, username, token } = stack.registry;
    const { user } = stack.kubernetes;
    new GitOpsApplication(
      `${this.#name}-${tier.name}`,
      {
        target,
        production: tier.production === true,
        ...(tier.windows !== undefined && { windows: tier.windows }),
        subscriptions: subscriptionsOf(system, tier.name),
        repositoryUrl: `${stack.argocd.repositoryUrlBase}/${owner}/${system.repository.name}.git`,
        argocdNamespace: stack.argocd.namespace,
        signatureKeys: stack.argocd.signatureKeys,
        ...(stack.gitToken !== undefined && { gitToken: stack.gitToken }),
        ...(token !== undefined && (system.packages ?? []).length > 0 && { pullSecret: { host, username, token } }),
        ...(user !== undefined && { access: { role: namespaceRoleName(stack.name), user } }),
      },
      this.#child(),
    );
    return [[target.application, target.namespace]];
  }

  #containers(tiers: readonly Tier[]): Pick<SystemOutputs, "containers" | "leftOut"> {
    const containers: Record<string, string> = {};
    const leftOut: string[] = [];
    for (const tier of tiers) {
      const declared = dockerTarget(tier.target);
      if (declared === undefined) continue;
      const target = { ...declared, hostPort: this.#args.stack.docker.ports?.[declared.container] ?? declared.hostPort };
      if (this.#args.docker === undefined) {
        leftOut.push(`container ${target.container} of tier ${tier.name}: stack ${this.#args.stack.name} has no gatehouse:docker.host`);
        continue;
      }
      const args = {
        target,
        system: this.#name,
        tier: tier.name,
        production: tier.production === true,
        image: this.#imageByDigest(target.package),
      };
      new DockerHostApp(`${this.#name}-${tier.name}`, args, pulumi.mergeOptions(this.#child(), { provider: this.#args.docker }));
      containers[target.container] = `http://127.0.0.1:${target.hostPort}`;
    }
    return { containers, leftOut };
  }

  /** The image of a declared package at the tag that the stack names, or at the one it begins with. */
  #imageByDigest(name: string): pulumi.Output<string> {
    const { system, stack, owner, registry } = this.#args;
    const tag = stack.images[this.#name]?.[name] ?? (system.packages ?? []).find((declared) => declared.name === name)?.initialTag ?? "";
    const image = `${stack.registry.host}/${owner}/${name}`.toLowerCase();
    const options = { parent: this, ...(registry !== undefined && { provider: registry }) };
    const { sha256Digest } = docker.getRegistryImageOutput({ name: `${image}:${tag}` }, options);
    return pulumi.interpolate`${image}@${sha256Digest}`;
  }

  /** Values of declared secrets. That all are there was judged before anything was built. */
  #values(scope: string, declared: readonly Secret[] = []): { name: string; value: DeliverySystemArgs["secrets"][string][string] }[] {
    return declared.flatMap(({ name }) => {
      const value = this.#args.secrets[scope]?.[name];
      return value === undefined ? [] : [{ name, value }];
    });
  }
}
