/**
 * Promotion to a container on a Docker host: the repository's own production workflow, with a commit that the tier before has marked as
 * validated. See docs/decisions/0008-containers-and-cd.md.
 */
import { parse } from "yaml";

import { judgeWindow, type Refusal } from "../../delivery/promotion.ts";
import { Failure, exitCode } from "../failure.ts";
import type { DockerTier } from "./open.ts";
import { refuse } from "./promote.ts";
import { statusOf, type Place } from "./repository.ts";

export interface DockerPromotion {
  readonly kind: "commit";
  readonly from: string;
  readonly to: string;
  readonly sha: string;
  readonly workflow: string;
  /** `current`: a run of that workflow was under way, so none was started. */
  readonly run: { readonly state: "started" | "current"; readonly url: string };
}

interface Workflow {
  readonly on?: { readonly workflow_dispatch?: { readonly inputs?: Readonly<Record<string, unknown>> } | null };
  readonly jobs?: Readonly<Record<string, { readonly environment?: string | { readonly name?: string } }>>;
}

/** The workflow that a person starts to deploy to the tier: it asks for a confirmation and a commit. @throws Failure */
export function productionWorkflow(files: ReadonlyMap<string, string>, tier: string): string {
  const found = [...files].find(([path, text]) => {
    if (!/^\.github\/workflows\/[^/]+\.ya?ml$/.test(path)) return false;
    const { on, jobs = {} } = parse(text) as Workflow;
    const inputs = Object.keys(on?.workflow_dispatch?.inputs ?? {});
    const deploys = Object.values(jobs).some(
      ({ environment }) => (typeof environment === "object" ? environment.name : environment) === tier,
    );
    return deploys && inputs.includes("confirm") && inputs.includes("sha");
  });
  if (found !== undefined) return found[0].slice(found[0].lastIndexOf("/") + 1);
  throw new Failure(
    exitCode.invalid,
    `No workflow deploys to ${tier} by hand: it needs workflow_dispatch with the inputs confirm and sha, and a job in environment ${tier}.`,
  );
}

/** The context of the commit status by which a tier says that a commit ran well there. */
export const validatedContext = (tier: string): string => `${tier}/validated`;

/**
 * @param wanted Full SHA; absent: the newest commit of the default branch that is validated.
 * @throws Failure with everything that speaks against it.
 */
export async function promoteCommit(
  from: DockerTier,
  to: DockerTier,
  { wanted, files, now }: { readonly wanted: string | undefined; readonly files: ReadonlyMap<string, string>; readonly now: Date },
): Promise<DockerPromotion> {
  const { place, system } = to;
  const { octokit, at } = place;
  const branch = system.branches.find((candidate) => candidate.default === true)?.name ?? "main";
  const context = validatedContext(from.tier.name);
  const workflow = productionWorkflow(files, to.tier.name);
  const sha = wanted ?? (await newestValidated(place, branch, context));
  refuse(`${system.name} is not promoted from ${from.tier.name} to ${to.tier.name}`, [
    ...judgeWindow(to.tier, now),
    ...(await judgeCommit(place, sha, branch, context)),
  ]);
  const done = { kind: "commit" as const, from: from.tier.name, to: to.tier.name, sha, workflow };
  const { data: before } = await octokit.rest.actions.listWorkflowRuns({ ...at, workflow_id: workflow, event: "workflow_dispatch" });
  const current = before.workflow_runs.find(({ status }) => status !== "completed");
  if (current !== undefined) return { ...done, run: { state: "current", url: current.html_url } };
  await octokit.rest.actions.createWorkflowDispatch({ ...at, workflow_id: workflow, ref: branch, inputs: { confirm: "DEPLOY", sha } });
  const { data: after } = await octokit.rest.actions.listWorkflowRuns({ ...at, workflow_id: workflow, event: "workflow_dispatch" });
  const known = new Set(before.workflow_runs.map(({ id }) => id));
  // GitHub lists a new run after a moment; the workflow's page has it in any case.
  const started = after.workflow_runs.find(({ id }) => !known.has(id));
  const { data: file } = await octokit.rest.actions.getWorkflow({ ...at, workflow_id: workflow });
  return { ...done, run: { state: "started", url: started?.html_url ?? file.html_url } };
}

async function newestValidated({ octokit, at }: Place, branch: string, context: string): Promise<string> {
  const { data: commits } = await octokit.rest.repos.listCommits({ ...at, sha: branch, per_page: 100 });
  for (const { sha } of commits) if ((await validation({ octokit, at }, sha, context)) === "success") return sha;
  throw new Failure(
    exitCode.failed,
    `None of the last ${commits.length} commits of ${branch} has ${context}: let the tier before run one.`,
  );
}

async function judgeCommit(place: Place, sha: string, branch: string, context: string): Promise<Refusal[]> {
  const subject = `commit ${sha}`;
  if (!/^[0-9a-f]{40}$/.test(sha)) {
    return [{ subject, rule: "it is no full commit SHA, and nothing shorter is sure to be one commit", fix: "write all 40 digits" }];
  }
  const { octokit, at } = place;
  const status = await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${branch}...${sha}` }).then(
    ({ data }) => data.status,
    (error: unknown) => {
      if (statusOf(error) !== 404) throw error;
      return undefined;
    },
  );
  if (status === undefined) return [{ subject, rule: "the repository has no such commit", fix: `name a commit of ${branch}` }];
  const state = await validation(place, sha, context);
  return [
    ...(status === "identical" || status === "behind"
      ? []
      : [{ subject, rule: `it is not on ${branch}, so it has passed none of its gates`, fix: `merge it to ${branch} first` }]),
    ...(state === "success"
      ? []
      : [{ subject, rule: `it is not validated: ${context} is ${state}`, fix: "let the tier before run it until it is validated" }]),
  ];
}

/** The newest status of a context is the one that counts, and GitHub gives just that. */
async function validation({ octokit, at }: Place, ref: string, context: string): Promise<string> {
  const { data } = await octokit.rest.repos.getCombinedStatusForRef({ ...at, ref, per_page: 100 });
  return data.statuses.find((one) => one.context === context)?.state ?? "missing";
}
