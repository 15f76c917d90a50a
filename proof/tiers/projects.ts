/** Where AppProjects let their Applications deploy to. */
import { argocdTarget } from "../../model/target.ts";
import type { Tier } from "../../model/system.ts";
import { kubernetes, type Declaration } from "../../policies/rules/declaration.ts";
import { applicationNamed } from "../deployments.ts";
import type { Counterexample } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

export interface Destination {
  /** A pattern in an AppProject. */
  readonly namespace: string;
  /** Absent: any. */
  readonly server: string | undefined;
}

/** @throws UnknownValue */
export function destinationsOf(project: Declaration): readonly Destination[] {
  return project.list("spec.destinations").map((each) => {
    const { namespace, server, name } = each as Record<string, unknown>;
    const cluster = server ?? name;
    return { namespace: typeof namespace === "string" ? namespace : "*", server: typeof cluster === "string" ? cluster : undefined };
  });
}

/** Do they have a namespace in common? Argo CD matches both parts as globs, and a `!` takes something out. */
export function overlap(one: Destination, other: Destination): boolean {
  return (
    meets(one.namespace, other.namespace) && (one.server === undefined || other.server === undefined || meets(one.server, other.server))
  );
}

const meets = (one: string, other: string): boolean => glob(one, other) || glob(other, one);

function glob(pattern: string, text: string): boolean {
  if (pattern.startsWith("!")) return false;
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/gu, "\\$&")
    .replace(/\*+/gu, ".*")
    .replace(/\?/gu, ".");
  return new RegExp(`^${expression}$`, "u").test(text);
}

/** Another tier's namespace that a tier's AppProject lets its Application into. @throws UnknownValue */
export function judgeProjects(world: ProofWorld, of: ProofSystem, tier: Tier): readonly Counterexample[] {
  const target = argocdTarget(tier.target);
  const application = target === undefined ? undefined : applicationNamed(world, target.application);
  const wanted = application?.text("spec.project") ?? target?.application;
  const project = world.declared
    .all(kubernetes("argoproj.io/v1alpha1", "AppProject"))
    .find((each) => each.text("metadata.name") === wanted);
  if (project === undefined || target === undefined) return [];
  return world.systems.flatMap(({ system }) =>
    system.tiers.flatMap((other): Counterexample[] => {
      const theirs = argocdTarget(other.target);
      if (theirs === undefined || theirs.application === target.application) return [];
      const server = applicationNamed(world, theirs.application)?.text("spec.destination.server");
      const index = destinationsOf(project).findIndex((each) => overlap(each, { namespace: theirs.namespace, server }));
      if (index < 0) return [];
      const at = `${project.name} spec.destinations.${index}`;
      const text = `AppProject ${wanted ?? ""} lets what is committed for ${tier.name} into namespace ${theirs.namespace}`;
      const claim = `a commit for ${system.name === of.system.name ? "" : `${of.system.name} `}${tier.name} changes ${system.name} ${other.name}`;
      return [{ claim, steps: [{ text, at }], fix: `let the AppProject deploy to namespace ${target.namespace} only` }];
    }),
  );
}
