import { codeOwners, codeOwnersFile } from "../../model/code-owners.ts";
import { refuse, type Fault } from "../../model/fault.ts";
import type { Stack } from "../../model/stack.ts";
import type { BypassActor, Environment, Reviewer, System } from "../../model/system.ts";
import type { Actor, Directory } from "../shared/directory.ts";
import type { SystemPlan } from "./plan.ts";
import type { Providers } from "./providers.ts";

/**
 * Looks up every team and user that the foundation is going to name. Done before anything is declared, so that a wrong name, a wrong token
 * or an organization that does not exist is one clear error.
 *
 * @throws FaultsError with everybody who cannot be found, each with the system, the tier and the place that names them.
 */
export async function judgeActors(plans: readonly SystemPlan[], stack: Stack, providers: Providers): Promise<void> {
  if (stack.name !== stack.foundation) return;
  // All at once: each owner has a provider of its own, which takes a moment to start.
  const faults = await Promise.all(plans.map((plan) => judgeActorsOf(plan, providers)));
  refuse("The teams and users that the systems name", faults.flat());
}

async function judgeActorsOf({ system, files }: SystemPlan, providers: Providers): Promise<Fault[]> {
  const actors = actorsOf(system, files);
  if (actors.length === 0) return [];
  const { directory } = providers.github(providers.ownerOf(system));
  const missing = await directory.judge(actors);
  // Who is in a team can only be asked of teams that are there.
  const found = missing.length > 0 ? missing : await judgeSecondApprovals(system, directory);
  return found.map((fault) => ({ ...fault, path: `${system.name}: ${fault.path}` }));
}

/** One person in the teams of both environments could give both approvals, and GitHub would not mind. */
async function judgeSecondApprovals(system: System, directory: Pick<Directory, "members">): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const environment of system.environments) {
    const first = system.environments.find(({ name }) => name === environment.approvedAfter);
    if (first === undefined) continue;
    const [one, two] = await Promise.all([first, environment].map((each) => peopleOf(each, directory)));
    const both = [...(one ?? new Map<string, string>())].filter(([login]) => two?.has(login) === true);
    for (const [login, through] of both) {
      faults.push({
        path: `tier ${environment.tier}, environment ${environment.name}, approvedAfter ${first.name}`,
        value: login,
        rule: `may approve both (${first.name} by ${through}, ${environment.name} by ${two?.get(login) ?? ""}), so one person would be enough`,
        fix: "take the person out of one of the teams, or name other reviewers",
      });
    }
  }
  return faults;
}

/** Who may approve: login in lower case → through which team, or as themselves. */
async function peopleOf({ reviewers = [] }: Environment, directory: Pick<Directory, "members">): Promise<Map<string, string>> {
  const people = new Map<string, string>();
  for (const reviewer of reviewers) {
    if (reviewer.kind === "user") people.set(reviewer.login.toLowerCase(), "name");
    else for (const login of await directory.members(reviewer.slug)) people.set(login, `team ${reviewer.slug}`);
  }
  return people;
}

/** Teams and users that a system names, and those of the CODEOWNERS file that its repository carries. */
export function actorsOf(system: System, files: ReadonlyMap<string, string>): readonly Actor[] {
  const actors: Actor[] = [];
  const name = (actor: BypassActor | Reviewer, place: string) => {
    if (actor.kind === "team") actors.push({ kind: "team", name: actor.slug, place });
    else if (actor.kind === "user") actors.push({ kind: "user", name: actor.login, place });
  };
  for (const branch of system.branches) {
    const place = `${branch.tier === undefined ? "" : `tier ${branch.tier}, `}bypass of branch ${branch.name}`;
    for (const actor of branch.gate?.bypass ?? []) name(actor, place);
  }
  for (const environment of system.environments) {
    for (const reviewer of environment.reviewers ?? [])
      name(reviewer, `tier ${environment.tier}, reviewer of environment ${environment.name}`);
  }
  for (const tag of system.tags) for (const actor of tag.bypass ?? []) name(actor, `bypass of tags ${tag.pattern}`);
  for (const slug of Object.keys(system.repository.teams ?? {})) actors.push({ kind: "team", name: slug, place: "repository.teams" });
  for (const login of Object.keys(system.repository.collaborators ?? {})) {
    actors.push({ kind: "user", name: login, place: "repository.collaborators" });
  }
  return [...actors, ...codeOwnersOf(system, files)];
}

/** A line of CODEOWNERS whose team or user does not exist protects nothing, and GitHub says so nowhere but in the file's own page. */
function codeOwnersOf(system: System, files: ReadonlyMap<string, string>): Actor[] {
  const file = codeOwnersFile(files);
  return codeOwners(file?.text ?? "").map(({ name, line }): Actor => {
    const place = `${file?.path ?? ""}:${line}`;
    const [owner, slug] = name.split("/");
    if (slug === undefined) return { kind: "user", name, place };
    // Its own organization may be another one where the stack puts an owner in the place of the declared one.
    const own = owner?.toLowerCase() === system.repository.owner.login.toLowerCase();
    return { kind: "team", name: own ? slug : name, place };
  });
}
