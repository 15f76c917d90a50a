import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { checkArguments, type Token } from "../shared/arguments.ts";
import { governedRepositoryArgs, type GovernedRepositoryArgs } from "./args.ts";
import { repositorySettings, securityOf } from "./settings.ts";

export type { GovernedRepositoryArgs, Seed } from "./args.ts";

const token: Token = "gatehouse:github:GovernedRepository";

/** A repository with its settings, access, Actions permissions, security features, first files and long-lived branches. */
export class GovernedRepository extends pulumi.ComponentResource {
  readonly repository: github.Repository;
  /** Name at GitHub, without the owner; known once the repository exists. */
  readonly repositoryName: pulumi.Output<string>;
  /** What must exist before a ruleset may: seeds are pushed directly, and a ruleset refuses that. */
  readonly ready: readonly pulumi.Resource[];
  /** Known once every seed is written, not before: a run that is killed in between seeds again. */
  readonly seeded: pulumi.Output<true>;

  /**
   * @param name Unique among the repositories of the stack.
   * @throws FaultsError with every fault of the arguments; nothing is registered then.
   */
  constructor(name: string, args: GovernedRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArguments(token, name, governedRepositoryArgs, args);
    super(token, name, { fullName: `${args.declared.owner.login}/${args.declared.name}`, visibility: args.declared.visibility }, opts);

    const kept = { parent: this, protect: true, retainOnDelete: true };
    this.repository = new github.Repository(name, repositorySettings(args.declared, args.otherBranches.length === 0), kept);
    this.repositoryName = this.repository.name;

    const defaultBranch = new github.BranchDefault(
      name,
      // The owner's account decides what autoInit calls the first branch; a rename gives it the declared name.
      { repository: this.repositoryName, branch: args.defaultBranch, rename: true },
      { parent: this, retainOnDelete: true },
    );
    const seeded = this.#seed(name, args, defaultBranch);
    this.seeded = seeded.id.apply(() => true as const);
    const branches = args.otherBranches.map(
      (branch) =>
        new github.Branch(
          `${name}-${branch}`,
          { repository: this.repositoryName, branch, sourceBranch: args.defaultBranch },
          // Where a branch once started says nothing about it later, but a change of it would replace the branch.
          { ...kept, dependsOn: [seeded], ignoreChanges: ["sourceBranch", "sourceSha"] },
        ),
    );
    this.ready = [seeded, ...branches];
    this.#grantAccess(name, args);
    this.#limitActions(name, args);
    this.#secure(name, args);
    this.#decorate(name, args, seeded);
    this.#nameSubjects(name, args);
    this.registerOutputs({ repositoryName: this.repositoryName, repositoryId: this.repository.repoId });
  }

  /** One file after the other: parallel writes to one branch fail with 409. */
  #seed(name: string, args: GovernedRepositoryArgs, after: pulumi.CustomResource): pulumi.CustomResource {
    return args.seeds.reduce<pulumi.CustomResource>(
      (previous, seed) =>
        new github.RepositoryFile(
          `${name}-${seed.path}`,
          {
            repository: this.repositoryName,
            branch: args.defaultBranch,
            file: seed.path,
            content: seed.content,
            commitMessage: `chore: seed ${seed.path} [skip ci]`,
            overwriteOnCreate: true,
          },
          // Only a run that has not finished seeding declares them again: what is written stays as it is, and stays when it is declared no more.
          { parent: this, dependsOn: [previous], retainOnDelete: true, ignoreChanges: ["content", "commitMessage", "branch", "sha"] },
        ),
      after,
    );
  }

  #grantAccess(name: string, args: GovernedRepositoryArgs): void {
    for (const [slug, permission] of Object.entries(args.declared.teams ?? {})) {
      const teamId = args.directory.team(slug).apply(String);
      new github.TeamRepository(`${name}-${slug}`, { repository: this.repositoryName, teamId, permission }, { parent: this });
    }
    for (const [username, permission] of Object.entries(args.declared.collaborators ?? {})) {
      new github.RepositoryCollaborator(`${name}-${username}`, { repository: this.repositoryName, username, permission }, { parent: this });
    }
  }

  #limitActions(name: string, args: GovernedRepositoryArgs): void {
    const { actions } = args.declared;
    new github.ActionsRepositoryPermissions(
      name,
      {
        repository: this.repositoryName,
        enabled: true,
        allowedActions: "selected",
        allowedActionsConfig: {
          githubOwnedAllowed: actions.githubOwnedAllowed ?? true,
          verifiedAllowed: actions.verifiedAllowed ?? false,
          patternsAlloweds: [...actions.allowedActions],
        },
        shaPinningRequired: actions.shaPinningRequired ?? true,
      },
      { parent: this },
    );
    new github.WorkflowRepositoryPermissions(
      name,
      {
        repository: this.repositoryName,
        defaultWorkflowPermissions: actions.defaultWorkflowPermissions ?? "read",
        canApprovePullRequestReviews: actions.canApprovePullRequestReviews ?? false,
      },
      { parent: this },
    );
  }

  #secure(name: string, args: GovernedRepositoryArgs): void {
    const { vulnerabilityAlerts, dependabotSecurityUpdates } = securityOf(args.declared);
    const alerts =
      vulnerabilityAlerts === null
        ? []
        : [
            new github.RepositoryVulnerabilityAlerts(
              name,
              { repository: this.repositoryName, enabled: vulnerabilityAlerts },
              { parent: this },
            ),
          ];
    if (dependabotSecurityUpdates !== null) {
      new github.RepositoryDependabotSecurityUpdates(
        name,
        { repository: this.repositoryName, enabled: dependabotSecurityUpdates },
        // GitHub answers 422 to security updates where alerts are off.
        { parent: this, dependsOn: alerts },
      );
    }
  }

  /** Which claims a job's OpenID Connect token is known by at a cloud. */
  #nameSubjects(name: string, args: GovernedRepositoryArgs): void {
    const { oidcSubject } = args.declared;
    if (oidcSubject === undefined) return;
    new github.ActionsRepositoryOidcSubjectClaimCustomizationTemplate(
      name,
      { repository: this.repositoryName, useDefault: false, includeClaimKeys: [...oidcSubject] },
      { parent: this },
    );
  }

  #decorate(name: string, args: GovernedRepositoryArgs, seeded: pulumi.Resource): void {
    const { labels, autolinks = [], pages } = args.declared;
    if (labels !== undefined) {
      // The whole list is owned: GitHub's nine default labels that are not named go.
      new github.IssueLabels(name, { repository: this.repositoryName, labels: labels.map((label) => ({ ...label })) }, { parent: this });
    }
    for (const { prefix, url } of autolinks) {
      new github.RepositoryAutolinkReference(
        `${name}-${prefix}`,
        { repository: this.repositoryName, keyPrefix: prefix, targetUrlTemplate: url },
        { parent: this },
      );
    }
    if (pages !== undefined) {
      new github.RepositoryPages(
        name,
        { repository: this.repositoryName, buildType: pages.buildType },
        { parent: this, dependsOn: [seeded] },
      );
    }
  }
}
