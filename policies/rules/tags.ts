/** What guards release tags. */
import { github, type Declaration } from "./declaration.ts";
import type { StackRule } from "./rule.ts";
import { guardsOfTags } from "./tag-guards.ts";

const nameOf = (repository: Declaration): string => repository.text("name") ?? repository.name;

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
      const guards = guardsOfTags(nameOf(repository), String(tag), stack);
      if (!guards.some(() => true)) {
        if (required === true) yield `nothing guards tag ${String(tag)}`;
        return;
      }
      for (const part of ["update", "deletion"]) {
        if (!guards.some((ruleset) => ruleset.flag(`rules.${part}`))) yield `nothing forbids the ${part} of tag ${String(tag)}`;
      }
      for (const ruleset of guards.each()) {
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
      for (const wanted of Array.isArray(tags) ? (tags as readonly string[]) : []) {
        const [about, pattern = ""] = wanted.split(" ");
        if (about !== nameOf(repository)) continue;
        if (!guardsOfTags(about, pattern, stack).some(() => true)) yield `nothing guards tags ${pattern}`;
      }
    },
  },
];
