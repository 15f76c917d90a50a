/**
 * Who has to exist at the local GitHub for the declared systems to be governed: the accounts that own the repositories, the teams that
 * the declarations and CODEOWNERS name, and two members for each, so that a review by somebody else is always possible.
 * Logins say their role; nobody is invented.
 */
import { actorsOf } from "../../components/fleet/actors.ts";
import type { Actor } from "../../components/shared/directory.ts";
import type { World } from "../../local/github/world.ts";
import type { System } from "../../model/system.ts";

/** The account that Pulumi and the command use: an owner of every organization. */
export const operator = "gatehouse-operator";
/** The account that Argo CD clones with: it reads, nothing else. */
export const reader = "argocd-reader";

export interface Tokens {
  readonly operator: string;
  readonly reader: string;
  /** User account that owns a repository → its own token: nobody else administers it. */
  readonly owners: Readonly<Record<string, string>>;
  /** Member of a team → token: whoever tries a gate out needs somebody else to approve. */
  readonly members: Readonly<Record<string, string>>;
}

/** User accounts that own repositories of these systems. */
export function userOwners(systems: readonly System[]): string[] {
  return [...new Set(systems.map(({ repository }) => repository.owner).flatMap(({ kind, login }) => (kind === "user" ? [login] : [])))];
}

/** Everybody that the world has in teams of these systems. */
export function teamMembers(systems: readonly WorldSystem[]): string[] {
  const organizational = systems.filter(({ system }) => system.repository.owner.kind === "organization");
  return [...new Set(organizational.flatMap((system) => [...actorsOfAll(system).teams].flatMap(membersOf)))];
}

/** Two, so that a review by somebody else is always possible. */
const membersOf = (slug: string): string[] => [`${slug}-1`, `${slug}-2`];

const administrator = ["repo", "workflow", "admin:org", "delete_repo", "read:packages"];

/** `pro` is a plan of user accounts only. */
type OrganizationPlan = Exclude<System["repository"]["owner"]["plan"], "pro">;

/** Teams and users that a system names anywhere, those of its own organization by their slug. */
function actorsOfAll({ system, files }: WorldSystem): { readonly teams: Set<string>; readonly users: Set<string> } {
  const actors = actorsOf(system, files);
  const named = (kind: Actor["kind"]) => new Set(actors.filter((actor) => actor.kind === kind).map(({ name }) => name));
  // A team of another organization cannot own code here: the program says so, and nobody makes it.
  return { teams: new Set([...named("team")].filter((name) => !name.includes("/"))), users: named("user") };
}

/** A judged system with the files of its repository. */
export interface WorldSystem {
  readonly system: System;
  readonly files: ReadonlyMap<string, string>;
}

/** The world of these systems. */
export function worldOf(systems: readonly WorldSystem[], tokens: Tokens): World {
  const organizations = new Map<string, { plan: OrganizationPlan; teams: Map<string, string[]> }>();
  const users = new Set([operator, reader]);
  const paying = new Set<string>();
  for (const declared of systems) {
    const { login, kind, plan } = declared.system.repository.owner;
    const named = actorsOfAll(declared);
    for (const user of named.users) users.add(user);
    if (kind === "user") {
      users.add(login);
      if (plan === "pro") paying.add(login);
      continue;
    }
    const organization = organizations.get(login) ?? { plan: plan === "pro" ? "free" : plan, teams: new Map<string, string[]>() };
    organizations.set(login, organization);
    for (const slug of named.teams) organization.teams.set(slug, membersOf(slug));
  }
  for (const { teams } of organizations.values()) for (const members of teams.values()) for (const member of members) users.add(member);
  return {
    organizations: [...organizations].map(([login, { plan, teams }]) => ({
      login,
      plan,
      members: [
        { login: operator, role: "admin" as const },
        { login: reader, role: "member" as const },
        ...[...new Set([...teams.values()].flat())].map((member) => ({ login: member, role: "member" as const })),
      ],
      teams: [...teams].map(([slug, members]) => ({ slug, name: slug, members })),
    })),
    users: [...users].map((login) => ({ login, plan: paying.has(login) ? ("pro" as const) : ("free" as const) })),
    tokens: [
      { token: tokens.operator, login: operator, scopes: administrator },
      ...Object.entries(tokens.owners).map(([login, token]) => ({ token, login, scopes: administrator })),
      ...Object.entries(tokens.members).map(([login, token]) => ({ token, login, scopes: ["repo"] })),
      { token: tokens.reader, login: reader, scopes: ["repo"] },
    ],
  };
}
