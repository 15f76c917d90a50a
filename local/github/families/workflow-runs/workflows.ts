/** Workflows are files on the default branch; nothing is stored of them. */
import { createHash } from "node:crypto";
import { parse, YAMLParseError } from "yaml";
import { repositoryOf } from "../../core/access.ts";
import { notFound } from "../../core/errors.ts";
import type { Call, Handler } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { ok, pageOf } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import type { GitRepository } from "../../git/repository.ts";
import { entryAt, listTree } from "../../git/tree.ts";
import { addressesOf } from "../commits/render.ts";

export interface WorkflowFile {
  readonly id: number;
  readonly path: string;
  /** The file's `name`, or its path where it has none. */
  readonly name: string;
  /** The parsed file; undefined where it is no YAML. */
  readonly content: Readonly<Record<string, unknown>> | undefined;
}

const folder = ".github/workflows";

/** The same for the same path of the same repository: made of both, so that a listing need not write. */
export function workflowId(repositoryId: number, path: string): number {
  return createHash("sha256").update(`${repositoryId}:${path}`).digest().readUInt32BE(0) >>> 1;
}

function read(repositoryId: number, path: string, text: string): WorkflowFile {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    // GitHub lists a broken file too, by its path.
    if (!(error instanceof YAMLParseError)) throw error;
  }
  const known = typeof content === "object" && content !== null ? (content as Readonly<Record<string, unknown>>) : undefined;
  const name = typeof known?.["name"] === "string" ? known["name"] : path;
  return { id: workflowId(repositoryId, path), path, name, content: known };
}

/** The workflow files of a commit. */
export async function workflowsAt(git: GitRepository, repositoryId: number, commit: string): Promise<WorkflowFile[]> {
  const entry = await entryAt(git, commit, folder);
  if (entry?.type !== "tree") return [];
  const files = (await listTree(git, entry.sha)).filter(({ type, path }) => type === "blob" && /\.ya?ml$/.test(path));
  return Promise.all(files.map(async ({ path, sha }) => read(repositoryId, `${folder}/${path}`, (await git.blob(sha)).toString("utf8"))));
}

async function workflowsOf(call: Call, repository: Stored<RepositoryRecord>): Promise<WorkflowFile[]> {
  const git = call.git.repository(repository.id);
  const head = await git.resolve(`refs/heads/${repository.value.defaultBranch}`);
  return head === undefined ? [] : workflowsAt(git, repository.id, head);
}

/** The workflow of the default branch that `{workflow_id}` names, by number or by file name. @throws ApiError 404 */
export async function workflowNamed(call: Call, repository: Stored<RepositoryRecord>): Promise<WorkflowFile> {
  const wanted = String(call.path["workflow_id"]);
  const all = await workflowsOf(call, repository);
  const found = all.find(({ id, path }) => String(id) === wanted || path === wanted || path === `${folder}/${wanted}`);
  if (!found) throw notFound();
  return found;
}

function render(call: Call, repository: Stored<RepositoryRecord>, { id, name, path }: WorkflowFile): Record<string, unknown> {
  const { api, html } = addressesOf(call, repository);
  const { createdAt, pushedAt } = repository.value;
  return {
    id,
    node_id: nodeId("Workflow", id),
    name,
    path,
    state: "active",
    created_at: createdAt,
    updated_at: pushedAt,
    url: `${api}/actions/workflows/${id}`,
    html_url: `${html}/blob/${repository.value.defaultBranch}/${path}`,
    badge_url: `${html}/workflows/${encodeURIComponent(name)}/badge.svg`,
  };
}

export const workflowOperations: Readonly<Record<string, Handler>> = {
  "actions/list-repo-workflows": async (call) => {
    const repository = repositoryOf(call);
    return pageOf(call, "workflows", await workflowsOf(call, repository), (workflow) => render(call, repository, workflow));
  },
  "actions/get-workflow": async (call) => {
    const repository = repositoryOf(call);
    return ok(render(call, repository, await workflowNamed(call, repository)));
  },
};
