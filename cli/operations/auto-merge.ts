/** GitHub's auto-merge: it merges as soon as the branch's rules are met and never before. */
import type { System } from "../../model/system.ts";
import type { Place } from "./repository.ts";

export type MergeMethod = "merge" | "squash" | "rebase";

/** `enabled`: waits for reviews and checks; `merged`: they were there already; `refused`: GitHub's words. */
export type AutoMerge = { readonly state: "enabled" } | { readonly state: "merged" } | { readonly state: "refused"; readonly why: string };

/** A change of one overlay is squashed where the repository allows it, so that its title becomes the commit. */
export function overlayMergeMethod({ repository }: System): MergeMethod {
  const { mergeMethods = ["squash"] } = repository;
  return mergeMethods.includes("squash") ? "squash" : (mergeMethods[0] ?? "merge");
}

const mutation = `mutation($id: ID!, $mergeMethod: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: $mergeMethod }) { clientMutationId }
}`;

/** Switches auto-merge on. A pull request whose rules are met already cannot wait for them: it is merged, through the same rules. */
export async function enableAutoMerge(
  { octokit, at }: Place,
  pull: { readonly number: number; readonly nodeId: string },
  method: MergeMethod,
): Promise<AutoMerge> {
  try {
    await octokit.graphql(mutation, { id: pull.nodeId, mergeMethod: method.toUpperCase() });
    return { state: "enabled" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (!/clean status/i.test(why))
      return {
        state: "refused",
        why:
          why
            .split("\n")
            .at(-1)
            ?.replace(/^\s*-\s*/, "") ?? why,
      };
    await octokit.rest.pulls.merge({ ...at, pull_number: pull.number, merge_method: method });
    return { state: "merged" };
  }
}
