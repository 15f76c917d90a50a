/** GitHub Apps: those that exist at every GitHub, those that the world has registered, their installations and their bots. */
import type { Permissions } from "../../core/permissions.ts";
import { type AccountRecord, accounts } from "../../core/records.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";

export interface AppRecord {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly permissions: Permissions;
  /** Login of the account that registered it. */
  readonly owner: string;
  readonly createdAt: string;
}

/** Kind `app`, owner 0, key slug. */
export interface RegisteredApp extends Omit<AppRecord, "id"> {
  /** PEM of the key whose private half signs the app's JSON web tokens. */
  readonly publicKey: string;
}

/** Kind `installation`, owner the app's id, key the login of the account. */
export interface InstallationRecord {
  readonly accountId: number;
  readonly permissions: Permissions;
  /** Names of the account's repositories; all of them for null. */
  readonly repositories: readonly string[] | null;
  readonly createdAt: string;
}

export const registeredApps = (store: Store): Collection<RegisteredApp> => store.collection("app");
export const installations = (store: Store): Collection<InstallationRecord> => store.collection("installation");

/** Apps are older than any local GitHub. */
const EPOCH = "2018-07-30T09:30:17Z";
const own = { permissions: { checks: "write", contents: "read", metadata: "read" }, owner: "github", createdAt: EPOCH } as const;

/** GitHub's own apps. They report checks, and need no installation. */
const BUILT_IN: readonly AppRecord[] = [
  { id: 15368, slug: "github-actions", name: "GitHub Actions", description: "Automate your workflow from idea to production", ...own },
  { id: 29110, slug: "dependabot", name: "Dependabot", description: "Automated dependency updates", ...own },
  {
    id: 57789,
    slug: "github-advanced-security",
    name: "GitHub Advanced Security",
    description: "Code scanning and secret scanning",
    ...own,
  },
  { id: 9426, slug: "github-pages", name: "GitHub Pages", description: "Publishes a repository's pages", ...own },
];

const shown = (app: Stored<RegisteredApp> | undefined): AppRecord | undefined => app && { ...app.value, id: app.id };

export const appById = (store: Store, id: number): AppRecord | undefined =>
  BUILT_IN.find((app) => app.id === id) ?? shown(registeredApps(store).byId(id));
export const appBySlug = (store: Store, slug: string): AppRecord | undefined =>
  BUILT_IN.find((app) => app.slug === slug) ?? shown(registeredApps(store).get(0, slug));

/** Number of the app that Actions reports its checks as. */
export const ACTIONS_APP = 15_368;

/** The account that an app acts as, `SLUG[bot]`; made when it first acts. */
export function botOf(store: Store, { slug, createdAt }: Pick<AppRecord, "slug" | "createdAt">): Stored<AccountRecord> {
  const login = `${slug}[bot]`;
  const known = accounts(store).get(0, login);
  if (known) return known;
  const record = {
    type: "Bot",
    name: null,
    email: null,
    siteAdmin: false,
    plan: "free",
    createdAt,
    updatedAt: createdAt,
    settings: {},
  } as const;
  return accounts(store).insert(0, login, { ...record, login });
}

/** The app that an account is the bot of. */
export function appOfBot(store: Store, account: Stored<AccountRecord> | undefined): AppRecord | undefined {
  return account?.value.type === "Bot" ? appBySlug(store, account.value.login.replace(/\[bot\]$/, "")) : undefined;
}

/** The installation of an app at an account. */
export const installationAt = (store: Store, appId: number, accountId: number): Stored<InstallationRecord> | undefined =>
  installations(store)
    .list(appId)
    .find(({ value }) => value.accountId === accountId);
