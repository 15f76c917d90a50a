/** A system's history, by GitHub's API alone. */
import type { DeploymentFact, History } from "../../delivery/history.ts";
import type { System } from "../../model/system.ts";
import { argocdTarget } from "../../model/target.ts";
import { readSteps } from "./changes.ts";
import { readDeployments } from "./deployments.ts";
import { readBans, readOverlay } from "./overlays.ts";
import { readRuns } from "./runs.ts";
import type { Source } from "./window.ts";

/** Reads what figures are counted from. Only reads; list by list, since GitHub asks clients not to be hurried. */
export async function readHistory(source: Source, system: System): Promise<History> {
  const runs = await readRuns(source, [...new Set([...(system.workflows?.ci ?? []), ...(system.workflows?.cd ?? [])])]);
  const deployments: DeploymentFact[] = [];
  const fromOverlay: string[] = [];
  const history = { steps: [] as History["steps"], rollbacks: [] as number[] };
  for (const { name, production, target: declared } of system.tiers) {
    const target = argocdTarget(declared);
    const bans = target === undefined ? [] : await readBans(source, target);
    const recorded = await readDeployments(source, name);
    // Nobody records deployments of this tier: they are the overlay's commits.
    const ofOverlay = recorded === null && target !== undefined;
    const found = ofOverlay ? await readOverlay(source, name, target, bans) : (recorded ?? []);
    if (ofOverlay) fromOverlay.push(name);
    deployments.push(...found);
    if (production !== true) continue;
    history.rollbacks = bans.map(({ at }) => at);
    history.steps = await readSteps(source, found);
  }
  return { runs, deployments, fromOverlay, ...history };
}
