import { accountById } from "../../core/access.ts";
import type { Call } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import { simpleUser } from "../users/render.ts";
import type { ReleaseRecord } from "./state.ts";

/** GitHub's `release`. The server stores no assets: uploads are not implemented. */
export function renderRelease(
  call: Call,
  repository: Stored<RepositoryRecord>,
  { id, value }: Stored<ReleaseRecord>,
): Record<string, unknown> {
  const name = `${accountById(call.store, repository.owner).value.login}/${repository.value.name}`;
  const url = `${call.apiUrl}/repos/${name}/releases/${id}`;
  const tag = encodeURIComponent(value.tag);
  const archive = (kind: string): string | null => (value.draft ? null : `${call.apiUrl}/repos/${name}/${kind}/refs/tags/${tag}`);
  return {
    url,
    assets_url: `${url}/assets`,
    upload_url: `${url}/assets{?name,label}`,
    html_url: `${call.htmlUrl}/${name}/releases/tag/${tag}`,
    id,
    node_id: nodeId("Release", id),
    author: simpleUser(call, accountById(call.store, value.authorId)),
    tag_name: value.tag,
    target_commitish: value.target,
    name: value.name,
    body: value.body,
    draft: value.draft,
    prerelease: value.prerelease,
    immutable: false,
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    published_at: value.publishedAt,
    tarball_url: archive("tarball"),
    zipball_url: archive("zipball"),
    assets: [],
  };
}
