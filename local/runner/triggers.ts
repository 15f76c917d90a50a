/** Which workflows an event starts, at which commit, by the triggers of their files. */
import type { Octokit } from "@octokit/rest";
import { DEFAULT_TYPES, type Occasion, triggerVerdict } from "../../pipelines/events.ts";
import { matchesPatterns } from "../../pipelines/glob.ts";
import { readPipelines } from "../../pipelines/read.ts";
import type { Pipelines, Trigger, Workflow } from "../../pipelines/workflow.ts";
import { filesOf, type Repository } from "./files.ts";
import type { Happened } from "./index.ts";

export interface StartedBy {
  readonly workflow: Workflow;
  readonly trigger: Trigger;
  readonly pipelines: Pipelines;
  readonly sha: string;
  /** Branch or tag that the run is of, as GitHub's `head_branch`. */
  readonly branch: string | null;
  /** The run that is there already, of a dispatch. */
  readonly runId?: number;
  /** Known of an event on a pull request. */
  readonly occasion?: Occasion;
}

/** Where the files come from, and what their triggers are judged by. */
interface Circumstances {
  readonly sha: string;
  readonly branch: string | null;
  readonly starts: (trigger: Trigger, workflow: Workflow) => boolean;
  readonly occasion?: Occasion;
  readonly runId?: number;
}

const SKIPS = /\[(skip ci|ci skip|no ci|skip actions|actions skip)\]/;

/** The runs that GitHub would start. */
export async function startedBy(octokit: Octokit, at: Repository, event: Happened): Promise<StartedBy[]> {
  const found = await circumstances(octokit, at, event);
  if (found === undefined) return [];
  const { starts, ...rest } = found;
  const pipelines = readPipelines(await filesOf(octokit, at, found.sha));
  const workflows = [...pipelines.workflows.values()].filter((workflow) => !workflow.broken && !workflow.file.includes("@"));
  return workflows.flatMap((workflow) => {
    const trigger = workflow.triggers.find((one) => one.event === event.event && starts(one, workflow));
    return trigger === undefined ? [] : [{ ...rest, workflow, trigger, pipelines }];
  });
}

async function circumstances(octokit: Octokit, at: Repository, event: Happened): Promise<Circumstances | undefined> {
  switch (event.event) {
    case "push":
      return ofPush(octokit, at, event);
    case "pull_request":
      return ofPullRequest(octokit, at, event);
    case "pull_request_review": {
      const { data: pull } = await octokit.rest.pulls.get({ ...at, pull_number: event.number ?? 0 });
      return { sha: pull.head.sha, branch: pull.head.ref, starts: ofType(event.action, ["submitted", "edited", "dismissed"]) };
    }
    case "workflow_dispatch": {
      const { data: run } = await octokit.rest.actions.getWorkflowRun({ ...at, run_id: event.runId ?? 0 });
      return { sha: run.head_sha, branch: run.head_branch, runId: run.id, starts: (_, { file }) => file === run.path };
    }
    case "workflow_run":
      return ofRun(octokit, at, event);
    case "repository_dispatch":
    case "issue_comment":
      return { ...(await defaultHead(octokit, at)), starts: ofType(event.action, undefined) };
  }
}

/** Without `types` a trigger is started by those that GitHub names for it; by all where it names none. */
const ofType =
  (action: string | null, standard: readonly string[] | undefined) =>
  ({ filters }: Trigger): boolean => {
    const types = filters.types?.patterns ?? standard;
    return types === undefined || (action !== null && types.includes(action));
  };

async function defaultHead(octokit: Octokit, at: Repository): Promise<{ sha: string; branch: string }> {
  const { data: repository } = await octokit.rest.repos.get(at);
  const { data } = await octokit.rest.git.getRef({ ...at, ref: `heads/${repository.default_branch}` });
  return { sha: data.object.sha, branch: repository.default_branch };
}

async function ofPush(octokit: Octokit, at: Repository, { ref = "", before, sha = "" }: Happened): Promise<Circumstances | undefined> {
  const { data: commit } = await octokit.rest.git.getCommit({ ...at, commit_sha: sha }).catch(() => ({ data: undefined }));
  if (commit === undefined || SKIPS.test(commit.message)) return undefined;
  const name = ref.replace(/^refs\/(heads|tags)\//, "");
  if (ref.startsWith("refs/tags/")) return { sha, branch: name, starts: (trigger) => startsForTag(trigger, name) };
  const paths = before === null || before === undefined ? undefined : await changed(octokit, at, before, sha);
  const head = { ref: name, fork: false, ...(paths && { paths }) };
  return { sha, branch: name, starts: (trigger) => triggerVerdict(trigger, { event: "pull_request", base: "", head }).verdict !== "never" };
}

/** A filter for branches alone leaves tags out. */
function startsForTag({ filters }: Trigger, tag: string): boolean {
  const { tags, branches } = filters;
  const ignored = filters["tags-ignore"];
  if (tags) return matchesPatterns(tags.patterns, tag);
  if (ignored) return !matchesPatterns(ignored.patterns, tag);
  return branches === undefined && filters["branches-ignore"] === undefined;
}

async function ofPullRequest(octokit: Octokit, at: Repository, { number = 0, action }: Happened): Promise<Circumstances | undefined> {
  const { data: pull } = await octokit.rest.pulls.get({ ...at, pull_number: number });
  const { data: commit } = await octokit.rest.git.getCommit({ ...at, commit_sha: pull.head.sha });
  if (SKIPS.test(commit.message)) return undefined;
  const files = await octokit.paginate(octokit.rest.pulls.listFiles, { ...at, pull_number: number, per_page: 100 });
  const head = { ref: pull.head.ref, fork: false, paths: files.map(({ filename }) => filename) };
  const occasion: Occasion = { event: "pull_request", base: pull.base.ref, head, repository: `${at.owner}/${at.repo}` };
  const rightType = ofType(action, DEFAULT_TYPES);
  const starts = (trigger: Trigger): boolean => rightType(trigger) && triggerVerdict(trigger, occasion).verdict !== "never";
  return { sha: pull.head.sha, branch: pull.head.ref, occasion, starts };
}

/** A workflow is known by its `name`; its runs start others on the default branch, whatever branch they were of. */
async function ofRun(octokit: Octokit, at: Repository, { action, runId = 0 }: Happened): Promise<Circumstances> {
  const { data: run } = await octokit.rest.actions.getWorkflowRun({ ...at, run_id: runId });
  const starts = (trigger: Trigger): boolean => {
    const { workflows, branches } = trigger.filters;
    const ignored = trigger.filters["branches-ignore"];
    const branch = run.head_branch ?? "";
    if (!(workflows?.patterns.includes(run.name ?? "") ?? true)) return false;
    if (branches && !matchesPatterns(branches.patterns, branch)) return false;
    if (ignored && matchesPatterns(ignored.patterns, branch)) return false;
    return ofType(action, undefined)(trigger);
  };
  return { ...(await defaultHead(octokit, at)), starts };
}

async function changed(octokit: Octokit, at: Repository, before: string, after: string): Promise<readonly string[] | undefined> {
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${before}...${after}` });
  return data.files?.map(({ filename }) => filename);
}
