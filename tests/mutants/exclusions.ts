/** Settings that are no gate: whatever stands there, nobody reaches more or less. Not changed at all, and counted in the report. */

export interface Exclusion {
  /** Of `Mutant.setting`. */
  readonly setting: RegExp;
  readonly reason: string;
}

export const exclusions: readonly Exclusion[] = [
  {
    setting: /^(DeliverySystem|GovernedRepository|ContainerPackage|BranchGate|TagGate|ArgoCdNotifications|DeploymentEnvironment)\b/,
    reason: "a component groups resources for people; the engine hands its inputs to nobody",
  },
  {
    setting: /^(GitOpsApplication|ActionsSecrets|RunnerGroup|DockerHostApp)\b/,
    reason: "a component groups resources for people; the engine hands its inputs to nobody",
  },
  { setting: /^IssueLabels\b/, reason: "labels are words and colours" },
  { setting: /^RepositoryPages\b/, reason: "where documentation is published, not what reaches production" },
  {
    setting: /^Repository (description|homepageUrl|topics|has\w+|squashMergeCommit\w+|autoInit|allowUpdateBranch)\b/,
    reason: "how a repository looks, and the words of its commits",
  },
  {
    setting: / (metadata\.annotations|spec\.description|spec\.syncPolicy\.retry|metadata\.annotations\.pulumi)\b/,
    reason: "words for people, marks of the engine, and how often a failed sync is tried again",
  },
  {
    setting: /^ConfigMapPatch\b|^SecretPatch\b/,
    reason: "the words of notifications; that failures reach somebody is judged on the declaration of the routes",
  },
  {
    setting: /^ActionsEnvironmentVariable variableName\b/,
    reason: "what a script asks for by its name: under another one it finds nothing",
  },
  { setting: /^RepositoryRuleset name\b/, reason: "what a ruleset is called" },
  {
    setting:
      /^(?!ActionsEnvironmentVariable value$).* (apiVersion|kind|metadata|metadata\.name|name|repository|secretName|variableName|teamId|value|stringData)$/,
    reason:
      "what a resource is about, and who it is: without it, or with another's, the service refuses it or it is another resource, which `leave-out` stands for",
  },
  { setting: /^(Branch|BranchDefault) (sourceBranch|rename)\b/, reason: "where a branch began" },
  { setting: /^kubernetes enableSecretMutable\b/, reason: "how the provider replaces a secret" },
  { setting: /^github legacyClient\b/, reason: "which client library the provider uses" },
];

export const exclusionOf = (setting: string): Exclusion | undefined => exclusions.find((exclusion) => exclusion.setting.test(setting));
