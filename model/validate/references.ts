import { members, type Loose } from "../shape.ts";
import type { Environment, Reviewer } from "../system.ts";
import { argocdTarget, dockerTarget } from "../target.ts";
import { suggest } from "../text.ts";
import type { Judged } from "./report.ts";

/** Names that refer to something else in the same system: tiers, branches, tags, files, teams. */
export function judgeReferences(judged: Judged): void {
  judgeTiers(judged);
  judgeBranches(judged);
  judgeEnvironments(judged);
  judgeBypass(judged);
}

function judgeTiers(judged: Judged): void {
  const { system, files, report } = judged;
  const branches = namesOf(system.branches);
  const last = (system.tiers?.length ?? 0) - 1;
  for (const [index, { name, production, target: declared }] of members(system.tiers)) {
    const path = `tiers[${index}]`;
    const container = dockerTarget(declared);
    const packages = namesOf(system.packages);
    if (container?.package !== undefined && !packages.includes(container.package))
      report(`${path}.target.package`, container.package, "must be one of the system's packages", suggest(container.package, packages));
    const target = argocdTarget(declared);
    if ((production === true) !== (index === last)) {
      const rule = index === last ? "the last tier must be production" : "only the last tier may be production";
      report(
        `${path}.production`,
        production ?? false,
        rule,
        index === last ? `set production: true on ${name ?? "it"}` : "order tiers from first to last",
      );
    }
    if (target?.branch !== undefined && !branches.includes(target.branch)) {
      const rule =
        "must be one of the system's branches: Argo CD cannot restrict which branch an Application follows, so nothing else would";
      report(`${path}.target.branch`, target.branch, rule, suggest(target.branch, branches));
    }
    if (target?.path !== undefined && !hasKustomization(files, target.path)) {
      const overlays = [...files.keys()]
        .filter((file) => /\/kustomization\.ya?ml$/i.test(file))
        .map((file) => file.slice(0, file.lastIndexOf("/")));
      const rule = "must be a folder of the repository with a kustomization.yaml";
      report(`${path}.target.path`, target.path, rule, suggest(target.path, overlays));
    }
  }
}

function hasKustomization(files: ReadonlyMap<string, string>, folder: string): boolean {
  return ["kustomization.yaml", "kustomization.yml", "Kustomization"].some((name) => files.has(`${folder}/${name}`));
}

function judgeBranches(judged: Judged): void {
  const { system, report } = judged;
  const tiers = namesOf(system.tiers);
  const production = [...members(system.tiers)].filter(([, tier]) => tier.production === true).map(([, tier]) => tier.name);
  const defaults = [...members(system.branches)].filter(([, branch]) => branch.default === true);
  if (system.branches !== undefined && defaults.length !== 1) {
    const names = defaults.map(([, branch]) => branch.name);
    report(
      "branches",
      names,
      "exactly one branch must be the default",
      defaults.length === 0 ? "set default: true on one" : "leave it on one",
    );
  }
  for (const [index, branch] of members(system.branches)) {
    const path = `branches[${index}].tier`;
    if (branch.tier === undefined) continue;
    if (!tiers.includes(branch.tier)) report(path, branch.tier, "must be one of the system's tiers", suggest(branch.tier, tiers));
    else if (branch.default === true && !production.includes(branch.tier)) {
      const rule =
        "the default branch belongs to the foundation, so to production or to no tier: its rules decide what every workflow may do";
      report(path, branch.tier, rule, "remove tier, or make another branch the default");
    }
  }
}

function judgeEnvironments(judged: Judged): void {
  const { system, report } = judged;
  const tiers = namesOf(system.tiers);
  const branches = namesOf(system.branches);
  const patterns = [...members(system.tags)].flatMap(([, gate]) => gate.pattern ?? []);
  const teams = Object.keys(system.repository?.teams ?? {});
  for (const [index, environment] of members(system.environments)) {
    const path = `environments[${index}]`;
    const { tier, deployFrom } = environment;
    if (tier !== undefined && !tiers.includes(tier))
      report(`${path}.tier`, tier, "must be one of the system's tiers", suggest(tier, tiers));
    if (deployFrom !== undefined && (deployFrom.branches?.length ?? 0) + (deployFrom.tags?.length ?? 0) === 0) {
      const rule = "must name a branch or a tag: an environment that any branch may use guards nothing";
      report(`${path}.deployFrom`, deployFrom, rule, 'name them, as in { branches: ["main"] }');
    }
    for (const [at, branch] of members(deployFrom?.branches)) {
      if (/[*?[]/.test(branch) || branches.includes(branch)) continue;
      const rule = "must be one of the system's branches, whose gates are known";
      report(`${path}.deployFrom.branches[${at}]`, branch, rule, suggest(branch, branches));
    }
    for (const [at, tag] of members(deployFrom?.tags)) {
      if (patterns.includes(tag)) continue;
      const rule = "must be a pattern of the system's tags: a tag that anyone can move would deploy whatever it is moved to";
      report(`${path}.deployFrom.tags[${at}]`, tag, rule, `${suggest(tag, patterns)} Or add it to tags`);
    }
    judgeApprovedAfter(judged, index, environment);
    for (const [at, reviewer] of members(environment.reviewers)) {
      if (reviewer.kind !== "team" || reviewer.slug === undefined || teams.includes(reviewer.slug)) continue;
      const rule = "a reviewing team must have access to the repository: add it to repository.teams";
      report(`${path}.reviewers[${at}].slug`, reviewer.slug, rule, suggest(reviewer.slug, teams));
    }
  }
}

/** Two approvals by different people need two environments that each ask for one, of different reviewers. */
function judgeApprovedAfter({ system, report }: Judged, index: number, environment: Loose<Environment>): void {
  const after = environment.approvedAfter;
  if (after === undefined) return;
  const path = `environments[${index}].approvedAfter`;
  const others = namesOf(system.environments).filter((name) => name !== environment.name);
  const first = [...members(system.environments)].find(([, { name }]) => name === after && others.includes(after))?.[1];
  if (first === undefined) {
    report(path, after, "must be another of the system's environments", suggest(after, others));
    return;
  }
  if (first.approvedAfter === environment.name) {
    report(path, after, "each waits for the other, so nobody could ever deploy", "remove one of the two");
  }
  const keyOf = (reviewer: Loose<Reviewer>) => Object.values(reviewer).join(" ").toLowerCase();
  const reviewers = (one: Loose<Environment>) => [...members(one.reviewers)].map(([, reviewer]) => keyOf(reviewer));
  for (const one of [first, environment]) {
    const name = one.name ?? "";
    if (reviewers(one).length === 0) report(path, after, `${name} has no reviewers, so nobody approves it`, `add reviewers to ${name}`);
    if (one.selfReview === true) {
      report(
        path,
        after,
        `${name} lets whoever started the run approve it, and nobody else need be asked`,
        `remove selfReview from ${name}`,
      );
    }
    if (one.adminBypass === true) report(path, after, `administrators may skip ${name}`, `remove adminBypass from ${name}`);
  }
  const both = reviewers(first).filter((reviewer) => reviewers(environment).includes(reviewer));
  if (both.length > 0) {
    report(
      path,
      after,
      `both are reviewed by ${both.join(" and ")}: one person could give both approvals`,
      "name other reviewers in one of them",
    );
  }
}

/** GitHub lets only teams that may write bypass a ruleset. */
function judgeBypass(judged: Judged): void {
  const { system, report } = judged;
  const writers = Object.entries(system.repository?.teams ?? {})
    .filter(([, permission]) => permission !== undefined && permission !== "pull" && permission !== "triage")
    .map(([slug]) => slug);
  const lists = [
    ...[...members(system.branches)].map(([index, branch]) => [`branches[${index}].gate.bypass`, branch.gate?.bypass] as const),
    ...[...members(system.tags)].map(([index, gate]) => [`tags[${index}].bypass`, gate.bypass] as const),
  ];
  for (const [path, actors] of lists) {
    for (const [index, actor] of members(actors)) {
      if (actor.kind !== "team" || actor.slug === undefined || writers.includes(actor.slug)) continue;
      const rule = "a team that bypasses must be in repository.teams with push, maintain or admin";
      report(`${path}[${index}].slug`, actor.slug, rule, suggest(actor.slug, writers));
    }
  }
}

function namesOf(loose: readonly ({ readonly name?: string | undefined } | undefined)[] | undefined): string[] {
  return [...members(loose)].flatMap(([, member]) => member.name ?? []);
}
