/** Deployments to the environments of tiers as facts, from their statuses. */
import type { RestEndpointMethodTypes } from "@octokit/rest";

import type { DeploymentFact } from "../../delivery/history.ts";
import { each, pageSize, type Source } from "./window.ts";

type Deployment = RestEndpointMethodTypes["repos"]["listDeployments"]["response"]["data"][number];
type Status = RestEndpointMethodTypes["repos"]["listDeploymentStatuses"]["response"]["data"][number];

/** Looked at before the period, for the one that the first of the period took the place of. */
const lookBack = 20;

/**
 * Deployments to the tier that began in the period, and before them the last one that succeeded. `null` where GitHub has never heard of
 * any: whoever deploys does not record it there.
 */
export async function readDeployments(source: Source, tier: string): Promise<DeploymentFact[] | null> {
  const { github, repository, period, progress } = source;
  const inside: Deployment[] = [];
  const before: Deployment[] = [];
  const pages = github.paginate.iterator(github.rest.repos.listDeployments, { ...repository, environment: tier, per_page: pageSize });
  for await (const { data } of pages) {
    // Newest first.
    for (const one of data) (Date.parse(one.created_at) >= period.since ? inside : before).push(one);
    progress(`Deployments to ${tier}: ${inside.length} found`);
    if (before.length > 0) break;
  }
  if (inside.length === 0 && before.length === 0) return null;
  let asked = 0;
  const facts = await each(inside, async (deployment) => {
    progress(`Deployments to ${tier}: ${++asked} of ${inside.length}`);
    return factOf(tier, deployment, await statusesOf(source, deployment));
  });
  for (const deployment of before.slice(0, lookBack)) {
    const fact = factOf(tier, deployment, await statusesOf(source, deployment));
    if (fact.outcome === "success") return [fact, ...facts];
  }
  return facts;
}

async function statusesOf({ github, repository }: Source, { id }: Deployment): Promise<Status[]> {
  return github.paginate(github.rest.repos.listDeploymentStatuses, { ...repository, deployment_id: id, per_page: pageSize });
}

function factOf(tier: string, { sha, created_at: created }: Deployment, statuses: readonly Status[]): DeploymentFact {
  const startedAt = Date.parse(created);
  // A later success makes this one inactive, with the later run's address: what counts is how it ended itself.
  const own = statuses.filter(({ state }) => state !== "inactive").sort((a, b) => a.created_at.localeCompare(b.created_at) || a.id - b.id);
  const end = own.find(({ state }) => state === "success" || state === "failure" || state === "error");
  const run = own.flatMap(({ log_url: url }) => /\/actions\/runs\/(\d+)/.exec(url ?? "")?.[1] ?? [])[0];
  return {
    tier,
    sha,
    run: run === undefined ? null : Number(run),
    startedAt,
    endedAt: end ? Math.max(startedAt, Date.parse(end.created_at)) : null,
    outcome: end ? (end.state === "success" ? "success" : "failure") : null,
  };
}
