/**
 * Who may use a self-hosted runner. It is a machine of one's own: whatever a job runs there stays, and a job of a stranger's pull request
 * would be a stranger's program behind one's own door.
 */
import type { Fault } from "../../model/fault.ts";
import type { Runner, System } from "../../model/system.ts";
import { factsOf, type JobFacts, type WorkflowFacts } from "../../pipelines/index.ts";

/**
 * Events that somebody without a right to push can cause, with code or text of their own.
 * https://docs.github.com/actions/reference/security/secure-use#hardening-for-self-hosted-runners
 */
const foreign: ReadonlySet<string> = new Set([
  ...["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment", "pull_request_comment"],
  ...["issues", "issue_comment", "discussion", "discussion_comment", "fork", "watch", "merge_group"],
]);

/** Faults of jobs on self-hosted runners: undeclared runners, workflows that may not use one, events that strangers cause. */
export function judgeRunners(system: System, files: ReadonlyMap<string, string>): Fault[] {
  const workflows = factsOf(files);
  const faults = workflows.flatMap((workflow) => workflow.jobs.flatMap((job) => judgeJob(system, workflow, job)));
  return [...faults, ...judgeUnused(system, workflows)];
}

const isSelfHosted = ({ runsOn, runnerGroup }: JobFacts): boolean =>
  runnerGroup !== undefined || runsOn.some((label) => label.toLowerCase() === "self-hosted");

function judgeJob(system: System, workflow: WorkflowFacts, job: JobFacts): Fault[] {
  if (!isSelfHosted(job)) return [];
  const name = workflow.file.slice(workflow.file.lastIndexOf("/") + 1);
  const fault = (rule: string, fix: string): Fault => ({
    path: `${system.name}.${name}.${job.id}.runs-on`,
    value: job.runsOn,
    rule,
    fix,
    file: `systems/${system.name}/repository/${workflow.file}`,
    line: job.line,
  });
  const runner = (system.runners ?? []).find((candidate) => offers(candidate, job));
  if (runner === undefined) return [fault("no declared runner has these labels: the job would wait for ever", "declare it under runners")];
  const faults: Fault[] = [];
  if (!runner.workflows.includes(name)) {
    faults.push(
      fault("this workflow may not use the runner", `add ${JSON.stringify(name)} to the runner's workflows, or take a hosted one`),
    );
  }
  for (const { event } of workflow.triggers) {
    if (!foreign.has(event)) continue;
    const rule = `\`${event}\` can be caused from a fork, and its job would run on a machine of one's own`;
    faults.push(fault(rule, "take a hosted runner, or another event"));
  }
  return faults;
}

/** GitHub gives a job to a runner that has all labels the job asks for. */
function offers({ labels, group }: Runner, { runsOn, runnerGroup }: JobFacts): boolean {
  const own = new Set(labels.map((label) => label.toLowerCase()));
  return runsOn.every((label) => own.has(label.toLowerCase())) && (runnerGroup === undefined || runnerGroup === group);
}

function judgeUnused(system: System, workflows: readonly WorkflowFacts[]): Fault[] {
  return (system.runners ?? []).flatMap((runner, index) =>
    runner.workflows.flatMap((name, at): Fault[] => {
      const workflow = workflows.find(({ file }) => file === `.github/workflows/${name}`);
      if (workflow?.jobs.some((job) => isSelfHosted(job) && offers(runner, job)) === true) return [];
      const rule = "no job of this workflow asks for the runner";
      const fix = "remove the workflow from the runner, so that it opens to nobody by accident";
      return [
        { path: `${system.name}.runners[${index}].workflows[${at}]`, value: name, rule, fix, file: `systems/${system.name}/system.ts` },
      ];
    }),
  );
}
