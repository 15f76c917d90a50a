/** How long a deployment waits before its job runs: the wait timers of the environments on its way, one after the other. */
import type { JobFacts, WorkflowFacts } from "../pipelines/index.ts";
import { at, type TierOf } from "./deployments.ts";
import { environmentOf } from "./graph/environment.ts";
import type { Step } from "./theorem.ts";
import type { ProofWorld } from "./world.ts";

export interface Wait {
  /** Of all wait timers on the way. */
  readonly minutes: number;
  /** One for each of them, in order. */
  readonly steps: readonly Step[];
}

const none: Wait = { minutes: 0, steps: [] };

/** The longest wait on the way to a job that runs in an environment of the tier. @throws UnknownValue */
export function longestWait(world: ProofWorld, tier: TierOf): Wait {
  const own = new Set(tier.system.system.environments.filter((one) => one.tier === tier.tier.name).map(({ name }) => name.toLowerCase()));
  const waits = tier.system.workflows.flatMap((workflow) =>
    workflow.jobs
      .filter(({ environment }) => environment !== undefined && own.has(environment.name.toLowerCase()))
      .map((job) => waitOf(world, tier, workflow, job, new Set())),
  );
  return waits.reduce((longest, wait) => (wait.minutes > longest.minutes ? wait : longest), none);
}

function waitOf(world: ProofWorld, tier: TierOf, workflow: WorkflowFacts, job: JobFacts, seen: ReadonlySet<string>): Wait {
  if (seen.has(job.id)) return none;
  const needed = workflow.jobs.filter(({ id }) => job.needs.includes(id));
  const before = needed
    .map((one) => waitOf(world, tier, workflow, one, new Set([...seen, job.id])))
    .reduce((longest, wait) => (wait.minutes > longest.minutes ? wait : longest), none);
  const environment = job.environment === undefined ? undefined : environmentOf(world, tier.system, job.environment.name);
  const minutes = environment?.count("waitTimer") ?? 0;
  if (environment === undefined || minutes === 0) return before;
  const text = `job ${job.id} of ${workflow.file} waits ${minutes} minutes in environment ${environment.text("environment") ?? ""}`;
  return { minutes: before.minutes + minutes, steps: [...before.steps, { text, at: at(environment, "waitTimer") }] };
}
