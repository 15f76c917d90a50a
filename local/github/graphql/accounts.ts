/** Users, organizations, teams and apps as GraphQL shows them. */
import { GraphQLError } from "graphql";
import { accountById } from "../core/access.ts";
import { nodeId } from "../core/node-id.ts";
import {
  type AccountRecord,
  accounts,
  memberships,
  repositories,
  teamMembers,
  teamRepositories,
  type TeamRecord,
  teams,
} from "../core/records.ts";
import type { Stored } from "../core/store.ts";
import type { AppRecord } from "../families/apps/apps.ts";
import { connection, type ConnectionArguments, type GraphContext, type GraphObject, notResolved } from "./context.ts";
import { graphRepository, visibleRepositories } from "./repository.ts";

export function graphAccount(context: GraphContext, account: Stored<AccountRecord>): GraphObject {
  return account.value.type === "Organization" ? graphOrganization(context, account) : graphUser(context, account);
}

function common(context: GraphContext, { id, value }: Stored<AccountRecord>): Record<string, unknown> {
  const { login, name, email, createdAt, updatedAt } = value;
  return {
    id: nodeId(value.type, id),
    databaseId: id,
    login,
    name,
    // `User.email` is never null at GitHub: a hidden address is an empty text.
    email: email ?? (value.type === "User" ? "" : null),
    url: `${context.htmlUrl}/${login}`,
    resourcePath: `/${login}`,
    avatarUrl: `${context.htmlUrl}/avatars/${login}`,
    createdAt,
    updatedAt,
    repositories: (args: ConnectionArguments) =>
      connection("repositories", visibleRepositories(context, repositories(context.store).list(id)), args, (repository) =>
        graphRepository(context, repository),
      ),
  };
}

export function graphUser(context: GraphContext, account: Stored<AccountRecord>): GraphObject {
  return {
    __typename: "User",
    ...common(context, account),
    isSiteAdmin: account.value.siteAdmin,
    isViewer: account.id === context.actor.id,
    organizations: (args: ConnectionArguments) => {
      const own = accounts(context.store)
        .all()
        .filter(({ id, value }) => value.type === "Organization" && memberships(context.store).get(id, account.value.login));
      return connection("organizations", own, args, (organization) => graphOrganization(context, organization));
    },
  };
}

interface TeamsArguments extends ConnectionArguments {
  readonly rootTeamsOnly?: boolean | null;
}

export function graphOrganization(context: GraphContext, organization: Stored<AccountRecord>): GraphObject {
  const { store, actor } = context;
  const membership = memberships(store).get(organization.id, actor.login);
  const seen = (team: Stored<TeamRecord>): boolean =>
    membership !== undefined &&
    (team.value.privacy === "closed" || membership.value.role === "admin" || teamMembers(store).get(team.id, actor.login) !== undefined);
  return {
    __typename: "Organization",
    ...common(context, organization),
    description: organization.value.settings["description"] ?? null,
    viewerCanAdminister: membership?.value.role === "admin",
    viewerIsAMember: membership !== undefined,
    team: ({ slug }: { slug: string }) => {
      const found = teams(store).get(organization.id, slug);
      return found && seen(found) ? graphTeam(context, found) : null;
    },
    teams: ({ rootTeamsOnly, ...args }: TeamsArguments) => {
      const shown = teams(store)
        .list(organization.id)
        .filter((team) => seen(team) && (rootTeamsOnly !== true || team.value.parentId === null));
      return connection("teams", shown, args, (team) => graphTeam(context, team));
    },
    membersWithRole: (args: ConnectionArguments) =>
      connection(
        "membersWithRole",
        memberships(store).list(organization.id),
        args,
        ({ value }) => graphUser(context, accountById(store, value.userId)),
        ({ value }) => ({ role: value.role.toUpperCase(), hasTwoFactorEnabled: null }),
      ),
    repository: ({ name }: { name: string }) => {
      const found = repositories(store).get(organization.id, name);
      return found && visibleRepositories(context, [found]).length > 0 ? graphRepository(context, found) : null;
    },
  };
}

interface TeamMembersArguments extends ConnectionArguments {
  readonly membership?: "ALL" | "IMMEDIATE" | "CHILD_TEAM" | null;
  readonly role?: "MAINTAINER" | "MEMBER" | null;
}

export function graphTeam(context: GraphContext, team: Stored<TeamRecord>): GraphObject {
  const { store, htmlUrl } = context;
  const organization = accountById(store, team.owner);
  const { value } = team;
  return {
    __typename: "Team",
    id: nodeId("Team", team.id),
    databaseId: team.id,
    name: value.name,
    slug: value.slug,
    combinedSlug: `${organization.value.login}/${value.slug}`,
    description: value.description,
    privacy: value.privacy === "closed" ? "VISIBLE" : "SECRET",
    notificationSetting: value.notificationSetting.toUpperCase(),
    createdAt: value.createdAt,
    updatedAt: value.updatedAt,
    url: `${htmlUrl}/orgs/${organization.value.login}/teams/${value.slug}`,
    organization: () => graphOrganization(context, organization),
    parentTeam: () => {
      const parent = value.parentId === null ? undefined : teams(store).byId(value.parentId);
      return parent ? graphTeam(context, parent) : null;
    },
    members: ({ membership, role, ...args }: TeamMembersArguments) => {
      const below = membership === "IMMEDIATE" ? [] : descendants(context, team);
      const sources = membership === "CHILD_TEAM" ? below : [team, ...below];
      const found = sources
        .flatMap(({ id }) => teamMembers(store).list(id))
        .filter(({ value: { role: own } }) => !role || own.toUpperCase() === role);
      const unique = [...new Map(found.map((member) => [member.value.userId, member])).values()];
      return connection(
        "members",
        unique,
        args,
        (member) => graphUser(context, accountById(store, member.value.userId)),
        (member) => ({ role: member.value.role.toUpperCase() }),
      );
    },
    repositories: (args: ConnectionArguments) => {
      const granted = teamRepositories(store)
        .list(team.id)
        .flatMap(({ value: { repositoryId } }) => repositories(store).byId(repositoryId) ?? []);
      return connection("repositories", visibleRepositories(context, granted), args, (repository) => graphRepository(context, repository));
    },
  };
}

function descendants(context: GraphContext, team: Stored<TeamRecord>): Stored<TeamRecord>[] {
  const children = teams(context.store)
    .list(team.owner)
    .filter(({ value }) => value.parentId === team.id);
  return children.flatMap((child) => [child, ...descendants(context, child)]);
}

export function graphApp({ htmlUrl }: GraphContext, { id, slug, name, description }: AppRecord): GraphObject {
  return { __typename: "App", id: nodeId("App", id), databaseId: id, slug, name, description, url: `${htmlUrl}/apps/${slug}` };
}

/** @throws GraphQLError NOT_FOUND. */
export function organizationNamed(context: GraphContext, login: string): GraphObject {
  const found = accounts(context.store).get(0, login);
  if (found?.value.type !== "Organization") throw notResolved(`an Organization with the login of '${login}'`);
  return graphOrganization(context, found);
}

/** @throws GraphQLError NOT_FOUND. */
export function userNamed(context: GraphContext, login: string): GraphObject {
  const found = accounts(context.store).get(0, login);
  if (found?.value.type !== "User") throw notResolved(`a User with the login of '${login}'`);
  return graphUser(context, found);
}

/** @throws GraphQLError when nobody is signed in. */
export function viewer(context: GraphContext): GraphObject {
  if (context.actor.id === 0) throw new GraphQLError("This endpoint requires you to be authenticated.");
  return graphUser(context, accountById(context.store, context.actor.id));
}
