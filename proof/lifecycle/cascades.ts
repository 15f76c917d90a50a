/** Deletions that take more with them than what is deleted. */
import { dockerTarget } from "../../model/target.ts";
import { docker, kubernetes, type Declaration } from "../../policies/rules/declaration.ts";
import { applicationOf, argoproj, at, gitOpsTiersOf, type TierOf } from "../deployments.ts";
import type { Counterexample, Step } from "../theorem.ts";
import { stackOf, type ProofWorld } from "../world.ts";

/** What the tier's Application, or another one, takes with it. @throws UnknownValue */
export function judgeCascades(world: ProofWorld, tier: TierOf): Counterexample[] {
  const gitOps = gitOpsTiersOf(world).find(({ name }) => name === tier.name);
  const application = gitOps === undefined ? undefined : applicationOf(world, gitOps);
  if (application === undefined) return sharedHost(world, tier);
  return [
    ...finalizer(tier, application),
    ...emptied(tier, application),
    ...recreated(tier, application),
    ...sharedNamespace(world, tier, application),
  ];
}

function finalizer({ name }: TierOf, application: Declaration): Counterexample[] {
  const index = finalizerOf(application);
  if (index === undefined) return [];
  const own = application.text("metadata.name") ?? "";
  return [
    {
      claim: `everything that runs in ${name} is deleted`,
      steps: [
        { text: `somebody deletes Application ${own}, by kubectl too`, at: at(application) },
        {
          text: "Argo CD deletes all that it has deployed before it lets the Application go",
          at: at(application, `metadata.finalizers.${index}`),
        },
      ],
      fix: "Declare no resources-finalizer on an Application of production.",
    },
  ];
}

function finalizerOf(application: Declaration): number | undefined {
  const index = application.texts("metadata.finalizers").findIndex((one) => one.startsWith("resources-finalizer.argocd.argoproj.io"));
  return index < 0 ? undefined : index;
}

function emptied({ name }: TierOf, application: Declaration): Counterexample[] {
  const property = "spec.syncPolicy.automated.allowEmpty";
  if (!application.flag(property)) return [];
  return [
    {
      claim: `everything that runs in ${name} is deleted`,
      steps: [
        { text: "a merge leaves the overlay without any object", at: at(application, "spec.source.path") },
        { text: "Argo CD prunes all of them, as an empty overlay is allowed", at: at(application, property) },
      ],
      fix: "Remove `allowEmpty`.",
    },
  ];
}

const recreating = ["Replace=true", "Force=true"];

function recreated({ name }: TierOf, application: Declaration): Counterexample[] {
  const options = application.texts("spec.syncPolicy.syncOptions");
  const property = "spec.syncPolicy.automated.prune";
  const early: Counterexample[] =
    !application.flag(property) || options.includes("PruneLast=true")
      ? []
      : [
          {
            claim: `what a deployment of ${name} removes is gone before what takes its place is healthy`,
            steps: [
              { text: "Argo CD prunes by itself", at: at(application, property) },
              { text: "nothing says that it prunes last", at: at(application, "spec.syncPolicy.syncOptions") },
            ],
            fix: "Add the sync option PruneLast=true.",
          },
        ];
  return early.concat(
    recreating.flatMap((option) => {
      const index = options.indexOf(option);
      if (index < 0) return [];
      const step = {
        text: `a sync deletes objects and makes them anew (${option})`,
        at: at(application, `spec.syncPolicy.syncOptions.${index}`),
      };
      return [{ claim: `${name} is down while it is deployed to`, steps: [step], fix: `Remove ${option}.` }];
    }),
  );
}

/** Another stack, or another Application, in the namespace of production. */
function sharedNamespace(world: ProofWorld, { name }: TierOf, application: Declaration): Counterexample[] {
  const namespace = application.text("spec.destination.namespace");
  const cluster = clusterOf(application);
  const stack = stackOf(application);
  const namespaces = world.declared
    .all(kubernetes("core/v1", "Namespace"))
    .filter((one) => one.text("metadata.name") === namespace && stackOf(one) !== stack);
  const others = world.declared
    .all(kubernetes(argoproj, "Application"))
    .filter((one) => one !== application && one.text("spec.destination.namespace") === namespace && clusterOf(one) === cluster);
  const destroys = (one: Declaration): Step => ({ text: `somebody runs pulumi destroy on stack ${stackOf(one)}`, at: at(one) });
  return [
    ...namespaces.map((one) => ({
      claim: `everything that runs in ${name} is deleted`,
      steps: [destroys(one), { text: `stack ${stackOf(one)} owns Namespace ${namespace ?? ""} too`, at: at(one, "metadata.name") }],
      fix: "Give each tier a namespace of its own.",
    })),
    ...others.flatMap((one) => {
      const index = finalizerOf(one);
      if (index === undefined) return [];
      const own = one.text("metadata.name") ?? "";
      return [
        {
          claim: `what ${own} shares with ${name} is deleted`,
          steps: [
            destroys(one),
            {
              text: `Application ${own} takes with it what it has deployed to ${namespace ?? ""}`,
              at: at(one, `metadata.finalizers.${index}`),
            },
          ],
          fix: "Give each tier a namespace of its own.",
        },
      ];
    }),
  ];
}

const clusterOf = (application: Declaration): string | undefined =>
  application.text("spec.destination.server") ?? application.text("spec.destination.name");

/** What two tiers of one Docker host call the same is one and the same. */
function sharedHost(world: ProofWorld, { tier, name }: TierOf): Counterexample[] {
  const target = dockerTarget(tier.target);
  if (target === undefined) return [];
  const own = new Map([
    ["Container", [target.container]],
    ["Network", [target.container]],
    ["Volume", Object.keys(target.volumes ?? {})],
  ]);
  return [...own].flatMap(([kind, names]) =>
    names.flatMap((one) => {
      const [, second] = world.declared.all(docker(kind)).filter((other) => other.text("name") === one);
      if (second === undefined) return [];
      return [
        {
          claim: `${name} loses ${kind.toLowerCase()} ${one}`,
          steps: [
            { text: `somebody runs pulumi destroy on stack ${stackOf(second)}`, at: at(second) },
            { text: `stack ${stackOf(second)} declares ${kind.toLowerCase()} ${one} too`, at: at(second, "name") },
          ],
          fix: "Give each tier names of its own.",
        },
      ];
    }),
  );
}
