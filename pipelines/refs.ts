/** On which refs an event runs the jobs of a workflow. */
import { judgeJobs, type JobRun } from "./conditions.ts";
import { contextsOf, type Contexts } from "./contexts.ts";
import { matchesPatterns } from "./glob.ts";
import { knownText, NULL, partial, type Value } from "./values.ts";
import type { Trigger, Workflow } from "./workflow.ts";

/** A branch or a tag of the repository. */
export interface Ref {
  readonly kind: "branch" | "tag";
  readonly name: string;
}

/** What a job does when an event happens on a ref. */
export interface RefRun {
  readonly event: string;
  readonly ref: Ref;
  /** Jobs by id. */
  readonly jobs: ReadonlyMap<string, JobRun>;
  /** Is the event's ref this one whenever it happens, or does somebody choose it? */
  readonly chosen: boolean;
}

const pullRequests = ["pull_request", "pull_request_review", "pull_request_review_comment", "merge_group"];
const chosen = ["workflow_dispatch", "workflow_call", "release", "create", "delete", "deployment", "deployment_status"];

/**
 * The runs of a workflow on each of these refs; every other event runs with the default branch as its ref.
 *
 * @param refs Branches and tags, a sample of each pattern.
 * @param isDefault Is it the default branch?
 */
export function runsOnRefs(workflow: Workflow, refs: readonly Ref[], isDefault: (ref: Ref) => boolean): readonly RefRun[] {
  return workflow.triggers.flatMap((trigger) => {
    const { event } = trigger;
    // These run with a ref of their own, which is neither branch nor tag of the repository.
    if (pullRequests.includes(event)) return [];
    const own = refs.filter((ref) => {
      if (event === "push") return starts(trigger, ref);
      return chosen.includes(event) || isDefault(ref);
    });
    return own.map((ref) => ({
      event,
      ref,
      jobs: judgeJobs(workflow, withRef(contextsOf(trigger), ref), () => false),
      chosen: chosen.includes(event),
    }));
  });
}

/** Filters of one kind alone leave out every ref of the other kind. */
function starts({ filters }: Trigger, { kind, name }: Ref): boolean {
  const [only, except] = kind === "branch" ? [filters.branches, filters["branches-ignore"]] : [filters.tags, filters["tags-ignore"]];
  const others = kind === "branch" ? [filters.tags, filters["tags-ignore"]] : [filters.branches, filters["branches-ignore"]];
  if (only !== undefined) return matchesPatterns(only.patterns, name);
  if (except !== undefined) return !matchesPatterns(except.patterns, name);
  return others.every((filter) => filter === undefined);
}

function withRef(contexts: Contexts, { kind, name }: Ref): Contexts {
  const github = contexts.get("github");
  const known: readonly (readonly [string, Value])[] = [
    ["ref", knownText(`refs/${kind === "branch" ? "heads" : "tags"}/${name}`)],
    ["ref_name", knownText(name)],
    ["ref_type", knownText(kind)],
  ];
  const [members, rest] = github?.kind === "partial" ? [github.members, github.rest] : [new Map<string, Value>(), NULL];
  return new Map([...contexts, ["github", partial("github", Object.fromEntries([...members, ...known]), rest)]]);
}
