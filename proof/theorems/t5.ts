/** T5: each AppProject allows exactly what its Application needs. */
import { kubernetes, UnknownValue, type Declaration } from "../../policies/rules/declaration.ts";
import { applicationOf, argoproj, at, gitOpsTiersOf, projectOf, undeclared, type GitOpsTier } from "../deployments.ts";
import { globMatches } from "../glob.ts";
import { readOverlay, type Overlay, type RenderedObject } from "../overlay/read.ts";
import { isClusterScoped } from "../overlay/scope.ts";
import type { Counterexample, Judgement, Step, Theorem } from "../theorem.ts";
import type { ProofWorld } from "../world.ts";

export const projectTheorem: Theorem = {
  id: "T5",
  title: "Each AppProject allows exactly what its Application needs",
  why: "What is allowed and not needed is a way from a repository to the cluster; what is needed and not allowed stops the next sync.",
  *subjects(world) {
    for (const tier of gitOpsTiersOf(world)) yield { name: tier.name, judge: () => judge(world, tier) };
  },
};

/** An Application, and the AppProject that it is in. */
interface Pair {
  readonly tier: GitOpsTier;
  readonly application: Declaration;
  readonly project: Declaration;
  readonly overlay: Overlay;
}

function judge(world: ProofWorld, tier: GitOpsTier): Judgement {
  const application = applicationOf(world, tier);
  if (application === undefined) return undeclared(tier);
  const project = projectOf(world, application);
  if (project === undefined) return { counterexamples: [noProject(application)] };
  const overlay = readOverlay(tier.system.files, application.text("spec.source.path") ?? "");
  const [opaque] = overlay.opaque;
  if (opaque !== undefined) throw new UnknownValue(`what ${opaque.text} renders (${opaque.file}:${opaque.line})`);
  const pair: Pair = { tier, application, project, overlay };
  const wanted = signaturesOf(pair);
  return {
    assumptions: wanted.assumptions,
    counterexamples: [...sources(pair), ...destinations(pair), ...kinds(pair), ...others(world, pair), ...wanted.counterexamples],
  };
}

function noProject(application: Declaration): Counterexample {
  const name = application.text("spec.project") ?? "default";
  return {
    claim: `what ${application.text("metadata.name") ?? ""} may deploy is decided by project ${name}, which no stack declares`,
    steps: [{ text: `the Application is in project ${name}`, at: at(application, "spec.project") }],
    fix: "Declare an AppProject for it, and name that.",
  };
}

function sources({ tier, application, project }: Pair): Counterexample[] {
  const needed = application.text("spec.source.repoURL") ?? "";
  const allowed = project.texts("spec.sourceRepos");
  const more = [...allowed.entries()].filter(([, source]) => source !== needed && !source.startsWith("!"));
  return [
    ...more.map(([index, source]): Counterexample => ({
      claim: `what somebody else's repository holds may be deployed to ${tier.name}`,
      steps: [
        { text: `the project takes ${source}, and its Application needs ${needed} only`, at: at(project, `spec.sourceRepos.${index}`) },
      ],
      fix: "Name the Application's repository and no other.",
    })),
    ...(allowed.some((source) => globMatches(source, needed))
      ? []
      : [stopped(tier, `does not take ${needed}`, project, "spec.sourceRepos")]),
  ];
}

const stopped = (tier: GitOpsTier, what: string, project: Declaration, property: string, before: readonly Step[] = []): Counterexample => ({
  claim: `the next sync of ${tier.name} is refused`,
  steps: [...before, { text: `the project ${what}`, at: at(project, property) }],
  fix: "Add it to the project, or take it out of the Application.",
});

function destinations({ tier, application, project, overlay }: Pair): Counterexample[] {
  const own = readPlace(application.get("spec.destination"));
  const property = "spec.destinations";
  const allowed = project.list(property).map(readPlace);
  const argocd = application.text("metadata.namespace");
  const more = [...allowed.entries()].filter(([, place]) => !place.denies && !isSame(place, own));
  const elsewhere = overlay.objects.find(({ namespace }) => namespace !== undefined && namespace !== own.namespace);
  return [
    ...more.map(([index, place]): Counterexample => ({
      claim: `a merge to the repository of ${tier.name} changes what runs somewhere else`,
      steps: [
        {
          text: `the project deploys to ${words(place)}, and its Application needs ${words(own)} only`,
          at: at(project, `${property}.${index}`),
        },
      ],
      fix: "Name the Application's own cluster and namespace and no other.",
    })),
    ...(allowed.some((place) => isSame(place, own)) ? [] : [stopped(tier, `does not deploy to ${words(own)}`, project, property)]),
    ...(own.namespace === argocd
      ? [
          {
            claim: `whoever may merge to the repository of ${tier.name} administers Argo CD`,
            steps: [{ text: `it is deployed to ${argocd}, where Argo CD itself runs`, at: at(application, "spec.destination.namespace") }],
            fix: "Deploy it to a namespace of its own.",
          },
        ]
      : []),
    ...(elsewhere === undefined
      ? []
      : [stopped(tier, `does not deploy to namespace ${elsewhere.namespace ?? ""}`, project, property, [rendered(elsewhere)])]),
  ];
}

interface Place {
  readonly cluster: string;
  readonly namespace: string;
  readonly denies: boolean;
}

function readPlace(value: unknown): Place {
  const { server, name, namespace = "" } = (value ?? {}) as Readonly<Record<string, string | undefined>>;
  const cluster = server ?? name ?? "";
  return { cluster, namespace, denies: cluster.startsWith("!") || namespace.startsWith("!") };
}

const isSame = (one: Place, two: Place): boolean => one.cluster === two.cluster && one.namespace === two.namespace;
const words = ({ cluster, namespace }: Place): string => `namespace ${namespace === "" ? "*" : namespace} of ${cluster}`;
const rendered = ({ group, kind, name, file, line }: RenderedObject): Step => ({
  text: `the overlay renders ${group}/${kind} ${name}`,
  at: `${file}:${line}`,
});

function kinds({ tier, project, overlay }: Pair): Counterexample[] {
  return [true, false].flatMap((cluster) => {
    const [white, black] = cluster
      ? ["spec.clusterResourceWhitelist", "spec.clusterResourceBlacklist"]
      : ["spec.namespaceResourceWhitelist", "spec.namespaceResourceBlacklist"];
    const needed = overlay.objects.filter((object) => isClusterScoped(object) === cluster);
    const denied = project.list(black).map(readKind);
    const what = cluster ? "cluster-wide kinds" : "kinds of a namespace";
    if (!cluster && !project.has(white)) {
      const step = { text: `the project allows all ${what} but ${denied.length} that it names`, at: at(project, white) };
      return [more(tier, "any kind", step)];
    }
    const allowed = project.list(white).map(readKind);
    const refused = firstOfEachKind(needed).filter(
      (one) => !allowed.some((kind) => covers(kind, one)) || denied.some((kind) => covers(kind, one)),
    );
    const property = (one: RenderedObject): string => (denied.some((kind) => covers(kind, one)) ? black : white);
    return [
      ...refused.map((one) => stopped(tier, `does not allow ${one.group}/${one.kind}`, project, property(one), [rendered(one)])),
      ...[...allowed.entries()]
        .filter(([, kind]) => !needed.some((one) => kind.group === one.group && kind.kind === one.kind))
        .map(([index, { group, kind }]) => {
          const step = { text: `the project allows ${group}/${kind}, and the overlay renders none`, at: at(project, `${white}.${index}`) };
          return more(tier, `an object of ${group}/${kind}`, step);
        }),
    ];
  });
}

const more = (tier: GitOpsTier, what: string, step: Step): Counterexample => ({
  claim: `a merge to the repository of ${tier.name} brings ${what} into the cluster, which nothing there needs`,
  steps: [step],
  fix: "Allow exactly the kinds that the overlay renders.",
});

interface Kind {
  readonly group: string;
  readonly kind: string;
}

const readKind = (value: unknown): Kind => {
  const { group = "", kind = "" } = value as Readonly<Record<string, string | undefined>>;
  return { group, kind };
};

const covers = (pattern: Kind, one: Kind): boolean => globMatches(pattern.group, one.group) && globMatches(pattern.kind, one.kind);

function firstOfEachKind(objects: readonly RenderedObject[]): RenderedObject[] {
  return [...new Map([...objects].reverse().map((object) => [`${object.group}/${object.kind}`, object])).values()].reverse();
}

/** Nobody else may be in the project: it allows what two need to each of them. */
function others(world: ProofWorld, { tier, application, project }: Pair): Counterexample[] {
  const name = project.text("metadata.name");
  const found: Counterexample[] = world.declared
    .all(kubernetes(argoproj, "Application"))
    .filter((other) => other !== application && other.text("spec.project") === name)
    .map((other) => ({
      claim: `${other.text("metadata.name") ?? ""} may deploy whatever ${tier.name} may`,
      steps: [{ text: `it is in project ${name ?? ""} too`, at: at(other, "spec.project") }],
      fix: "Give each Application a project of its own.",
    }));
  const [namespace] = project.texts("spec.sourceNamespaces");
  if (namespace === undefined) return found;
  return [
    ...found,
    {
      claim: `whoever may write to namespace ${namespace} deploys whatever ${tier.name} may`,
      steps: [{ text: `Applications of namespace ${namespace} may be in the project`, at: at(project, "spec.sourceNamespaces.0") }],
      fix: "Remove `sourceNamespaces`.",
    },
  ];
}

/** Argo CD takes every commit where the project names no key: https://argo-cd.readthedocs.io/en/latest/user-guide/source-integrity/ */
function signaturesOf({ tier, application, project }: Pair): {
  assumptions: readonly string[];
  counterexamples: readonly Counterexample[];
} {
  const { signedCommits } = tier.target;
  if (signedCommits === null) {
    return { assumptions: [`nobody must sign what is deployed to ${tier.name}, by its declaration`], counterexamples: [] };
  }
  if (!(signedCommits ?? tier.tier.production === true)) return { assumptions: [], counterexamples: [] };
  const url = application.text("spec.source.repoURL") ?? "";
  const policies = project.list("spec.sourceIntegrity.git.policies").map(readPolicy);
  const holds = policies.some(({ urls, mode, keys }) => urls.some((one) => globMatches(one, url)) && mode !== "none" && keys > 0);
  if (holds || project.list("spec.signatureKeys").length > 0) return { assumptions: [], counterexamples: [] };
  return {
    assumptions: [],
    counterexamples: [
      {
        claim: `a commit that nobody has signed is deployed to ${tier.name}`,
        steps: [{ text: `no key must have signed what is taken from ${url}`, at: at(project, "spec.sourceIntegrity.git.policies") }],
        fix: "Name the keys that may sign under `sourceIntegrity`, for this repository.",
      },
    ],
  };
}

function readPolicy(value: unknown): { urls: readonly string[]; mode: string; keys: number } {
  const { repos = [], gpg } = value as { repos?: readonly { url?: string }[]; gpg?: { mode?: string; keys?: readonly string[] } };
  return { urls: repos.flatMap(({ url }) => url ?? []), mode: gpg?.mode ?? "none", keys: gpg?.keys?.length ?? 0 };
}
