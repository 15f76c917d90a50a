/** Which declared Argo CD objects deploy which tier. */
import type { GitOpsTarget, Tier } from "../model/system.ts";
import { argocdTarget } from "../model/target.ts";
import { kubernetes, UnknownValue, type Declaration } from "../policies/rules/declaration.ts";
import type { Judgement } from "./theorem.ts";
import type { ProofSystem, ProofWorld } from "./world.ts";

export const argoproj = "argoproj.io/v1alpha1";

/** One tier of a system. */
export interface TierOf {
  readonly system: ProofSystem;
  readonly tier: Tier;
  /** What is judged, in words. @example "dataenginex prod" */
  readonly name: string;
}

/** A tier that Argo CD deploys. */
export interface GitOpsTier extends TierOf {
  readonly target: GitOpsTarget;
}

/** Every tier of every system, in the order of their declaration. */
export function tiersOf({ systems }: ProofWorld): readonly TierOf[] {
  return systems.flatMap((system) => system.system.tiers.map((tier) => ({ system, tier, name: `${system.system.name} ${tier.name}` })));
}

/** The tiers that Argo CD deploys. */
export function gitOpsTiersOf(world: ProofWorld): readonly GitOpsTier[] {
  return tiersOf(world).flatMap((one) => {
    const target = argocdTarget(one.tier.target);
    return target === undefined ? [] : [{ ...one, target }];
  });
}

/** Every declared Application. */
export const applicationsOf = ({ declared }: ProofWorld): readonly Declaration[] => declared.all(kubernetes(argoproj, "Application"));

/** The Application of a name. @throws UnknownValue where it may be one whose name is not known yet */
export const applicationNamed = (world: ProofWorld, name: string): Declaration | undefined =>
  findNamed(applicationsOf(world), "metadata.name", name);

/** The Application that deploys the tier. @throws UnknownValue where it may be one whose name is not known yet */
export const applicationOf = (world: ProofWorld, { target }: GitOpsTier): Declaration | undefined =>
  applicationNamed(world, target.application);

/** The AppProject that an Application is in. @throws UnknownValue */
export function projectOf(world: ProofWorld, application: Declaration): Declaration | undefined {
  const projects = world.declared.all(kubernetes(argoproj, "AppProject"));
  const name = application.text("spec.project");
  const namespace = application.text("metadata.namespace");
  const same = projects.filter((project) => project.text("metadata.namespace") === namespace);
  return name === undefined ? undefined : findNamed(same, "metadata.name", name);
}

/** The first that has this value. @throws UnknownValue where none has, and one may have */
export function findNamed(resources: readonly Declaration[], property: string, value: string): Declaration | undefined {
  let unknown: UnknownValue | undefined;
  for (const resource of resources) {
    try {
      if (resource.text(property) === value) return resource;
    } catch (error) {
      if (!(error instanceof UnknownValue)) throw error;
      unknown = error;
    }
  }
  if (unknown !== undefined) throw unknown;
  return undefined;
}

/** Where a step of a counterexample happens. @example "dataenginex-prod spec.syncWindows.0" */
export const at = (resource: Declaration, property?: string): string =>
  property === undefined ? resource.name : `${resource.name} ${property}`;

/** Nothing to judge: that the tier has an Application is what T4 says. */
export const undeclared = ({ target }: GitOpsTier): Judgement => ({
  assumptions: [`Application ${target.application} is declared (T4)`],
  counterexamples: [],
});
