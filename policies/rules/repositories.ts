/** What a repository itself must be. */
import { github } from "./declaration.ts";
import type { ResourceRule } from "./rule.ts";

const types = [github("Repository")];
const isPrivate = (visibility: string | undefined): boolean => visibility !== undefined && visibility !== "public";

export const repositoryRules: readonly ResourceRule[] = [
  {
    id: "repository-visibility-stated",
    kind: "resource",
    types,
    title: "A repository says who can see it",
    why: "The provider makes a repository public when nothing is said.",
    severity: "high",
    standards: { cis: ["1.2.2"] },
    fix: "Set `visibility`.",
    *judge(repository) {
      if (repository.text("visibility") === undefined && !repository.has("private"))
        yield "its visibility is not declared, which makes it public";
    },
  },
  {
    id: "repository-protected-from-deletion",
    kind: "resource",
    types,
    title: "A repository cannot be deleted by a change of the program",
    why: "A renamed resource or a removed line would delete the repository with its history, issues and packages.",
    severity: "critical",
    standards: { cis: ["1.2.3"] },
    fix: "Set the options `protect` and `retainOnDelete`, or `archiveOnDestroy`.",
    *judge(repository) {
      const kept = repository.protect || repository.retainOnDelete || repository.flag("archiveOnDestroy");
      if (!kept) yield "it is neither protected, nor retained, nor archived when it leaves the program";
    },
  },
  {
    id: "repository-secret-scanning",
    kind: "resource",
    types,
    title: "A public repository scans what is pushed for secrets",
    why: "A secret in a public repository is found by others within minutes.",
    severity: "high",
    standards: { cis: ["1.5.1"] },
    fix: 'Set `securityAndAnalysis.secretScanning.status` and `.secretScanningPushProtection.status` to "enabled".',
    *judge(repository) {
      // Elsewhere it is sold apart.
      if (isPrivate(repository.text("visibility")) || repository.flag("private")) return;
      for (const feature of ["secretScanning", "secretScanningPushProtection"]) {
        const path = `securityAndAnalysis.${feature}.status`;
        if (repository.text(path) !== "enabled") yield { path, message: `${feature} is not enabled` };
      }
    },
  },
  {
    id: "repository-deletes-merged-branches",
    kind: "resource",
    types,
    title: "Branches go when they are merged",
    why: "Branches that nobody looks after are code that nobody looks after, with workflows that can still be started.",
    severity: "low",
    standards: { cis: ["1.1.8"] },
    fix: "Set `deleteBranchOnMerge`; leave it where a second branch lives long and is the source of pull requests.",
    *judge(repository) {
      if (!repository.flag("deleteBranchOnMerge")) yield { path: "deleteBranchOnMerge", message: "merged branches stay" };
    },
  },
];
