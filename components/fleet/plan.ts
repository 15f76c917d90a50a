/** From a sound fleet to what one stack builds of it. */
import { refuse, type Fault } from "../../model/fault.ts";
import type { StackShare } from "../../model/ownership.ts";
import { resolveSecrets } from "../../model/secrets.ts";
import type { Sensitive } from "../../model/sensitive.ts";
import type { Stack } from "../../model/stack.ts";
import type { System } from "../../model/system.ts";
import type { RequiredContext } from "../branch-gate/args.ts";

/** A system that was judged and is sound. */
export interface SoundSystem {
  readonly system: System;
  /** Files that its repository carries: path → text. */
  readonly files: ReadonlyMap<string, string>;
  /** Branch → contexts that it requires. */
  readonly contexts: Readonly<Record<string, readonly RequiredContext[]>>;
}

/** All sound systems, and how the stack files share out their tiers. */
export interface SoundFleet {
  readonly systems: readonly SoundSystem[];
  readonly stacks: readonly StackShare[];
}

/** One sound system, with all that building it needs. */
export interface SystemPlan extends SoundSystem {
  /** Scope (an environment's name, or `repository`) → secret → value, of what this stack owns. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, Sensitive>>>>;
}

/**
 * What a stack builds of a sound fleet.
 *
 * @throws FaultsError when the stack's configuration shares out tiers in another way than the stack files do, or a secret has no value.
 */
export function planStack(fleet: SoundFleet, stack: Stack, environment: Readonly<Record<string, string | undefined>>): SystemPlan[] {
  refuse(`The configuration of stack ${stack.name}`, judgeShare(fleet.stacks, stack));
  const systems = fleet.systems.map(({ system }) => system);
  const secrets = resolveSecrets(systems, stack, environment);
  return fleet.systems.map(({ system, files, contexts }) => ({ system, files, contexts, secrets: secrets.get(system.name) ?? {} }));
}

/** The stack files were judged together; a configuration that says something else would go unjudged. */
function judgeShare(stacks: readonly StackShare[], stack: Stack): Fault[] {
  const file = `Pulumi.${stack.name}.yaml`;
  const share = stacks.find((candidate) => candidate.stack === stack.name);
  if (share === undefined) {
    const rule = `stack ${stack.name} has no ${file}, so nobody knows which tiers it owns`;
    return [{ path: "gatehouse:tiers", value: undefined, rule, fix: "add the file beside the others" }];
  }
  const faults: Fault[] = [];
  const differs = (path: string, value: unknown) => {
    const rule = `differs from ${file}: which stack owns a tier is judged over the committed files`;
    faults.push({ path, value, rule, fix: "change the file, and commit it" });
  };
  if (share.foundation !== stack.foundation) differs("gatehouse:foundation", stack.foundation);
  for (const name of new Set([...Object.keys(share.tiers), ...Object.keys(stack.tiers)])) {
    const list = (tiers: readonly string[] = []) => [...tiers].sort().join(" ");
    if (list(share.tiers[name]) !== list(stack.tiers[name])) differs(`gatehouse:tiers.${name}`, stack.tiers[name]);
  }
  return faults;
}
