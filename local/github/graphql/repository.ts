/** Repositories, their branches and their classic protection as GraphQL shows them. */
import { accountById, actorRole, atLeast, findRepository } from "../core/access.ts";
import { nodeId, parseNodeId } from "../core/node-id.ts";
import { accounts, repositories, type RepositoryRecord, teams } from "../core/records.ts";
import type { Stored } from "../core/store.ts";
import { appById } from "../families/apps/apps.ts";
import { type ProtectionRecord, protections } from "../families/branch-protection/record.ts";
import { objectNodeId } from "../families/commits/render.ts";
import { settingsOf } from "../families/repositories/settings.ts";
import { graphAccount, graphApp, graphTeam, graphUser } from "./accounts.ts";
import { connection, type ConnectionArguments, type GraphContext, type GraphObject, notResolved } from "./context.ts";

export const visibleRepositories = (context: GraphContext, all: readonly Stored<RepositoryRecord>[]): Stored<RepositoryRecord>[] =>
  all.filter((repository) => atLeast(actorRole(context.store, repository, context.actor), "read"));

/** @throws GraphQLError NOT_FOUND for what does not exist or may not be seen. */
export function repositoryNamed(context: GraphContext, owner: string, name: string): GraphObject {
  const found = findRepository(context.store, owner, name);
  if (!found || visibleRepositories(context, [found]).length === 0) throw notResolved(`a Repository with the name '${owner}/${name}'`);
  return graphRepository(context, found);
}

export function graphRepository(context: GraphContext, repository: Stored<RepositoryRecord>): GraphObject {
  const { store, git, htmlUrl } = context;
  const { id, value } = repository;
  const owner = accountById(store, repository.owner);
  const fullName = `${owner.value.login}/${value.name}`;
  const settings = settingsOf(value);
  const branch = async (name: string): Promise<GraphObject | null> => {
    const sha = await git.repository(id).resolve(name);
    if (!sha) return null;
    return {
      __typename: "Ref",
      id: objectNodeId("REF", id, name),
      name: name.replace(/^refs\/(heads|tags)\//, ""),
      prefix: /^refs\/(heads|tags)\//.exec(name)?.[0] ?? "refs/",
      target: { __typename: "Commit", id: objectNodeId("C", id, sha), oid: sha, abbreviatedOid: sha.slice(0, 7) },
    };
  };
  return {
    __typename: "Repository",
    id: nodeId("Repository", id),
    databaseId: id,
    name: value.name,
    nameWithOwner: fullName,
    description: value.description,
    url: `${htmlUrl}/${fullName}`,
    isPrivate: value.visibility !== "public",
    isArchived: value.archived,
    isFork: false,
    isTemplate: value.isTemplate,
    isDisabled: false,
    visibility: value.visibility.toUpperCase(),
    hasIssuesEnabled: settings.has_issues,
    hasWikiEnabled: settings.has_wiki,
    mergeCommitAllowed: settings.allow_merge_commit,
    squashMergeAllowed: settings.allow_squash_merge,
    rebaseMergeAllowed: settings.allow_rebase_merge,
    autoMergeAllowed: settings.allow_auto_merge,
    deleteBranchOnMerge: settings.delete_branch_on_merge,
    createdAt: value.createdAt,
    updatedAt: value.updatedAt,
    pushedAt: value.pushedAt,
    owner: () => graphAccount(context, owner),
    viewerPermission: actorRole(store, repository, context.actor).toUpperCase(),
    defaultBranchRef: () => branch(`refs/heads/${value.defaultBranch}`),
    ref: ({ qualifiedName }: { qualifiedName: string }) =>
      branch(qualifiedName.startsWith("refs/") ? qualifiedName : `refs/heads/${qualifiedName}`),
    branchProtectionRules: (args: ConnectionArguments) =>
      connection("branchProtectionRules", protections(store).list(id), args, (rule) => graphProtection(context, rule)),
  };
}

export function graphProtection(context: GraphContext, rule: Stored<ProtectionRecord>): GraphObject {
  const { store } = context;
  const { value } = rule;
  const repository = repositories(store).byId(rule.owner);
  const creator = accounts(store).byId(value.creatorId);
  const allowances = (name: string, ids: readonly string[]) => (args: ConnectionArguments) => {
    const actors = ids.flatMap((id) => actorOf(context, id) ?? []);
    return connection(name, actors, args, (actor) => ({ id: `${nodeId("BranchProtectionRule", rule.id)}:${String(actor["id"])}`, actor }));
  };
  return {
    __typename: "BranchProtectionRule",
    ...value,
    id: nodeId("BranchProtectionRule", rule.id),
    databaseId: rule.id,
    creator: creator ? () => graphAccount(context, creator) : null,
    repository: repository ? () => graphRepository(context, repository) : null,
    requiredStatusCheckContexts: value.requiredStatusChecks.map(({ context: name }) => name),
    requiredStatusChecks: value.requiredStatusChecks.map(({ context: name, appId }) => {
      const app = appId === null ? undefined : appById(context.store, appId);
      return { __typename: "RequiredStatusCheckDescription", context: name, app: app ? graphApp(context, app) : null };
    }),
    pushAllowances: allowances("pushAllowances", value.pushActorIds),
    reviewDismissalAllowances: allowances("reviewDismissalAllowances", value.reviewDismissalActorIds),
    bypassForcePushAllowances: allowances("bypassForcePushAllowances", value.bypassForcePushActorIds),
    bypassPullRequestAllowances: allowances("bypassPullRequestAllowances", value.bypassPullRequestActorIds),
  };
}

/** The actor that a node id names; undefined when it is gone or no actor. */
export function actorOf(context: GraphContext, id: string): GraphObject | undefined {
  const node = parseNodeId(id);
  if (node?.type === "User") {
    const user = accounts(context.store).byId(node.id);
    return user && graphUser(context, user);
  }
  if (node?.type === "Team") {
    const team = teams(context.store).byId(node.id);
    return team && graphTeam(context, team);
  }
  const app = node?.type === "App" ? appById(context.store, node.id) : undefined;
  return app && graphApp(context, app);
}
