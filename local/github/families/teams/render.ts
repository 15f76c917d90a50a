import { accountById } from "../../core/access.ts";
import { nodeId } from "../../core/node-id.ts";
import type { TeamRecord } from "../../core/records.ts";
import { teamRepositories, teams } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import type { RenderContext } from "../users/render.ts";
import { organizationFull } from "../users/render.ts";
import { membersOf } from "./state.ts";

/** `team-simple`: a team where another resource names it as parent. */
function renderTeamSimple({ store, apiUrl, htmlUrl }: RenderContext, { id, owner, value }: Stored<TeamRecord>): Record<string, unknown> {
  const url = `${apiUrl}/organizations/${owner}/team/${id}`;
  return {
    name: value.name,
    id,
    node_id: nodeId("Team", id),
    slug: value.slug,
    description: value.description,
    privacy: value.privacy,
    notification_setting: value.notificationSetting,
    url,
    html_url: `${htmlUrl}/orgs/${accountById(store, owner).value.login}/teams/${value.slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    type: "organization",
    organization_id: owner,
    permission: value.permission,
  };
}

/** `team`, with its parent. */
export function renderTeam(context: RenderContext, team: Stored<TeamRecord>): Record<string, unknown> {
  const parent = team.value.parentId === null ? undefined : teams(context.store).byId(team.value.parentId);
  return { ...renderTeamSimple(context, team), parent: parent ? renderTeamSimple(context, parent) : null };
}

/** `team-full`, with counts and the organization. */
export function renderTeamFull(context: RenderContext, team: Stored<TeamRecord>): Record<string, unknown> {
  return {
    ...renderTeam(context, team),
    members_count: membersOf(context.store, team).length,
    repos_count: teamRepositories(context.store).list(team.id).length,
    created_at: team.value.createdAt,
    updated_at: team.value.updatedAt,
    organization: organizationFull(context, accountById(context.store, team.owner)),
  };
}
