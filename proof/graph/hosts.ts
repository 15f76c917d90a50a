/** Docker hosts: whatever runs on their runner can change every container on them. */
import { github } from "../../policies/rules/declaration.ts";
import type { Tier } from "../../model/system.ts";
import type { Identity } from "./actors.ts";
import { environmentOf, waitsForReviewer } from "./environment.ts";
import { TOKEN, job } from "./paths.ts";
import type { Edge, Fact } from "./search.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

const isSelfHosted = (labels: readonly string[]): boolean => labels.some((label) => label.toLowerCase() === "self-hosted");

/** Ways to a tier's host. @throws UnknownValue */
export function hostEdges(world: ProofWorld, of: ProofSystem, tier: Tier, who: Identity, alone: boolean, goal: Fact): readonly Edge[] {
  const edges: Edge[] = [];
  const production = new Set(of.system.environments.filter((each) => each.tier === tier.name).map(({ name }) => name.toLowerCase()));
  if (who.kind === "person") {
    // What is declared runs by itself: a job that deploys to this tier has to wait for somebody.
    for (const workflow of of.workflows) {
      for (const { id, environment, runsOn, line } of workflow.jobs) {
        if (environment === undefined || !isSelfHosted(runsOn) || !production.has(environment.name.toLowerCase())) continue;
        const declared = environmentOf(world, of, environment.name);
        if (waitsForReviewer(declared)) continue;
        const at = declared === undefined ? `${workflow.file}:${environment.line}` : `${declared.name} reviewers`;
        const started = { text: `${who.text} starts ${workflow.file}`, at: `${workflow.file}:${line}` };
        const text = `its job ${id} deploys to ${tier.name}, as environment ${environment.name} waits for nobody`;
        edges.push({ from: [], to: goal, steps: [started, { text, at }] });
      }
    }
    const groups = world.declared.all(github("ActionsRunnerGroup"));
    const restricted = groups.length > 0 && groups.every((group) => group.flag("restrictedToWorkflows"));
    if (!alone && !restricted) {
      const text = `their job runs on the self-hosted runner, beside the containers of ${tier.name}`;
      edges.push({
        from: [TOKEN],
        to: goal,
        steps: [{ text, at: groups[0] === undefined ? `${of.repository} runners` : `${groups[0].name} restrictedToWorkflows` }],
      });
    }
  }
  if (who.kind === "stranger") {
    for (const workflow of of.workflows.filter(({ triggers }) => triggers.some(({ event }) => event.startsWith("pull_request")))) {
      for (const { id, runsOn, line, environment } of workflow.jobs.filter((each) => isSelfHosted(each.runsOn))) {
        if (environment !== undefined && waitsForReviewer(environmentOf(world, of, environment.name))) continue;
        const text = `a stranger opens a pull request from a fork, whose code the job ${id} runs on the self-hosted runner (${runsOn.join(", ")})`;
        edges.push({ from: [], to: goal, steps: [{ text, at: `${workflow.file}:${line}` }] });
      }
    }
  }
  return edges;
}

/** Code of a fork in a job with the base's rights: `pull_request_target` that checks the fork's commit out. */
export function strangersPaths(of: ProofSystem, waits: (environment: string) => boolean): readonly Edge[] {
  return of.workflows
    .filter(({ triggers }) => triggers.some(({ event }) => event === "pull_request_target"))
    .flatMap(({ file, jobs }) =>
      jobs.flatMap(({ id, steps, environment }): Edge[] => {
        const checkout = steps.find((step) => /pull_request\.head|head_ref|refs\/pull/u.test(step.with["ref"]?.name ?? ""));
        if (checkout === undefined || (environment !== undefined && waits(environment.name))) return [];
        const text = `a stranger opens a pull request from a fork, whose code the job ${id} runs with the rights of the repository`;
        const edge = { from: [], steps: [{ text, at: `${file}:${checkout.line}` }] };
        return [{ ...edge, to: TOKEN }, ...(environment === undefined ? [] : [{ ...edge, to: job(environment.name) }])];
      }),
    );
}
