/** What happened to a repository that may start workflows, for whoever stands for the runners; and `repository_dispatch`. */
import { repositoryOf } from "../../core/access.ts";
import { accounts } from "../../core/records.ts";
import type { Family } from "../../core/family.ts";
import { noContent } from "../../core/replies.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";
import { ACTIONS_APP, appOfBot } from "../apps/apps.ts";
import { repositoryPolicy } from "../actions-permissions/state.ts";

/** Kind `event`, owner the repository's id, key the event's own number as text. */
export interface EventRecord {
  /** As `on:` names it. */
  readonly event:
    "push" | "pull_request" | "workflow_dispatch" | "repository_dispatch" | "workflow_run" | "issue_comment" | "pull_request_review";
  /** Its type, such as `opened`; for `repository_dispatch` the caller's `event_type`. */
  readonly action: string | null;
  readonly actorId: number;
  /** The full ref that was pushed, or that a run was dispatched on. */
  readonly ref?: string;
  /** Commit before the push, null for a new ref. */
  readonly before?: string | null;
  /** The commit that counts: what was pushed, or the pull request's head. */
  readonly sha?: string;
  /** Number of the pull request or issue. */
  readonly number?: number;
  /** The run that was dispatched or that has ended. */
  readonly runId?: number;
  readonly at: string;
}

const events = (store: Store): Collection<EventRecord> => store.collection("event");

/** By hand and by API: these two start workflows whoever asks, so that one workflow can start another. */
const BY_ANYBODY: readonly EventRecord["event"][] = ["workflow_dispatch", "repository_dispatch", "workflow_run"];

/**
 * Keeps an event. What is done with a job's `GITHUB_TOKEN` makes none, so that workflows do not start one another for ever; neither does
 * anything where Actions is off.
 */
export function happened(store: Store, repositoryId: number, event: EventRecord): void {
  const byJob = appOfBot(store, accounts(store).byId(event.actorId))?.id === ACTIONS_APP;
  if ((byJob && !BY_ANYBODY.includes(event.event)) || !repositoryPolicy.read(store, repositoryId).enabled) return;
  const id = store.nextId();
  events(store).insert(repositoryId, String(id), event, id);
}

/** The events of a repository after the one of that number, in the order in which they happened. */
export const eventsAfter = (store: Store, repositoryId: number, since: number): Stored<EventRecord>[] =>
  events(store)
    .list(repositoryId)
    .filter(({ id }) => id > since);

export const eventsFamily: Family = {
  name: "events",
  operations: {
    "repos/create-dispatch-event": async (call) => {
      const repository = repositoryOf(call, "write");
      const sha = await call.git.repository(repository.id).resolve(`refs/heads/${repository.value.defaultBranch}`);
      const action = String(call.body["event_type"]);
      happened(call.store, repository.id, {
        event: "repository_dispatch",
        action,
        actorId: call.actor.id,
        ref: `refs/heads/${repository.value.defaultBranch}`,
        ...(sha !== undefined && { sha }),
        at: call.now,
      });
      return noContent();
    },
  },
};
