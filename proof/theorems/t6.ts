/** T6: every failure reaches somebody. */
import { notificationsEnvironment } from "../../model/notification.ts";
import { argocdTarget } from "../../model/target.ts";
import { applicationOf, at, gitOpsTiersOf, tiersOf, undeclared, type TierOf } from "../deployments.ts";
import { failureStates, hearOf } from "../reach/argocd.ts";
import type { Journey } from "../reach/finding.ts";
import { hearOfWorkflow, type Concern } from "../reach/workflows.ts";
import type { Counterexample, Judgement, Step, Theorem } from "../theorem.ts";
import type { ProofWorld } from "../world.ts";

export const reachTheorem: Theorem = {
  id: "T6",
  title: "Every failure of production reaches somebody",
  why: "What nobody hears of stays broken until a user says so.",
  *subjects(world) {
    for (const tier of tiersOf(world)) {
      if (tier.tier.production !== true) continue;
      if (argocdTarget(tier.tier.target) !== undefined) yield { name: tier.name, judge: () => judgeApplication(world, tier) };
      for (const concern of concernsOf(tier)) {
        const file = concern.workflow.file.slice(concern.workflow.file.lastIndexOf("/") + 1);
        yield { name: `${tier.name} ${file}`, judge: () => judgeWorkflow(world, tier, concern) };
      }
    }
  },
};

function judgeApplication(world: ProofWorld, { name }: TierOf): Judgement {
  const tier = gitOpsTiersOf(world).find((one) => one.name === name);
  const application = tier === undefined ? undefined : applicationOf(world, tier);
  if (tier === undefined) return { counterexamples: [] };
  if (application === undefined) return undeclared(tier);
  const heard = failureStates.map((state) => ({ state, journey: hearOf(world, application, state) }));
  return {
    assumptions: [...new Set(heard.flatMap(({ journey }) => journey?.assumptions ?? []))],
    counterexamples: heard.flatMap(({ state, journey }) =>
      unheard(`nobody hears that something is wrong with ${name}: ${state.text}`, journey, {
        text: "the Application subscribes nobody to it",
        at: at(application, "metadata.annotations"),
      }),
    ),
  };
}

function judgeWorkflow(world: ProofWorld, tier: TierOf, concern: Concern): Judgement {
  const { workflow, why } = concern;
  const journey = hearOfWorkflow(world, tier.system, concern, branchesOf(tier));
  const nowhere = { text: "the repository has no workflow that tells of it", at: `${workflow.file}:1` };
  return { counterexamples: unheard(`nobody hears of a failure of ${workflow.file}, which ${why}`, journey, nowhere) };
}

function unheard(claim: string, journey: Journey | undefined, nowhere: Step): Counterexample[] {
  const fix = "Declare a notification for it, to a channel whose secret is declared.";
  if (journey === undefined) return [{ claim, steps: [nowhere], fix }];
  return journey.stop === undefined ? [] : [{ claim, steps: [...journey.passed, journey.stop], fix }];
}

/** Branches that production is deployed from, or that its code is merged into first. */
function branchesOf({ system, tier }: TierOf): readonly string[] {
  const target = argocdTarget(tier.target);
  const own = system.system.branches.filter((branch) => branch.default === true || branch.tier === tier.name).map(({ name }) => name);
  return target === undefined ? own : [...new Set([...own, target.branch])];
}

/** What runs in its environments, what its branches' checks are in, and what the system calls its CD. */
function concernsOf(tier: TierOf): readonly Concern[] {
  const { system } = tier.system;
  const environments = system.environments
    .filter((one) => one.tier === tier.tier.name && one.name !== notificationsEnvironment)
    .map(({ name }) => name.toLowerCase());
  const branches = branchesOf(tier);
  const gated = system.branches
    .filter(({ name }) => branches.includes(name))
    .flatMap(({ gate }) => gate?.checks?.required.map(({ workflow }) => workflow) ?? []);
  return tier.system.workflows.flatMap((workflow) => {
    const file = workflow.file.slice(workflow.file.lastIndexOf("/") + 1);
    const job = workflow.jobs.find(({ environment }) => environments.includes(environment?.name.toLowerCase() ?? ""));
    if (job !== undefined) return [{ workflow, why: `runs in environment ${job.environment?.name ?? ""}` }];
    if (system.workflows?.cd.includes(file) === true) return [{ workflow, why: "delivers" }];
    return gated.includes(file) ? [{ workflow, why: "gates what is deployed" }] : [];
  });
}
