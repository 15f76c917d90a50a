/** Keys that users sign commits with, as they are stored. */
import { accountOfAddress } from "../../core/people.ts";
import type { Collection, Store } from "../../core/store.ts";
import type { SignerKeys } from "../../git/verification.ts";

/** Kind `signing-key`, owner the user's id, key the kind and the key itself. */
export interface SigningKeyRecord {
  readonly kind: "gpg" | "ssh";
  /** ASCII-armored GPG key, or an SSH key as `ssh-ed25519 AAAA…`. */
  readonly publicKey: string;
  /** The `name` of a GPG key, the `title` of an SSH key. */
  readonly title: string;
  /** What GnuPG tells of its key. */
  readonly gpg?: GpgFacts;
  readonly createdAt: string;
}

export interface GpgFacts {
  /** Sixteen hexadecimal digits. */
  readonly keyId: string;
  readonly emails: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
}

export const signingKeys = (store: Store): Collection<SigningKeyRecord> => store.collection("signing-key");

/** The keys of the account whose address a commit carries: GitHub trusts no others for it. */
export function keysOf(store: Store, email: string): SignerKeys {
  const account = accountOfAddress(store, email);
  const keys = account ? signingKeys(store).list(account.id) : [];
  const ofKind = (kind: SigningKeyRecord["kind"]): string[] => keys.flatMap(({ value }) => (value.kind === kind ? [value.publicKey] : []));
  return { gpg: ofKind("gpg"), ssh: ofKind("ssh") };
}
