/**
 * Deployments of tiers whose overlay Argo CD follows, by the overlay's own history: a commit that sets another tag deploys it. Git knows
 * what was deployed and not how it went, so a version has failed when it was banned afterwards, and whoever rolls back bans it.
 */
import type { RestEndpointMethodTypes } from "@octokit/rest";

import type { DeploymentFact } from "../../delivery/history.ts";
import { bannedTags, bannedTagsOf, kustomizationOf } from "../../delivery/overlays.ts";
import type { GitOpsTarget } from "../../model/system.ts";
import { each, pageSize, type Source } from "./window.ts";

/** A commit that bans tags. */
export interface Ban {
  readonly at: number;
  readonly tags: ReadonlySet<string>;
}

interface Edit {
  readonly at: number;
  /** Lines that the commit added to the file, without the sign. */
  readonly added: readonly string[];
  /** It made the file. */
  readonly first: boolean;
}

/** Bans of the period, by time. Taking a tag off the list is none. */
export async function readBans(source: Source, { branch, path }: GitOpsTarget): Promise<Ban[]> {
  source.progress(`Bans of ${path}`);
  const edits = await editsOf(source, branch, bannedTagsOf(path), source.period.since);
  return edits.map(({ at, added }) => ({ at, tags: bannedTags(added.join("\n")) })).filter(({ tags }) => tags.size > 0);
}

/** Deployments of the period, and the last one before. */
export async function readOverlay(source: Source, tier: string, target: GitOpsTarget, bans: readonly Ban[]): Promise<DeploymentFact[]> {
  source.progress(`Overlay of ${tier}`);
  const file = kustomizationOf(target.path);
  const [inside, before] = [await editsOf(source, target.branch, file, source.period.since), await lastBefore(source, target.branch, file)];
  return [...before, ...inside].flatMap(({ at, added, first }): DeploymentFact[] => {
    const set = added.flatMap((line) => /^\s*(?:-\s+)?newTag:\s*["']?([^\s"'#]+)/.exec(line)?.[1] ?? []);
    // What an overlay begins with is the state that the system was installed in: nobody deployed it.
    if (set.length === 0 || first) return [];
    const banned = bans.some((ban) => ban.at > at && set.some((tag) => ban.tags.has(tag)));
    return [{ tier, sha: commitOf(set), run: null, startedAt: at, endedAt: at, outcome: banned ? "failure" : "success" }];
  });
}

/** The commit that the images were built from, where a tag says so. */
const commitOf = (tags: readonly string[]): string | null =>
  tags.flatMap((tag) => /^sha-([0-9a-f]{7,40})$/.exec(tag)?.[1] ?? [])[0] ?? null;

type Commit = RestEndpointMethodTypes["repos"]["listCommits"]["response"]["data"][number];

/** Commits of the branch that touched the file since then, by time. */
async function editsOf(source: Source, branch: string, file: string, since: number): Promise<Edit[]> {
  const { github, repository, period } = source;
  const query = { ...repository, sha: branch, path: file, since: iso(since), until: iso(period.until), per_page: pageSize };
  const commits = await github.paginate(github.rest.repos.listCommits, query).catch(noneFor404);
  // GitHub lists the newest first; of one second, too, the earlier comes first then.
  const edits = await each(commits.reverse(), (commit) => editOf(source, file, commit));
  return edits.sort((a, b) => a.at - b.at);
}

async function lastBefore(source: Source, branch: string, file: string): Promise<Edit[]> {
  const { github, repository, period } = source;
  const query = { ...repository, sha: branch, path: file, until: iso(period.since - 1_000), per_page: 1 };
  const commits = await github.rest.repos.listCommits(query).then(({ data }) => data, noneFor404);
  return each(commits, (commit) => editOf(source, file, commit));
}

async function editOf({ github, repository }: Source, file: string, { sha, commit }: Commit): Promise<Edit> {
  const { data } = await github.rest.repos.getCommit({ ...repository, ref: sha });
  const change = data.files?.find(({ filename }) => filename === file);
  const added = (change?.patch ?? "")
    .split("\n")
    .filter((line) => line.startsWith("+"))
    .map((line) => line.slice(1));
  return { at: Date.parse(commit.committer?.date ?? commit.author?.date ?? ""), added, first: change?.status === "added" };
}

const iso = (moment: number): string => new Date(moment).toISOString();

/** A branch that is not there yet has no history. */
function noneFor404(error: unknown): never[] {
  if ((error as { status?: number }).status === 404) return [];
  throw error;
}
