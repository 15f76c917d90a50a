/** What an operation works on: one system of the project, and a tier of it with everything that its stack has credentials for. */
import { dockerTarget, argocdTarget } from "../../model/target.ts";
import type { DockerTarget, GitOpsTarget, System, Tier } from "../../model/system.ts";
import { suggest } from "../../model/text.ts";
import { Failure, exitCode } from "../failure.ts";
import type { Output } from "../output.ts";
import { findSystem, loadProject, type Project, type ProjectSystem } from "../project.ts";
import { openTarget, type Target, type TargetName } from "../target/index.ts";
import type { Cluster } from "../up/applications.ts";
import type { Place } from "./repository.ts";
import type { Registry } from "./registry.ts";

export interface Opened extends ProjectSystem {
  readonly project: Project;
  readonly target: Target;
}

/** A tier with what reaches it. */
export interface OpenTier {
  readonly system: System;
  readonly tier: Tier;
  readonly stack: string;
  readonly place: Place;
  readonly registry: Registry;
  /** `undefined` where the stack has no cluster, or kubectl knows none. */
  readonly cluster: Cluster | undefined;
  /** Address of the Docker daemon; `undefined` where the stack has none. */
  readonly dockerHost: string | undefined;
}

export type GitOpsTier = OpenTier & { readonly gitops: GitOpsTarget };
export type DockerTier = OpenTier & { readonly docker: DockerTarget };

/** Reads the project before anything is started, so that a misspelt name costs nothing. */
export async function openSystem(name: string, tiers: readonly string[], targetName: TargetName, output: Output): Promise<Opened> {
  const project = await loadProject();
  const found = findSystem(project, name);
  for (const tier of tiers) findTier(found.system, tier);
  return { ...found, project, target: await openTarget(targetName, project, output) };
}

/** @throws Failure that names the tiers there are. */
export function findTier(system: System, name: string): Tier {
  const found = system.tiers.find((tier) => tier.name === name);
  if (found !== undefined) return found;
  const known = system.tiers.map((tier) => tier.name);
  throw new Failure(exitCode.invalid, `${system.name} has no tier ${JSON.stringify(name)}: ${suggest(name, known)}`);
}

export async function openTier({ project, system, target }: Opened, name: string): Promise<OpenTier> {
  const tier = findTier(system, name);
  const stack = project.stacks.find(({ tiers }) => (tiers[system.name] ?? []).includes(name))?.stack;
  if (stack === undefined) throw new Error(`no stack owns tier ${name} of ${system.name}`);
  const [octokit, owner, registry, cluster, dockerHost] = await Promise.all([
    target.github(stack),
    target.owner(stack, system.repository.owner.login),
    target.registry(stack),
    target.cluster(stack),
    target.docker(stack),
  ]);
  return { system, tier, stack, place: { octokit, at: { owner, repo: system.repository.name } }, registry, cluster, dockerHost };
}

/** The tier as one that Argo CD deploys; `undefined` where it is another kind. */
export function asGitOps(open: OpenTier): GitOpsTier | undefined {
  const gitops = argocdTarget(open.tier.target);
  return gitops === undefined ? undefined : { ...open, gitops };
}

/** The tier as a container on a Docker host; `undefined` where it is another kind. */
export function asDocker(open: OpenTier): DockerTier | undefined {
  const docker = dockerTarget(open.tier.target);
  return docker === undefined ? undefined : { ...open, docker };
}

/** @throws Failure: nothing is deployed there. */
export function nothingDeployed({ system, tier }: OpenTier): Failure {
  return new Failure(exitCode.invalid, `Nothing is deployed to tier ${tier.name} of ${system.name}: it declares no target.`);
}
