/** Brings a stack that a killed run left half-way to where a next run can go on. */
import type { Octokit } from "@octokit/rest";

import { projectName } from "../project.ts";
import type { Output } from "../output.ts";
import { backendFolder, lockedByTheDead, mayHavePending } from "./backend.ts";
import { askEngine, runEngine, type StackEngine } from "./engine.ts";
import { endOrphans } from "./processes.ts";
import { settle, type Deployment, type Get } from "./pending.ts";

export interface Recovered {
  readonly unlocked: boolean;
  readonly adopted: readonly string[];
  readonly forgotten: readonly string[];
}

/** Reads GitHub at a path; 404 is `undefined`, as `settle` wants it. */
function getter(octokit: Octokit): Get {
  return async (path) => {
    try {
      const answer: { data: unknown } = await octokit.request(`GET ${path}`);
      return answer.data;
    } catch (error) {
      if ((error as { status?: number }).status === 404) return undefined;
      throw error;
    }
  };
}

/** Removes a dead run's lock and settles its pending operations. Does nothing, and asks nobody, where there is nothing to settle. */
export async function recover(engine: StackEngine, octokit: Octokit, output: Output): Promise<Recovered> {
  const folder = backendFolder(engine.environment["PULUMI_BACKEND_URL"] ?? "");
  const unlocked = folder !== undefined && (await lockedByTheDead(folder, projectName, engine.stack));
  if (unlocked) {
    output.note(`Stack ${engine.stack} was locked by a run that no longer exists; its lock is removed.`);
    await endOrphans({ ...engine.environment, PULUMI_OPTION_STACK: engine.stack });
    await askEngine(engine, ["cancel", engine.stack, "--yes"]);
  }
  if (!(await mayHavePending(folder, projectName, engine.stack))) return { unlocked, adopted: [], forgotten: [] };

  const exported = JSON.parse(await askEngine(engine, ["stack", "export", "--stack", engine.stack])) as Deployment;
  if ((exported.deployment.pending_operations?.length ?? 0) === 0) return { unlocked, adopted: [], forgotten: [] };
  const settled = await settle(exported, () => getter(octokit));
  await askEngine(engine, ["stack", "import", "--stack", engine.stack], JSON.stringify(settled.deployment));
  for (const urn of settled.adopted) output.note(`Adopted what an interrupted run had made: ${urn.split("::").slice(-2).join(" ")}`);
  if (settled.adopted.length > 0) {
    const targets = settled.adopted.flatMap((urn) => ["--target", urn]);
    await runEngine(engine, "refresh", ["--yes", "--skip-preview", "--non-interactive", ...targets], { quiet: true });
  }
  return { unlocked, adopted: settled.adopted, forgotten: settled.forgotten };
}
