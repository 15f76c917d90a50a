/** What each deployment to production brought, and when those changes were begun. */
import type { RestEndpointMethodTypes } from "@octokit/rest";

import { attemptsOf, type Attempt, type DeploymentFact, type StepFact } from "../../delivery/history.ts";
import { each, pageSize, type Source } from "./window.ts";

type Commit = RestEndpointMethodTypes["repos"]["compareCommitsWithBasehead"]["response"]["data"]["commits"][number];

type Known = Attempt & { readonly sha: string };
const isKnown = (attempt: Attempt): attempt is Known => attempt.sha !== null;

interface Step {
  readonly deployedAt: number;
  readonly back: boolean;
  readonly commits: readonly Commit[];
}

/**
 * The steps from each successful deployment to the next. A change begins when its pull request is opened; without one, with its commit.
 * Not counted are merge commits, which change nothing themselves, and commits of bots: what delivery writes is nobody's change.
 */
export async function readSteps(source: Source, deployments: readonly DeploymentFact[]): Promise<StepFact[]> {
  const good = attemptsOf(deployments).filter(({ outcome }) => outcome === "success");
  const pairs = good.flatMap((attempt, index): [Known, Known][] => {
    const before = good[index - 1];
    return before === undefined || !isKnown(before) || !isKnown(attempt) || before.sha === attempt.sha ? [] : [[before, attempt]];
  });
  let asked = 0;
  const steps = await each(pairs, async ([before, after]) => {
    source.progress(`Changes in production: ${++asked} of ${pairs.length} deployments`);
    return stepOf(source, before, after);
  });
  const begun = await pullRequests(source, steps);
  return steps.map(({ deployedAt, back, commits }) => ({
    deployedAt,
    back,
    changes: commits.map((commit) => Math.min(deployedAt, begun.get(commit.sha) ?? writtenAt(commit))),
  }));
}

const writtenAt = ({ commit }: Commit): number => Date.parse(commit.author?.date ?? commit.committer?.date ?? "");
const committedAt = ({ commit }: Commit): number => Date.parse(commit.committer?.date ?? commit.author?.date ?? "");

async function stepOf({ github, repository }: Source, before: Known, after: Known): Promise<Step> {
  const commits: Commit[] = [];
  let back = false;
  for (let page = 1; ; page += 1) {
    const answer = await github.rest.repos
      .compareCommitsWithBasehead({ ...repository, basehead: `${before.sha}...${after.sha}`, page, per_page: pageSize })
      .catch((error: unknown) => {
        // A commit that is no longer in the repository has no story.
        if ((error as { status?: number }).status === 404) return undefined;
        throw error;
      });
    if (answer === undefined) break;
    const { data } = answer;
    back = data.status === "behind";
    commits.push(...data.commits);
    if (commits.length >= data.total_commits || data.commits.length === 0) break;
  }
  const changes = commits.filter(({ parents, author }) => parents.length < 2 && author?.type !== "Bot");
  return { deployedAt: after.endedAt, back, commits: changes };
}

/** Merge commit → when its pull request was opened, for pull requests that were merged since the first of the commits. */
async function pullRequests({ github, repository, progress }: Source, steps: readonly Step[]): Promise<Map<string, number>> {
  const begun = new Map<string, number>();
  const first = steps.flatMap(({ commits }) => commits.map(committedAt)).reduce((least, next) => Math.min(least, next), Infinity);
  if (first === Infinity) return begun;
  const pages = github.paginate.iterator(github.rest.pulls.list, {
    ...repository,
    state: "closed",
    sort: "updated",
    direction: "desc",
    per_page: pageSize,
  });
  let read = 0;
  for await (const { data } of pages) {
    for (const { merged_at: merged, merge_commit_sha: sha, created_at: opened } of data) {
      if (merged !== null && sha !== null) begun.set(sha, Date.parse(opened));
    }
    read += data.length;
    progress(`Pull requests: ${read} read`);
    // A pull request was updated when it was merged, and its commit was made then.
    const last = data.at(-1);
    if (last === undefined || Date.parse(last.updated_at) < first) break;
  }
  return begun;
}
