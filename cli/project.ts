/** Where things are, and what the project declares: read and judged the same way for every command. */
import path from "node:path";

import type { JudgedFleet } from "../components/fleet/judge.ts";
import { judgedFleet } from "../components/fleet/judged.ts";
import { loadStackFiles, loadSystems } from "../components/fleet/load.ts";
import type { SoundFleet } from "../components/fleet/plan.ts";
import { refuse } from "../model/fault.ts";
import type { StackShare } from "../model/ownership.ts";
import type { System } from "../model/system.ts";
import { suggest } from "../model/text.ts";
import { Failure, exitCode } from "./failure.ts";

export const projectDir = path.resolve(import.meta.dirname, "..");

/** Removed by `gatehouse local reset`. */
export const stateDir = path.resolve(process.env["GATEHOUSE_HOME"] ?? path.join(projectDir, ".gatehouse"));

/** Name in Pulumi.yaml; part of every state path of a file backend. */
export const projectName = "gatehouse";

/** A sound project. `stacks` has the foundation first: the others read what it made. */
export type Project = SoundFleet & StackFiles;
/** With what the workflow files say. */
export type JudgedProject = JudgedFleet & StackFiles;

interface StackFiles {
  readonly stackFiles: ReadonlyMap<string, string>;
}

/**
 * Reads the project, and judges it unless exactly this was judged before.
 *
 * @throws FaultsError with every fault of systems, workflow files and stack files.
 */
export async function loadProject(): Promise<Project> {
  const [sources, stackFiles] = await read();
  return inOrder(await judgedFleet(projectDir, sources, stackFiles), stackFiles);
}

/** Reads and judges the project. @throws FaultsError with every fault of systems, workflow files and stack files. */
export async function judgeProject(): Promise<JudgedProject> {
  const [[sources, stackFiles], { judgeFleet }] = await Promise.all([read(), import("../components/fleet/judge.ts")]);
  return inOrder(judgeFleet(sources, stackFiles), stackFiles);
}

const read = () => Promise.all([loadSystems(projectDir), loadStackFiles(projectDir)]);

function inOrder<Fleet extends SoundFleet>(fleet: Fleet, stackFiles: ReadonlyMap<string, string>): Fleet & StackFiles {
  const stacks = [...fleet.stacks].sort((a, b) => Number(b.stack === b.foundation) - Number(a.stack === a.foundation));
  return { ...fleet, stacks, stackFiles };
}

export interface ProjectSystem {
  readonly system: System;
  /** Files that its repository carries: path → text. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * One system, whose workflow files are not judged yet: to show what is wrong with them is what the caller is for.
 *
 * @throws FaultsError when its declaration is wrong, Failure that names the systems there are when there is none of that name.
 */
export async function loadSystem(name: string): Promise<ProjectSystem> {
  // What judges is most of the program's code, and other commands do without.
  const [sources, { judgeSystems }, { renderFiles }] = await Promise.all([
    loadSystems(projectDir),
    import("../model/validate/index.ts"),
    import("../delivery/render.ts"),
  ]);
  const source = sources.find(({ folder }) => folder === name);
  if (source === undefined)
    throw unknown(
      "There is no system",
      name,
      sources.map(({ folder }) => folder),
    );
  refuse("The declared system", judgeSystems([source]));
  const system = source.declared as System;
  return { system, files: new Map([...source.files, ...renderFiles(system, source.files)]) };
}

/** The chosen stacks, the foundation first; all when none is named. @throws Failure that names the stacks there are. */
export function findStacks(project: Project, names: readonly string[]): StackShare[] {
  const known = project.stacks.map(({ stack }) => stack);
  for (const name of names) {
    if (!known.includes(name)) throw unknown("There is no stack", name, known);
  }
  return project.stacks.filter(({ stack }) => names.length === 0 || names.includes(stack));
}

/** Name of the stack that owns what all tiers share. */
export const foundationOf = (project: Project): string => project.stacks[0]?.foundation ?? "";

/** A system of a judged project. @throws Failure that names the systems there are. */
export function findSystem(project: Project, name: string): ProjectSystem {
  const found = project.systems.find(({ system }) => system.name === name);
  if (found !== undefined) return found;
  throw unknown(
    "There is no system",
    name,
    project.systems.map(({ system }) => system.name),
  );
}

/** A long-lived branch of a system, with its place in the declaration. @throws Failure that names those there are. */
export function findBranch(system: System, name: string): { readonly branch: System["branches"][number]; readonly index: number } {
  const index = system.branches.findIndex((candidate) => candidate.name === name);
  const branch = system.branches[index];
  if (branch !== undefined) return { branch, index };
  throw unknown(
    `${system.name} has no long-lived branch`,
    name,
    system.branches.map((candidate) => candidate.name),
  );
}

function unknown(what: string, name: string, known: readonly string[]): Failure {
  return new Failure(exitCode.invalid, `${what} ${JSON.stringify(name)}: ${suggest(name, known)}`);
}
