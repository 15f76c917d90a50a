/** Secrets as they are kept: sealed, as they arrived. A value is opened to be judged on arrival, and by `openSecret`; it is never answered. */
import { createHmac } from "node:crypto";
import { ApiError, validationFailed } from "../../core/errors.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";
import { canonicalName, configurationNameFaults, MAX_VALUE_BYTES } from "../variables/names.ts";
import { openBox, publicKeyOf } from "./sealed-box.ts";

/** Which part of GitHub reads the secret. Each has its own names and keys. */
export type SecretApp = "actions" | "dependabot";
export const SECRET_APPS: readonly SecretApp[] = ["actions", "dependabot"];

/** Kind `secret:actions` or `secret:dependabot`, owner the id of the repository, environment or organization, key the name. */
export interface SecretRecord {
  readonly name: string;
  readonly sealed: string;
  /** Of an organization's secret. */
  readonly visibility?: "all" | "private" | "selected";
  readonly selected?: readonly number[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const secrets = (store: Store, app: SecretApp): Collection<SecretRecord> => store.collection(`secret:${app}`);

export const scopeOf = (app: SecretApp, ownerId: number): string => `${app}/${ownerId}`;

/** Secrets that one scope may hold. */
export const SECRET_LIMITS = { repository: 100, environment: 100, organization: 1000 } as const;

/** Removes every secret of a repository, environment or organization. */
export function removeSecretsOf(store: Store, ownerId: number): void {
  for (const app of SECRET_APPS) secrets(store, app).removeOwned(ownerId);
}

export interface NewSecret {
  readonly app: SecretApp;
  readonly ownerId: number;
  readonly scope: keyof typeof SECRET_LIMITS;
  readonly name: string;
  readonly body: { readonly encrypted_value?: string; readonly key_id?: string };
  readonly visibility?: "all" | "private" | "selected";
  readonly selected?: readonly number[];
  readonly now: string;
}

/**
 * Stores a secret whose box opens.
 * @returns whether it is new.
 * @throws ApiError 422 for a bad name, a key that is not the scope's, a box that cannot be opened, a value that is too large, a full scope.
 */
export async function putSecret(store: Store, gitRoot: string, secret: NewSecret): Promise<boolean> {
  const faults = configurationNameFaults(secret.name, "Secret");
  if (faults.length > 0) throw validationFailed(faults);
  const all = secrets(store, secret.app);
  const name = canonicalName(secret.name);
  const before = all.get(secret.ownerId, name);
  const sealed = await judgedBox(gitRoot, secret, before);
  if (!before && all.list(secret.ownerId).length >= SECRET_LIMITS[secret.scope]) {
    throw validationFailed([`The limit of ${SECRET_LIMITS[secret.scope]} secrets for this ${secret.scope} is reached.`]);
  }
  const value: SecretRecord = {
    name,
    sealed,
    ...(secret.visibility && { visibility: secret.visibility, selected: secret.selected ?? before?.value.selected ?? [] }),
    createdAt: before?.value.createdAt ?? secret.now,
    updatedAt: secret.now,
  };
  if (before) all.update(before.id, value);
  else all.insert(secret.ownerId, name, value);
  return before === undefined;
}

async function judgedBox(gitRoot: string, secret: NewSecret, before: Stored<SecretRecord> | undefined): Promise<string> {
  const { encrypted_value: sealed, key_id: keyId } = secret.body;
  if (sealed === undefined) {
    if (before) return before.value.sealed;
    throw validationFailed([{ resource: "Secret", code: "missing_field", field: "encrypted_value" }]);
  }
  const scope = scopeOf(secret.app, secret.ownerId);
  if (keyId !== (await publicKeyOf(gitRoot, scope)).key_id) {
    throw new ApiError(422, "The key_id is not the id of this scope's public key: get the public key again and encrypt with it.");
  }
  const value = await openBox(gitRoot, scope, sealed);
  if (!value)
    throw new ApiError(422, "The encrypted_value cannot be opened: encrypt it as a libsodium sealed box with this scope's public key.");
  if (value.length > MAX_VALUE_BYTES) throw new ApiError(422, `Secret values must be ${MAX_VALUE_BYTES} bytes or less.`);
  return sealed;
}

/** Where a secret lies. */
export interface SecretAddress {
  readonly app: SecretApp;
  readonly ownerId: number;
  readonly name: string;
}

/** The value of a secret, for the runner side of the server and for tests in this process; undefined when there is none. */
export async function openSecret(store: Store, gitRoot: string, { app, ownerId, name }: SecretAddress): Promise<string | undefined> {
  const found = secrets(store, app).get(ownerId, canonicalName(name));
  const value = found && (await openBox(gitRoot, scopeOf(app, ownerId), found.value.sealed));
  return value?.toString("utf8");
}

/**
 * Does the secret that arrived equal the one that the caller means? The caller sends the HMAC-SHA256 of its value under a nonce of its
 * choice, in hexadecimal, so that neither side says the value.
 */
export async function secretMatches(
  store: Store,
  gitRoot: string,
  address: SecretAddress,
  claim: { readonly nonce: string; readonly hmac: string },
): Promise<boolean> {
  const value = await openSecret(store, gitRoot, address);
  return value !== undefined && createHmac("sha256", claim.nonce).update(value).digest("hex") === claim.hmac.toLowerCase();
}
