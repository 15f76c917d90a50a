/** Which refs may deploy to an environment. */
import { fnmatch } from "../../../../model/fnmatch.ts";
import { environments } from "../../core/records.ts";
import { activeRules, type RuleContext } from "../../rules/gather.ts";
import { deploymentPolicies } from "./state.ts";

/**
 * GitHub's sentence where the environment's branch policy does not let a ref in; undefined where it may deploy.
 *
 * @param ref Branch or tag, short or full, or a pull request's merge ref, which only a pattern of its own lets in.
 */
export async function policyRefusal(context: RuleContext, environment: string, ref: string): Promise<string | undefined> {
  const { store, repository, git } = context;
  const found = environments(store).get(repository.id, environment);
  const policy = found?.value.deploymentBranchPolicy;
  if (!found || !policy) return undefined;
  const name = ref.replace(/^refs\/(heads|tags)\//, "");
  const branch = !ref.startsWith("refs/tags/") && (await git.resolve(`refs/heads/${name}`)) !== undefined;
  const tag = !ref.startsWith("refs/heads/") && (await git.resolve(`refs/tags/${name}`)) !== undefined;
  const allowed = policy.protected_branches
    ? branch && activeRules(context, `refs/heads/${name}`).length > 0
    : deploymentPolicies(store)
        .list(found.id)
        .some(({ value }) => ((value.type === "tag" && tag) || (value.type === "branch" && branch)) && fnmatch(value.name, name));
  if (ref.startsWith("refs/pull/") && !policy.protected_branches) {
    const patterns = deploymentPolicies(store).list(found.id);
    if (patterns.some(({ value }) => value.type === "branch" && fnmatch(value.name, ref))) return undefined;
  }
  const kind = tag && !branch ? "Tag" : "Branch";
  return allowed ? undefined : `${kind} "${name}" is not allowed to deploy to ${environment} due to environment protection rules.`;
}
