/** What jobs may do, when they run, and whether their failure stops anything. */
import type { JobFacts, PermissionsFact, WorkflowFacts } from "../../pipelines/facts.ts";
import type { Finding, Parameter, WorkflowRule } from "./rule.ts";
import { isOwn } from "./strangers.ts";
import { jobsBefore } from "./workflow-parts.ts";

const listed = (description: string): Readonly<Record<string, Parameter>> => ({
  allowed: { type: "array", description, default: [], items: { type: "string" } },
});
const includes = (list: unknown, text: string): boolean => Array.isArray(list) && list.includes(text);
const shortName = ({ file }: WorkflowFacts): string => file.slice(file.lastIndexOf("/") + 1);

/** Rights of a job's token that change something: what it says itself, else what the workflow says. */
function writesOf(workflow: WorkflowFacts, { permissions = workflow.permissions }: JobFacts): readonly string[] {
  return permissions === undefined ? [] : rightsOf(permissions);
}

const rightsOf = ({ all, scopes }: PermissionsFact): readonly string[] =>
  all === "write" ? ["write-all"] : Object.entries(scopes).flatMap(([scope, right]) => (right === "write" ? [scope] : []));

const asksForStatus = (condition: string): boolean => /\b(always|failure|cancelled)\s*\(/u.test(condition);
const isNever = (condition: string | undefined): boolean => /^(\$\{\{)?\s*false\s*(\}\})?$/u.test(condition ?? "");
const finding = (job: JobFacts, message: string): Finding => ({ message: `job ${job.id} ${message}`, line: job.line });

export const jobRules: readonly WorkflowRule[] = [
  {
    id: "workflow-no-privileged-pull-request",
    kind: "workflow",
    title: "No workflow starts on pull_request_target",
    why: "It runs with the repository's own token and secrets for a stranger's pull request, and one step that trusts it is enough.",
    severity: "high",
    standards: { scorecard: { check: "Dangerous-Workflow" } },
    fix: "Use `pull_request`, and do what needs rights in a workflow that `workflow_run` starts.",
    config: listed("Names of files that may, such as `label.yml`."),
    *judge(workflow, { allowed }) {
      if (includes(allowed, shortName(workflow))) return;
      for (const { event, line } of workflow.triggers) if (event === "pull_request_target") yield { message: "it does", line };
    },
  },
  {
    id: "workflow-checkout-forgets",
    kind: "workflow",
    title: "A checkout does not leave the token behind",
    why: "The token stays in .git/config, where every later step and every uploaded folder has it.",
    severity: "medium",
    standards: { scorecard: { check: "Token-Permissions" } },
    fix: "Set `persist-credentials: false`, and hand the token to the one step that pushes.",
    *judge({ jobs }) {
      for (const { steps } of jobs) {
        for (const { uses, with: inputs, line } of steps) {
          if (uses?.repository === "actions/checkout" && inputs["persist-credentials"]?.name !== "false")
            yield { message: "the token stays in the folder", line };
        }
      }
    },
  },
  {
    id: "workflow-failures-stop",
    kind: "workflow",
    title: "A failure stops what comes after it",
    why: "`continue-on-error` turns a gate into advice, and the run is green all the same.",
    severity: "medium",
    standards: {},
    fix: "Remove `continue-on-error`, or list the job under `allowed`.",
    config: listed("Jobs that may, as `owner/name FILE JOB`, and steps, as `owner/name FILE JOB STEP` with the step's position from 1."),
    *judge(workflow, { allowed }, repository) {
      for (const job of workflow.jobs) {
        const name = `${repository} ${shortName(workflow)} ${job.id}`;
        if (job.continueOnError && !includes(allowed, name)) yield finding(job, "may fail, and nothing stops");
        for (const [index, step] of job.steps.entries()) {
          if (step.continueOnError && !includes(allowed, `${name} ${index + 1}`))
            yield { message: `step ${index + 1} of job ${job.id} may fail`, line: step.line };
        }
      }
    },
  },
  {
    id: "workflow-nothing-switched-off",
    kind: "workflow",
    title: "No job and no step is switched off",
    why: "A check with `if: false` is skipped, and what is skipped counts as success.",
    severity: "medium",
    standards: {},
    fix: "Remove the condition, or the job.",
    *judge({ jobs }) {
      for (const job of jobs) {
        if (isNever(job.condition)) yield finding(job, "never runs");
        for (const step of job.steps) if (isNever(step.condition)) yield { message: `a step of job ${job.id} never runs`, line: step.line };
      }
    },
  },
  {
    id: "workflow-runs-after-success",
    kind: "workflow",
    title: "A job that runs whatever became of the others looks at what became of them",
    why: "`always()` takes the failure of a needed job for a reason to go on.",
    severity: "high",
    standards: {},
    fix: "Compare `needs.JOB.result` in the condition or in a step, or remove the status function.",
    *judge({ jobs }) {
      for (const job of jobs) {
        const { condition = "", needs, readsResults, environment } = job;
        if (!asksForStatus(condition) || needs.length === 0) continue;
        // What deploys must not even start; a report may start, and say it.
        const looks = environment === undefined ? readsResults : /\bneeds\./u.test(condition);
        if (!looks) yield finding(job, "runs although a job that it needs failed");
      }
    },
  },
  {
    id: "workflow-deploys-last",
    kind: "workflow",
    title: "A deployment waits for what its workflow checks",
    why: "A job beside the deployment may fail while the deployment goes on.",
    severity: "high",
    standards: {},
    fix: "Name the jobs under `needs` of the job with the environment.",
    config: listed("Jobs and what they need not wait for, as `owner/name FILE JOB OTHER`."),
    *judge(workflow, { allowed }, repository) {
      for (const job of workflow.jobs) {
        if (job.environment === undefined) continue;
        const waited = jobsBefore(workflow, job);
        for (const other of workflow.jobs) {
          if (other === job || waited.has(other.id) || jobsBefore(workflow, other).has(job.id)) continue;
          // Deployments side by side are to different places; what only tells of a result comes after it.
          if (other.environment !== undefined || [...jobsBefore(workflow, other)].some((id) => isDeployment(workflow, id))) continue;
          if (!includes(allowed, `${repository} ${shortName(workflow)} ${job.id} ${other.id}`))
            yield finding(job, `does not wait for ${other.id}`);
        }
      }
    },
  },
  {
    id: "workflow-deployments-finish",
    kind: "workflow",
    title: "A deployment is not broken off by the next one",
    why: "Half of it is there then, and nobody knows which half.",
    severity: "medium",
    standards: {},
    fix: "Write `cancel-in-progress: false`.",
    config: {
      whole: {
        type: "string",
        description: "Regular expression of environments where a newer run replaces all.",
        default: "^github-pages$",
      },
    },
    *judge(workflow, { whole }) {
      const replaces = new RegExp(String(whole), "u");
      const cancels = (concurrency: JobFacts["concurrency"]): boolean => concurrency !== undefined && concurrency.cancelInProgress === true;
      for (const job of workflow.jobs) {
        if (job.environment === undefined || replaces.test(job.environment.name)) continue;
        if (cancels(job.concurrency) || cancels(workflow.concurrency)) yield finding(job, "may be broken off by a newer run");
      }
    },
  },
  {
    id: "workflow-writes-named",
    kind: "workflow",
    title: "Every job that may write is known",
    why: "With `contents` a token pushes and releases, with `checks` or `statuses` it makes a required check green, with `packages` it replaces images.",
    // A project that does not list its jobs is told once a job; one that does makes it mandatory.
    severity: "low",
    standards: { scorecard: { check: "Token-Permissions" } },
    fix: "Take the right away, or list it under `allowed`.",
    config: listed("Rights of jobs, as `owner/name FILE JOB SCOPE`."),
    *judge(workflow, { allowed }, repository) {
      for (const job of workflow.jobs) {
        for (const scope of writesOf(workflow, job)) {
          if (!includes(allowed, `${repository} ${shortName(workflow)} ${job.id} ${scope}`)) yield finding(job, `may write ${scope}`);
        }
      }
    },
  },
  {
    id: "workflow-run-filtered",
    kind: "workflow",
    title: "A workflow that another one starts names its branches, and waits for its end",
    why: "It runs with the default branch's rights: without a filter for every branch's and every fork's run, also for one that has only begun.",
    severity: "medium",
    standards: {},
    fix: "Write `branches` and `types: [completed]` under `workflow_run`.",
    config: listed("Names of files that hear of every branch, such as one that tells people of failures."),
    *judge(workflow, { allowed }) {
      for (const { event, filters, line } of workflow.triggers) {
        if (event !== "workflow_run" || includes(allowed, shortName(workflow))) continue;
        if ((filters["branches"] ?? []).length === 0) yield { message: "it names no branches", line };
        if (filters["types"]?.join() !== "completed") yield { message: "it does not wait for the end", line };
      }
    },
  },
  {
    id: "workflow-run-own",
    kind: "workflow",
    title: "What another workflow starts deploys only what was pushed by somebody who may push",
    why: "A fork's run starts it too, and a fork may have a branch called main.",
    severity: "critical",
    standards: { scorecard: { check: "Dangerous-Workflow" } },
    fix: "Compare `github.event.workflow_run.event` with 'push', or its head_repository with the repository, in the first job.",
    config: listed("Jobs that use nothing of the run that started them, as `owner/name FILE JOB`."),
    *judge(workflow, { allowed }, repository) {
      if (!workflow.triggers.some(({ event }) => event === "workflow_run")) return;
      for (const job of workflow.jobs) {
        if (job.environment === undefined && writesOf(workflow, job).length === 0) continue;
        if (isOwn(workflow, job) || waitsForOwn(workflow, job) || includes(allowed, `${repository} ${shortName(workflow)} ${job.id}`))
          continue;
        yield finding(job, "runs for a stranger's run too");
      }
    },
  },
  {
    id: "workflow-own-runner-in-environment",
    kind: "workflow",
    title: "A job on a machine of one's own runs in an environment",
    why: "Any branch's workflow file could take the machine otherwise; an environment says which branches may.",
    severity: "medium",
    standards: {},
    fix: "Name the `environment`, or take a hosted runner.",
    *judge({ jobs }) {
      for (const job of jobs) {
        const own = job.runnerGroup !== undefined || job.runsOn.some((label) => label.toLowerCase() === "self-hosted");
        if (own && job.environment === undefined) yield finding(job, "runs there for every branch");
      }
    },
  },
  {
    id: "workflow-release-uncached",
    kind: "workflow",
    title: "What is released is not built from a cache",
    why: "A cache that another branch's run has filled becomes part of what is published.",
    severity: "medium",
    standards: {},
    fix: "Leave the cache out where packages are published, or give it a scope of its own.",
    config: listed("Jobs that may, as `owner/name FILE JOB`."),
    *judge(workflow, { allowed }, repository) {
      if (!workflow.triggers.some(({ event, filters }) => event === "release" || (event === "push" && filters["tags"] !== undefined)))
        return;
      for (const job of workflow.jobs) {
        if (includes(allowed, `${repository} ${shortName(workflow)} ${job.id}`)) continue;
        for (const { uses, with: inputs, line } of job.steps) {
          const caches =
            uses?.repository === "actions/cache" || (inputs["cache"] ?? inputs["enable-cache"] ?? { name: "false" }).name !== "false";
          if (caches || inputs["cache-from"] !== undefined) yield { message: `job ${job.id} uses a cache`, line };
        }
      }
    },
  },
];

/** Its condition asks for what only a job gives that runs for nobody else, also where it runs whatever became of the others. */
const waitsForOwn = (workflow: WorkflowFacts, { condition = "", needs }: JobFacts): boolean =>
  condition.split("&&").some((part) => {
    const id = /^\s*needs\.([\w-]+)\.(?:outputs\.[\w-]+\s*==\s*'[^']+'|result\s*==\s*'success')\s*$/u.exec(part)?.[1];
    const needed = workflow.jobs.find((job) => job.id === id);
    return needed !== undefined && needs.includes(needed.id) && isOwn(workflow, needed);
  });

const isDeployment = (workflow: WorkflowFacts, id: string): boolean =>
  workflow.jobs.some((job) => job.id === id && job.environment !== undefined);
