/**
 * From workflow files to the checks that will report, with the reasons. Pure: files come in as text, answers go out as plain data.
 * What a workflow does to GitHub beyond its checks (secrets, permissions, pins) is read by `facts.ts`; judging those is for policies.
 */
export { jobsAfter } from "./after.ts";
export { judgeApprovals, type ApprovalOrder } from "./approvals.ts";
export { checksInMergeQueue, checksOnPullRequest } from "./checks.ts";
export { unguardedDeployments } from "./deployments.ts";
export type { PullRequestHead } from "./events.ts";
export {
  factsOf,
  workflowFacts,
  type ConcurrencyFact,
  type JobFacts,
  type NamedFact,
  type PermissionsFact,
  type StepFact,
  type UsesFact,
  type WorkflowFacts,
} from "./facts.ts";
export { readPipelines } from "./read.ts";
export { runsOnRefs, type Ref, type RefRun } from "./refs.ts";
export { formatReason, type CheckReport, type Reason, type ReasonCode, type Verdict } from "./report.ts";
export { GITHUB_ACTIONS_APP_ID, resolveRequiredChecks, type RequiredContext, type RequiredOptions } from "./required.ts";
export { ANY_MEMBER } from "./references.ts";
export { parseUses, type Uses } from "./uses.ts";
export { formatPlace, type Pipelines, type Place, type Problem, type Workflow } from "./workflow.ts";
