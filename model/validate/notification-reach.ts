/** Failures of production that nobody would hear of. */
import { notificationsEnvironment, type NotificationRule } from "../notification.ts";
import { members, type Loose } from "../shape.ts";
import type { Branch, Tier } from "../system.ts";
import { argocdTarget } from "../target.ts";
import type { WorkflowFile } from "../workflow-file.ts";
import type { Judged } from "./report.ts";

type Rule = Loose<NotificationRule>;

/**
 * Every failure of the production tier must reach somebody: its Application's, that of each workflow which runs in one of its
 * environments, and that of each workflow whose checks gate the branch it is deployed from.
 */
export function judgeReach(judged: Judged, workflows: ReadonlyMap<string, WorkflowFile>): void {
  const { system, report } = judged;
  const tier = [...members(system.tiers)].find(([, { production }]) => production === true)?.[1];
  if (tier?.name === undefined) return;
  const heard = [...members(system.notifications)].map(([, rule]) => rule).filter((rule) => wakes(judged, rule));
  const must = (what: string, on: string) => {
    const rule = `nobody hears of ${what}: every failure of production must reach somebody`;
    report("notifications", undefined, rule, `add { on: ${on}, to: […] }, to a channel that shows it`);
  };
  if (argocdTarget(tier.target) !== undefined) {
    for (const event of ["Degraded", "SyncFailed"] as const) {
      if (heard.some(({ on }) => on !== undefined && "application" in on && on.tier === tier.name && on.application === event)) continue;
      must(`Application of ${tier.name}: ${event}`, `{ tier: "${tier.name}", application: "${event}" }`);
    }
  }
  const branches = ownBranches(judged, tier);
  for (const [workflow, why] of concerned(judged, tier, branches, workflows)) {
    if (heard.some(({ on }) => on !== undefined && "workflow" in on && on.workflow === workflow && tellsFailure(on, branches))) continue;
    must(`a failure of ${workflow}, which ${why}`, `{ workflow: "${workflow}", outcome: "failure" }`);
  }
}

/** PagerDuty only lists what is less than an error. */
function wakes({ system }: Judged, { to, severity = "error" }: Rule): boolean {
  const alert = severity === "critical" || severity === "error";
  return [...members(to)].some(([, name]) => {
    const kind = system.channels?.[name]?.kind;
    return kind !== undefined && (alert || kind !== "pagerduty");
  });
}

function tellsFailure(on: Extract<Rule["on"], { workflow?: unknown }>, branches: readonly string[]): boolean {
  const { job, branch, outcome } = on;
  return (outcome === "failure" || outcome === "completed") && job === undefined && (branch === undefined || branches.includes(branch));
}

/** Branches that production is deployed from, or that its code is merged into first. */
function ownBranches({ system }: Judged, tier: Loose<Tier>): string[] {
  const { branch } = argocdTarget(tier.target) ?? {};
  const owned = [...members(system.branches)].filter(([, one]) => one.default === true || isOf(tier, one));
  return [...owned.flatMap(([, { name }]) => name ?? []), ...(branch === undefined ? [] : [branch])];
}

function isOf(tier: Loose<Tier>, branch: Loose<Branch>): boolean {
  return branch.name !== undefined && (branch.tier === tier.name || branch.name === argocdTarget(tier.target)?.branch);
}

/** Workflow files that production depends on, and why. */
function concerned(
  { system }: Judged,
  tier: Loose<Tier>,
  branches: readonly string[],
  workflows: ReadonlyMap<string, WorkflowFile>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  // What tells of the others tells nothing of itself.
  const environments = [...members(system.environments)].flatMap(([, { name = "", tier: own }]) =>
    own === tier.name && name !== "" && name !== notificationsEnvironment ? [name] : [],
  );
  for (const [, { name = "", gate }] of members(system.branches)) {
    if (!branches.includes(name)) continue;
    for (const [, { workflow = "" }] of members(gate?.checks?.required)) {
      if (workflows.has(workflow)) found.set(workflow, `gates branch ${name}`);
    }
  }
  for (const { file, jobs } of workflows.values()) {
    for (const { environment } of jobs.values()) {
      // What an expression makes may be any of them.
      const named = environments.find((name) => name.toLowerCase() === environment?.toLowerCase());
      if (named !== undefined) found.set(file, `runs in environment ${named}`);
      else if (environment?.includes("${{") === true && environments.length > 0) found.set(file, `may run in environments of ${tier.name}`);
    }
  }
  return found;
}
