/** Can a job of an environment ever start? */
import type { Declaration } from "../../policies/rules/declaration.ts";
import { grantsOf } from "../graph/actors.ts";
import { deployRefsOf, reviewersOf } from "../graph/environment.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";
import { assumed, broken, fine, together, type Finding } from "./finding.ts";

/** @throws UnknownValue */
export function judgeEnvironment(world: ProofWorld, of: ProofSystem, environment: Declaration): Finding {
  return together([judgeRefs(world, of, environment), judgeReviewers(world, of, environment)]);
}

function judgeRefs(world: ProofWorld, of: ProofSystem, environment: Declaration): Finding {
  if (deployRefsOf(world, of, environment).length > 0) return fine;
  const name = environment.text("environment") ?? environment.name;
  return broken({
    claim: `no job of environment ${name} can ever start`,
    steps: [
      { text: `it takes branches and tags by policy only, and no policy names one`, at: `${environment.name} deploymentBranchPolicy` },
    ],
    fix: "declare a policy for the branch or the tags that deploy to it",
  });
}

function judgeReviewers(world: ProofWorld, of: ProofSystem, environment: Declaration): Finding {
  const { teams, users } = reviewersOf(environment);
  if (teams.length + users.length === 0) return fine;
  const name = environment.text("environment") ?? environment.name;
  const { owner, visibility } = of.system.repository;
  const grants = grantsOf(world, of);
  const named = teams.map((id) => ({ id, slug: grants.find(({ team }) => team?.id === id)?.team?.slug }));
  const at = `${environment.name} reviewers`;
  const claim = `a job of environment ${name} can wait for its reviewers for ever`;
  const blind = named.find(({ slug }) => slug === undefined);
  if (blind !== undefined && visibility !== "public") {
    const text = `team ${blind.id} is to approve it and may not read ${of.repository}`;
    return broken({ claim, steps: [{ text, at }], fix: "give the team the right to read, or name another" });
  }
  // Whoever started the job may approve it, so one reviewer is enough.
  if (!environment.flag("preventSelfReview")) return fine;
  const people = new Set(users);
  const unseen: string[] = [];
  for (const { id, slug } of named) {
    const members = slug === undefined ? undefined : world.teams.get(`${owner.login}/${slug}`);
    if (members === undefined) unseen.push(`team ${slug ?? id}`);
    for (const login of members ?? []) people.add(login.toLowerCase());
  }
  if (people.size > 1) return fine;
  if (unseen.length > 0) return assumed(`${unseen.join(" and ")}, who may approve environment ${name}, are at least 2 people`);
  const steps = [
    { text: `its only reviewer starts a job of environment ${name}`, at },
    { text: "nobody may approve a job that they have started", at: `${environment.name} preventSelfReview` },
  ];
  return broken({ claim, steps, fix: "name a second reviewer" });
}
