/** Shapes of the records that more than one family reads, and the kind that each is stored under. A family's own records stay with it. */
import type { Collection, Store } from "./store.ts";

/** Kind `account`, owner 0, key login. Users, organizations and the bots of apps share one name space, as at GitHub. */
export interface AccountRecord {
  readonly login: string;
  readonly type: "User" | "Organization" | "Bot";
  readonly name: string | null;
  readonly email: string | null;
  readonly siteAdmin: boolean;
  /** `free`, `pro`, `team` or `enterprise`. */
  readonly plan: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Organization fields by their API name that were changed by PATCH, such as `default_repository_permission`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Kind `membership`, owner the organization's id, key login. */
export interface MembershipRecord {
  readonly userId: number;
  readonly role: "admin" | "member";
}

/** Kind `team`, owner the organization's id, key slug. */
export interface TeamRecord {
  readonly name: string;
  readonly slug: string;
  readonly description: string | null;
  readonly privacy: "closed" | "secret";
  readonly notificationSetting: "notifications_enabled" | "notifications_disabled";
  readonly permission: "pull" | "push";
  readonly parentId: number | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Kind `team-member`, owner the team's id, key login. */
export interface TeamMemberRecord {
  readonly userId: number;
  readonly role: "member" | "maintainer";
}

/** A right as requests name it. */
export type ApiPermission = "pull" | "triage" | "push" | "maintain" | "admin";

/** Kind `team-repository`, owner the team's id, key the repository's id as text. */
export interface TeamRepositoryRecord {
  readonly repositoryId: number;
  readonly permission: ApiPermission;
}

/** Kind `collaborator`, owner the repository's id, key login. */
export interface CollaboratorRecord {
  readonly userId: number;
  readonly permission: ApiPermission;
}

/** Kind `repository`, owner the account's id, key name. */
export interface RepositoryRecord {
  readonly name: string;
  readonly description: string | null;
  readonly homepage: string | null;
  readonly visibility: "public" | "private" | "internal";
  readonly defaultBranch: string;
  readonly topics: readonly string[];
  readonly archived: boolean;
  readonly isTemplate: boolean;
  readonly templateRepositoryId: number | null;
  /** Fields of `full-repository` by their API name that a PATCH may set: `has_issues`, `allow_squash_merge`, … */
  readonly settings: Readonly<Record<string, unknown>>;
  /** `security_and_analysis` by feature: `enabled` or `disabled`. */
  readonly securityAndAnalysis: Readonly<Record<string, "enabled" | "disabled">>;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly pushedAt: string;
}

/** Kind `ruleset`, owner a repository's or an organization's id, key the ruleset's name. Inner shapes are the API's. */
export interface RulesetRecord {
  readonly name: string;
  readonly target: "branch" | "tag" | "push" | "repository";
  readonly enforcement: "disabled" | "active" | "evaluate";
  readonly bypassActors: readonly {
    readonly actor_id: number | null;
    readonly actor_type: "RepositoryRole" | "Team" | "Integration" | "OrganizationAdmin" | "DeployKey" | "User";
    readonly bypass_mode: "always" | "pull_request" | "exempt";
  }[];
  readonly conditions: Readonly<Record<string, unknown>> | null;
  readonly rules: readonly { readonly type: string; readonly parameters?: Readonly<Record<string, unknown>> }[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Kind `environment`, owner the repository's id, key name. */
export interface EnvironmentRecord {
  readonly name: string;
  readonly waitTimer: number;
  readonly reviewers: readonly { readonly type: "User" | "Team"; readonly id: number }[];
  readonly preventSelfReview: boolean;
  readonly canAdminsBypass: boolean;
  readonly deploymentBranchPolicy: { readonly protected_branches: boolean; readonly custom_branch_policies: boolean } | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const accounts = (store: Store): Collection<AccountRecord> => store.collection("account");
export const memberships = (store: Store): Collection<MembershipRecord> => store.collection("membership");
export const teams = (store: Store): Collection<TeamRecord> => store.collection("team");
export const teamMembers = (store: Store): Collection<TeamMemberRecord> => store.collection("team-member");
export const teamRepositories = (store: Store): Collection<TeamRepositoryRecord> => store.collection("team-repository");
export const collaborators = (store: Store): Collection<CollaboratorRecord> => store.collection("collaborator");
export const repositories = (store: Store): Collection<RepositoryRecord> => store.collection("repository");
export const rulesets = (store: Store): Collection<RulesetRecord> => store.collection("ruleset");
export const environments = (store: Store): Collection<EnvironmentRecord> => store.collection("environment");

/** Issues and pull requests of one repository are numbered together: `store.nextNumber(issueNumbers(repository.id))`. */
export const issueNumbers = (repositoryId: number): string => `issue:${repositoryId}`;
