/**
 * The server's side of sealed boxes. Every scope has a key pair of its own, derived from one server key that lies in a file of its own
 * beside the repositories, readable by its owner only: the database alone opens nothing.
 */
import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sodium from "libsodium-wrappers";

export interface PublicKey {
  /** Decimal digits, as GitHub's. */
  readonly key_id: string;
  /** 32 bytes in base64. */
  readonly key: string;
}

/** Opens the server key that belongs to a folder of repositories; makes it the first time. */
function serverKey(gitRoot: string): Buffer {
  const file = join(dirname(gitRoot), "secrets.key");
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, randomBytes(32), { mode: 0o600, flag: "wx", flush: true });
  } catch (error) {
    // Another request was first: its key is the server's.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(file);
}

/** @param scope names what the key is for, such as `actions/1042`. */
async function keyPair(gitRoot: string, scope: string): Promise<{ publicKey: Uint8Array; privateKey: Uint8Array; keyId: string }> {
  await sodium.ready;
  const seed = createHmac("sha256", serverKey(gitRoot)).update(`box/${scope}`).digest();
  const pair = sodium.crypto_box_seed_keypair(seed);
  const keyId = createHmac("sha256", "key id").update(pair.publicKey).digest().readBigUInt64BE(0).toString();
  return { publicKey: pair.publicKey, privateKey: pair.privateKey, keyId };
}

export async function publicKeyOf(gitRoot: string, scope: string): Promise<PublicKey> {
  const { publicKey, keyId } = await keyPair(gitRoot, scope);
  return { key_id: keyId, key: Buffer.from(publicKey).toString("base64") };
}

/** What a box holds; undefined when it was not sealed for this scope or is damaged. */
export async function openBox(gitRoot: string, scope: string, sealed: string): Promise<Buffer | undefined> {
  const { publicKey, privateKey } = await keyPair(gitRoot, scope);
  try {
    return Buffer.from(sodium.crypto_box_seal_open(Buffer.from(sealed, "base64"), publicKey, privateKey));
  } catch {
    return undefined;
  }
}

/** Seals a text of our own for a scope, such as a webhook's secret, so that it lies on disk like every other secret. */
export async function sealFor(gitRoot: string, scope: string, text: string): Promise<string> {
  const { publicKey } = await keyPair(gitRoot, scope);
  return Buffer.from(sodium.crypto_box_seal(Buffer.from(text), publicKey)).toString("base64");
}
