/**
 * The notification table as a workflow. GitHub starts it when another one starts or ends, always with this file as it is on the default
 * branch; it checks nothing out, so that no code but its own sees the channels' secrets.
 */
import { isApplicationRule, notificationsEnvironment } from "../../model/notification.ts";
import type { Channel, NotificationRule, WorkflowEvent } from "../../model/notification.ts";
import type { System } from "../../model/system.ts";
import { workflowsOf, type WorkflowFile } from "../../model/workflow-file.ts";
import { madeBy } from "../render.ts";
import { decideProgram, notifyScript } from "./script.ts";

/** Path of the workflow that is made. */
export const notificationsFile = ".github/workflows/notifications.yml";

type WorkflowRule = NotificationRule & { readonly on: WorkflowEvent };

/** `.github/workflows/notifications.yml` for a system with rules on workflows. */
export function renderNotifications(system: System, written: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const rules = (system.notifications ?? []).filter(isWorkflowRule);
  if (rules.length === 0) return new Map();
  const workflows = workflowsOf(written);
  const heard = [...new Set(rules.map(({ on }) => on.workflow))].flatMap((file) => workflows.get(file) ?? []);
  const channels = Object.entries(system.channels ?? {}).filter(([name]) => rules.some(({ to }) => to.includes(name)));
  return new Map([[notificationsFile, workflowText(system.name, rules, heard, channels)]]);
}

function isWorkflowRule(rule: NotificationRule): rule is WorkflowRule {
  return !isApplicationRule(rule);
}

function workflowText(
  system: string,
  rules: readonly WorkflowRule[],
  heard: readonly WorkflowFile[],
  channels: readonly (readonly [string, Channel])[],
): string {
  const starts = rules.some(({ on }) => on.outcome === "started");
  const secrets = [...new Set(channels.map(([, { secret }]) => secret))].sort();
  return `# ${madeBy}${system}/system.ts: change it there.
name: Notifications

# Always this file as it is on the default branch. Nothing is checked out, and what others wrote reaches the script as data only.
on:
  workflow_run:
    workflows:
${heard.map(({ name }) => `      - ${JSON.stringify(name)}`).join("\n")}
    types: [${starts ? "in_progress, completed" : "completed"}]

permissions: {}

jobs:
  notify:
    if: ${conditionOf(rules)}
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    # No deployment: nothing is deployed here. The environment holds the channels' secrets.
    environment:
      name: ${notificationsEnvironment}
      deployment: false
    permissions:
      actions: read
    steps:
      - name: Tell the channels
        env:
          GITHUB_TOKEN: \${{ github.token }}
${secrets.map((name) => `          ${name}: \${{ secrets.${name} }}`).join("\n")}
          PAGERDUTY_URL: https://events.pagerduty.com
          WORKFLOWS: |
${table(Object.fromEntries(heard.map((workflow) => [workflow.file, workflowRow(workflow)])))}
          CHANNELS: |
${table(Object.fromEntries(channels))}
          RULES: |
${indented(12, `[\n${rules.map((rule) => `  ${json({ ...rule.on, ...ruleRow(rule) })}`).join(",\n")}\n]`)}
          DECIDE: |
${indented(12, decideProgram)}
        shell: bash
        run: |
${indented(10, notifyScript)}
`;
}

/** Runs that no rule can be about need no runner. A run that is skipped has not run. */
function conditionOf(rules: readonly WorkflowRule[]): string {
  const conclusion = "github.event.workflow_run.conclusion";
  const failuresOnly = rules.every(({ on }) => on.job === undefined && on.outcome === "failure");
  return `${conclusion} != 'skipped'${failuresOnly ? ` && ${conclusion} != 'success'` : ""}`;
}

function workflowRow({ name, events, jobs }: WorkflowFile): unknown {
  return { name, events, jobs: Object.fromEntries([...jobs].map(([id, { names, limit }]) => [id, { names, limit }])) };
}

function ruleRow({ to, severity, message }: WorkflowRule): Partial<NotificationRule> {
  return { to, ...(severity !== undefined && { severity }), ...(message !== undefined && { message }) };
}

/** One entry a line, so that a change of one is a change of one line. */
function table(rows: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(rows).map(([key, row]) => `  ${json(key)}: ${json(row)}`);
  return indented(12, `{\n${lines.join(",\n")}\n}`);
}

/** JSON in which GitHub finds no expression. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll("${{", "\\u0024{{");
}

function indented(spaces: number, text: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? "" : `${" ".repeat(spaces)}${line}`))
    .join("\n");
}
