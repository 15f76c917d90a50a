/** The API server's configuration for Secrets at rest: what is in etcd's files is no Secret that a reader of the disk could use. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Path of the configuration in a folder; made once, with a key of its own, and readable by the user alone. */
export function ensureEncryption(folder: string): string {
  const file = join(folder, "encryption.json");
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const configuration = {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [
      {
        resources: ["secrets"],
        // Written with the first; a cluster that was started before it had a key is read with the second.
        providers: [{ secretbox: { keys: [{ name: "local", secret: randomBytes(32).toString("base64") }] } }, { identity: {} }],
      },
    ],
  };
  writeFileSync(`${file}.new`, `${JSON.stringify(configuration, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return file;
}
