/** Changes that weaken no gate although they look like it, each with its reason. A mutant that nobody caught is missed unless it is here. */
import type { Mutant } from "./mutant.ts";

export interface Equivalent {
  readonly operator: RegExp;
  /** Of `Mutant.setting`. */
  readonly setting: RegExp;
  /** Of `Mutant.change`; any where it is absent. */
  readonly change?: RegExp;
  /** Of `Mutant.subject`; any where it is absent. */
  readonly subject?: RegExp;
  readonly reason: string;
}

const resources: readonly Equivalent[] = [
  {
    operator: /^drop$/,
    setting: /^(RepositoryRuleset|RepositoryEnvironment|Repository|WorkflowRepositoryPermissions|ActionsRepositoryPermissions) /,
    change: /: (false|0|\[\]) left out$/,
    reason: "what is left out is off, as it was, or is what the repository's branches decide",
  },
  {
    operator: /^drop$/,
    setting: / (enabled|spec\.syncPolicy\.automated\.enabled|spec\.orphanedResources\.warn|allowSquashMerge)$/,
    change: /: true left out$/,
    reason: "what is left out is on, as it was: it is the service's default",
  },
  {
    operator: /^drop$/,
    setting: /^(WorkflowRepositoryPermissions defaultWorkflowPermissions|TeamRepository permission|github baseUrl)$/,
    reason: "what is left out is the provider's default, which is the narrowest: to read, and GitHub itself",
  },
  { operator: /^flip$/, setting: /^RepositoryRuleset rules\./, change: /false → true$/, reason: "it asks for more than before" },
  {
    operator: /^flip$/,
    setting: /^RepositoryEnvironment deploymentBranchPolicy\.protectedBranches$/,
    reason: "GitHub refuses an environment with both kinds of policy, so nothing is changed",
  },
  {
    operator: /^flip$/,
    setting: /^(ActionsRepositoryPermissions enabled|ActionsRepositoryPermissions allowedActionsConfig\.githubOwnedAllowed)$/,
    change: /true → false$/,
    reason: "fewer workflows run, and what is required waits for them",
  },
  {
    operator: /^(drop|flip)$/,
    setting: /^Repository (allowAutoMerge|allowMergeCommit|allowSquashMerge|allowRebaseMerge)$/,
    reason: "by which method something is merged goes around no gate; which of them a branch takes its ruleset says",
  },
  {
    operator: /^(drop|shorten|swap)$/,
    setting: /^RepositoryRuleset rules\.pullRequest\.allowedMergeMethods/,
    reason: "by which method something is merged goes around no gate, and what the repository forbids stays forbidden",
  },
  {
    operator: /^(drop|empty|shorten)$/,
    setting: /^ActionsRepositoryPermissions allowedActionsConfig\.(patternsAlloweds|githubOwnedAllowed|verifiedAllowed)/,
    reason: "fewer actions may run",
  },
  {
    operator: /^add$/,
    setting: /^Repository (allowForking|isTemplate|archived)$/,
    reason: "a public repository may be copied by anybody anyway, and one that is archived takes no change at all",
  },
  {
    operator: /^(unprotect|unretain)$/,
    setting: /^(Repository|Branch|Namespace|AppProject|Application)$/,
    reason: "the other of protect and retainOnDelete stays, and either keeps it by itself",
  },
  {
    operator: /^unretain$/,
    setting: /^BranchDefault$/,
    reason: "GitHub keeps its default branch when nobody declares it any longer: the provider then asks for no other",
  },
  {
    operator: /^(leave-out|ignore)$/,
    setting: /^(github|kubernetes)$/,
    reason: "a connection: a resource that names it cannot be made without it, and it has no state at a service that could differ",
  },
  {
    operator: /^(leave-out|ignore)$/,
    setting: /^(ActionsEnvironmentSecret|ActionsEnvironmentVariable|Secret|TeamRepository)$/,
    reason: "fewer can do something: a credential that is missing opens nothing, and its value is none of a gate",
  },
  {
    operator: /^swap$/,
    setting: /^TeamRepository permission$/,
    change: /"admin" → "(maintain|push)"$|"maintain" → "push"$|"push" → "maintain"$/,
    reason: "only administrators change a gate; who may push may propose and approve already, and to maintain gives no right over a gate",
  },
  {
    operator: /^(drop|swap)$/,
    setting: /^ActionsEnvironmentVariable value$/,
    reason: "no value, or one of another kind: the job fails; that no environment is told what another one is told is judged by itself",
  },
  { operator: /^ignore$/, setting: /^(Namespace|Branch)$/, reason: "it has no setting that is a gate" },
  { operator: /^(drop|open)$/, setting: /^Secret type$/, reason: "with another type it no longer opens the registry" },
  {
    operator: /^lower$/,
    setting: /^RepositoryEnvironment reviewers\[\]\.users\[\]/,
    reason: "GitHub's own number of a person whom the system names: nobody writes it, and who is named is judged on the declaration",
  },
  {
    operator: /^(drop|empty|shorten)$/,
    setting: /^AppProject spec\.orphanedResources\.ignore/,
    reason: "more is told of what nobody declared",
  },
  {
    operator: /^(drop|shorten|leave-out)$/,
    setting: /^Application( metadata\.finalizers.*)?$/,
    reason: "what runs stays when the Application goes, and nothing is deployed by one that is not there",
  },
  {
    operator: /^(drop|lower)$/,
    setting: /^Application spec\.revisionHistoryLimit$/,
    reason: "enough is remembered to go back to",
  },
  {
    operator: /^(shorten|swap)$/,
    setting: /^Application spec\.syncPolicy\.syncOptions\[\]$/,
    reason: "how Argo CD applies, and in which order; the one that keeps two Applications apart is asked for",
  },
  {
    operator: /^shorten$/,
    setting: /^AppProject spec\.sourceIntegrity\.git\.policies\[\]\.gpg\.keys\[\]$/,
    reason: "fewer keys are trusted",
  },
  {
    operator: /^widen$/,
    setting: /^AppProject spec\.(sourceIntegrity\.git\.policies\[\]\.repos\[\]\.url|syncWindows\[\]\.applications\[\])$/,
    reason: "the project has one repository and one Application: all of them are just these",
  },
];

const files: readonly Equivalent[] = [
  {
    operator: /^(drop|shorten)-filter$/,
    setting: /^workflow on\.(push|pull_request|release)\./,
    reason:
      "GitHub takes the file from the commit that was pushed, so whoever may push could leave the filter out anyway: what binds is the ruleset, and the branches and tags of the environment",
  },
  {
    operator: /^drop-filter$/,
    setting: /^workflow on\.workflow_run\.workflows$/,
    reason: "GitHub starts nothing by a workflow_run that names no workflow",
  },
  {
    operator: /^(drop-trigger|shorten-filter)$/,
    setting: /^workflow on\./,
    reason: "it starts less often: what is required waits for it, and a trigger that nothing waits for is named where people count on it",
  },
  {
    operator: /^(drop-job|drop-file|rename|add-path-filter|add-types)$/,
    setting: /^workflow( |$)/,
    reason:
      "no required check, no deployment and no notification comes of it, and nobody counts on it by name, or a rule or validation had refused: a name is derived from the file",
  },
  {
    operator: /^drop-permissions$/,
    setting: /^workflow (jobs\.\*\.)?permissions$/,
    reason:
      "the other of the workflow's and the job's permissions stands, or the repository's default, which reads: what may write is named",
  },
  {
    operator: /^condition$/,
    setting: /^workflow jobs\.\*\.if$/,
    change: /always\(\)|cancelled\(\)/,
    reason:
      "the job waits for none, or looks at what became of those it waits for; its environment, its rights and who may start it are as before",
  },
  {
    operator: /^drop$/,
    setting: /^workflow jobs\.\*\.if$/,
    reason:
      "whoever reaches the job meets its environment and its rights as before; that no stranger's run reaches it is judged by itself, and a condition that holds a deployment or a publication is named",
  },
  {
    operator: /^drop$/,
    setting: /^workflow jobs\.\*\.steps\[\]\.if$/,
    reason: "a step that runs more often has the rights of its job and no others, and whoever reaches the job has those anyway",
  },
  {
    operator: /^drop$/,
    setting: /^workflow jobs\.\*\.needs(\[\])?$/,
    reason:
      "an order of jobs: what is required reports by itself; that a deployment waits for what may fail before it is judged by itself, and what else must wait is named",
  },
  {
    operator: /^(cancel|drop)$/,
    setting: /^workflow (jobs\.\*\.)?concurrency$/,
    reason: "it deploys nothing, or its jobs take turns by themselves: a run that was broken off reports no success",
  },
  {
    operator: /^own-runner$/,
    setting: /^workflow jobs\.\*\.runs-on$/,
    reason: "it runs on that machine already, in an environment that says from which branch",
  },
  {
    operator: /^drop-owners$/,
    setting: /^CODEOWNERS/,
    reason:
      "the line before it gives the same files to some of the same owners, or files of the application to a team that may do as much; production's overlay and what else reaches production keep owners of their own",
  },
];

export const equivalents: readonly Equivalent[] = [...resources, ...files];

export const equivalentOf = ({ operator, setting, change, subject }: Mutant): Equivalent | undefined =>
  equivalents.find(
    (each) =>
      each.operator.test(operator) &&
      each.setting.test(setting) &&
      (each.change?.test(change) ?? true) &&
      (each.subject?.test(subject) ?? true),
  );
