/** Runs and jobs as the API shows them. */
import { accountById } from "../../core/access.ts";
import type { Call } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import { pullsAt } from "../checks/render.ts";
import { addressesOf } from "../commits/render.ts";
import { minimalRepository } from "../repositories/render.ts";
import { simpleUser } from "../users/render.ts";
import type { WorkflowJobRecord, WorkflowRunRecord } from "./record.ts";
import { workflowId } from "./workflows.ts";

export async function renderRun(
  call: Call,
  repository: Stored<RepositoryRecord>,
  { id, value }: Stored<WorkflowRunRecord>,
): Promise<Record<string, unknown>> {
  const { api, html } = addressesOf(call, repository);
  const url = `${api}/actions/runs/${id}`;
  const workflow = workflowId(repository.id, value.path);
  const commit = await call.git.repository(repository.id).commit(value.headSha);
  const shown = minimalRepository(call, repository);
  return {
    id,
    name: value.name,
    node_id: nodeId("WorkflowRun", id),
    check_suite_id: value.suiteId,
    check_suite_node_id: nodeId("CheckSuite", value.suiteId),
    head_branch: value.headBranch,
    head_sha: value.headSha,
    path: value.path,
    run_number: value.runNumber,
    run_attempt: value.attempt,
    referenced_workflows: [],
    event: value.event,
    status: value.status,
    conclusion: value.conclusion,
    workflow_id: workflow,
    url,
    html_url: `${html}/actions/runs/${id}`,
    pull_requests: call.query["exclude_pull_requests"] === true ? [] : pullsAt(call, repository, value.headSha),
    created_at: value.createdAt,
    updated_at: value.updatedAt,
    run_started_at: value.startedAt,
    actor: simpleUser(call, accountById(call.store, value.actorId)),
    triggering_actor: simpleUser(call, accountById(call.store, value.triggeringActorId)),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${api}/check-suites/${value.suiteId}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: value.attempt > 1 ? `${url}/attempts/${value.attempt - 1}` : null,
    workflow_url: `${api}/actions/workflows/${workflow}`,
    head_commit: {
      id: commit.sha,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: commit.committer.date,
      author: { name: commit.author.name, email: commit.author.email },
      committer: { name: commit.committer.name, email: commit.committer.email },
    },
    repository: shown,
    head_repository: shown,
    display_title: value.displayTitle,
  };
}

export function renderJob(
  call: Call,
  repository: Stored<RepositoryRecord>,
  run: Stored<WorkflowRunRecord>,
  { id, value }: Stored<WorkflowJobRecord>,
): Record<string, unknown> {
  const { api, html } = addressesOf(call, repository);
  return {
    id,
    run_id: run.id,
    run_url: `${api}/actions/runs/${run.id}`,
    run_attempt: value.attempt,
    node_id: nodeId("CheckRun", id),
    head_sha: run.value.headSha,
    head_branch: run.value.headBranch,
    url: `${api}/actions/jobs/${id}`,
    html_url: `${html}/actions/runs/${run.id}/job/${id}`,
    status: value.status,
    conclusion: value.conclusion,
    created_at: value.createdAt,
    started_at: value.startedAt,
    completed_at: value.completedAt,
    name: value.name,
    steps: [],
    check_run_url: `${api}/check-runs/${value.checkRunId}`,
    labels: value.labels,
    // No runner took it: it was reported.
    runner_id: null,
    runner_name: null,
    runner_group_id: null,
    runner_group_name: null,
    workflow_name: run.value.name,
  };
}
