/** Brings a stack that a killed or failed run left half-way to where a next run can go on. */
import { setTimeout as delay } from "node:timers/promises";

import type { Octokit } from "@octokit/rest";

import { projectName } from "../project.ts";
import type { Output } from "../output.ts";
import { backendFolder, lockedByTheDead, mayHavePending, mendAttributes } from "./backend.ts";
import { askEngine, runEngine, type StackEngine } from "./engine.ts";
import { canBeLookedUp, settle, type Deployment, type Get, type PendingOperation, type Settled } from "./pending.ts";
import { endOrphans } from "./processes.ts";

export interface Recovered {
  readonly unlocked: boolean;
  readonly adopted: readonly string[];
  readonly forgotten: readonly string[];
}

/** How long GitHub may be away before a look-up fails. */
const patienceMilliseconds = 30_000;

/** Reads GitHub at a path, with patience when it is away; 404 is `undefined`, as `settle` wants it. */
function getter(octokit: Octokit): Get {
  const deadline = Date.now() + patienceMilliseconds;
  return async (path) => {
    for (;;) {
      try {
        const answer: { data: unknown } = await octokit.request(`GET ${path}`);
        return answer.data;
      } catch (error) {
        // Octokit calls a connection that fails a 500.
        const status = (error as { status?: number }).status ?? 0;
        if (status === 404) return undefined;
        if (status < 500 || Date.now() > deadline) throw error;
        await delay(250);
      }
    }
  };
}

/** Removes a dead run's lock and settles its pending operations. Does nothing, and asks nobody, where there is nothing to settle. */
export async function recover(engine: StackEngine, octokit: Octokit, output: Output): Promise<Recovered> {
  const folder = backendFolder(engine.environment["PULUMI_BACKEND_URL"] ?? "");
  if (folder !== undefined) await mendAttributes(folder, projectName, engine.stack);
  const unlocked = folder !== undefined && (await lockedByTheDead(folder, projectName, engine.stack));
  if (unlocked) {
    output.note(`Stack ${engine.stack} was locked by a run that no longer exists; its lock is removed.`);
    await endOrphans({ ...engine.environment, PULUMI_OPTION_STACK: engine.stack });
    await askEngine(engine, ["cancel", engine.stack, "--yes"]);
  }
  if (!(await mayHavePending(folder, projectName, engine.stack))) return { unlocked, adopted: [], forgotten: [] };

  const exported = await exportStack(engine);
  if ((exported.deployment.pending_operations?.length ?? 0) === 0) return { unlocked, adopted: [], forgotten: [] };
  const settled = await settle(exported, () => getter(octokit));
  await adopt(engine, settled, "what an interrupted run had made", output);
  return { unlocked, adopted: settled.adopted, forgotten: settled.forgotten };
}

/**
 * After a run that failed: adopts what GitHub made although the engine was told of an error. That happens when an answer is lost; the
 * provider asks again and hears that the thing exists, and so would every next run. A repository that is older than the run is left
 * alone: somebody else made it.
 *
 * @param since When the failed run started, in milliseconds since 1970.
 */
export async function adoptMade(
  engine: StackEngine,
  octokit: Octokit,
  failedCreates: readonly PendingOperation[],
  since: number,
  output: Output,
): Promise<Settled["adopted"]> {
  const uncertain = failedCreates.filter(canBeLookedUp);
  if (uncertain.length === 0) return [];
  const { deployment, ...rest } = await exportStack(engine);
  const settled = await settle({ ...rest, deployment: { ...deployment, pending_operations: uncertain } }, () => getter(octokit), since);
  if (settled.adopted.length > 0) await adopt(engine, settled, "what GitHub had made although its answer was lost", output);
  return settled.adopted;
}

async function exportStack(engine: StackEngine): Promise<Deployment> {
  return JSON.parse(await askEngine(engine, ["stack", "export", "--stack", engine.stack])) as Deployment;
}

async function adopt(engine: StackEngine, { deployment, adopted }: Settled, what: string, output: Output): Promise<void> {
  await askEngine(engine, ["stack", "import", "--stack", engine.stack], JSON.stringify(deployment));
  for (const urn of adopted) output.note(`Adopted ${what}: ${urn.split("::").slice(-2).join(" ")}`);
  if (adopted.length === 0) return;
  const targets = adopted.flatMap((urn) => ["--target", urn]);
  await runEngine(engine, "refresh", ["--yes", "--skip-preview", "--non-interactive", ...targets], { quiet: true });
}
