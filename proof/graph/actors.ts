/** Who acts: people by what they may do, and what acts without anybody. */
import { github, type Declaration } from "../../policies/rules/declaration.ts";
import { effectivePermissions, type TokenPermissions } from "./tokens.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

/** Roles of a repository that may push, the least first, with the numbers that rulesets give them. https://docs.github.com/rest/repos/rules */
const writingRoles = ["push", "maintain", "admin"] as const;
export type WritingRole = (typeof writingRoles)[number];
const roleNumbers: Readonly<Record<number, WritingRole>> = { 2: "maintain", 4: "push", 5: "admin" };

/** Somebody or something that GitHub tells apart when it asks who pushes, approves and merges. */
export interface Identity {
  readonly kind: "person" | "token" | "app" | "deployKey" | "stranger";
  /** A sentence's subject. @example "a member of team maintainers" */
  readonly text: string;
  /** What gives the rights. */
  readonly at: string;
  /** Of a person. */
  readonly role?: WritingRole;
  readonly isOrganizationOwner?: boolean;
  /** Numbers or slugs of a person's teams, as resources name them; `all`: of every team. */
  readonly teams?: readonly string[] | "all";
  /** Names that CODEOWNERS may give a person: `organization/slug` or a login; `all`: any. */
  readonly owns?: readonly string[] | "all";
  /** Number of an app; `any` where nobody can see which it is. */
  readonly app?: string;
  /** Of a job's `GITHUB_TOKEN` or of an app. */
  readonly permissions?: TokenPermissions;
}

/** A team or a person that a repository lets in. */
export interface Grant {
  readonly declaration: Declaration;
  readonly permission: string;
  readonly team?: { readonly id: string; readonly slug: string };
  readonly login?: string;
}

const rank = (role: string): number => writingRoles.indexOf(role as WritingRole);
export const mayWrite = (permission: string): boolean => rank(roleOf(permission)) >= 0;

/** GitHub calls the same roles otherwise in its newer interfaces. */
function roleOf(permission: string): string {
  return permission === "write" ? "push" : permission === "read" ? "pull" : permission;
}

/** Everybody that a repository lets in, with what they may do. @throws UnknownValue */
export function grantsOf(world: ProofWorld, { system, repository }: ProofSystem): readonly Grant[] {
  const grants: Grant[] = [];
  const team = (declaration: Declaration, id: unknown, permission: unknown): void => {
    if (typeof id !== "string" && typeof id !== "number") return;
    // The number says nothing to a reader; the resource is called after the team.
    const slug = Object.keys(system.repository.teams ?? {}).find((name) => declaration.name.endsWith(`-${name}`)) ?? String(id);
    grants.push({ declaration, permission: roleOf(asText(permission) ?? "pull"), team: { id: String(id), slug } });
  };
  const person = (declaration: Declaration, login: unknown, permission: unknown): void => {
    if (typeof login === "string") grants.push({ declaration, permission: roleOf(asText(permission) ?? "push"), login });
  };
  for (const one of world.of(github("TeamRepository"), repository)) team(one, one.get("teamId"), one.get("permission"));
  for (const one of world.of(github("RepositoryCollaborator"), repository)) person(one, one.get("username"), one.get("permission"));
  for (const all of world.of(github("RepositoryCollaborators"), repository)) {
    for (const one of all.list("teams")) team(all, member(one, "teamId"), member(one, "permission"));
    for (const one of all.list("users")) person(all, member(one, "username"), member(one, "permission"));
  }
  return grants;
}

const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const member = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;

/**
 * One person for each right that there is, the least first: of each team, each collaborator, one who is in every team, and an owner of the
 * organization or account. Nobody who may only read is here: what they propose somebody else merges.
 */
export function peopleOf(world: ProofWorld, of: ProofSystem): readonly Identity[] {
  const { owner } = of.system.repository;
  const grants = grantsOf(world, of).filter(({ permission }) => mayWrite(permission));
  const people: Identity[] = grants.map(({ declaration, permission, team, login }) => ({
    kind: "person",
    text: team === undefined ? (login ?? "") : `a member of team ${team.slug}`,
    at: `${declaration.name} permission`,
    role: permission as WritingRole,
    teams: team === undefined ? [] : [team.id, team.slug],
    owns: team === undefined ? [login ?? ""] : [`${owner.login}/${team.slug}`],
  }));
  const below = grants.filter(({ team, permission }) => team !== undefined && permission !== "admin");
  if (below.length > 1) {
    const role = writingRoles[Math.max(...below.map(({ permission }) => rank(permission)))] ?? "push";
    const at = `${below[0]?.declaration.name ?? ""} permission`;
    people.push({ kind: "person", text: "somebody who is in several teams", at, role, teams: "all", owns: "all" });
  }
  const at = `${of.repository} owner`;
  people.push({
    kind: "person",
    text: owner.kind === "organization" ? `an owner of organization ${owner.login}` : owner.login,
    at,
    role: "admin",
    isOrganizationOwner: owner.kind === "organization",
    teams: "all",
    owns: "all",
  });
  return people.sort((left, right) => rank(left.role ?? "") - rank(right.role ?? ""));
}

/** Is the account's owner the only one who may push? Then nobody else can approve anything. @throws UnknownValue */
export function isAlone(world: ProofWorld, of: ProofSystem): boolean {
  return of.system.repository.owner.kind === "user" && !grantsOf(world, of).some(({ permission }) => mayWrite(permission));
}

/** What acts without a person: tokens of jobs that wait for nobody, apps that rulesets name, deploy keys that write. @throws UnknownValue */
export function machinesOf(world: ProofWorld, of: ProofSystem, waits: (environment: string) => boolean): readonly Identity[] {
  const machines: Identity[] = [];
  for (const workflow of of.workflows) {
    for (const job of workflow.jobs) {
      if (job.environment !== undefined && waits(job.environment.name)) continue;
      const { permissions, line } = effectivePermissions(world, of, workflow, job);
      if (permissions.contents !== "write" && permissions.packages !== "write") continue;
      const text = `the job ${job.id} of ${workflow.file.slice(workflow.file.lastIndexOf("/") + 1)}`;
      machines.push({ kind: "token", text, at: `${workflow.file}:${line}`, permissions });
    }
  }
  for (const key of world.of(github("RepositoryDeployKey"), of.repository)) {
    // GitHub's own default is to read.
    if (key.get("readOnly") === false) machines.push({ kind: "deployKey", text: `deploy key ${key.name}`, at: `${key.name} readOnly` });
  }
  const apps = new Set<string>();
  for (const ruleset of [...world.declared.all(github("RepositoryRuleset")), ...world.declared.all(github("OrganizationRuleset"))]) {
    for (const [index, actor] of ruleset.list("bypassActors").entries()) {
      const { actorType, actorId } = actor as Record<string, unknown>;
      if (actorType !== "Integration" || String(actorId) === ACTIONS || apps.has(String(actorId))) continue;
      apps.add(String(actorId));
      const at = `${ruleset.name} bypassActors.${index}`;
      machines.push({ kind: "app", text: `App ${String(actorId)}`, at, app: String(actorId), permissions: writer });
    }
  }
  return machines;
}

/** GitHub Actions is an app too, and `GITHUB_TOKEN` acts for it. */
const ACTIONS = "15368";

const writer: TokenPermissions = { contents: "write", pullRequests: "write", packages: "none" };

/** How a ruleset lets somebody around it: `always`, only by a pull request, or not at all. */
export function bypassOf(
  ruleset: Declaration,
  who: Identity,
): { readonly mode: "always" | "pull_request"; readonly at: string } | undefined {
  for (const [index, actor] of ruleset.list("bypassActors").entries()) {
    const { actorType, actorId, bypassMode } = actor as Record<string, unknown>;
    if (!isActor(String(actorType), String(actorId), who)) continue;
    return { mode: bypassMode === "pull_request" ? "pull_request" : "always", at: `${ruleset.name} bypassActors.${index}` };
  }
  return undefined;
}

function isActor(type: string, id: string, who: Identity): boolean {
  switch (type) {
    case "Team":
      return who.kind === "person" && (who.teams === "all" || (who.teams ?? []).includes(id));
    case "RepositoryRole": {
      // A role of the organization's own may be given to anybody who pushes.
      const least = roleNumbers[Number(id)] ?? "push";
      return who.kind === "person" && rank(who.role ?? "") >= rank(least);
    }
    case "OrganizationAdmin":
      return who.isOrganizationOwner === true;
    case "Integration":
      return who.kind === "app" ? id !== ACTIONS && (who.app === id || who.app === "any") : who.kind === "token" && id === ACTIONS;
    case "DeployKey":
      return who.kind === "deployKey";
    default:
      return false;
  }
}
