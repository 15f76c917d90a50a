/** Resources that production lives on, and what goes with each of them when it is deleted. */
import { dockerTarget } from "../../model/target.ts";
import { docker, github, kubernetes, type Declaration } from "../../policies/rules/declaration.ts";
import { applicationOf, at, gitOpsTiersOf, projectOf, type TierOf } from "../deployments.ts";
import { defaultBranch, guardsOf } from "../graph/gate.ts";
import { branchOf } from "../graph/paths.ts";
import type { Counterexample } from "../theorem.ts";
import type { ProofWorld } from "../world.ts";

/** A resource that must stay. */
export interface Kept {
  readonly resource: Declaration;
  /** What it is, as GitHub, Argo CD or Docker call it. @example "Namespace shop" */
  readonly what: string;
  /** The property whose change makes the provider delete it and make another. */
  readonly replacedBy: string;
  /** What its deletion does to production. */
  readonly loss: string;
  /** Must it stay where it is even when it is unprotected to leave the program? */
  readonly retained: boolean;
}

/** What a tier lives on, over all stacks. @throws UnknownValue */
export function keptOf(world: ProofWorld, tier: TierOf): readonly Kept[] {
  return [...ofGitHub(world, tier), ...ofArgoCd(world, tier), ...ofDocker(world, tier)];
}

function ofGitHub(world: ProofWorld, tier: TierOf): readonly Kept[] {
  const { system } = tier;
  const environments = system.system.environments.filter((one) => one.tier === tier.tier.name).map(({ name }) => name.toLowerCase());
  const branch = followedBranch(world, tier);
  const named = (resource: Declaration, property: string): string => resource.text(property) ?? resource.name;
  return [
    ...world.declared
      .all(github("Repository"))
      .filter((one) => named(one, "name") === system.system.repository.name)
      .map((resource) =>
        kept(resource, `repository ${named(resource, "name")}`, "name", "its code, its tags and every gate of it are deleted", true),
      ),
    ...world
      .of(github("Branch"), system.repository)
      .filter((one) => one.text("branch") === branch)
      .map((resource) => kept(resource, `branch ${branch}`, "branch", "Argo CD finds nothing that it could deploy or put back", true)),
    ...guardsOf(world, system, branch).map(({ declaration }) =>
      kept(declaration, `the rules of branch ${branch}`, "repository", "whoever may push changes production", false),
    ),
    ...world
      .of(github("RepositoryEnvironment"), system.repository)
      .filter((one) => environments.includes((one.text("environment") ?? "").toLowerCase()))
      .map((resource) => {
        const name = named(resource, "environment");
        return kept(
          resource,
          `environment ${name}`,
          "environment",
          "its secrets are deleted, and the next job makes one that asks nobody",
          false,
        );
      }),
  ];
}

const kept = (resource: Declaration, what: string, replacedBy: string, loss: string, retained: boolean): Kept => ({
  resource,
  what,
  replacedBy,
  loss,
  retained,
});

function followedBranch(world: ProofWorld, tier: TierOf): string {
  const gitOps = gitOpsTiersOf(world).find(({ name }) => name === tier.name);
  const application = gitOps === undefined ? undefined : applicationOf(world, gitOps);
  const main = defaultBranch(world, tier.system);
  return application === undefined ? main : (branchOf(world, tier.system, application.text("spec.source.targetRevision") ?? "") ?? main);
}

function ofArgoCd(world: ProofWorld, tier: TierOf): readonly Kept[] {
  const gitOps = gitOpsTiersOf(world).find(({ name }) => name === tier.name);
  const application = gitOps === undefined ? undefined : applicationOf(world, gitOps);
  if (application === undefined) return [];
  const project = projectOf(world, application);
  const namespace = application.text("spec.destination.namespace") ?? "";
  const name = application.text("metadata.name") ?? application.name;
  const secrets = world.declared.all(kubernetes("core/v1", "Secret")).flatMap((secret): Kept[] => {
    const own = secret.text("metadata.name") ?? secret.name;
    if (secret.text("type") === "kubernetes.io/dockerconfigjson" && secret.text("metadata.namespace") === namespace) {
      return [kept(secret, `pull secret ${own}`, "metadata.name", "no pod that is started again can pull its image", false)];
    }
    // Argo CD's credentials of a project: what they say may be secret as a whole, so they are known by the name of their Application.
    if (!isCredential(secret) || own !== `repository-${name}`) return [];
    return [kept(secret, `repository credentials ${own}`, "metadata.name", "Argo CD can neither deploy nor put back anything", false)];
  });
  return [
    ...world.declared
      .all(kubernetes("core/v1", "Namespace"))
      .filter((one) => one.text("metadata.name") === namespace)
      .map((resource) => kept(resource, `Namespace ${namespace}`, "metadata.name", "everything that runs in it is deleted", true)),
    ...(project === undefined
      ? []
      : [kept(project, `AppProject ${name}`, "metadata.name", "Argo CD refuses every sync, a rollback too", true)]),
    kept(application, `Application ${name}`, "metadata.name", "nothing deploys production any more, nor puts back what it ran", true),
    ...secrets,
  ];
}

function isCredential(secret: Declaration): boolean {
  const labels = secret.get("metadata.labels");
  return typeof labels === "object" && labels !== null && "argocd.argoproj.io/secret-type" in labels;
}

function ofDocker(world: ProofWorld, { tier }: TierOf): readonly Kept[] {
  const target = dockerTarget(tier.target);
  if (target === undefined) return [];
  const of = (kind: string, name: string, loss: string, retained: boolean): readonly Kept[] =>
    world.declared
      .all(docker(kind))
      .filter((one) => one.text("name") === name)
      .map((resource) => kept(resource, `${kind.toLowerCase()} ${name}`, "name", loss, retained));
  return [
    ...of("Container", target.container, "it is stopped and removed", false),
    ...of("Network", target.container, "its container loses its network", false),
    ...Object.keys(target.volumes ?? {}).flatMap((volume) => of("Volume", volume, "the data in it are deleted", true)),
  ];
}

/** What is wrong with how a resource is kept. @throws UnknownValue where nobody told whether it is retained */
export function judgeKept({ name }: TierOf, { resource, what, replacedBy, loss, retained }: Kept): Counterexample[] {
  const claim = `${name} loses ${what}: ${loss}`;
  if (!resource.protect) {
    return [
      {
        claim,
        steps: [
          { text: `somebody removes ${what} from the program, renames it, or runs pulumi destroy`, at: at(resource, replacedBy) },
          { text: "Pulumi deletes it, as it is not protected", at: at(resource, "protect") },
        ],
        fix: "Set the option `protect`.",
      },
    ];
  }
  if (!retained || resource.retainOnDelete) return [];
  return [
    {
      claim,
      steps: [
        { text: `somebody unprotects ${what}, to move or to rename it`, at: at(resource, "protect") },
        { text: "Pulumi deletes it, as it is not kept on deletion", at: at(resource, "retainOnDelete") },
      ],
      fix: "Set the option `retainOnDelete`.",
    },
  ];
}
