import type * as github from "@pulumi/github";
import type { Repository, RepositorySecurity } from "../../model/system.ts";

/** Security features with their defaults: on where the account has them, `null` where they are left alone. */
export function securityOf(declared: Repository): Required<RepositorySecurity> {
  const { security = {} } = declared;
  // Secret scanning is free on public repositories; elsewhere it is sold apart, so only a declaration turns it on.
  const scanning = declared.visibility === "public" ? true : null;
  return {
    vulnerabilityAlerts: security.vulnerabilityAlerts === undefined ? true : security.vulnerabilityAlerts,
    dependabotSecurityUpdates: security.dependabotSecurityUpdates === undefined ? true : security.dependabotSecurityUpdates,
    secretScanning: security.secretScanning === undefined ? scanning : security.secretScanning,
    secretScanningPushProtection: security.secretScanningPushProtection === undefined ? scanning : security.secretScanningPushProtection,
  };
}

/**
 * Settings of the repository itself.
 *
 * @param onlyBranch Is the default branch the only long-lived one? GitHub deletes a merged head branch even where a ruleset forbids
 * deletion, so with a second long-lived branch that is off unless declared.
 */
export function repositorySettings(declared: Repository, onlyBranch: boolean): github.RepositoryArgs & { name: string } {
  const { features = {}, mergeMethods = ["squash"], squashCommit } = declared;
  const { secretScanning, secretScanningPushProtection } = securityOf(declared);
  const squash = mergeMethods.includes("squash");
  return {
    name: declared.name,
    description: declared.description,
    visibility: declared.visibility,
    ...(declared.homepage !== undefined && { homepageUrl: declared.homepage }),
    topics: [...(declared.topics ?? [])].sort(),
    hasIssues: features.issues ?? true,
    hasWiki: features.wiki ?? false,
    hasProjects: features.projects ?? false,
    hasDiscussions: features.discussions ?? false,
    allowMergeCommit: mergeMethods.includes("merge"),
    allowSquashMerge: squash,
    allowRebaseMerge: mergeMethods.includes("rebase"),
    ...(squash && {
      squashMergeCommitTitle: squashCommit?.title ?? "PR_TITLE",
      squashMergeCommitMessage: squashCommit?.message ?? "PR_BODY",
    }),
    allowAutoMerge: declared.autoMerge ?? false,
    allowUpdateBranch: true,
    deleteBranchOnMerge: declared.deleteBranchOnMerge ?? onlyBranch,
    autoInit: true,
    ...((secretScanning !== null || secretScanningPushProtection !== null) && {
      securityAndAnalysis: {
        ...(secretScanning !== null && { secretScanning: { status: statusOf(secretScanning) } }),
        ...(secretScanningPushProtection !== null && { secretScanningPushProtection: { status: statusOf(secretScanningPushProtection) } }),
      },
    }),
  };
}

function statusOf(on: boolean): "enabled" | "disabled" {
  return on ? "enabled" : "disabled";
}
