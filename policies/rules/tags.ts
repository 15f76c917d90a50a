/** What guards release tags. */
import { fnmatch } from "../../model/fnmatch.ts";
import { github, type Declaration } from "./declaration.ts";
import type { StackRule } from "./rule.ts";

const guards = (ruleset: Declaration, repository: Declaration, sample: string): boolean => {
  if (ruleset.text("target") !== "tag" || ruleset.text("enforcement") !== "active") return false;
  if (ruleset.text("repository") !== (repository.text("name") ?? repository.name)) return false;
  const matches = (pattern: string): boolean => pattern === "~ALL" || fnmatch(pattern, `refs/tags/${sample}`);
  return ruleset.texts("conditions.refName.includes").some(matches) && !ruleset.texts("conditions.refName.excludes").some(matches);
};

export const tagRules: readonly StackRule[] = [
  {
    id: "tag-immutable",
    kind: "stack",
    types: [github("Repository")],
    title: "A release tag cannot be moved or deleted",
    why: "Whoever builds or audits a release by its tag would get something else than was released.",
    severity: "high",
    standards: { slsa: ["L2 protected tags"] },
    fix: 'Declare an active ruleset of target "tag" with `update` and `deletion`, and no bypass.',
    config: {
      tag: { type: "string", description: "A tag as releases have it; empty where the repository releases nothing.", default: "v1.0.0" },
      required: { type: "boolean", description: "Whether a repository without any tag ruleset fails.", default: false },
    },
    *judge(repository, stack, { tag, required }) {
      if (tag === "" || repository.flag("archived")) return;
      const rulesets = stack.all(github("RepositoryRuleset")).filter((ruleset) => guards(ruleset, repository, String(tag)));
      if (rulesets.length === 0) {
        if (required === true) yield `nothing guards tag ${String(tag)}`;
        return;
      }
      for (const part of ["update", "deletion"]) {
        if (!rulesets.some((ruleset) => ruleset.flag(`rules.${part}`))) yield `nothing forbids the ${part} of tag ${String(tag)}`;
      }
      for (const ruleset of rulesets) {
        const binding = ruleset.flag("rules.update") || ruleset.flag("rules.deletion");
        if (binding && ruleset.list("bypassActors").length > 0) yield `${ruleset.name} lets somebody around it`;
      }
    },
  },
  {
    id: "tags-kept",
    kind: "stack",
    types: [github("Repository")],
    title: "Tags that people go by stay guarded",
    why: "A ruleset that was left out is missed by nobody until a tag has moved.",
    severity: "medium",
    standards: { slsa: ["L2 protected tags"] },
    fix: 'Declare an active ruleset of target "tag" with the pattern.',
    config: {
      tags: { type: "array", description: "Patterns by repository, as `NAME PATTERN`.", default: [], items: { type: "string" } },
    },
    *judge(repository, stack, { tags }) {
      const name = repository.text("name") ?? repository.name;
      for (const wanted of Array.isArray(tags) ? (tags as readonly string[]) : []) {
        const [about, pattern = ""] = wanted.split(" ");
        if (about !== name) continue;
        const guarded = stack.all(github("RepositoryRuleset")).some((ruleset) => takesAll(ruleset, name, pattern));
        if (!guarded) yield `nothing guards tags ${pattern}`;
      }
    },
  },
];

const takesAll = (ruleset: Declaration, repository: string, pattern: string): boolean =>
  ruleset.text("target") === "tag" &&
  ruleset.text("enforcement") === "active" &&
  ruleset.text("repository") === repository &&
  ruleset.texts("conditions.refName.includes").includes(`refs/tags/${pattern}`);
