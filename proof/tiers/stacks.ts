/** What the stack of another tier declares of production: its credentials must be able to. */
import { fnmatch } from "../../model/fnmatch.ts";
import { argocdTarget } from "../../model/target.ts";
import type { Tier } from "../../model/system.ts";
import { github, kubernetes, type Declaration } from "../../policies/rules/declaration.ts";
import { applicationNamed } from "../deployments.ts";
import { sourcesOf } from "../graph/deployments.ts";
import { defaultBranch } from "../graph/gate.ts";
import { branchOf } from "../graph/paths.ts";
import type { Counterexample } from "../theorem.ts";
import { stackOf, type ProofSystem, type ProofWorld } from "../world.ts";
import { destinationsOf, overlap } from "./projects.ts";

/** Whoever may change one of these may change every gate of the repository, those of production among them. */
const ofTheRepository = [
  ...["Repository", "BranchDefault", "TeamRepository", "RepositoryCollaborator", "RepositoryCollaborators", "RepositoryDeployKey"],
  ...["ActionsRepositoryPermissions", "WorkflowRepositoryPermissions", "ActionsSecret", "RepositoryWebhook", "BranchProtection"],
  ...["BranchProtectionV3", "ActionsRepositoryOidcSubjectClaimCustomizationTemplate"],
].map(github);
const ofEnvironments = [
  ...["RepositoryEnvironment", "RepositoryEnvironmentDeploymentPolicy", "ActionsEnvironmentSecret", "ActionsEnvironmentVariable"],
].map(github);

/** Stacks that declare something of a system, but not what its production is. @throws UnknownValue */
export function lowerStacks(world: ProofWorld, of: ProofSystem): readonly string[] {
  const owners = ownersOfProduction(world, of);
  if (owners.size === 0) return [];
  return [...new Set(world.resources.map(stackOf))].filter((stack) => stack !== "" && !owners.has(stack));
}

const productionTiers = ({ system }: ProofSystem): readonly Tier[] => system.tiers.filter(({ production }) => production === true);
const productionEnvironments = (of: ProofSystem): ReadonlySet<string> => {
  const tiers = new Set(productionTiers(of).map(({ name }) => name));
  return new Set(of.system.environments.filter(({ tier }) => tiers.has(tier)).map(({ name }) => name.toLowerCase()));
};

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
  const environments = productionEnvironments(of);
  const claim = `the credentials of stack ${stack} can change production`;
  return world.resources
    .filter((resource) => stackOf(resource) === stack)
    .flatMap((resource): Counterexample[] => {
      const found = reach(world, of, resource, environments);
      if (found === undefined) return [];
      const text = `stack ${stack} declares ${found.what}, so its credentials have the right to change it`;
      return [{ claim, steps: [{ text, at: `${resource.name} ${found.property}` }], fix: "declare it in the stack that owns production" }];
    });
}

interface Reach {
  readonly what: string;
  readonly property: string;
}

function reach(world: ProofWorld, of: ProofSystem, resource: Declaration, environments: ReadonlySet<string>): Reach | undefined {
  if (resource.type.startsWith("github:")) return reachOfGitHub(world, of, resource, environments);
  return resource.type.startsWith("kubernetes:") ? reachOfKubernetes(world, of, resource) : undefined;
}

function reachOfGitHub(world: ProofWorld, of: ProofSystem, resource: Declaration, environments: ReadonlySet<string>): Reach | undefined {
  if (resource.type === github("OrganizationRuleset")) return { what: "a ruleset of the whole organization", property: "conditions" };
  if (resource.type === github("Repository")) {
    const own = (resource.text("name") ?? resource.name) === of.system.repository.name;
    return own ? { what: `repository ${of.repository}`, property: "name" } : undefined;
  }
  const named = resource.text("repository") ?? resource.text("repositoryId");
  if (named !== of.repository && named !== of.system.repository.name) return undefined;
  if (ofTheRepository.includes(resource.type)) return { what: `what holds for all of ${of.repository}`, property: "repository" };
  if (ofEnvironments.includes(resource.type)) {
    const environment = resource.text("environment") ?? "";
    return environments.has(environment.toLowerCase())
      ? { what: `environment ${environment} of production`, property: "environment" }
      : undefined;
  }
  if (resource.type !== github("RepositoryRuleset")) return undefined;
  const branch = followed(world, of).find((name) => takes(world, of, resource, name));
  return branch === undefined ? undefined : { what: `the rules of ${branch}, which production follows`, property: "conditions.refName" };
}

function followed(world: ProofWorld, of: ProofSystem): readonly string[] {
  return productionTiers(of)
    .flatMap((tier) => sourcesOf(world, tier))
    .flatMap(({ revision }) => branchOf(world, of, revision) ?? []);
}

function takes(world: ProofWorld, of: ProofSystem, ruleset: Declaration, branch: string): boolean {
  if (ruleset.text("target") !== "branch") return false;
  const any = (patterns: readonly string[]): boolean =>
    patterns.some((each) => {
      if (each === "~ALL") return true;
      return each === "~DEFAULT_BRANCH" ? branch === defaultBranch(world, of) : fnmatch(each, `refs/heads/${branch}`);
    });
  return any(ruleset.texts("conditions.refName.includes")) && !any(ruleset.texts("conditions.refName.excludes"));
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
