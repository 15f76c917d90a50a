/** Tiers that share a Docker host: Docker knows no tiers. */
import { dockerTarget } from "../../model/target.ts";
import type { Tier } from "../../model/system.ts";
import { github } from "../../policies/rules/declaration.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";
import { assumed, broken, fine, type Finding } from "../gates/finding.ts";

/** @throws UnknownValue */
export function judgeHosts(world: ProofWorld, of: ProofSystem, tier: Tier): Finding {
  if (tier.production !== true || dockerTarget(tier.target) === undefined) return fine;
  const others = of.system.tiers.filter((other) => other !== tier && dockerTarget(other.target) !== undefined);
  if (others.length === 0) return fine;
  const open = world.declared.all(github("ActionsRunnerGroup")).find((group) => !group.flag("restrictedToWorkflows"));
  if (open !== undefined) {
    const text = `a job of any workflow runs on the runner beside the containers of ${tier.name}`;
    const claim = `a job of another tier changes ${tier.name}`;
    return broken({
      claim,
      steps: [{ text, at: `${open.name} restrictedToWorkflows` }],
      fix: "restrict the runner group to the workflows that deploy",
    });
  }
  const names = others.map(({ name }) => name).join(" and ");
  return assumed(
    `jobs that deploy to ${names} leave the containers of ${tier.name} alone where both are on one Docker host, which knows no tiers`,
  );
}
