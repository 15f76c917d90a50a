import { accountById } from "../../core/access.ts";
import type { Call } from "../../core/family.ts";
import { accounts } from "../../core/records.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import { pullRequests } from "../pulls/record.ts";
import { latestRelease } from "./state.ts";

/** The notes that GitHub generates: the merged pull requests since the previous release, and a link to the full comparison. */
export async function generatedNotes(
  call: Call,
  repository: Stored<RepositoryRecord>,
  { tag, target, previous }: { readonly tag: string; readonly target: string; readonly previous?: string },
): Promise<{ name: string; body: string }> {
  const before = previous ?? latestRelease(call.store, repository.id)?.value.tag;
  const git = call.git.repository(repository.id);
  const head = (await git.resolveCommit(`refs/tags/${tag}`)) ?? (await git.resolveCommit(target));
  const base = before === undefined ? undefined : await git.resolveCommit(`refs/tags/${before}`);
  const commits = new Set(head ? await git.log({ revisions: base ? [head, `^${base}`] : [head] }) : []);
  const page = `${call.htmlUrl}/${accountById(call.store, repository.owner).value.login}/${repository.value.name}`;
  const lines = pullRequests(call.store)
    .list(repository.id)
    .filter(({ value }) => value.mergeCommitSha !== null && commits.has(value.mergeCommitSha))
    .map(
      ({ value }) =>
        `* ${value.title} by @${accounts(call.store).byId(value.userId)?.value.login ?? "ghost"} in ${page}/pull/${value.number}`,
    );
  const changes = lines.length > 0 ? `## What's Changed\n${lines.join("\n")}\n\n` : "";
  const range = before === undefined ? `${page}/commits/${tag}` : `${page}/compare/${before}...${tag}`;
  return { name: tag, body: `${changes}**Full Changelog**: ${range}` };
}
