/** `workflow_dispatch`: a run by hand, held to the inputs that its file declares. Nothing executes it: it stays queued. */
import { repositoryOf } from "../../core/access.ts";
import { unprocessable } from "../../core/errors.ts";
import type { Call, Handler, Reply } from "../../core/family.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { noContent, ok } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { ACTIONS_APP } from "../apps/apps.ts";
import { suiteFor } from "../checks/suites.ts";
import { happened } from "../events/index.ts";
import { addressesOf } from "../commits/render.ts";
import { runNumbers, workflowRuns } from "./record.ts";
import { type WorkflowFile, workflowNamed, workflowsAt } from "./workflows.ts";

interface Input {
  readonly required?: boolean;
  readonly default?: unknown;
  readonly type?: string;
  readonly options?: readonly unknown[];
}

/** The inputs of a workflow's `workflow_dispatch`; undefined where it has no such trigger. */
function inputsOf({ content }: WorkflowFile): Readonly<Record<string, Input>> | undefined {
  const on = content?.["on"];
  if (on === "workflow_dispatch" || (Array.isArray(on) && on.includes("workflow_dispatch"))) return {};
  if (typeof on !== "object" || on === null || !("workflow_dispatch" in on)) return undefined;
  const trigger = on.workflow_dispatch as { readonly inputs?: Readonly<Record<string, Input | null>> } | null;
  return Object.fromEntries(Object.entries(trigger?.inputs ?? {}).map(([name, input]) => [name, input ?? {}]));
}

/** Every input is text in the end, whatever type the file declares or the request sends. */
const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** The inputs with their defaults. @throws ApiError 422 in GitHub's words. */
function judged(declared: Readonly<Record<string, Input>>, given: Readonly<Record<string, unknown>>): Record<string, string> {
  const strangers = Object.keys(given).filter((name) => !(name in declared));
  if (strangers.length > 0) throw unprocessable(`Unexpected inputs provided: ${JSON.stringify(strangers)}`);
  return Object.fromEntries(
    Object.entries(declared).map(([name, { required, default: preset, type, options = [] }]) => {
      const value = textOf(given[name] ?? preset ?? (type === "boolean" ? false : ""));
      if (required === true && value === "") throw unprocessable(`Required input '${name}' not provided`);
      if (type === "choice" && value !== "" && !options.map(textOf).includes(value)) {
        throw unprocessable(`Provided value '${value}' for input '${name}' not in the list of allowed values`);
      }
      if (type === "boolean" && !["true", "false"].includes(value)) {
        throw unprocessable(`Provided value '${value}' for input '${name}' is not a boolean`);
      }
      return [name, value];
    }),
  );
}

/** The full ref that a dispatch names: a branch before a tag. */
async function refOf(
  call: Call,
  repository: Stored<RepositoryRecord>,
): Promise<{ readonly full: string; readonly name: string; readonly sha: string }> {
  const ref = String(call.body["ref"]);
  const git = call.git.repository(repository.id);
  const names = ref.startsWith("refs/") ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  for (const name of names) {
    const sha = await git.resolve(`${name}^{commit}`);
    if (sha !== undefined) return { full: name, name: name.replace(/^refs\/(heads|tags)\//, ""), sha };
  }
  throw unprocessable(`No ref found for: ${ref}`);
}

async function dispatch(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const { path } = await workflowNamed(call, repository);
  const { full, name, sha } = await refOf(call, repository);
  // What runs is the file of that ref; that of the default branch only makes it known.
  const workflow = (await workflowsAt(call.git.repository(repository.id), repository.id, sha)).find((file) => file.path === path);
  const declared = workflow && inputsOf(workflow);
  if (!workflow || !declared) throw unprocessable("Workflow does not have 'workflow_dispatch' trigger");
  const inputs = judged(declared, (call.body["inputs"] ?? {}) as Readonly<Record<string, unknown>>);
  const { store, now, actor } = call;
  const id = store.nextId();
  workflowRuns(store).insert(
    repository.id,
    String(id),
    {
      path,
      name: workflow.name,
      runNumber: store.nextNumber(runNumbers(repository.id, path)),
      attempt: 1,
      event: "workflow_dispatch",
      headBranch: name,
      headSha: sha,
      displayTitle: workflow.name,
      actorId: actor.id,
      triggeringActorId: actor.id,
      suiteId: suiteFor(store, repository.id, { headSha: sha, appId: ACTIONS_APP }, now).id,
      status: "queued",
      conclusion: null,
      createdAt: now,
      startedAt: now,
      updatedAt: now,
      inputs,
    },
    id,
  );
  happened(store, repository.id, {
    event: "workflow_dispatch",
    action: null,
    actorId: actor.id,
    ref: full,
    sha,
    runId: id,
    at: now,
  });
  if (call.body["return_run_details"] !== true) return noContent();
  const { api, html } = addressesOf(call, repository);
  return ok({ workflow_run_id: id, run_url: `${api}/actions/runs/${id}`, html_url: `${html}/actions/runs/${id}` });
}

export const dispatchOperations: Readonly<Record<string, Handler>> = { "actions/create-workflow-dispatch": dispatch };
