/** `integration`: a GitHub App as checks and protections show it. */
import { nodeId } from "../../core/node-id.ts";
import type { AppRecord } from "../apps/apps.ts";
import { clientIdOf } from "../apps/jwt.ts";
import type { RenderContext } from "../users/render.ts";

export function renderApp(
  { apiUrl, htmlUrl }: Pick<RenderContext, "apiUrl" | "htmlUrl">,
  { id, slug, name, description, permissions, owner, createdAt }: AppRecord,
): Record<string, unknown> {
  const url = `${apiUrl}/users/${owner}`;
  return {
    id,
    slug,
    node_id: nodeId("App", id),
    client_id: clientIdOf(id),
    owner: {
      login: owner,
      id: 9919,
      node_id: nodeId("Organization", 9919),
      avatar_url: `${htmlUrl}/avatars/${owner}`,
      gravatar_id: "",
      url,
      html_url: `${htmlUrl}/${owner}`,
      followers_url: `${url}/followers`,
      following_url: `${url}/following{/other_user}`,
      gists_url: `${url}/gists{/gist_id}`,
      starred_url: `${url}/starred{/owner}{/repo}`,
      subscriptions_url: `${url}/subscriptions`,
      organizations_url: `${url}/orgs`,
      repos_url: `${url}/repos`,
      events_url: `${url}/events{/privacy}`,
      received_events_url: `${url}/received_events`,
      type: "Organization",
      site_admin: false,
    },
    name,
    description,
    external_url: htmlUrl,
    html_url: `${htmlUrl}/apps/${slug}`,
    created_at: createdAt,
    updated_at: createdAt,
    permissions,
    events: [],
  };
}
