/** The shape of a system, field by field. Rules that look at more than one field are in the other files of this folder. */
import { byKind, flag, list, number, object, oneOf, optional, orNull, pattern, record, whole, words, type Shape } from "../shape.ts";
import * as delivery from "./delivery-shapes.ts";
import * as name from "./names.ts";

const permission = oneOf(["pull", "triage", "push", "maintain", "admin"]);
const visibility = oneOf(["public", "private", "internal"]);
const bypassMode = oneOf(["always", "pull_request"]);
export const bypassActor = byKind({
  team: object({ kind: words(20), slug: name.teamSlug, mode: bypassMode }),
  role: object({ kind: words(20), role: oneOf(["maintain", "write", "admin"]), mode: bypassMode }),
  organizationAdmin: object({ kind: words(20), mode: bypassMode }),
});
/** Text of one line for GitHub's settings. */
const line = (most: number): Shape => pattern(`one line of 1 to ${most} characters`, new RegExp(`^(?=.*\\S)\\P{Cc}{1,${most}}$`, "u"));

export const secret = object({ name: name.secretName, purpose: words(1000), maxAgeDays: optional(whole(1, 3650, "days")) });
export const variable = object({ name: name.secretName, value: name.variableValue });
export const label = object({ name: line(50), color: name.color, description: optional(line(100)) });

export const actionsPermissions = object({
  allowedActions: list(name.allowedAction),
  githubOwnedAllowed: optional(flag),
  verifiedAllowed: optional(flag),
  shaPinningRequired: optional(flag),
  defaultWorkflowPermissions: optional(oneOf(["read", "write"])),
  canApprovePullRequestReviews: optional(flag),
});

export const repository = object({
  owner: object({ login: name.login, kind: oneOf(["organization", "user"]), plan: oneOf(["free", "pro", "team", "enterprise"]) }),
  name: name.repositoryName,
  description: line(350),
  visibility,
  homepage: optional(name.webAddress),
  topics: optional(list(name.topic, { most: 20, of: "topics" })),
  features: optional(object({ issues: optional(flag), wiki: optional(flag), projects: optional(flag), discussions: optional(flag) })),
  mergeMethods: optional(list(oneOf(["merge", "squash", "rebase"]), { least: 1, of: "merge methods" })),
  squashCommit: optional(
    object({ title: oneOf(["PR_TITLE", "COMMIT_OR_PR_TITLE"]), message: oneOf(["PR_BODY", "COMMIT_MESSAGES", "BLANK"]) }),
  ),
  autoMerge: optional(flag),
  deleteBranchOnMerge: optional(flag),
  teams: optional(record(name.teamSlug, permission)),
  collaborators: optional(record(name.login, permission)),
  actions: actionsPermissions,
  security: optional(
    object({
      vulnerabilityAlerts: optional(orNull(flag)),
      dependabotSecurityUpdates: optional(orNull(flag)),
      secretScanning: optional(orNull(flag)),
      secretScanningPushProtection: optional(orNull(flag)),
    }),
  ),
  labels: optional(list(label)),
  autolinks: optional(list(object({ prefix: name.autolinkPrefix, url: name.autolinkUrl }))),
  pages: optional(object({ buildType: oneOf(["workflow"]) })),
  oidcSubject: optional(
    list(oneOf(["repo", "context", "job_workflow_ref", "ref", "environment", "actor", "repository_id", "repository_owner"]), {
      least: 1,
      of: "claims",
    }),
  ),
});

export const gitOpsTarget = object({
  kind: oneOf(["argocd"]),
  application: name.applicationName,
  namespace: name.namespaceName,
  branch: name.branchName,
  path: name.folderPath,
  kinds: list(name.kind, { least: 1, of: "kinds" }),
  automated: optional(orNull(object({ prune: flag, selfHeal: flag }))),
  signedCommits: optional(orNull(flag)),
  strategies: optional(list(delivery.strategy, { least: 1, of: "strategies" })),
});
const target = byKind({ argocd: gitOpsTarget, docker: delivery.dockerTarget });

export const checkRef = object({ workflow: name.workflowFile, job: name.jobId });

export const pullRequestRule = orNull(
  object({
    approvals: optional(whole(0, 10, "approvals")),
    dismissStaleReviews: optional(flag),
    codeOwners: optional(flag),
    lastPushApproval: optional(flag),
    threadResolution: optional(flag),
  }),
);
export const mergeQueue = object({ method: oneOf(["MERGE", "SQUASH", "REBASE"]) });

export const branchGate = object({
  pullRequest: pullRequestRule,
  checks: orNull(object({ required: list(checkRef, { least: 1, of: "checks" }), strict: optional(flag) })),
  signedCommits: optional(orNull(flag)),
  linearHistory: optional(flag),
  mergeQueue: optional(mergeQueue),
  bypass: optional(list(bypassActor)),
});

export const branch = object({ name: name.branchName, default: optional(flag), tier: optional(name.tierName), gate: orNull(branchGate) });
export const tagGate = object({ pattern: name.refPattern, bypass: optional(list(bypassActor, { least: 1, of: "actors" })) });

export const reviewer = byKind({
  team: object({ kind: words(20), slug: name.teamSlug }),
  user: object({ kind: words(20), login: name.login }),
});

export const environment = object({
  name: name.environmentName,
  tier: name.tierName,
  // https://docs.github.com/actions/deployment/targeting-different-environments
  reviewers: optional(list(reviewer, { least: 1, most: 6, of: "reviewers" })),
  approvedAfter: optional(name.environmentName),
  waitTimerMinutes: optional(whole(0, 43_200, "minutes")),
  selfReview: optional(flag),
  adminBypass: optional(flag),
  deployFrom: object({ branches: optional(list(name.refPattern)), tags: optional(list(name.refPattern)) }),
  secrets: optional(list(secret)),
  variables: optional(list(variable)),
  trustedBy: optional(list(delivery.trustedPublisher)),
});

export const packageImage = object({
  name: name.packageName,
  visibility,
  tags: object({ immutable: list(name.imageTagPattern), moving: list(name.imageTagPattern) }),
  initialTag: name.imageTag,
  retentionDays: optional(whole(1, 3650, "days")),
});

const percent = number(0, 100);
const minutes = number(0.1, 1_440);

export const system = object({
  name: name.systemName,
  title: line(100),
  repository,
  tiers: list(
    object({
      name: name.tierName,
      production: optional(flag),
      target: optional(target),
      windows: optional(delivery.deploymentWindows),
    }),
    { least: 1, of: "tiers" },
  ),
  branches: list(branch, { least: 1, of: "branches" }),
  tags: list(tagGate),
  environments: list(environment),
  secrets: optional(list(secret)),
  variables: optional(list(variable)),
  packages: optional(list(packageImage)),
  channels: optional(delivery.channels),
  notifications: optional(list(delivery.notificationRule)),
  runners: optional(list(delivery.runner)),
  workflows: optional(object({ ci: list(name.workflowFile), cd: list(name.workflowFile) })),
  objectives: optional(
    object({
      ci: optional(percent),
      cd: optional(percent),
      deployment: optional(percent),
      ciMinutes: optional(minutes),
      feedbackMinutes: optional(minutes),
    }),
  ),
});
