/** Entries of a tree as the contents API shows them. Every `url` carries `?ref=`: the GitHub provider reads the ref out of it. */
import type { TreeEntry } from "../../git/tree.ts";
import { type Addresses, encodePath } from "../commits/render.ts";

const TYPES: Readonly<Record<string, string>> = { "040000": "dir", "120000": "symlink", "160000": "submodule" };

const typeOf = ({ mode }: TreeEntry): string => TYPES[mode] ?? "file";

/** An entry without its content. */
export function renderContent({ api, html }: Addresses, entry: TreeEntry, ref: string): Record<string, unknown> {
  const path = encodePath(entry.path);
  const folder = entry.type === "tree";
  const url = `${api}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const git = entry.type === "commit" ? null : `${api}/git/${folder ? "trees" : "blobs"}/${entry.sha}`;
  const page = `${html}/${folder ? "tree" : "blob"}/${encodePath(ref)}/${path}`;
  return {
    name: entry.path.slice(entry.path.lastIndexOf("/") + 1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: page,
    git_url: git,
    download_url: entry.type === "blob" ? `${html}/raw/${encodePath(ref)}/${path}` : null,
    type: typeOf(entry),
    _links: { self: url, git, html: page },
  };
}

/** One file with its content in Base64; a symbolic link with its target. */
export function renderFile(addresses: Addresses, entry: TreeEntry, ref: string, content: Buffer): Record<string, unknown> {
  const base = renderContent(addresses, entry, ref);
  if (entry.mode === "120000") return { ...base, target: content.toString("utf8") };
  if (entry.mode === "160000") return { ...base, submodule_git_url: null };
  return { ...base, encoding: "base64", content: content.toString("base64").replace(/.{60}/g, "$&\n") };
}
