/** When an Application's event has happened, as conditions of Argo CD's notifications controller (language: expr). */
import type { ApplicationEvent } from "../model/notification.ts";

export interface TriggerCondition {
  readonly when: string;
  /** Once for each value of it; absent: each time that `when` becomes true. */
  readonly oncePer?: string;
  readonly description: string;
}

const health = "app.status?.health?.status";
const phase = "app.status?.operationState?.phase";
const deployed = "app.status?.operationState?.syncResult?.revision";

/** Seconds for which a health must last: in an update, the Deployments of one Application change theirs one after the other. */
const SETTLED_SECONDS = 30;

/** Minutes for which Argo CD may be unable to compare: a restart of its own, or of git's server, is no failure of the tier. */
const PATIENCE_MINUTES = 2;

/**
 * First line of a commit that takes something back: git's and GitHub's `Revert …`, `rollback` or `roll back` after the type that
 * Conventional Commits puts first, and the merge of a branch named so.
 */
export const takesBack = [
  String.raw`^((fix|chore|ci|deploy|revert)(\([^)]*\))?!?: )?(revert|roll(ing|ed|s)?[ -]?back)\b`,
  String.raw`^Merge pull request #\d+ from [^/]+/(revert|roll-?back)\b`,
].join("|");

/**
 * Conditions of an event; one of them is enough.
 *
 * A failure is told each time it begins: once per commit would hide the second failure of a version. What succeeds is told once per commit,
 * since a self-heal is no deployment.
 */
export function conditionsOf(event: ApplicationEvent["application"]): readonly TriggerCondition[] {
  switch (event) {
    case "Degraded":
    case "Progressing":
      return [
        { when: `${health} == '${event}' and ${isSettled}`, description: `For ${SETTLED_SECONDS} seconds the health has been ${event}.` },
      ];
    case "SyncFailed":
      return [
        { when: `${phase} in ['Error', 'Failed']`, description: "A sync has failed." },
        { when: cannotCompare, description: `For ${PATIENCE_MINUTES} minutes Argo CD could not tell what should be deployed.` },
      ];
    case "Deployed":
      return [
        {
          when: `${phase} == 'Succeeded' and ${health} == 'Healthy' and ${healthIsNew}`,
          oncePer: deployed,
          description: "A commit is deployed and healthy.",
        },
      ];
    case "RolledBack":
      return [
        {
          when: `${phase} == 'Succeeded' and repo.GetCommitMetadata(${deployed}).Message matches ${JSON.stringify(`(?i)${takesBack}`)}`,
          oncePer: deployed,
          description: "A commit that takes another one back is deployed.",
        },
        { when: ranBefore, description: "A commit is deployed that another one had replaced." },
      ];
  }
}

/** A health without a time, as an older Argo CD has it, counts at once. */
const isSettled = [
  "(app.status.health.lastTransitionTime == nil",
  `or time.Now().Sub(time.Parse(app.status.health.lastTransitionTime)).Seconds() >= ${SETTLED_SECONDS})`,
].join(" ");

/** An overlay that does not render, a commit whose signature is not accepted, a repository that cannot be read. */
const cannotCompare = [
  "app.status?.sync?.status == 'Unknown' and any(app.status?.conditions ?? [], #.type == 'ComparisonError'",
  `and time.Now().Sub(time.Parse(#.lastTransitionTime)).Minutes() >= ${PATIENCE_MINUTES})`,
].join(" ");

/** Argo CD judges health after the sync: for a moment the old version's health stands beside the new version's sync. */
const healthIsNew = [
  "(not time.Parse(app.status.health.lastTransitionTime).Add(1 * time.Minute).Before(time.Parse(app.status.operationState.finishedAt))",
  "or time.Parse(app.status.health.lastTransitionTime).Before(time.Parse(app.status.operationState.startedAt)))",
].join(" ");

/** The history has an entry for every sync, also for those that deploy the same commit again. */
const ranBefore = [
  "let past = app.status?.history ?? []; len(past) > 2",
  "and past[-1].revision != past[-2].revision and any(past[:-2], #.revision == past[-1].revision)",
].join(" ");
