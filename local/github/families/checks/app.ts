/** `integration`: a GitHub App as checks and protections show it. */
import { nodeId } from "../../core/node-id.ts";
import type { AppRecord } from "../apps/apps.ts";
import type { RenderContext } from "../users/render.ts";

/** Apps are older than any local GitHub. */
const EPOCH = "2018-07-30T09:30:17Z";

export function renderApp(
  { apiUrl, htmlUrl }: Pick<RenderContext, "apiUrl" | "htmlUrl">,
  { id, slug, name, description }: AppRecord,
): Record<string, unknown> {
  const owner = "github";
  const url = `${apiUrl}/users/${owner}`;
  return {
    id,
    slug,
    node_id: nodeId("App", id),
    client_id: `Iv1.${id.toString(16).padStart(16, "0")}`,
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
    created_at: EPOCH,
    updated_at: EPOCH,
    permissions: { checks: "write", contents: "read", metadata: "read" },
    events: [],
  };
}
