/**
 * Who has to exist at the local GitHub for the declared systems to be governed: the accounts that own the repositories, the teams that
 * the declarations and CODEOWNERS name, and two members for each, so that a review by somebody else is always possible.
 * Logins say their role; nobody is invented.
 */
import type { World } from "../../local/github/world.ts";
import type { System } from "../../model/system.ts";

/** The account that Pulumi and the command use: an owner of every organization. */
export const operator = "gatehouse-operator";
/** The account that Argo CD clones with: it reads, nothing else. */
export const reader = "argocd-reader";

export interface Tokens {
  readonly operator: string;
  readonly reader: string;
}

/** `pro` is a plan of user accounts only. */
type OrganizationPlan = Exclude<System["repository"]["owner"]["plan"], "pro">;

/** `owner/team` references of a CODEOWNERS file. */
export function codeOwnerTeams(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/#.*/, ""))
    .flatMap((line) => [...line.matchAll(/@([\w.-]+\/[\w.-]+)/g)].map((match) => match[1] ?? ""));
}

/** Team slugs that a system names anywhere. */
export function teamsOf(system: System, codeOwners: string): Set<string> {
  const bypass = [...system.branches.map(({ gate }) => gate?.bypass ?? []), ...system.tags.map((tag) => tag.bypass ?? [])].flat();
  return new Set([
    ...Object.keys(system.repository.teams ?? {}),
    ...system.environments.flatMap(({ reviewers = [] }) =>
      reviewers.flatMap((reviewer) => (reviewer.kind === "team" ? [reviewer.slug] : [])),
    ),
    ...bypass.flatMap((actor) => (actor.kind === "team" ? [actor.slug] : [])),
    ...codeOwnerTeams(codeOwners).flatMap((reference) => {
      const [owner, slug] = reference.split("/");
      return owner?.toLowerCase() === system.repository.owner.login.toLowerCase() && slug !== undefined ? [slug] : [];
    }),
  ]);
}

function usersOf(system: System): string[] {
  return [
    ...Object.keys(system.repository.collaborators ?? {}),
    ...system.environments.flatMap(({ reviewers = [] }) =>
      reviewers.flatMap((reviewer) => (reviewer.kind === "user" ? [reviewer.login] : [])),
    ),
  ];
}

/** The world of these systems; `codeOwners` gives the text of a system's CODEOWNERS file, or an empty one. */
export function worldOf(systems: readonly System[], codeOwners: (system: System) => string, tokens: Tokens): World {
  const organizations = new Map<string, { plan: OrganizationPlan; teams: Map<string, string[]> }>();
  const users = new Set([operator, reader]);
  for (const system of systems) {
    const { login, kind, plan } = system.repository.owner;
    for (const user of usersOf(system)) users.add(user);
    if (kind === "user") {
      users.add(login);
      continue;
    }
    const organization = organizations.get(login) ?? { plan: plan === "pro" ? "free" : plan, teams: new Map<string, string[]>() };
    organizations.set(login, organization);
    for (const slug of teamsOf(system, codeOwners(system))) organization.teams.set(slug, [`${slug}-1`, `${slug}-2`]);
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
    users: [...users].map((login) => ({ login })),
    tokens: [
      { token: tokens.operator, login: operator, scopes: ["repo", "workflow", "admin:org", "delete_repo", "read:packages"] },
      { token: tokens.reader, login: reader, scopes: ["repo"] },
    ],
  };
}
