/** What a workflow does after another one has ended. */
import { judgeJobs, type JobRun } from "./conditions.ts";
import { contextsOf, type Contexts } from "./contexts.ts";
import { knownText, partial, unknown, type Value } from "./values.ts";
import type { Trigger, Workflow } from "./workflow.ts";

/** Contexts of a `workflow_run` whose upstream run has ended so. */
export function contextsAfter(trigger: Trigger, conclusion: Value): Contexts {
  const about = "github.event.workflow_run";
  const run = partial(about, { conclusion }, unknown(about));
  const event = partial("github.event", { workflow_run: run }, unknown("github.event"));
  const github = partial("github", { event_name: knownText("workflow_run"), event }, unknown("github"));
  return new Map<string, Value>([...contextsOf(trigger), ["github", github]]);
}

/** Jobs that a workflow runs when another one has ended, by id; none where it does not listen to that. */
export function jobsAfter(workflow: Workflow, upstream: string, conclusion: string): ReadonlyMap<string, JobRun> {
  const trigger = workflow.triggers.find(
    ({ event, filters }) =>
      event === "workflow_run" &&
      filters.workflows?.patterns.includes(upstream) === true &&
      // Without types it is told of every one of them.
      (filters.types?.patterns ?? ["completed"]).includes("completed"),
  );
  return trigger === undefined ? new Map() : judgeJobs(workflow, contextsAfter(trigger, knownText(conclusion)), () => false);
}
