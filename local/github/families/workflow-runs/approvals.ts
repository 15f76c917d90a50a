/** Jobs that wait for the protection of their environment, and the people who let them go on or not. */
import { accountById } from "../../core/access.ts";
import { unprocessable } from "../../core/errors.ts";
import type { Call, Handler, Reply } from "../../core/family.ts";
import { accounts, type EnvironmentRecord, environments, type RepositoryRecord, teamMembers, teams } from "../../core/records.ts";
import { ok } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { renderDeployment } from "../deployments/index.ts";
import { deployments } from "../deployments/record.ts";
import { environmentUrl, renderReviewer } from "../environments/render.ts";
import { nodeId } from "../../core/node-id.ts";
import { simpleUser } from "../users/render.ts";
import { jobContext } from "./control.ts";
import { timerRuns } from "./hold.ts";
import { writeJob } from "./jobs.ts";
import { currentJobs, runOf } from "./lookup.ts";
import { runApprovals, type WorkflowJobRecord, type WorkflowRunRecord, workflowRuns } from "./record.ts";

interface Pending {
  readonly environment: Stored<EnvironmentRecord>;
  readonly jobs: readonly Stored<WorkflowJobRecord>[];
}

/** The environments that jobs of the run wait for. */
function pendingOf(call: Call, repository: Stored<RepositoryRecord>, run: Stored<WorkflowRunRecord>): Pending[] {
  const waiting = currentJobs(call.store, run).filter(({ value }) => value.status === "waiting" && value.environment !== null);
  const names = [...new Set(waiting.map(({ value }) => value.environment ?? ""))];
  return names.flatMap((name) => {
    const environment = environments(call.store).get(repository.id, name);
    return environment ? [{ environment, jobs: waiting.filter(({ value }) => value.environment === name) }] : [];
  });
}

/** Is the caller one of the reviewers, and not kept from it as the one who started the run? */
function mayApprove(call: Call, { value }: Stored<EnvironmentRecord>, run: WorkflowRunRecord): boolean {
  const { id, login } = call.actor;
  if (value.preventSelfReview && run.triggeringActorId === id) return false;
  return value.reviewers.some((reviewer) =>
    reviewer.type === "User" ? reviewer.id === id : teams(call.store).byId(reviewer.id) && teamMembers(call.store).get(reviewer.id, login),
  );
}

function renderPending(call: Call, repository: Stored<RepositoryRecord>, run: WorkflowRunRecord, { environment, jobs }: Pending): unknown {
  const { id, value } = environment;
  const full = `${accountById(call.store, repository.owner).value.login}/${repository.value.name}`;
  return {
    environment: {
      id,
      node_id: nodeId("Environment", id),
      name: value.name,
      url: environmentUrl(call, repository, environment),
      html_url: `${call.htmlUrl}/${full}/deployments/activity_log?environments_filter=${encodeURIComponent(value.name)}`,
    },
    wait_timer: value.waitTimer,
    wait_timer_started_at: value.waitTimer > 0 ? (jobs[0]?.value.startedAt ?? run.startedAt) : null,
    current_user_can_approve: mayApprove(call, environment, run),
    reviewers: value.reviewers.flatMap((reviewer) => {
      const shown = renderReviewer(call, reviewer);
      return shown ? [{ type: reviewer.type, reviewer: shown }] : [];
    }),
  };
}

function list(call: Call): Reply {
  const { repository, run } = runOf(call);
  return ok(pendingOf(call, repository, run).map((pending) => renderPending(call, repository, run.value, pending)));
}

/** @throws ApiError 422 for an environment that nothing waits for, and for somebody who may not review it. */
function review(call: Call): Reply {
  const named = runOf(call);
  const { repository, run } = named;
  const { store, now, actor, body } = call;
  const { environment_ids: ids, state, comment } = body as unknown as ReviewBody;
  const pending = pendingOf(call, repository, run);
  const chosen = ids.map((id) => {
    const found = pending.find(({ environment }) => environment.id === id);
    if (!found) throw unprocessable(`There is no pending deployment for environment ${id}.`);
    if (!mayApprove(call, found.environment, run.value)) {
      throw unprocessable(`${actor.login} may not review deployments to ${found.environment.value.name}.`);
    }
    return found;
  });
  const context = jobContext(call, named);
  const jobs = chosen.flatMap((one) => one.jobs);
  const after = ({ environment, createdAt }: WorkflowJobRecord) =>
    state === "rejected"
      ? rejected(now)
      : // An approval ends no wait timer.
        ({
          status: timerRuns({ store, run, now }, environment ?? "", createdAt) ? "waiting" : "queued",
          conclusion: null,
          completedAt: null,
        } as const);
  const written = jobs.map(({ value }) => writeJob(context, { ...value, ...after(value) }));
  const id = store.nextId();
  runApprovals(store).insert(run.id, String(id), { environmentIds: ids, state, userId: actor.id, comment }, id);
  const still = currentJobs(store, run).some(({ value }) => value.status === "waiting");
  const ends =
    state === "rejected" ? ({ status: "completed", conclusion: "failure" } as const) : ({ status: still ? "waiting" : "queued" } as const);
  workflowRuns(store).update(run.id, { ...run.value, ...ends, updatedAt: now });
  return ok(
    written.flatMap(({ value }) => {
      const deployment = value.deploymentId === null ? undefined : deployments(store).byId(value.deploymentId);
      return deployment ? [renderDeployment(call, repository, deployment)] : [];
    }),
  );
}

interface ReviewBody {
  readonly environment_ids: readonly number[];
  readonly state: "approved" | "rejected";
  readonly comment: string;
}

const rejected = (now: string) => ({ status: "completed", conclusion: "failure", completedAt: now }) as const;

function history(call: Call): Reply {
  const { repository, run } = runOf(call);
  return ok(
    runApprovals(call.store)
      .list(run.id)
      .map(({ value }) => ({
        environments: value.environmentIds.flatMap((id) => {
          const environment = environments(call.store).byId(id);
          if (!environment) return [];
          const { createdAt, updatedAt, name } = environment.value;
          const url = environmentUrl(call, repository, environment);
          return [{ id, node_id: nodeId("Environment", id), name, url, html_url: url, created_at: createdAt, updated_at: updatedAt }];
        }),
        state: value.state,
        user: simpleUser(call, accounts(call.store).byId(value.userId) ?? accountById(call.store, repository.owner)),
        comment: value.comment,
      })),
  );
}

export const approvalOperations: Readonly<Record<string, Handler>> = {
  "actions/get-pending-deployments-for-run": list,
  "actions/review-pending-deployments-for-run": review,
  "actions/get-reviews-for-run": history,
};
