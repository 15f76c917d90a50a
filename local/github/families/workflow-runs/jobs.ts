/** A job with what GitHub makes of it: its check run, and a deployment where it names an environment. */
import type { Store, Stored } from "../../core/store.ts";
import { ACTIONS_APP } from "../apps/apps.ts";
import { checkRuns, type Conclusion } from "../checks/record.ts";
import { type DeploymentState, deployments, type DeploymentStatusRecord, deploymentStatuses } from "../deployments/record.ts";
import { retireOthers } from "../deployments/retire.ts";
import { type WorkflowJobRecord, workflowJobs, type WorkflowRunRecord, workflowRuns } from "./record.ts";

/** A job as it is reported; times are ISO to the second. */
export interface JobReport {
  readonly name: string;
  readonly status: WorkflowJobRecord["status"];
  readonly conclusion: WorkflowJobRecord["conclusion"];
  readonly startedAt: string;
  readonly completedAt: string | null;
  readonly labels: readonly string[];
  readonly environment: string | null;
}

export interface JobContext {
  readonly store: Store;
  readonly repositoryId: number;
  readonly run: Stored<WorkflowRunRecord>;
  /** Address of the run's page. */
  readonly page: string;
  readonly now: string;
}

/** Makes the job, or brings the one of that name in the run's last attempt up to date. */
export function writeJob(context: JobContext, report: JobReport): Stored<WorkflowJobRecord> {
  const { store, run, now } = context;
  const known = workflowJobs(store)
    .list(run.id)
    .find(({ value }) => value.name === report.name && value.attempt === run.value.attempt);
  const id = known?.id ?? store.nextId();
  const value: WorkflowJobRecord = {
    ...report,
    attempt: run.value.attempt,
    createdAt: known?.value.createdAt ?? report.startedAt,
    checkRunId: writeCheck(context, report, known?.value.checkRunId),
    deploymentId: writeDeployment(context, report, id, known?.value.deploymentId ?? null),
  };
  const saved = known ? workflowJobs(store).update(known.id, value) : workflowJobs(store).insert(run.id, String(id), value, id);
  workflowRuns(store).update(run.id, { ...run.value, updatedAt: now });
  return saved;
}

function writeCheck({ store, repositoryId, run, page }: JobContext, report: JobReport, knownId: number | undefined): number {
  const known = knownId === undefined ? undefined : checkRuns(store).byId(knownId);
  const value = {
    name: report.name,
    headSha: run.value.headSha,
    appId: ACTIONS_APP,
    suiteId: run.value.suiteId,
    externalId: null,
    detailsUrl: page,
    status: report.status,
    conclusion: report.conclusion as Conclusion | null,
    startedAt: report.startedAt,
    completedAt: report.completedAt,
    output: { title: null, summary: null, text: null },
    annotations: [],
  };
  if (known) return checkRuns(store).update(known.id, value).id;
  const id = store.nextId();
  return checkRuns(store).insert(repositoryId, String(id), value, id).id;
}

function stateOf({ status, conclusion }: JobReport): DeploymentState {
  if (status === "in_progress") return "in_progress";
  if (status !== "completed") return "queued";
  if (conclusion === "success" || conclusion === "neutral") return "success";
  return conclusion === "cancelled" ? "error" : "failure";
}

/** A job that is skipped deploys nothing. */
function writeDeployment(
  { store, repositoryId, run, page }: JobContext,
  report: JobReport,
  jobId: number,
  knownId: number | null,
): number | null {
  const { environment } = report;
  if (environment === null || report.conclusion === "skipped") return knownId;
  const { headSha: sha, headBranch, triggeringActorId: creatorId } = run.value;
  const moment = report.completedAt ?? report.startedAt;
  const state = stateOf(report);
  const known = knownId === null ? undefined : deployments(store).byId(knownId);
  const id = known?.id ?? store.nextId();
  const deployment =
    known ??
    deployments(store).insert(
      repositoryId,
      String(id),
      {
        sha,
        ref: headBranch ?? sha,
        task: "deploy",
        payload: {},
        environment,
        description: null,
        creatorId,
        transientEnvironment: false,
        productionEnvironment: environment === "production",
        createdAt: report.startedAt,
        updatedAt: moment,
      },
      id,
    );
  const last = deploymentStatuses(store).list(id).at(-1)?.value.state;
  if (last === state) return id;
  const logUrl = `${page}/job/${jobId}`;
  const value: DeploymentStatusRecord = { state, creatorId, description: "", environment, environmentUrl: "", logUrl, createdAt: moment };
  const statusId = store.nextId();
  deploymentStatuses(store).insert(id, String(statusId), value, statusId);
  deployments(store).update(id, { ...deployment.value, updatedAt: moment });
  if (state === "success") retireOthers(store, repositoryId, deployment, value);
  return id;
}
