/** A page about one system, made from its declaration: its path to production as a diagram, its gates, tiers, targets and requirements. */
import type { Requirement } from "../model/requirement.ts";
import type { Branch, Environment, System, Tier } from "../model/system.ts";
import type { Channel, NotificationRule } from "../model/notification.ts";
import { argocdTarget, dockerTarget } from "../model/target.ts";
import { pathDiagram } from "./diagram.ts";
import { describeObjectives } from "./objectives.ts";
import { describeWindows } from "./page-words.ts";

export interface PageFacts {
  readonly system: System;
  /** Branch → contexts that a merge requires. */
  readonly contexts: Readonly<Record<string, readonly string[]>>;
  /** Stack → its tiers. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  readonly requirements: readonly Requirement[];
}

/** Markdown, without an end of line at its end. */
export function systemPage(facts: PageFacts): string {
  const { system, contexts, owners, requirements } = facts;
  const { owner, name, visibility, description } = system.repository;
  return [
    `Repository \`${owner.login}/${name}\` (${visibility}; ${owner.kind} on plan ${owner.plan}): ${description}.`,
    section("The path to production", `\`\`\`mermaid\n${pathDiagram(system, contexts)}\n\`\`\``),
    section("Gates", [...system.branches.map((branch) => branchGate(branch, contexts[branch.name] ?? [])), tagGates(system)].join("\n")),
    section("Environments", table(["environment", "tier", "deploys from", "approval", "holds"], system.environments.map(environmentRow))),
    section(
      "Tiers and targets",
      table(
        ["tier", "stack", "target", "follows", "windows"],
        system.tiers.map((tier) => tierRow(tier, owners)),
      ),
    ),
    ...told(system),
    ...figures(system),
    section(
      "Requirements",
      table(
        ["id", "kind", "what"],
        requirements.map(({ id, kind, text }) => [id, kind, text]),
      ),
    ),
  ].join("\n\n");
}

/** What `gatehouse metrics` counts, and what is promised of it. */
function figures({ workflows, objectives = {} }: System): string[] {
  if (workflows === undefined) return [];
  const counted = `CI is counted from ${listed(workflows.ci)}, CD from ${listed(workflows.cd)}.`;
  const promised = describeObjectives(objectives).map(({ title, target }) => [title, target]);
  return [
    section(
      "Figures",
      promised.length === 0 ? `${counted} Nothing is promised of them.` : `${counted}\n\n${table(["objective", "target"], promised)}`,
    ),
  ];
}

const section = (title: string, body: string): string => `## ${title}\n\n${body}`;
const code = (text: string): string => `\`${text}\``;
const listed = (texts: readonly string[]): string => texts.map(code).join(", ");

function branchGate({ name, gate, default: isDefault = false }: Branch, contexts: readonly string[]): string {
  const title = `- **${name}**${isDefault ? " (default)" : ""}: `;
  if (gate === null) return `${title}no gate, deliberately.`;
  const { pullRequest, checks, signedCommits, linearHistory = false, mergeQueue, bypass = [] } = gate;
  const rules = [
    pullRequest === null ? "no pull request needed" : reviews(pullRequest),
    ...(signedCommits === true ? ["signed commits"] : []),
    ...(linearHistory ? ["linear history"] : []),
    ...(mergeQueue === undefined ? [] : ["a merge queue"]),
    bypass.length === 0 ? "nobody bypasses" : `bypassed by ${bypass.map(actor).join(", ")}`,
  ].join("; ");
  if (checks === null) return `${title}${rules}; no required check, deliberately.`;
  const strict = (checks.strict ?? true) ? ", up to date with the branch" : "";
  return `${title}${rules}; ${contexts.length} required checks${strict}: ${listed(contexts)}.`;
}

function reviews(rule: NonNullable<NonNullable<Branch["gate"]>["pullRequest"]>): string {
  const { approvals = 1, codeOwners, lastPushApproval = true } = rule;
  const extras = [...(codeOwners === true ? ["a code owner's"] : []), ...(lastPushApproval ? ["of the last push"] : [])];
  return `a pull request with ${approvals} ${approvals === 1 ? "approval" : "approvals"}${extras.length === 0 ? "" : ` (${extras.join(", ")})`}`;
}

function actor(bypass: NonNullable<NonNullable<Branch["gate"]>["bypass"]>[number]): string {
  return bypass.kind === "team" ? `team ${bypass.slug}` : bypass.kind === "role" ? `role ${bypass.role}` : "organization owners";
}

function tagGates({ tags }: System): string {
  return tags.map(({ pattern }) => `- **tags ${code(pattern)}**: cannot be moved or deleted.`).join("\n");
}

function environmentRow({ name, tier, deployFrom, secrets = [], variables = [], trustedBy = [], ...rules }: Environment): string[] {
  const { reviewers = [], waitTimerMinutes = 0, selfReview = false, adminBypass = false, approvedAfter } = rules;
  const names = reviewers.map((reviewer) => (reviewer.kind === "team" ? `team ${reviewer.slug}` : reviewer.login));
  const approval = [
    names.length === 0 ? "none" : `one of ${names.join(", ")}`,
    ...(waitTimerMinutes > 0 ? [`after ${waitTimerMinutes} min`] : []),
    ...(approvedAfter === undefined ? [] : [`after \`${approvedAfter}\`, by somebody else`]),
    ...(names.length > 0 && !selfReview ? ["not their own run"] : []),
    ...(adminBypass ? ["administrators may skip"] : []),
  ].join("; ");
  const from = [...(deployFrom.branches ?? []), ...(deployFrom.tags ?? []).map((tag) => `tags ${tag}`)];
  const holds = [
    ...(secrets.length > 0 ? [`secrets ${listed(secrets.map((secret) => secret.name))}`] : []),
    ...(variables.length > 0 ? [`variables ${listed(variables.map((variable) => variable.name))}`] : []),
    ...trustedBy.map((publisher) => `trusted by ${publisher.kind === "azure" ? "Azure" : "PyPI"}`),
  ].join("; ");
  return [code(name), tier, listed(from), approval, holds];
}

function tierRow({ name, production = false, target, windows }: Tier, owners: PageFacts["owners"]): string[] {
  const stack = [...owners].find(([, tiers]) => tiers.includes(name))?.[0] ?? "";
  const argocd = argocdTarget(target);
  const docker = dockerTarget(target);
  const where = argocd !== undefined ? `Application ${code(argocd.application)} in namespace ${code(argocd.namespace)}` : "";
  const container = docker !== undefined ? `container ${code(docker.container)} on port ${docker.hostPort}` : "";
  const strategies = (argocd?.strategies ?? []).map(({ workload, kind }) => `${workload} ${kind}`);
  const follows =
    argocd !== undefined ? `${code(argocd.path)} on ${argocd.branch}` : docker !== undefined ? `package ${code(docker.package)}` : "";
  return [
    `${name}${production ? " (production)" : ""}`,
    stack,
    `${where}${container}${strategies.length === 0 ? "" : `; ${strategies.join(", ")}`}`,
    follows,
    windows === undefined ? "always" : describeWindows(windows),
  ];
}

function ruleRow({ on, to, severity }: NotificationRule): string[] {
  const event =
    "application" in on
      ? `Application of ${on.tier}: ${on.application}`
      : `${code(on.workflow)}${on.job === undefined ? "" : ` job ${code(on.job)}`}${on.branch === undefined ? "" : ` on ${on.branch}`}: ${on.outcome}`;
  return [`${event}${severity === undefined ? "" : ` (${severity})`}`, to.join(", ")];
}

/** Who hears of what, and where that is; nothing for a system without rules. */
function told({ notifications = [], channels = {} }: System): string[] {
  if (notifications.length === 0) return [];
  const rules = table(["event", "goes to"], notifications.map(ruleRow));
  return [section("Notifications", `${rules}\n\n${table(["channel", "is", "secret"], Object.entries(channels).map(channelRow))}`)];
}

function channelRow([name, channel]: readonly [string, Channel]): string[] {
  const kinds = { slack: "Slack", discord: "Discord", email: "e-mail", pagerduty: "PagerDuty" } as const;
  const where = channel.kind === "slack" ? ` ${channel.channel}` : channel.kind === "email" ? ` to ${channel.to.join(", ")}` : "";
  return [name, `${kinds[channel.kind]}${where}`, code(channel.secret)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
