/**
 * Pulumi's passphrase encryption (sdk/go/common/resource/config/crypt.go, format v1): PBKDF2-SHA256 with a million rounds, AES-256-GCM.
 * Doing it here takes a third of a second for any number of values; `pulumi config set` takes as long for each.
 */
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

const ROUNDS = 1_000_000;
const KEY_BYTES = 32;
const SALT_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What a salt's second half decrypts to when the passphrase is right. */
const PROOF = "pulumi";

export interface Crypter {
  /** The value of `encryptionsalt` in a stack file. */
  readonly salt: string;
  /** The value of `secure` in a stack file. */
  readonly encrypt: (text: string) => string;
  /** @throws when the text was not encrypted with this passphrase and salt. */
  readonly decrypt: (secure: string) => string;
}

/**
 * @param salt an `encryptionsalt`; a new one is made without it.
 * @throws when the salt belongs to another passphrase.
 */
export async function crypter(passphrase: string, salt?: string): Promise<Crypter> {
  const given = salt === undefined ? undefined : /^v1:([^:]+):(v1:.+)$/s.exec(salt);
  if (given === null) throw new Error(`encryptionsalt is not of the form v1:<salt>:v1:<nonce>:<proof>: ${String(salt)}`);
  const bytes = given?.[1] === undefined ? randomBytes(SALT_BYTES) : Buffer.from(given[1], "base64");
  const key = await promisify(pbkdf2)(passphrase, bytes, ROUNDS, KEY_BYTES, "sha256");
  const encrypt = (text: string): string => {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
  };
  const decrypt = (secure: string): string => {
    const [version, nonce, sealed] = secure.split(":");
    if (version !== "v1" || nonce === undefined || sealed === undefined)
      throw new Error("an encrypted value has the form v1:<nonce>:<text>");
    const content = Buffer.from(sealed, "base64");
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(content.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(content.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
  };
  if (given?.[2] !== undefined) {
    try {
      decrypt(given[2]);
    } catch (error) {
      throw new Error("encryptionsalt belongs to another passphrase", { cause: error });
    }
  }
  return { salt: salt ?? `v1:${bytes.toString("base64")}:${encrypt(PROOF)}`, encrypt, decrypt };
}
