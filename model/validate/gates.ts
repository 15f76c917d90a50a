/** Combinations of settings that GitHub accepts one by one, and that together block every merge or guard nothing. */
import { codeOwnersPaths } from "../code-owners.ts";
import { members } from "../shape.ts";
import type { Judged } from "./report.ts";

export function judgeGates(judged: Judged): void {
  judgeMerging(judged);
  judgeReviews(judged);
  judgeSecurity(judged);
  judgePackages(judged);
}

function judgeMerging(judged: Judged): void {
  const { system, report } = judged;
  const { repository } = system;
  const methods = repository?.mergeMethods ?? ["squash"];
  if (repository?.squashCommit !== undefined && !methods.includes("squash")) {
    report(
      "repository.squashCommit",
      undefined,
      "is without effect: squash is none of the mergeMethods",
      "add squash, or remove squashCommit",
    );
  }
  if (repository?.deleteBranchOnMerge === true && (system.branches?.length ?? 0) > 1) {
    const rule =
      "GitHub deletes a merged head branch even where a ruleset forbids it, so merging one long-lived branch into another loses it";
    report("repository.deleteBranchOnMerge", true, rule, "remove it: with several long-lived branches it is off");
  }
  for (const [index, { gate }] of members(system.branches)) {
    if (gate === null || gate === undefined) continue;
    const path = `branches[${index}].gate`;
    const onlyMerge = !methods.includes("squash") && !methods.includes("rebase");
    if (gate.linearHistory === true && onlyMerge) {
      report(`${path}.linearHistory`, true, "no merge could ever happen: mergeMethods are merge commits only", "allow squash or rebase");
    }
    if (gate.signedCommits === true && !methods.includes("squash") && !methods.includes("merge")) {
      report(`${path}.signedCommits`, true, "no merge could ever happen: GitHub cannot sign what it rebases", "allow squash or merge");
    }
    const method = gate.mergeQueue?.method?.toLowerCase();
    if (method !== undefined && !methods.some((allowed) => allowed === method)) {
      report(
        `${path}.mergeQueue.method`,
        gate.mergeQueue?.method,
        "must be one of the repository's mergeMethods",
        `choose one of ${methods.join(", ").toUpperCase()}`,
      );
    }
  }
}

function judgeReviews(judged: Judged): void {
  const { system, files, report } = judged;
  const hasCodeOwners = codeOwnersPaths.some((path) => files.has(path));
  const selfApproval = system.repository?.actions?.canApprovePullRequestReviews === true;
  for (const [index, { gate }] of members(system.branches)) {
    const rule = gate?.pullRequest;
    if (rule === null || rule === undefined) continue;
    const path = `branches[${index}].gate.pullRequest`;
    if (rule.codeOwners === true && !hasCodeOwners) {
      const why = "the repository carries no CODEOWNERS file, so nobody's review would be required";
      report(`${path}.codeOwners`, true, why, `add ${codeOwnersPaths[0] ?? "CODEOWNERS"} under repository/`);
    }
    const byCodeOwner = rule.codeOwners ?? hasCodeOwners;
    if (selfApproval && (rule.approvals ?? 1) < 2 && !byCodeOwner && rule.lastPushApproval === false) {
      const why = "GITHUB_TOKEN may approve pull requests here, so its approval alone would be enough";
      report(path, undefined, why, "ask for a code owner or a last-push approval, or set canApprovePullRequestReviews: false");
    }
  }
}

function judgeSecurity(judged: Judged): void {
  const { vulnerabilityAlerts, dependabotSecurityUpdates, secretScanning, secretScanningPushProtection } =
    judged.system.repository?.security ?? {};
  const isOff = (value: boolean | null | undefined) => value === false || value === null;
  if (isOff(vulnerabilityAlerts) && !isOff(dependabotSecurityUpdates)) {
    const rule = "GitHub refuses security updates where vulnerability alerts are off";
    judged.report("repository.security.dependabotSecurityUpdates", dependabotSecurityUpdates, rule, "turn it off too, or the alerts on");
  }
  if (isOff(secretScanning) && secretScanningPushProtection === true) {
    const rule = "push protection needs secret scanning";
    judged.report("repository.security.secretScanningPushProtection", true, rule, "turn it off too, or the scanning on");
  }
}

function judgePackages(judged: Judged): void {
  for (const [index, { tags, initialTag }] of members(judged.system.packages)) {
    const path = `packages[${index}]`;
    const immutable = [...members(tags?.immutable)].map(([, tag]) => tag);
    for (const [at, tag] of members(tags?.moving)) {
      if (immutable.some((pattern) => matches(pattern, tag))) {
        judged.report(
          `${path}.tags.moving[${at}]`,
          tag,
          "also matches an immutable tag: a tag either moves or not",
          "leave it in one list",
        );
      }
    }
    if (initialTag !== undefined && tags?.immutable !== undefined && !immutable.some((pattern) => matches(pattern, initialTag))) {
      const rule = "must match an immutable tag: what is deployed must not change under its name";
      judged.report(`${path}.initialTag`, initialTag, rule, `choose one that matches ${immutable.join(" or ") || "an immutable pattern"}`);
    }
  }
}

function matches(pattern: string, tag: string): boolean {
  const expression = pattern.split("*").map((part) => part.replace(/[.\\+^$(){}|[\]?]/g, "\\$&"));
  return new RegExp(`^${expression.join(".*")}$`).test(tag);
}
