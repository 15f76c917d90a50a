/** T1: nothing reaches production past the gates. */
import { dockerTarget } from "../../model/target.ts";
import type { Environment, Tier } from "../../model/system.ts";
import { github } from "../../policies/rules/declaration.ts";
import { isAlone, machinesOf, peopleOf, type Identity } from "../graph/actors.ts";
import { movingContainerImages, movingImages, sourcesOf, type MovingImage, type Source } from "../graph/deployments.ts";
import { environmentOf, waitsForReviewer } from "../graph/environment.ts";
import { hostEdges, strangersPaths } from "../graph/hosts.ts";
import { branchOf, commit, job, Paths, TOKEN } from "../graph/paths.ts";
import { shortestPath, type Edge, type Fact } from "../graph/search.ts";
import type { Counterexample, Judgement, Step, Subject, Theorem } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

const PRODUCTION: Fact = "production";

export const pathTheorem: Theorem = {
  id: "T1",
  title: "Nothing reaches production past the gates",
  why: "A gate that one person, one token or one App can go around alone holds up only those who keep to it.",
  *subjects(world: ProofWorld): Iterable<Subject> {
    for (const of of world.systems) {
      for (const tier of of.system.tiers.filter(({ production }) => production === true)) {
        yield { name: `${of.system.name} ${tier.name}`, judge: () => judgeTier(world, of, tier) };
        for (const environment of of.system.environments.filter((each) => each.tier === tier.name && publishes(each))) {
          yield { name: `${of.system.name} environment ${environment.name}`, judge: () => judgePublishing(world, of, environment) };
        }
      }
    }
  },
};

const publishes = ({ trustedBy = [] }: Environment): boolean => trustedBy.some((by) => by.kind === "pypi" && by.index === undefined);

function judgeTier(world: ProofWorld, of: ProofSystem, tier: Tier): Judgement {
  const claim = `a change that nobody but its author has approved, or that its checks have not passed, runs in ${tier.name}`;
  const into = (who: Identity, paths: Paths): readonly Edge[] => [
    ...sourcesOf(world, tier).flatMap((source) => fromSource(world, of, paths, source, tier)),
    ...of.system.environments
      .filter((each) => each.tier === tier.name && opensCluster(each))
      .flatMap((each) => fromEnvironment(each, tier)),
    ...movingContainerImages(world, tier).map((image) => pushed(image, tier)),
    ...(dockerTarget(tier.target) === undefined ? [] : hostEdges(world, of, tier, who, isAlone(world, of), PRODUCTION)),
  ];
  return judge(world, of, claim, into);
}

function judgePublishing(world: ProofWorld, of: ProofSystem, { name }: Environment): Judgement {
  const claim = `a package that nobody but its author has approved is published by environment ${name}`;
  return judge(world, of, claim, () => [{ from: [job(name)], to: PRODUCTION, steps: [] }]);
}

/** A cloud that trusts the environment's token lets its jobs change what runs there. */
const opensCluster = ({ trustedBy = [] }: Environment): boolean => trustedBy.some(({ kind }) => kind === "azure");

function fromEnvironment({ name }: Environment, tier: Tier): readonly Edge[] {
  const at = `environment ${name} trustedBy`;
  return [{ from: [job(name)], to: PRODUCTION, steps: [{ text: `the job changes ${tier.name} with the cloud's credential`, at }] }];
}

function fromSource(world: ProofWorld, of: ProofSystem, paths: Paths, source: Source, tier: Tier): readonly Edge[] {
  const { application, property, revision, path } = source;
  const at = `${application.name} ${property}`;
  if (source.repository.toLowerCase() !== of.repository.toLowerCase()) {
    const text = `somebody changes ${source.repository}, of which no gate is declared here, and Argo CD deploys it to ${tier.name}`;
    return [{ from: [], to: PRODUCTION, steps: [{ text, at: `${at}.repoURL` }] }];
  }
  const branch = branchOf(world, of, revision);
  const synced = (what: string): Step => ({ text: `Argo CD deploys ${what} to ${tier.name}`, at: `${at}.targetRevision` });
  // Files of another Application alone are deployed elsewhere.
  const elsewhere = otherPaths(world, of, source);
  const relevant = (file: string): boolean => !elsewhere.some((other) => file.startsWith(`${other}/`));
  const images = movingImages(world, of, path).map((image) => pushed(image, tier));
  if (branch === undefined) return images;
  return [...paths.toBranch(branch, relevant), { from: [commit(branch)], to: PRODUCTION, steps: [synced(branch)] }, ...images];
}

function pushed({ image, tag, at }: MovingImage, tier: Tier): Edge {
  const text = `the job pushes an image of its own as ${image}:${tag}, which ${tier.name} follows`;
  return { from: [TOKEN], to: PRODUCTION, steps: [{ text, at }] };
}

function otherPaths(world: ProofWorld, of: ProofSystem, { application, path }: Source): readonly string[] {
  return of.system.tiers
    .flatMap((tier) => sourcesOf(world, tier))
    .filter((other) => other.application !== application && other.path !== path && !`${path}/`.startsWith(`${other.path}/`))
    .map((other) => other.path);
}

function judge(world: ProofWorld, of: ProofSystem, claim: string, into: (who: Identity, paths: Paths) => readonly Edge[]): Judgement {
  const alone = isAlone(world, of);
  const waits = (name: string): boolean => waitsForReviewer(environmentOf(world, of, name));
  const deployed = of.system.tiers.flatMap((tier) => sourcesOf(world, tier)).map(({ path }) => `${path}/`);
  // What Argo CD deploys from is read by no job that holds a credential, but as the data that it is.
  const runs = (file: string): boolean => !deployed.some((path) => file.startsWith(path));
  const found = new Map<string, Counterexample>();
  for (const who of [...peopleOf(world, of), ...machinesOf(world, of, waits)]) {
    const paths = new Paths(world, of, who, alone);
    const environments = world.of(github("RepositoryEnvironment"), of.repository).flatMap((each) => paths.toEnvironment(each, runs));
    const edges = [...into(who, paths), ...paths.ownJobs(), ...environments, ...paths.toApp()];
    add(found, claim, shortestPath(edges, PRODUCTION));
  }
  add(found, claim, shortestPath([...strangersPaths(of, waits), ...into(stranger, new Paths(world, of, stranger, alone))], PRODUCTION));
  return { assumptions: assumptionsOf(world, of, alone), counterexamples: [...found.values()] };
}

const stranger: Identity = { kind: "stranger", text: "a stranger", at: "" };

/** One counterexample for each place that lets somebody through: the shortest, and of the least rights. */
function add(found: Map<string, Counterexample>, claim: string, steps: readonly Step[] | undefined): void {
  if (steps === undefined) return;
  // The first step names the actor; the same hole that another one uses too is no other counterexample.
  const places = steps.map(({ at }) => at).filter((at) => !at.endsWith(" permission") && !at.endsWith(" owner"));
  const key = JSON.stringify(places);
  const before = found.get(key);
  if (before !== undefined && before.steps.length <= steps.length) return;
  found.set(key, { claim, steps, fix: `close one of these: ${closable(places).join(", ")}` });
}

/** That Argo CD deploys is what it is for. */
function closable(places: readonly string[]): readonly string[] {
  const gates = places.filter((at) => !at.endsWith(".targetRevision"));
  return [...new Set(gates.length > 0 ? gates : places)];
}

function assumptionsOf(world: ProofWorld, of: ProofSystem, alone: boolean): readonly string[] {
  const { owner } = of.system.repository;
  const immutable = world.of("gatehouse:registry:ContainerPackage", of.repository).flatMap((each) => {
    const tags = each.texts("immutableTags");
    return tags.length === 0
      ? []
      : [`nobody moves a tag ${tags.join(" or ")} of ${each.text("image") ?? each.name}, as the registry lets them`];
  });
  return [
    "whoever may change the gates themselves, as an administrator or with the credentials of the foundation's stack, changes them by this project only",
    ...(owner.kind === "organization"
      ? [`members of ${owner.login} have no more rights than is declared here, so its base permission is to read`]
      : []),
    "what a job's GITHUB_TOKEN does counts as done by whoever started the job, where GitHub asks for another person than who pushed or started",
    "nobody has a second account",
    ...(alone ? [`${owner.login} starts no workflow against their own gates: nobody else is there who could approve`] : []),
    ...immutable,
  ];
}
