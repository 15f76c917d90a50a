/** Notification tables that tell the wrong people, nobody, or nothing: no service says so before the day on which it matters. */
import { notificationsEnvironment, type NotificationRule } from "../notification.ts";
import { joinPath, members, type Loose } from "../shape.ts";
import { argocdTarget } from "../target.ts";
import { suggest } from "../text.ts";
import { workflowsOf, type WorkflowFile } from "../workflow-file.ts";
import { judgeReach } from "./notification-reach.ts";
import type { Judged } from "./report.ts";

type Rule = Loose<NotificationRule>;

export function judgeNotifications(judged: Judged): void {
  const workflows = workflowsOf(judged.files);
  for (const [index, rule] of members(judged.system.notifications)) {
    const path = `notifications[${index}]`;
    judgeChannelsOf(judged, rule, path);
    judgeEvent(judged, rule, path, workflows);
  }
  refuseRepeated(judged);
  judgeUnused(judged);
  judgeEnvironment(judged);
  judgeReach(judged, workflows);
}

function judgeChannelsOf({ system, report }: Judged, { to }: Rule, path: string): void {
  const known = Object.keys(system.channels ?? {});
  for (const [index, name] of members(to)) {
    if (!known.includes(name)) report(`${path}.to[${index}]`, name, "must be one of the system's channels", suggest(name, known));
  }
}

function judgeEvent(judged: Judged, { on }: Rule, path: string, workflows: ReadonlyMap<string, WorkflowFile>): void {
  const { system, report } = judged;
  if (on === undefined) return;
  if ("tier" in on || "application" in on) {
    const tiers = [...members(system.tiers)];
    const tier = tiers.find(([, { name }]) => name === on.tier)?.[1];
    const names = tiers.flatMap(([, { name, target }]) => (argocdTarget(target) === undefined || name === undefined ? [] : [name]));
    if (on.tier === undefined || (tier !== undefined && argocdTarget(tier.target) !== undefined)) return;
    const rule = tier === undefined ? "must be one of the system's tiers" : "has no Argo CD Application: nothing would ever be heard of it";
    report(`${path}.on.tier`, on.tier, rule, suggest(on.tier, names));
    return;
  }
  if (!("workflow" in on) || on.workflow === undefined) return;
  const workflow = workflows.get(on.workflow);
  if (workflow === undefined) {
    // A file that is there and cannot be read is a fault of the file, with its line, and not of who names it.
    if (judged.files.has(`.github/workflows/${on.workflow}`)) return;
    const rule = "must be a workflow under .github/workflows/ of the repository";
    report(`${path}.on.workflow`, on.workflow, rule, suggest(on.workflow, [...workflows.keys()]));
    return;
  }
  if (workflow.events.every((event) => event === "workflow_call")) {
    const rule = "is only ever called by other workflows: it has no run of its own that could be told of";
    report(`${path}.on.workflow`, on.workflow, rule, "name the workflow that calls it, and the job");
  }
  if (on.job !== undefined) judgeJob(judged, on.job, on.outcome, workflow, path);
  if (on.branch !== undefined) judgeBranch(judged, on.branch, workflow, path);
}

function judgeJob({ report }: Judged, job: string, outcome: string | undefined, { file, jobs }: WorkflowFile, path: string): void {
  if (!jobs.has(job)) report(`${path}.on.job`, job, `must be the id of a job of ${file}`, suggest(job, [...jobs.keys()]));
  if (outcome !== "started") return;
  const rule = "only a run is told of when it starts: GitHub starts a workflow by another's run, not by its jobs";
  report(`${path}.on.outcome`, outcome, rule, "leave job out, or choose success, failure or completed");
}

function judgeBranch({ system, report }: Judged, branch: string, { file, events }: WorkflowFile, path: string): void {
  const branches = [...members(system.branches)];
  const names = branches.flatMap(([, { name }]) => name ?? []);
  if (!names.includes(branch)) {
    report(`${path}.on.branch`, branch, "must be one of the system's branches", suggest(branch, names));
    return;
  }
  const first = branches.find(([, candidate]) => candidate.default === true)?.[1].name;
  const pullRequestsOnly = events.every((event) => event.startsWith("pull_request"));
  if (pullRequestsOnly) {
    const rule = `no run of ${file} is of a branch: pull requests alone start it`;
    report(`${path}.on.branch`, branch, rule, "leave branch out");
  } else if (branch !== first && events.every((event) => ["workflow_run", "schedule"].includes(event))) {
    const rule = `every run of ${file} is of the default branch: that is how GitHub runs what ${events.join(" or ")} starts`;
    report(`${path}.on.branch`, branch, rule, "leave branch out");
  }
}

/** The same event twice to one channel. */
function refuseRepeated({ system, report }: Judged): void {
  const seen = new Map<string, string>();
  for (const [index, { on, to }] of members(system.notifications)) {
    if (on === undefined) continue;
    const event = JSON.stringify(Object.entries(on).sort(([one], [other]) => (one < other ? -1 : 1)));
    for (const [at, channel] of members(to)) {
      const [key, path] = [`${channel} ${event}`, `notifications[${index}].to[${at}]`];
      const first = seen.get(key);
      if (first === undefined) seen.set(key, path);
      else report(path, channel, `hears of the same event by ${first}: everything would come twice`, "remove one of the two");
    }
  }
}

function judgeUnused({ system, report }: Judged): void {
  const used = [...members(system.notifications)].flatMap(([, { to }]) => [...members(to)].map(([, name]) => name));
  for (const name of Object.keys(system.channels ?? {})) {
    if (used.includes(name)) continue;
    report(joinPath("channels", name), undefined, "no rule sends anything to it", "remove it, or name it in a rule of notifications");
  }
}

/**
 * Where the channels' secrets are: with the production tier, as its stack is the one that may tell of every tier, and for nothing but the
 * default branch, as which every workflow_run runs.
 */
function judgeEnvironment({ system, report }: Judged): void {
  const channels = Object.entries(system.channels ?? {});
  if (channels.length === 0 || system.environments === undefined) return;
  const environments = [...members(system.environments)];
  const found = environments.find(([, { name }]) => name === notificationsEnvironment);
  if (found === undefined) {
    const rule = `the channels' secrets belong to an environment called ${notificationsEnvironment}, which is not declared`;
    report("environments", undefined, rule, `add { name: "${notificationsEnvironment}", … } with the secrets of channels`);
    return;
  }
  const [index, environment] = found;
  const path = `environments[${index}]`;
  const declared = [...members(environment.secrets)].flatMap(([, { name }]) => name ?? []);
  for (const [name, channel] of channels) {
    if (channel?.secret === undefined || declared.includes(channel.secret)) continue;
    const rule = `must be a secret of environment ${notificationsEnvironment}: the message would be sent to an empty address`;
    report(`${joinPath("channels", name)}.secret`, channel.secret, rule, suggest(channel.secret, declared));
  }
  const production = [...members(system.tiers)].find(([, tier]) => tier.production === true)?.[1].name;
  if (production !== undefined && environment.tier !== undefined && environment.tier !== production) {
    const rule = "must be the production tier: its stack sets up the channels, and tells of every tier";
    report(`${path}.tier`, environment.tier, rule, `write "${production}"`);
  }
  const first = [...members(system.branches)].find(([, branch]) => branch.default === true)?.[1].name;
  const { branches, tags } = environment.deployFrom ?? {};
  if (first !== undefined && environment.deployFrom !== undefined) {
    const others = [...members(branches)].some(([, branch]) => branch !== first) || (tags ?? []).length > 0;
    if (others || !(branches ?? []).includes(first)) {
      const rule = "must be the default branch and nothing else: what is started by another workflow's run has it as its ref";
      report(`${path}.deployFrom`, environment.deployFrom, rule, `write { branches: ["${first}"] }`);
    }
  }
  for (const field of ["reviewers", "approvedAfter", "waitTimerMinutes"] as const) {
    const value = environment[field];
    if (value === undefined || value === 0) continue;
    report(`${path}.${field}`, value, "must be absent: every notification would wait for it", `remove ${field}`);
  }
}
