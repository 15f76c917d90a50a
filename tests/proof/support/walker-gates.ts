/** Plays every pull request and every deployment of a small world to its end: can it ever be merged, can it ever start? */
import type { ProofWorldInput } from "../../../proof/index.ts";
import { WalkedWorld } from "./walked-world.ts";

interface Proposal {
  /** A login, somebody from outside, or a workflow with its token. */
  readonly author: string;
  readonly path: string;
  readonly head: "here" | "fork";
}

/** Is there a pull request to the branch that nothing can ever merge? */
export function hangsForEver(input: ProofWorldInput, branch: string): boolean {
  const world = new WalkedWorld(input);
  const people = writers(world);
  const files = world.paths.filter((path) => !path.startsWith(".github/"));
  const proposals = files.flatMap((path): Proposal[] => [
    ...people.map((author) => ({ author, path, head: "here" as const })),
    { author: "somebody else", path, head: "fork" },
    ...(world.tokenOpens ? [{ author: "GITHUB_TOKEN", path, head: "here" as const }] : []),
  ]);
  return proposals.some((proposal) => !canMerge(world, branch, proposal, people));
}

function writers(world: WalkedWorld): readonly string[] {
  const logins = world.access.flatMap(({ login, teamName }) => (login === undefined ? (world.members.get(teamName ?? "") ?? []) : [login]));
  return [...new Set([...logins, ...(world.account.isUser ? [world.account.login] : [])])];
}

function canMerge(world: WalkedWorld, branch: string, { author, path, head }: Proposal, people: readonly string[]): boolean {
  const approving = people.filter((login) => login !== author);
  const owners = world.ownersOf(path);
  const [repository] = world.kind("Repository");
  const allowed = { merge: "allowMergeCommit", squash: "allowSquashMerge", rebase: "allowRebaseMerge" };
  let methods = Object.entries(allowed).flatMap(([method, setting]) => (repository?.get(setting) === true ? [method] : []));
  for (const { review, methods: named, checks, linear, signed } of world.rulesOf(branch)) {
    if (named.length > 0) methods = methods.filter((method) => named.includes(method));
    if (linear) methods = methods.filter((method) => method !== "merge");
    if (signed) methods = methods.filter((method) => method !== "rebase");
    if (review !== undefined && approving.length < review.count) return false;
    if (review?.owners === true && owners.length > 0) {
      const able = world.access.filter(({ teamName }) => teamName !== undefined && owners.includes(teamName));
      if (!able.some(({ teamName }) => (world.members.get(teamName ?? "") ?? []).some((login) => login !== author))) return false;
    }
    const starts = author !== "GITHUB_TOKEN" && world.startsOn(branch, path, head);
    if (checks.length > 0 && !starts) return false;
  }
  return methods.length > 0;
}

/** Is there a job of the environment that nobody can ever let start? Members of a team that is not let in are unknown here. */
export function waitsForEver(input: ProofWorldInput): boolean {
  const world = new WalkedWorld(input);
  const [environment] = world.kind("RepositoryEnvironment");
  if (environment?.get("reviewers") === undefined || environment.get("preventSelfReview") !== true) return false;
  const [grant] = world.kind("TeamRepository").filter((each) => each.get("teamId") === "1");
  if (grant === undefined) return false;
  const reviewers = world.members.get("one") ?? [];
  return reviewers.length === 0 || reviewers.some((starter) => reviewers.every((login) => login === starter));
}
