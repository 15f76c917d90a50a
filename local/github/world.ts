/** The world file: who exists at the local GitHub before anything is declared. It is ensured at every start, and removes nothing. */
import { createHash } from "node:crypto";
import type { Grant } from "./core/grants.ts";
import type { Permissions } from "./core/permissions.ts";
import { type AccountRecord, accounts, memberships, teamMembers, teams } from "./core/records.ts";
import type { Collection, Store } from "./core/store.ts";
import { ensureApp } from "./families/apps/register.ts";

export interface World {
  readonly organizations?: readonly WorldOrganization[];
  readonly users?: readonly WorldUser[];
  readonly tokens?: readonly WorldToken[];
  readonly apps?: readonly WorldApp[];
}

/** A GitHub App that somebody has registered, with the accounts that have installed it. */
export interface WorldApp {
  readonly slug: string;
  /** The slug when absent. */
  readonly name?: string;
  /** Login of the account that registered it. */
  readonly owner: string;
  /** PEM of the key whose private half signs the app's JSON web tokens. */
  readonly publicKey: string;
  /** By the API's names: `{ contents: "write" }`. */
  readonly permissions: Permissions;
  readonly installations?: readonly {
    readonly account: string;
    /** Names of repositories; all of the account's when absent. */
    readonly repositories?: readonly string[];
  }[];
}

export interface WorldOrganization {
  readonly login: string;
  readonly plan?: "free" | "team" | "enterprise";
  /** Organizations' members need not be listed under `users` too. */
  readonly members?: readonly { readonly login: string; readonly role: "admin" | "member" }[];
  readonly teams?: readonly WorldTeam[];
}

export interface WorldTeam {
  readonly slug: string;
  /** The slug when absent. */
  readonly name?: string;
  /** Logins. They become members of the organization too. */
  readonly members?: readonly string[];
}

export interface WorldUser {
  readonly login: string;
  readonly plan?: "free" | "pro";
  readonly siteAdmin?: boolean;
}

export interface WorldToken {
  readonly token: string;
  readonly login: string;
  /** OAuth scopes; `repo`, `workflow`, `admin:org`, `delete_repo` and `admin:repo_hook` when absent. */
  readonly scopes?: readonly string[];
  /** Makes it a fine-grained token: what it may do, instead of scopes. */
  readonly permissions?: Permissions;
  /** The account whose repositories a fine-grained token reaches; its own user when absent. */
  readonly resourceOwner?: string;
  /** Names of repositories that a fine-grained token reaches; all of the resource owner's when absent. */
  readonly repositories?: readonly string[];
}

/** Kind `token`, owner 0, key the SHA-256 of the token: the token itself is not kept. */
export interface TokenRecord {
  readonly login: string;
  readonly scopes: readonly string[];
  /** Absent: the token is its owner's whole self, within its scopes. Repositories are kept by name, since they may come later. */
  readonly grant?: Omit<Grant, "repositoryIds"> & { readonly repositories?: readonly string[] };
  /** ISO time; absent: never. */
  readonly expiresAt?: string;
}

export const tokens = (store: Store): Collection<TokenRecord> => store.collection("token");

/** The key that a token is stored under. */
export const hashToken = (token: string): string => createHash("sha256").update(token).digest("hex");

const DEFAULT_SCOPES = ["repo", "workflow", "admin:org", "delete_repo", "admin:repo_hook"];

/** Makes what the world file names and the store lacks. @throws Error that lists every fault of the file. */
export function ensureWorld(store: Store, world: World, now: string): void {
  const faults = faultsOf(world);
  if (faults.length > 0) throw new Error(`The world file is not valid:\n${faults.map((fault) => `- ${fault}`).join("\n")}`);
  const user = (login: string): number => ensureAccount(store, { login, type: "User", plan: "free", siteAdmin: false, now });
  for (const { login, plan = "free", siteAdmin = false } of world.users ?? []) {
    ensureAccount(store, { login, type: "User", plan, siteAdmin, now });
  }
  for (const organization of world.organizations ?? []) ensureOrganization(store, organization, user, now);
  for (const token of world.tokens ?? []) {
    user(token.login);
    writeToken(store, token.token, tokenRecord(store, token));
  }
  for (const app of world.apps ?? []) ensureApp(store, app, now);
}

/** What a token of the world stands for. @throws Error when its resource owner does not exist */
export function tokenRecord(store: Store, token: Omit<WorldToken, "token">): TokenRecord {
  const { login, scopes = DEFAULT_SCOPES, permissions, resourceOwner = login, repositories } = token;
  if (permissions === undefined) return { login, scopes };
  const owner = accounts(store).get(0, resourceOwner);
  if (!owner) throw new Error(`A token of ${login} names the resource owner "${resourceOwner}", which does not exist.`);
  return { login, scopes: [], grant: { kind: "fine-grained", permissions, accountId: owner.id, ...(repositories && { repositories }) } };
}

/** Keeps a token by its hash. */
export function writeToken(store: Store, token: string, record: TokenRecord): void {
  const key = hashToken(token);
  const known = tokens(store).get(0, key);
  if (known) tokens(store).update(known.id, record);
  else tokens(store).insert(0, key, record);
}

function ensureOrganization(store: Store, organization: WorldOrganization, user: (login: string) => number, now: string): void {
  const { login, plan = "team", members = [], teams: wanted = [] } = organization;
  const id = ensureAccount(store, { login, type: "Organization", plan, siteAdmin: false, now });
  const join = (member: string, role: "admin" | "member"): number => {
    const userId = user(member);
    if (!memberships(store).get(id, member)) memberships(store).insert(id, member, { userId, role });
    return userId;
  };
  for (const member of members) join(member.login, member.role);
  for (const { slug, name = slug, members: people = [] } of wanted) {
    const team =
      teams(store).get(id, slug) ??
      teams(store).insert(id, slug, {
        name,
        slug,
        description: null,
        privacy: "closed",
        notificationSetting: "notifications_enabled",
        permission: "pull",
        parentId: null,
        createdAt: now,
        updatedAt: now,
      });
    for (const person of people) {
      const userId = join(person, "member");
      if (!teamMembers(store).get(team.id, person)) teamMembers(store).insert(team.id, person, { userId, role: "member" });
    }
  }
}

interface NewAccount extends Pick<AccountRecord, "login" | "type" | "plan" | "siteAdmin"> {
  readonly now: string;
}

function ensureAccount(store: Store, { login, type, plan, siteAdmin, now }: NewAccount): number {
  const known = accounts(store).get(0, login);
  if (known) {
    if (known.value.type !== type) throw new Error(`The world file wants "${login}" as ${type}, but it is a ${known.value.type}.`);
    if (known.value.plan !== plan && type === "Organization") accounts(store).update(known.id, { ...known.value, plan });
    return known.id;
  }
  const record = { login, type, name: null, email: null, siteAdmin, plan, createdAt: now, updatedAt: now, settings: {} };
  return accounts(store).insert(0, login, record).id;
}

const LOGIN = /^[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}$/i;

function faultsOf(world: World): string[] {
  const faults: string[] = [];
  const login = (path: string, value: unknown): void => {
    if (typeof value !== "string" || !LOGIN.test(value))
      faults.push(`${path} is ${JSON.stringify(value)}: a login has letters, digits and single hyphens`);
  };
  (world.users ?? []).forEach((user, index) => {
    login(`users[${index}].login`, user.login);
  });
  (world.organizations ?? []).forEach((organization, index) => {
    login(`organizations[${index}].login`, organization.login);
    (organization.members ?? []).forEach((member, at) => {
      login(`organizations[${index}].members[${at}].login`, member.login);
    });
    (organization.teams ?? []).forEach((team, at) => {
      login(`organizations[${index}].teams[${at}].slug`, team.slug.replaceAll(/[_.]/g, "-"));
      (team.members ?? []).forEach((member, place) => {
        login(`organizations[${index}].teams[${at}].members[${place}]`, member);
      });
    });
  });
  (world.tokens ?? []).forEach((token, index) => {
    login(`tokens[${index}].login`, token.login);
    if (typeof token.token !== "string" || token.token.length < 16) faults.push(`tokens[${index}].token is shorter than 16 characters`);
  });
  return faults;
}
