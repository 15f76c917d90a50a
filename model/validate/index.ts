/** Judges all declared systems at once, before anything is built: every fault of every system, in one pass. */
import type { Fault } from "../fault.ts";
import { members, type Loose } from "../shape.ts";
import type { System } from "../system.ts";
import { argocdTarget, dockerTarget } from "../target.ts";
import { judgeAccount } from "./account.ts";
import { judgeCodeOwners } from "./code-owners.ts";
import { judgeCredentials } from "./credentials.ts";
import { judgeDuplicates } from "./duplicates.ts";
import { judgeGates } from "./gates.ts";
import { judgeNotifications } from "./notifications.ts";
import { judgeObjectives } from "./objectives.ts";
import { judgeReferences } from "./references.ts";
import { reporter, type Judged } from "./report.ts";
import { system as systemShape } from "./shapes.ts";
import { judgeStrategies } from "./strategies.ts";
import { judgeWindows } from "./windows.ts";

/** A system as it was declared, not yet judged. */
export interface DeclaredSystem {
  /** Folder under `systems/`. */
  readonly folder: string;
  /** What its `system.ts` exports. */
  readonly declared: unknown;
  /** Files of its repository: path → text. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Judges systems one by one and against each other.
 *
 * @returns Every fault; without one, each `declared` is a `System`.
 */
export function judgeSystems(systems: readonly DeclaredSystem[]): Fault[] {
  const faults: Fault[] = [];
  const judged = systems.map((source) => judgeSystem(source, faults));
  judgeSharedNames(judged);
  return faults;
}

/**
 * Judges a system by itself.
 *
 * @param faults Takes what is found, also by `judgeSharedNames`.
 */
export function judgeSystem({ folder, declared, files }: DeclaredSystem, faults: Fault[]): Judged {
  const file = `systems/${folder}/system.ts`;
  const report = reporter(folder, file, faults);
  if (declared === undefined) {
    report("", undefined, "system.ts must export the system as `system`", "write export const system: System = { … }");
    return { system: {}, files, report };
  }
  const found: Fault[] = [];
  const system = (systemShape(declared, folder, found) ?? {}) as Loose<System>;
  faults.push(...found.map((fault) => ({ ...fault, file })));
  const judged: Judged = { system, files, report };
  if (system.name !== undefined && system.name !== folder)
    report("name", system.name, "must be the name of its folder", `write "${folder}"`);
  judgeDuplicates(judged);
  judgeReferences(judged);
  judgeAccount(judged);
  judgeGates(judged);
  judgeCredentials(judged);
  judgeCodeOwners(judged, files);
  judgeWindows(judged);
  judgeStrategies(judged);
  judgeNotifications(judged);
  judgeObjectives(judged);
  return judged;
}

/** Judges systems against each other: names that are one namespace over all systems and tiers. */
export function judgeSharedNames(all: readonly Judged[]): void {
  const taken = new Map<string, string>();
  const take = (judged: Judged, what: string, path: string, name: string | undefined) => {
    if (name === undefined) return;
    const key = `${what} ${name.toLowerCase()}`;
    const first = taken.get(key);
    const place = `${judged.system.name ?? "?"}.${path}`;
    if (first === undefined) taken.set(key, place);
    else judged.report(path, name, `the same ${what} as ${first}`, "give each its own");
  };
  for (const judged of all) {
    const { repository, tiers, packages, runners } = judged.system;
    const owner = repository?.owner?.login;
    if (owner !== undefined && repository?.name !== undefined) take(judged, "repository", "repository.name", `${owner}/${repository.name}`);
    for (const [index, tier] of members(tiers)) {
      const [argocd, docker] = [argocdTarget(tier.target), dockerTarget(tier.target)];
      take(judged, "Application", `tiers[${index}].target.application`, argocd?.application);
      take(judged, "namespace", `tiers[${index}].target.namespace`, argocd?.namespace);
      take(judged, "container", `tiers[${index}].target.container`, docker?.container);
      take(judged, "port", `tiers[${index}].target.hostPort`, docker?.hostPort === undefined ? undefined : String(docker.hostPort));
    }
    if (owner === undefined) continue;
    for (const [index, image] of members(packages)) {
      if (image.name !== undefined) take(judged, "package", `packages[${index}].name`, `${owner}/${image.name}`);
    }
    // Two kinds of runners of one system may share a group; GitHub keeps one by its name in an organization.
    const groups = new Map([...members(runners)].flatMap(([index, { group }]) => (group === undefined ? [] : [[group, index] as const])));
    for (const [group, index] of groups) take(judged, "runner group", `runners[${index}].group`, `${owner}/${group}`);
  }
}
