/** T7: a rollback has somewhere to go. */
import { argocdTarget } from "../../model/target.ts";
import { applicationOf, at, gitOpsTiersOf, tiersOf, type GitOpsTier, type TierOf } from "../deployments.ts";
import { judgeMethods } from "../gates/methods.ts";
import { defaultBranch, guardsOf } from "../graph/gate.ts";
import { readOverlay } from "../overlay/read.ts";
import { judgeApplication } from "../rollback/application.ts";
import { unbannedSetters } from "../rollback/bans.ts";
import { judgeSelfHeal } from "../rollback/self-heal.ts";
import { judgeContainer, judgeImages, packagesOf } from "../rollback/images.ts";
import type { Counterexample, Judgement, Theorem } from "../theorem.ts";
import { closedTimes, timesOf } from "../windows/tier.ts";
import type { ProofWorld } from "../world.ts";

const DAY = 86_400_000;

export const rollbackTheorem: Theorem = {
  id: "T7",
  title: "A rollback of production has somewhere to go",
  why: "Whoever rolls back has no time to find out that the image is gone, that its tag has moved, or that a job brings the bad one back.",
  *subjects(world) {
    for (const tier of tiersOf(world)) {
      if (tier.tier.production === true) yield { name: tier.name, judge: () => judge(world, tier) };
    }
  },
};

function judge(world: ProofWorld, tier: TierOf): Judgement {
  const gitOps = gitOpsTiersOf(world).find(({ name }) => name === tier.name);
  const deployed = gitOps === undefined ? judgeContainer(world, tier) : judgeGitOps(world, gitOps);
  const branch = argocdTarget(tier.tier.target)?.branch ?? defaultBranch(world, tier.system);
  return {
    assumptions: tier.system.system.packages === undefined ? [] : ["nobody deletes images of the registry by hand"],
    counterexamples: [
      ...deployed,
      ...unbannedSetters(tier.system).map((step) => ({
        claim: `an image that was rolled back is deployed to ${tier.name} again`,
        steps: [step],
        fix: "Refuse a tag that stands in the overlay's list of banned tags.",
      })),
      ...judgeMethods(world, tier.system, branch, guardsOf(world, tier.system, branch)).counterexamples.map((one) => ({
        ...one,
        claim: `nobody can merge the revert that takes a bad version out of ${tier.name}`,
      })),
      ...removed(world, tier),
      ...deletions(tier),
    ],
  };
}

function judgeGitOps(world: ProofWorld, tier: GitOpsTier): Counterexample[] {
  const application = applicationOf(world, tier);
  // That there is none, and that its overlay cannot be read, is what T4 says.
  if (application === undefined) return [];
  const path = application.text("spec.source.path") ?? ".";
  return [
    ...judgeImages(world, tier, readOverlay(tier.system.files, path).images, path),
    ...judgeApplication(tier, application),
    ...judgeSelfHeal(tier, application),
  ];
}

/** The layers' attestations and the manifests of each platform have no tag: they must outlive the longest time without a deployment. */
function removed(world: ProofWorld, tier: TierOf): Counterexample[] {
  const longest = Math.max(0, ...closedTimes(timesOf(world, tier)).map(({ from, to }) => to - from));
  const days = Math.ceil(longest / DAY);
  return packagesOf(world, tier.system)
    .filter((one) => one.count("retentionDays") <= days)
    .map((one) => ({
      claim: `parts of the image that ${tier.name} would go back to are gone from the registry`,
      steps: [
        { text: `versions without a tag are removed after ${one.count("retentionDays")} days`, at: at(one, "retentionDays") },
        { text: `up to ${days} days pass without a deployment`, at: `${tier.system.system.name} tiers.${tier.tier.name}.windows` },
      ],
      fix: "Keep them for longer than the longest time between two deployments; 90 days are the default.",
    }));
}

/** Steps that delete versions which carry a tag. */
function deletions({ name, system }: TierOf): Counterexample[] {
  return system.workflows.flatMap(({ file, jobs }) =>
    jobs.flatMap((job) =>
      job.steps
        .filter(({ uses, run, with: inputs }) => {
          if (run !== undefined && /\bDELETE\b[^\n]*\/packages\//u.test(run.name)) return true;
          const deletes = uses?.text.startsWith("actions/delete-package-versions@") === true;
          return deletes && inputs["delete-only-untagged-versions"]?.name !== "true";
        })
        .map((step) => ({
          claim: `the image that ${name} would go back to is gone from the registry`,
          steps: [{ text: `job ${job.id} of ${file} deletes versions that carry a tag`, at: `${file}:${step.line}` }],
          fix: "Delete only versions without a tag.",
        })),
    ),
  );
}
