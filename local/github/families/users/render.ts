/** Accounts as the API shows them. Other families show users and organizations with `simpleUser` and `organizationSimple`. */
import { nodeId } from "../../core/node-id.ts";
import { type AccountRecord, memberships, repositories } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";

export interface RenderContext {
  readonly store: Store;
  readonly apiUrl: string;
  readonly htmlUrl: string;
}

/** `simple-user`: what stands for an account, user or organization, wherever another resource names it. */
export function simpleUser(
  { apiUrl, htmlUrl }: RenderContext,
  { id, value: { login, type, siteAdmin } }: Stored<AccountRecord>,
): Record<string, unknown> {
  // Logins of bots have brackets, and their page is the app's.
  const name = encodeURIComponent(login);
  const url = `${apiUrl}/users/${name}`;
  return {
    login,
    id,
    node_id: nodeId(type, id),
    avatar_url: `${htmlUrl}/avatars/${name}`,
    gravatar_id: "",
    url,
    html_url: type === "Bot" ? `${htmlUrl}/apps/${login.replace(/\[bot\]$/, "")}` : `${htmlUrl}/${name}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    user_view_type: "public",
    site_admin: siteAdmin,
  };
}

export function publicUser(context: RenderContext, account: Stored<AccountRecord>): Record<string, unknown> {
  const { name, email, createdAt, updatedAt } = account.value;
  return {
    ...simpleUser(context, account),
    name,
    company: null,
    blog: "",
    location: null,
    email,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: countRepositories(context.store, account.id, true),
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

export function privateUser(context: RenderContext, account: Stored<AccountRecord>): Record<string, unknown> {
  const closed = countRepositories(context.store, account.id, false);
  return {
    ...publicUser(context, account),
    user_view_type: "private",
    private_gists: 0,
    total_private_repos: closed,
    owned_private_repos: closed,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
    plan: { name: account.value.plan, space: 976_562_499, private_repos: 9_999, collaborators: 0 },
  };
}

export function organizationSimple({ apiUrl, htmlUrl }: RenderContext, { id, value }: Stored<AccountRecord>): Record<string, unknown> {
  const url = `${apiUrl}/orgs/${value.login}`;
  return {
    login: value.login,
    id,
    node_id: nodeId("Organization", id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${htmlUrl}/avatars/${value.login}`,
    description: value.settings["description"] ?? "",
  };
}

/** What GitHub gives an organization that changed none of it. */
const ORGANIZATION_DEFAULTS = {
  has_organization_projects: true,
  has_repository_projects: true,
  default_repository_permission: "read",
  members_can_create_repositories: true,
  members_can_create_public_repositories: true,
  members_can_create_private_repositories: true,
  members_can_create_internal_repositories: false,
  members_can_create_pages: true,
  members_can_create_public_pages: true,
  members_can_create_private_pages: true,
  members_can_fork_private_repositories: false,
  web_commit_signoff_required: false,
  two_factor_requirement_enabled: true,
  deploy_keys_enabled_for_repositories: false,
  advanced_security_enabled_for_new_repositories: false,
  dependabot_alerts_enabled_for_new_repositories: false,
  dependabot_security_updates_enabled_for_new_repositories: false,
  dependency_graph_enabled_for_new_repositories: false,
  secret_scanning_enabled_for_new_repositories: false,
  secret_scanning_push_protection_enabled_for_new_repositories: false,
} as const;

export function organizationFull(context: RenderContext, organization: Stored<AccountRecord>): Record<string, unknown> {
  const { store, htmlUrl } = context;
  const { login, name, email, plan, settings, createdAt, updatedAt } = organization.value;
  const closed = countRepositories(store, organization.id, false);
  return {
    ...ORGANIZATION_DEFAULTS,
    // What is not set is left out: the description has no null for company, location and email, nor an empty blog.
    ...settings,
    ...organizationSimple(context, organization),
    name: name ?? login,
    ...(email === null ? {} : { email }),
    is_verified: false,
    public_repos: countRepositories(store, organization.id, true),
    public_gists: 0,
    followers: 0,
    following: 0,
    html_url: `${htmlUrl}/${login}`,
    type: "Organization",
    total_private_repos: closed,
    owned_private_repos: closed,
    private_gists: 0,
    disk_usage: 0,
    collaborators: 0,
    billing_email: typeof settings["billing_email"] === "string" ? settings["billing_email"] : null,
    plan: {
      name: plan,
      space: 976_562_499,
      private_repos: 999_999,
      filled_seats: memberships(store).list(organization.id).length,
      seats: 1_000,
    },
    created_at: createdAt,
    updated_at: updatedAt,
    archived_at: null,
  };
}

function countRepositories(store: Store, accountId: number, open: boolean): number {
  return repositories(store)
    .list(accountId)
    .filter(({ value }) => (value.visibility === "public") === open).length;
}
