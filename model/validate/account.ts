/**
 * Features that GitHub gives only to some accounts. Asked for elsewhere they fail in the middle of an update, or worse: a rule is
 * stored and not enforced. https://docs.github.com/get-started/learning-about-github/githubs-plans
 */
import { joinPath, members } from "../shape.ts";
import type { Judged } from "./report.ts";

export function judgeAccount(judged: Judged): void {
  const { owner, visibility } = judged.system.repository ?? {};
  if (owner?.kind === undefined || owner.plan === undefined) return;
  const plans = owner.kind === "organization" ? ["free", "team", "enterprise"] : ["free", "pro"];
  if (!plans.includes(owner.plan)) {
    judged.report(
      "repository.owner.plan",
      owner.plan,
      `plans of ${owner.kind === "user" ? "a user" : "an organization"} are ${plans.join(", ")}`,
      "name its plan",
    );
    return;
  }
  if (owner.kind === "user") judgeUserAccount(judged);
  if (visibility === "internal" && owner.plan !== "enterprise") {
    judged.report(
      "repository.visibility",
      visibility,
      "internal repositories exist only in organizations of an enterprise",
      'write "private"',
    );
  }
  if (visibility === "private" || visibility === "internal") judgePrivate(judged, owner.plan);
  judgeMergeQueue(judged, owner.kind, owner.plan);
  for (const [index, image] of members(judged.system.packages)) {
    if (image.visibility === "internal" && owner.plan !== "enterprise") {
      judged.report(
        `packages[${index}].visibility`,
        "internal",
        "internal packages exist only in organizations of an enterprise",
        'write "private"',
      );
    }
  }
}

function judgeUserAccount(judged: Judged): void {
  const { system, report } = judged;
  const rule = "a repository of a user has no teams and no organization roles: those are an organization's";
  const fix = "name users, or move the repository to an organization";
  const { teams = {}, collaborators = {} } = system.repository ?? {};
  for (const slug of Object.keys(teams)) report(joinPath("repository.teams", slug), teams[slug], rule, fix);
  for (const [login, permission] of Object.entries(collaborators)) {
    if (permission === undefined || permission === "push") continue;
    const only = "collaborators of a user's repository have push, nothing else";
    report(joinPath("repository.collaborators", login), permission, only, 'write "push"');
  }
  for (const [index, { group }] of members(system.runners)) {
    if (group === undefined) continue;
    const only = "runner groups are an organization's: a user account has none";
    report(`runners[${index}].group`, group, only, "remove it: the workflows that may use the runner are judged all the same");
  }
  for (const [index, environment] of members(system.environments)) {
    for (const [at, reviewer] of members(environment.reviewers)) {
      if (reviewer.kind === "team") report(`environments[${index}].reviewers[${at}]`, reviewer, rule, fix);
    }
  }
  const lists = [
    ...[...members(system.branches)].map(([index, branch]) => [`branches[${index}].gate.bypass`, branch.gate?.bypass] as const),
    ...[...members(system.tags)].map(([index, gate]) => [`tags[${index}].bypass`, gate.bypass] as const),
  ];
  for (const [path, actors] of lists) {
    for (const [index, actor] of members(actors)) {
      if (actor.kind === "role" && actor.role === "admin") continue;
      report(`${path}[${index}]`, actor, rule, 'name the role "admin", or nobody');
    }
  }
}

function judgePrivate(judged: Judged, plan: "free" | "pro" | "team" | "enterprise"): void {
  const { system, report } = judged;
  const needs = (what: string, plans: string) => `${what} on a private repository ${plans}`;
  if (plan === "free") {
    const paid = "needs a paid plan: on the free plan they are not there";
    for (const [index, branch] of members(system.branches)) {
      if (branch.gate === null || branch.gate === undefined) continue;
      report(
        `branches[${index}].gate`,
        undefined,
        needs("a ruleset", paid),
        "make the repository public, upgrade the plan, or set gate: null",
      );
    }
    for (const [index, gate] of members(system.tags)) {
      report(`tags[${index}]`, gate.pattern, needs("a ruleset", paid), "make the repository public, upgrade the plan, or remove it");
    }
    for (const [index, environment] of members(system.environments)) {
      report(`environments[${index}]`, environment.name, needs("an environment", paid), "make the repository public, or upgrade the plan");
    }
    for (const field of ["pages", "autolinks"] as const) {
      if (system.repository?.[field] !== undefined) report(`repository.${field}`, undefined, needs(field, paid), "remove it");
    }
  }
  if (plan !== "enterprise") {
    const enterprise = "needs GitHub Enterprise: elsewhere it is not enforced";
    for (const [index, environment] of members(system.environments)) {
      const path = `environments[${index}]`;
      const fix = "make the repository public, upgrade the plan, or gate the branch that deploys instead";
      if (environment.reviewers !== undefined) report(`${path}.reviewers`, undefined, needs("a required reviewer", enterprise), fix);
      if ((environment.waitTimerMinutes ?? 0) > 0) {
        report(`${path}.waitTimerMinutes`, environment.waitTimerMinutes, needs("a wait timer", enterprise), fix);
      }
    }
  }
  if (plan === "free" || plan === "pro") {
    for (const field of ["secretScanning", "secretScanningPushProtection"] as const) {
      if (system.repository?.security?.[field] !== true) continue;
      const sold = "needs GitHub Secret Protection, which is sold with the Team and Enterprise plans";
      report(`repository.security.${field}`, true, needs(field, sold), "set it to null");
    }
  }
}

function judgeMergeQueue(judged: Judged, kind: "organization" | "user", plan: "free" | "pro" | "team" | "enterprise"): void {
  const isPublic = judged.system.repository?.visibility === "public";
  for (const [index, branch] of members(judged.system.branches)) {
    if (branch.gate?.mergeQueue === undefined || (kind === "organization" && (isPublic || plan === "enterprise"))) continue;
    const rule = "a merge queue exists in public repositories of organizations, and in others of GitHub Enterprise Cloud";
    judged.report(`branches[${index}].gate.mergeQueue`, branch.gate.mergeQueue, rule, "remove it; strict checks keep a branch up to date");
  }
}
