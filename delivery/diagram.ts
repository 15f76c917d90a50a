/** The path to production of one system, as a Mermaid flowchart: what a change passes from a pull request to each tier. */
import type { Branch, Environment, System, Tier } from "../model/system.ts";
import { argocdTarget, dockerTarget } from "../model/target.ts";
import { describeWindows } from "./page-words.ts";

/** @param contexts Branch → contexts that a merge requires. */
export function pathDiagram(system: System, contexts: Readonly<Record<string, readonly string[]>>): string {
  const lines = ["flowchart LR", '  change["pull request"]'];
  for (const branch of system.branches) lines.push(...branchLines(branch, contexts[branch.name]?.length ?? 0));
  for (const { pattern } of system.tags) {
    lines.push(`  ${id("tag", pattern)}(["tag ${text(pattern)}, never moved"])`);
    lines.push(
      ...system.branches.filter((branch) => branch.default === true).map(({ name }) => `  ${id("branch", name)} --> ${id("tag", pattern)}`),
    );
  }
  for (const environment of system.environments) lines.push(...environmentLines(environment, system));
  for (const tier of system.tiers) lines.push(...tierLines(tier, system));
  return lines.join("\n");
}

function branchLines({ name, gate }: Branch, checks: number): string[] {
  const node = `  ${id("branch", name)}["branch ${text(name)}"]`;
  if (gate === null) return [node, `  change --> ${id("branch", name)}`];
  const approvals = gate.pullRequest?.approvals ?? 1;
  const rules = [
    ...(gate.pullRequest === null ? [] : [`${approvals} ${approvals === 1 ? "approval" : "approvals"}`]),
    ...(gate.checks === null ? [] : [`${checks} checks`]),
    ...(gate.signedCommits === true ? ["signed"] : []),
    ...(gate.linearHistory === true ? ["linear"] : []),
  ];
  return [
    `  ${id("gate", name)}{"gate of ${text(name)}: ${rules.join(", ")}"}`,
    node,
    `  change --> ${id("gate", name)} --> ${id("branch", name)}`,
  ];
}

function environmentLines({ name, deployFrom, reviewers = [], waitTimerMinutes = 0 }: Environment, system: System): string[] {
  const rules = [
    ...(reviewers.length === 0 ? [] : [`approved by ${reviewers.map((one) => (one.kind === "team" ? one.slug : one.login)).join(" or ")}`]),
    ...(waitTimerMinutes > 0 ? [`waits ${waitTimerMinutes} min`] : []),
  ];
  const node = id("environment", name);
  const branches = (deployFrom.branches ?? []).filter((branch) => system.branches.some((known) => known.name === branch));
  return [
    `  ${node}[/"environment ${text(name)}${rules.length === 0 ? "" : `: ${rules.join(", ")}`}"/]`,
    ...branches.map((branch) => `  ${id("branch", branch)} -->|workflow| ${node}`),
    ...(deployFrom.tags ?? []).map((tag) => `  ${id("tag", tag)} -->|workflow| ${node}`),
  ];
}

function tierLines({ name, production = false, target, windows }: Tier, system: System): string[] {
  const node = id("tier", name);
  const argocd = argocdTarget(target);
  const docker = dockerTarget(target);
  const what = argocd?.application ?? docker?.container;
  if (what === undefined) return [];
  const shape = production ? ([`(("`, `"))`] as const) : ([`("`, `")`] as const);
  const label = `${production ? "production" : "tier"} ${name}: ${what}${windows === undefined ? "" : `, ${describeWindows(windows)}`}`;
  const lines = [`  ${node}${shape[0]}${text(label)}${shape[1]}`];
  if (argocd !== undefined) lines.push(`  ${id("branch", argocd.branch)} -->|Argo CD| ${node}`);
  else
    lines.push(
      ...system.environments
        .filter(({ tier }) => tier === name)
        .map((environment) => `  ${id("environment", environment.name)} --> ${node}`),
    );
  return lines;
}

const id = (kind: string, name: string): string => `${kind}_${name.replace(/\W/g, (sign) => `_${sign.codePointAt(0) ?? 0}_`)}`;
/** Mermaid ends a quoted label at `"`; `#` begins a code of its own. */
const text = (label: string): string => label.replaceAll("#", "#35;").replaceAll('"', "#quot;");
