/** Are enough people left to approve when the author is taken out? */
import type { Guard } from "../../policies/rules/branch-guards.ts";
import { ownerLines, type OwnerLine } from "../../model/code-owners.ts";
import { grantsOf, mayWrite, type Grant } from "../graph/actors.ts";
import { reviewProperty } from "../graph/gate.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";
import { assumed, broken, fine, together, type Finding } from "./finding.ts";

/** @throws UnknownValue */
export function judgeApprovals(world: ProofWorld, of: ProofSystem, branch: string, guards: readonly Guard[]): Finding {
  const asking = guards.filter((guard) => guard.requiresPullRequest());
  const strictest = asking.reduce<Guard | undefined>(
    (most, guard) => (most === undefined || guard.approvals() > most.approvals() ? guard : most),
    undefined,
  );
  if (strictest === undefined) return fine;
  const grants = grantsOf(world, of).filter(({ permission }) => mayWrite(permission));
  const findings = [judgeCount(world, of, branch, strictest, grants)];
  const owners = asking.find((guard) => guard.requiresCodeOwners());
  if (owners !== undefined) findings.push(...ownerLines(of.files).map((line) => judgeOwners(world, of, branch, owners, line, grants)));
  return together(findings);
}

function judgeCount(world: ProofWorld, of: ProofSystem, branch: string, guard: Guard, grants: readonly Grant[]): Finding {
  const wanted = guard.approvals();
  if (wanted === 0) return fine;
  const { owner } = of.system.repository;
  const at = reviewProperty(guard, "requiredApprovingReviewCount", "requiredApprovingReviewCount");
  const people = new Set(grants.flatMap(({ login }) => (login === undefined ? [] : [login.toLowerCase()])));
  if (owner.kind === "user") people.add(owner.login.toLowerCase());
  const teams = grants.flatMap(({ team }) => (team === undefined ? [] : [team.slug]));
  const unseen = teams.filter((slug) => !addMembers(world, owner.login, slug, people));
  if (people.size > wanted) return fine;
  if (unseen.length > 0) {
    return assumed(
      `${listed(unseen.map((slug) => `team ${slug}`))} and who else may push to ${of.repository} are at least ${wanted + 1} people`,
    );
  }
  const text = `${approvers(people.size)} may push to ${of.repository}, and the author is one of them, but ${branch} asks for ${wanted} approval${plural(wanted)}`;
  return broken({
    claim: `a pull request to ${branch} can never be merged`,
    steps: [
      { text: `somebody who may push opens a pull request to ${branch}`, at },
      { text, at },
    ],
    fix: "let more people or a team push to the repository, or ask for fewer approvals",
  });
}

const approvers = (count: number): string => (count === 0 ? "nobody" : count === 1 ? "one person" : `${count} people`);
const plural = (count: number): string => (count === 1 ? "" : "s");
const listed = (names: readonly string[]): string =>
  names.length === 1 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;

/** False where nobody has looked the members up. */
function addMembers(world: ProofWorld, organization: string, slug: string, people: Set<string>): boolean {
  const members = world.teams.get(`${organization}/${slug}`);
  for (const login of members ?? []) people.add(login.toLowerCase());
  return members !== undefined;
}

/** A line of CODEOWNERS: who it names may write, and one of them is left when the author is another. */
function judgeOwners(world: ProofWorld, of: ProofSystem, branch: string, guard: Guard, line: OwnerLine, grants: readonly Grant[]): Finding {
  if (line.owners.length === 0) return fine;
  const { owner } = of.system.repository;
  const at = reviewProperty(guard, "requireCodeOwnerReview", "requireCodeOwnerReviews");
  const people = new Set<string>();
  const unseen: string[] = [];
  const strangers: string[] = [];
  for (const name of line.owners) {
    // An e-mail address: whose it is, is known at GitHub only.
    if (name.includes("@")) unseen.push(name);
    else if (name.includes("/")) {
      const slug = name.slice(name.indexOf("/") + 1);
      if (!grants.some(({ team }) => team?.slug.toLowerCase() === slug.toLowerCase())) strangers.push(name);
      else if (!addMembers(world, owner.login, slug, people)) unseen.push(`team ${slug}`);
    } else if (
      name.toLowerCase() === owner.login.toLowerCase() ||
      grants.some(({ login }) => login?.toLowerCase() === name.toLowerCase())
    ) {
      people.add(name.toLowerCase());
    } else strangers.push(name);
  }
  const claim = `a pull request to ${branch} that changes ${line.pattern} can never be merged`;
  const opened = { text: `somebody opens a pull request to ${branch} that changes ${line.pattern}, which needs an owner's approval`, at };
  const [stranger] = strangers;
  if (stranger !== undefined) {
    const step = { text: `${stranger} is its owner and may not write to ${of.repository}, so an approval does not count`, at: line.at };
    return broken({ claim, steps: [opened, step], fix: `give ${stranger} the right to write, or name another owner` });
  }
  if (people.size > 1) return fine;
  if (unseen.length > 0) return assumed(`${listed(unseen)}, who together own files of ${of.repository}, are at least 2 people`);
  const step = { text: `its only owner ${[...people].join("")} opens it, and nobody approves a pull request of their own`, at: line.at };
  return broken({ claim, steps: [opened, step], fix: "name a second owner" });
}
