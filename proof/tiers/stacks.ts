/** What the stack of another tier declares of production: its credentials must be able to. */
import { argocdTarget } from "../../model/target.ts";
import type { Tier } from "../../model/system.ts";
import { github, kubernetes, type Declaration } from "../../policies/rules/declaration.ts";
import { applicationNamed } from "../deployments.ts";
import type { Counterexample } from "../theorem.ts";
import { stackOf, type ProofSystem, type ProofWorld } from "../world.ts";
import { destinationsOf, overlap } from "./projects.ts";

/** Stacks that declare something of a system, but not what its production is. @throws UnknownValue */
export function lowerStacks(world: ProofWorld, of: ProofSystem): readonly string[] {
  const owners = ownersOfProduction(world, of);
  if (owners.size === 0) return [];
  return [...new Set(world.resources.map(stackOf))].filter((stack) => stack !== "" && !owners.has(stack));
}

const productionTiers = ({ system }: ProofSystem): readonly Tier[] => system.tiers.filter(({ production }) => production === true);
/** The stacks of the Application of production and of its repository. */
function ownersOfProduction(world: ProofWorld, of: ProofSystem): ReadonlySet<string> {
  const applications = productionTiers(of).flatMap((tier) => {
    const target = argocdTarget(tier.target);
    return target === undefined ? [] : (applicationNamed(world, target.application) ?? []);
  });
  const repositories = world.declared
    .all(github("Repository"))
    .filter((each) => (each.text("name") ?? each.name) === of.system.repository.name);
  return new Set([...applications, ...repositories].map(stackOf));
}

/** Every resource of such a stack that is about production. @throws UnknownValue */
export function judgeStack(world: ProofWorld, of: ProofSystem, stack: string): readonly Counterexample[] {
  const claim = `the credentials of stack ${stack} can change production`;
  return world.resources
    .filter((resource) => stackOf(resource) === stack)
    .flatMap((resource): Counterexample[] => {
      const found = reach(world, of, resource);
      if (found === undefined) return [];
      const text = `stack ${stack} declares ${found.what}, so its credentials have the right to change it`;
      return [{ claim, steps: [{ text, at: `${resource.name} ${found.property}` }], fix: "declare it in the stack that owns production" }];
    });
}

interface Reach {
  readonly what: string;
  readonly property: string;
}

function reach(world: ProofWorld, of: ProofSystem, resource: Declaration): Reach | undefined {
  if (resource.type.startsWith("github:")) return reachOfGitHub(of, resource);
  return resource.type.startsWith("kubernetes:") ? reachOfKubernetes(world, of, resource) : undefined;
}

/**
 * GitHub has no right over one environment or one ruleset: whoever may write one of a repository may write them all
 * (https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens, "Administration").
 */
function reachOfGitHub(of: ProofSystem, resource: Declaration): Reach | undefined {
  if (resource.type === github("OrganizationRuleset")) return { what: "a ruleset of the whole organization", property: "conditions" };
  const property = resource.has("repositoryId") ? "repositoryId" : "repository";
  const named = resource.text(property);
  const isOwn = named === of.repository || named === of.system.repository.name;
  return isOwn ? { what: `a part of repository ${of.repository}, where production's gates are`, property } : undefined;
}

function reachOfKubernetes(world: ProofWorld, of: ProofSystem, resource: Declaration): Reach | undefined {
  for (const tier of productionTiers(of)) {
    const target = argocdTarget(tier.target);
    if (target === undefined) continue;
    const own = applicationNamed(world, target.application);
    const destination = { namespace: target.namespace, server: own?.text("spec.destination.server") };
    const [what, property] = [`what is in namespace ${target.namespace} of production`, "metadata.namespace"];
    if (resource.type === kubernetes("argoproj.io/v1alpha1", "Application")) {
      const other = { namespace: resource.text("spec.destination.namespace") ?? "", server: resource.text("spec.destination.server") };
      if (overlap(destination, other)) return { what, property: "spec.destination.namespace" };
    } else if (resource.type === kubernetes("argoproj.io/v1alpha1", "AppProject")) {
      const index = destinationsOf(resource).findIndex((each) => overlap(destination, each));
      if (index >= 0) return { what, property: `spec.destinations.${index}` };
    } else if (resource.text("metadata.namespace") === target.namespace) return { what, property };
    else if (resource.type.endsWith(":Namespace") && resource.text("metadata.name") === target.namespace)
      return { what, property: "metadata.name" };
  }
  return undefined;
}
