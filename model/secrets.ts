import { refuse, type Fault } from "./fault.ts";
import { Sensitive } from "./sensitive.ts";
import type { Stack } from "./stack.ts";
import type { Secret, System } from "./system.ts";

/** Scope (an environment's name, or `repository`) → secret → value. */
export type ResolvedSecrets = Readonly<Record<string, Readonly<Record<string, Sensitive>>>>;

/** One declared secret, and where it belongs. */
export interface SecretSlot {
  readonly system: string;
  /** Tier of its environment; absent for a secret of the repository. */
  readonly tier?: string;
  /** Environment's name, or `repository`. */
  readonly scope: string;
  readonly secret: Secret;
}

/** Secrets that a stack must know: in the foundation those of the repositories and their environments, elsewhere none. */
export function secretsOf(system: System, stack: Pick<Stack, "name" | "foundation">): SecretSlot[] {
  if (stack.name !== stack.foundation) return [];
  return [
    ...(system.secrets ?? []).map((secret) => ({ system: system.name, scope: "repository", secret })),
    ...system.environments.flatMap(({ name, tier, secrets = [] }) =>
      secrets.map((secret) => ({ system: system.name, tier, scope: name, secret })),
    ),
  ];
}

/** Variable of the process environment that holds a secret: `GATEHOUSE_SECRET_<SYSTEM>_<ENVIRONMENT>_<NAME>`. */
export function secretVariable({ system, scope, secret }: SecretSlot): string {
  return `GATEHOUSE_SECRET_${system}_${scope}_${secret.name}`.toUpperCase().replace(/[^A-Z0-9]/g, "_");
}

/**
 * Values of all secrets that a stack must know, from its configuration or the process environment. Configuration wins.
 *
 * @returns By system's name.
 * @throws FaultsError that names every missing one, with the command that sets it, and every configured one that nothing declares.
 */
export function resolveSecrets(
  systems: readonly System[],
  stack: Stack,
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, ResolvedSecrets> {
  const faults: Fault[] = [];
  const resolved = new Map<string, ResolvedSecrets>();
  for (const system of systems) {
    const scopes: Record<string, Record<string, Sensitive>> = {};
    const slots = secretsOf(system, stack);
    for (const slot of slots) {
      const fromEnvironment = environment[secretVariable(slot)];
      const value = stack.secrets[system.name]?.[slot.scope]?.[slot.secret.name];
      if (value !== undefined) (scopes[slot.scope] ??= {})[slot.secret.name] = value;
      else if (fromEnvironment !== undefined && fromEnvironment !== "") {
        (scopes[slot.scope] ??= {})[slot.secret.name] = new Sensitive(fromEnvironment);
      } else faults.push(missing(slot, stack.name));
    }
    faults.push(...undeclared(system.name, slots, stack));
    resolved.set(system.name, scopes);
  }
  const known = new Set(systems.map((system) => system.name));
  for (const name of Object.keys(stack.secrets)) {
    if (!known.has(name)) faults.push({ path: `gatehouse:secrets.${name}`, value: undefined, rule: "no such system", fix: "remove it" });
  }
  refuse(`Secrets of stack ${stack.name}`, faults);
  return resolved;
}

function missing(slot: SecretSlot, stack: string): Fault {
  const { system, tier, scope, secret } = slot;
  const place = tier === undefined ? "the repository" : `tier ${tier}, environment ${scope}`;
  const step = /^[\w-]+$/.test(scope) ? `.${scope}` : `["${scope}"]`;
  return {
    path: `gatehouse:secrets.${system}${step}.${secret.name}`,
    value: undefined,
    rule: `secret ${secret.name} of system ${system}, ${place}, has no value in stack ${stack}. ${secret.purpose}`,
    fix: `pulumi config set --secret --path 'gatehouse:secrets.${system}${step}.${secret.name}' --stack ${stack} (or set ${secretVariable(slot)})`,
  };
}

function undeclared(system: string, slots: readonly SecretSlot[], stack: Stack): Fault[] {
  const known = new Set(slots.map((slot) => `${slot.scope}\n${slot.secret.name}`));
  return Object.entries(stack.secrets[system] ?? {}).flatMap(([scope, names]) =>
    Object.keys(names)
      .filter((name) => !known.has(`${scope}\n${name}`))
      .map((name) => ({
        path: `gatehouse:secrets.${system}.${scope}.${name}`,
        value: undefined,
        rule: `is configured in stack ${stack.name}, but nothing that this stack owns declares it`,
        fix: "remove it from the stack, or declare it in the system",
        file: `Pulumi.${stack.name}.yaml`,
      })),
  );
}
