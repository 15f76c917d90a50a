/**
 * A program that runs once at each start: `signing-keys-service.ts KUBECTL KUBECONFIG FOLDER URL`. It makes the key that the local GitHub
 * signs commits with known to Argo CD: in the ConfigMap, as an administrator would, and in the folder that repo-server reads, which is
 * that ConfigMap as a volume in a real installation.
 *
 * Started without a loader, as the supervisor is.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply } from "./kubectl.ts";
import { signingKeys } from "./objects.ts";

const [command = "", kubeconfig = "", folder = "", url = ""] = process.argv.slice(2);
const response = await fetch(url);
const key = await response.text();
if (!response.ok) throw new Error(`GET ${url} answered ${response.status}: ${key.slice(0, 200)}`);
const id = keyId(key);
const file = join(folder, id);
if (!existsSync(file) || readFileSync(file, "utf8") !== key) {
  // Renamed into place: repo-server reads a file as soon as it appears.
  writeFileSync(join(folder, "..", `${id}.new`), key);
  renameSync(join(folder, "..", `${id}.new`), file);
}
// The key of a server whose data was thrown away signs nothing any more.
for (const name of readdirSync(folder)) if (name !== id) rmSync(join(folder, name));
await apply({ command, kubeconfig }, [signingKeys({ [id]: key })]);
console.log(`commits signed with ${id} can be verified`);

/** The last 16 digits of the key's fingerprint, as Argo CD names keys. */
function keyId(armored: string): string {
  const home = mkdtempSync(join(tmpdir(), "gatehouse-gpg-"));
  try {
    const listing = execFileSync("gpg", ["--homedir", home, "--batch", "--with-colons", "--show-keys"], {
      input: armored,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "ignore"],
    });
    const id = /^pub:[^:]*:[^:]*:[^:]*:([0-9A-F]{16}):/m.exec(listing)?.[1];
    if (id === undefined) throw new Error(`What ${url} answered is not a public key of OpenPGP`);
    return id;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
