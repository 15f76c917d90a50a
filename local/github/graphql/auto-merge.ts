/** The mutations of auto-merge; `families/pulls/auto-merge.ts` merges what waits. */
import { GraphQLError } from "graphql";

import { actorRole, atLeast } from "../core/access.ts";
import { parseNodeId } from "../core/node-id.ts";
import { repositories, type RepositoryRecord } from "../core/records.ts";
import type { Stored } from "../core/store.ts";
import { mergeState } from "../families/pulls/facts.ts";
import { type AutoMergeRecord, type PullRequestRecord, pullRequests } from "../families/pulls/record.ts";
import { settingsOf } from "../families/repositories/settings.ts";
import { type GraphContext, graphForbidden, notResolved, requirePermission } from "./context.ts";

/** As graphql-js has judged them by the schema. */
export interface AutoMergeInput {
  readonly pullRequestId: string;
  readonly mergeMethod?: "MERGE" | "SQUASH" | "REBASE" | null;
  readonly commitHeadline?: string | null;
  readonly commitBody?: string | null;
  readonly expectedHeadOid?: string | null;
  readonly clientMutationId?: string | null;
}

const refused = (message: string): GraphQLError => new GraphQLError(message, { extensions: { type: "UNPROCESSABLE" } });

function written(
  context: GraphContext,
  id: string,
  mutation: string,
): { readonly repository: Stored<RepositoryRecord>; readonly pull: Stored<PullRequestRecord> } {
  const node = parseNodeId(id);
  const pull = node?.type === "PullRequest" ? pullRequests(context.store).byId(node.id) : undefined;
  const repository = pull && repositories(context.store).byId(pull.owner);
  const role = repository ? actorRole(context.store, repository, context.actor) : "none";
  if (!pull || !repository || !atLeast(role, "read")) throw notResolved(`a node with the global id of '${id}'`);
  requirePermission(context, "pull_requests");
  if (!atLeast(role, "write")) throw graphForbidden(context.actor, mutation);
  return { repository, pull };
}

/** @throws GraphQLError in GitHub's words, also where nothing stands in the way: then it is merged, not waited for */
export async function enableAutoMerge(context: GraphContext, input: AutoMergeInput): Promise<{ readonly clientMutationId: string | null }> {
  const { repository, pull } = written(context, input.pullRequestId, "EnablePullRequestAutoMerge");
  const { value } = pull;
  const settings = settingsOf(repository.value);
  const method = (input.mergeMethod ?? "MERGE").toLowerCase() as AutoMergeRecord["method"];
  const allowed = { merge: settings.allow_merge_commit, squash: settings.allow_squash_merge, rebase: settings.allow_rebase_merge };
  if (!settings.allow_auto_merge) throw refused("Pull request Auto merge is not allowed for this repository");
  if (value.state !== "open") throw refused("Pull request Pull request is closed");
  if (!allowed[method]) throw refused(`Merge method ${method} merging is not allowed on this repository`);
  if (input.expectedHeadOid != null && input.expectedHeadOid !== value.headSha) throw refused("Expected head OID does not match");
  if ((await mergeState(context, repository, pull)).state === "clean") throw refused("Pull request Pull request is in clean status");
  const { commitHeadline: title = null, commitBody: message = null } = input;
  const autoMerge: AutoMergeRecord = { enabledById: context.actor.id, method, title, message };
  pullRequests(context.store).update(pull.id, { ...value, autoMerge, updatedAt: context.now });
  return { clientMutationId: input.clientMutationId ?? null };
}

export function disableAutoMerge(context: GraphContext, input: AutoMergeInput): { readonly clientMutationId: string | null } {
  const { pull } = written(context, input.pullRequestId, "DisablePullRequestAutoMerge");
  if (!pull.value.autoMerge) throw refused("Can't disable auto-merge for this pull request.");
  pullRequests(context.store).update(pull.id, { ...pull.value, autoMerge: null, updatedAt: context.now });
  return { clientMutationId: input.clientMutationId ?? null };
}
