/** Pull requests that wait for their reviews and checks: merged by whoever asked for it, through the same rules, with the write that was missing. */
import { ApiError } from "../../core/errors.ts";
import type { Actor, Family, Handler } from "../../core/family.ts";
import { repositoryOf } from "../../core/access.ts";
import { accounts, type RepositoryRecord } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";
import type { ChangeCall } from "../../rules/enforce.ts";
import { mergeState } from "./facts.ts";
import { mergePull } from "./merge.ts";
import { type AutoMergeRecord, pullRequests } from "./record.ts";

/** What may be the last thing that a pull request waits for. */
const awaited: ReadonlySet<string> = new Set([
  "pulls/create-review",
  "pulls/submit-review",
  "pulls/dismiss-review",
  "checks/create",
  "checks/update",
  "repos/create-commit-status",
]);

/** The family, whose operations that a pull request may wait for merge what waited. */
export function mergingWhatWaits(family: Family): Family {
  const operations = Object.entries(family.operations).map(
    ([id, handler]) => [id, awaited.has(id) ? thenMerge(handler) : handler] as const,
  );
  return { ...family, operations: Object.fromEntries(operations) };
}

const thenMerge =
  (handler: Handler): Handler =>
  async (call) => {
    const reply = await handler(call);
    await mergeWaiting(call, repositoryOf(call));
    return reply;
  };

/** Merges every pull request of a repository that waits for nothing more. */
export async function mergeWaiting(call: Omit<ChangeCall, "actor">, repository: Stored<RepositoryRecord>): Promise<void> {
  for (const pull of pullRequests(call.store).list(repository.id)) {
    const { autoMerge, state } = pull.value;
    if (!autoMerge || state !== "open") continue;
    const actor = actorOf(call.store, autoMerge);
    if (actor === undefined) continue;
    const as = { store: call.store, git: call.git, now: call.now, actor };
    if ((await mergeState(as, repository, pull)).state !== "clean") continue;
    const { method, title, message } = autoMerge;
    const input = {
      merge_method: method,
      ...(title !== null && { commit_title: title }),
      ...(message !== null && { commit_message: message }),
    };
    // A method that a rule refuses leaves it waiting, as GitHub does.
    await mergePull(as, repository, pull, input).catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
    });
  }
}

/** Whoever switched auto-merge on; undefined when the account is gone. */
function actorOf(store: Store, { enabledById: id }: AutoMergeRecord): Actor | undefined {
  const account = accounts(store).byId(id);
  return account && { login: account.value.login, id, kind: "User", siteAdmin: false, scopes: ["repo"] };
}
