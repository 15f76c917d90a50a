/** Repositories as the API shows them. Other families use `minimalRepository` in lists and `fullRepository` for one. */
import { accountById, atLeast, roleIn } from "../../core/access.ts";
import type { Actor } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import { repositories, type RepositoryRecord } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import { propertyValues } from "../custom-properties/values.ts";
import { organizationSimple, type RenderContext, simpleUser } from "../users/render.ts";
import { DEFAULT_SETTINGS, SECURITY_FEATURES } from "./settings.ts";

export interface RepositoryContext extends RenderContext {
  readonly actor: Actor;
}

/** Addresses of `repository` and what hangs below it, by field. */
function addresses({ apiUrl, htmlUrl }: RenderContext, fullName: string): Record<string, string> {
  const url = `${apiUrl}/repos/${fullName}`;
  const below = (path: string): string => `${url}/${path}`;
  return {
    url,
    html_url: `${htmlUrl}/${fullName}`,
    archive_url: below("{archive_format}{/ref}"),
    assignees_url: below("assignees{/user}"),
    blobs_url: below("git/blobs{/sha}"),
    branches_url: below("branches{/branch}"),
    collaborators_url: below("collaborators{/collaborator}"),
    comments_url: below("comments{/number}"),
    commits_url: below("commits{/sha}"),
    compare_url: below("compare/{base}...{head}"),
    contents_url: below("contents/{+path}"),
    contributors_url: below("contributors"),
    deployments_url: below("deployments"),
    downloads_url: below("downloads"),
    events_url: below("events"),
    forks_url: below("forks"),
    git_commits_url: below("git/commits{/sha}"),
    git_refs_url: below("git/refs{/sha}"),
    git_tags_url: below("git/tags{/sha}"),
    hooks_url: below("hooks"),
    issue_comment_url: below("issues/comments{/number}"),
    issue_events_url: below("issues/events{/number}"),
    issues_url: below("issues{/number}"),
    keys_url: below("keys{/key_id}"),
    labels_url: below("labels{/name}"),
    languages_url: below("languages"),
    merges_url: below("merges"),
    milestones_url: below("milestones{/number}"),
    notifications_url: below("notifications{?since,all,participating}"),
    pulls_url: below("pulls{/number}"),
    releases_url: below("releases{/id}"),
    stargazers_url: below("stargazers"),
    statuses_url: below("statuses/{sha}"),
    subscribers_url: below("subscribers"),
    subscription_url: below("subscription"),
    tags_url: below("tags"),
    teams_url: below("teams"),
    trees_url: below("git/trees{/sha}"),
    clone_url: `${htmlUrl}/${fullName}.git`,
    git_url: `${htmlUrl.replace(/^https?/, "git")}/${fullName}.git`,
    ssh_url: `ssh://git@${new URL(htmlUrl).hostname}/${fullName}.git`,
    svn_url: `${htmlUrl}/${fullName}`,
  };
}

/** The rights of the caller, by the API's names. */
function permissions(context: RepositoryContext, repository: Stored<RepositoryRecord>): Record<string, boolean> {
  const role = roleIn(context.store, repository, context.actor.id);
  return {
    admin: atLeast(role, "admin"),
    maintain: atLeast(role, "maintain"),
    push: atLeast(role, "write"),
    triage: atLeast(role, "triage"),
    pull: atLeast(role, "read"),
  };
}

/** `minimal-repository`, as in lists. It satisfies `repository` too, which pull requests show. */
export function minimalRepository(context: RepositoryContext, repository: Stored<RepositoryRecord>): Record<string, unknown> {
  const { store } = context;
  const { value, id } = repository;
  const owner = accountById(store, repository.owner);
  const fullName = `${owner.value.login}/${value.name}`;
  const settings = { ...DEFAULT_SETTINGS, ...value.settings };
  const rights = permissions(context, repository);
  return {
    id,
    node_id: nodeId("Repository", id),
    name: value.name,
    full_name: fullName,
    owner: simpleUser(context, owner),
    private: value.visibility !== "public",
    description: value.description,
    fork: false,
    ...addresses(context, fullName),
    mirror_url: null,
    homepage: value.homepage === "" ? null : value.homepage,
    language: null,
    forks_count: 0,
    stargazers_count: 0,
    watchers_count: 0,
    size: 0,
    default_branch: value.defaultBranch,
    open_issues_count: 0,
    is_template: value.isTemplate,
    topics: value.topics,
    has_issues: settings.has_issues,
    has_projects: settings.has_projects,
    has_wiki: settings.has_wiki,
    has_downloads: settings.has_downloads,
    has_discussions: settings.has_discussions,
    has_pages: store.collection("pages").list(id).length > 0,
    archived: value.archived,
    disabled: false,
    visibility: value.visibility,
    pushed_at: value.pushedAt,
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    permissions: rights,
    allow_forking: settings.allow_forking,
    web_commit_signoff_required: settings.web_commit_signoff_required,
    license: null,
    forks: 0,
    open_issues: 0,
    watchers: 0,
    delete_branch_on_merge: settings.delete_branch_on_merge,
    ...(rights["admin"] ? { security_and_analysis: securityAndAnalysis(repository) } : {}),
  };
}

/** `full-repository`, as in an answer about one. Merge settings are shown to those who may push, as at GitHub. */
export function fullRepository(context: RepositoryContext, repository: Stored<RepositoryRecord>): Record<string, unknown> {
  const { store } = context;
  const { value } = repository;
  const owner = accountById(store, repository.owner);
  const minimal = minimalRepository(context, repository);
  const template = value.templateRepositoryId === null ? undefined : repositories(store).byId(value.templateRepositoryId);
  const organization = owner.value.type === "Organization";
  return {
    ...minimal,
    ...(atLeast(roleIn(store, repository, context.actor.id), "write") ? mergeSettings(value) : {}),
    network_count: 0,
    subscribers_count: 0,
    ...(organization
      ? {
          organization: { ...simpleUser(context, owner), ...organizationSimple(context, owner) },
          custom_properties: propertyValues(store, repository),
        }
      : {}),
    ...(template ? { template_repository: minimalRepository(context, template) } : {}),
  };
}

function mergeSettings(value: RepositoryRecord): Record<string, unknown> {
  const settings = { ...DEFAULT_SETTINGS, ...value.settings };
  return {
    allow_squash_merge: settings.allow_squash_merge,
    allow_merge_commit: settings.allow_merge_commit,
    allow_rebase_merge: settings.allow_rebase_merge,
    allow_auto_merge: settings.allow_auto_merge,
    allow_update_branch: settings.allow_update_branch,
    use_squash_pr_title_as_default: settings.use_squash_pr_title_as_default,
    squash_merge_commit_title: settings.squash_merge_commit_title,
    squash_merge_commit_message: settings.squash_merge_commit_message,
    merge_commit_title: settings.merge_commit_title,
    merge_commit_message: settings.merge_commit_message,
  };
}

function securityAndAnalysis({ value }: Stored<RepositoryRecord>): Record<string, { status: string }> {
  // Public repositories have Advanced Security always, so GitHub does not show a switch for it.
  const shown = SECURITY_FEATURES.filter(
    (feature) => value.visibility !== "public" || !["advanced_security", "code_security"].includes(feature),
  );
  return Object.fromEntries(shown.map((feature) => [feature, { status: value.securityAndAnalysis[feature] ?? "disabled" }]));
}
