/** The five governed systems as a world, loaded once for all tests. */
import { declaredWorld } from "../../../cli/check/declared.ts";
import { judgeProject } from "../../../cli/project.ts";
import { ProofWorld } from "../../../proof/index.ts";

let world: Promise<ProofWorld> | undefined;

/** What all stacks of the project declare, with the files of all systems. */
export function realWorld(): Promise<ProofWorld> {
  world ??= load();
  return world;
}

async function load(): Promise<ProofWorld> {
  const project = await judgeProject();
  const { resources } = await declaredWorld(project);
  return new ProofWorld({ resources, systems: project.systems });
}
