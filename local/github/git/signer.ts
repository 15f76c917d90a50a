/**
 * The server's own signing key, as GitHub's "web-flow": commits that the API makes are signed with it. It is generated once in the
 * data folder with GnuPG and never leaves it; its public part is served to whoever wants to verify.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { endKeyAgents } from "../../key-agents.ts";
import { shortLink } from "../../short-paths.ts";
import { gitEnvironment } from "./command.ts";

const run = promisify(execFile);

export const WEB_FLOW = { name: "GitHub", email: "noreply@github.com" } as const;

export interface Signer {
  /** Fingerprint of the key, in hexadecimal. */
  readonly fingerprint: string;
  /** The public key, ASCII-armored. */
  readonly publicKey: string;
  /** What a git that signs or verifies needs in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends the gpg-agent that GnuPG started for this key. */
  close(): Promise<void>;
}

/**
 * Opens the key in `folder`, and makes it the first time.
 * @throws Error that names the Debian package when GnuPG is not installed.
 */
export async function openSigner(folder: string): Promise<Signer> {
  const identity = join(folder, "fingerprint");
  const keys = join(folder, "home");
  await mkdir(keys, { recursive: true, mode: 0o700 });
  // GnuPG's agent has its sockets there.
  const home = shortLink(keys);
  const environment = gitEnvironment({ GNUPGHOME: home });
  const gpg = async (...args: string[]): Promise<string> => {
    try {
      return (await run("gpg", ["--batch", "--no-tty", ...args], { env: environment })).stdout;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      throw new Error("gpg is not on PATH: the local GitHub signs commits with it. Install the Debian package gnupg.", { cause: error });
    }
  };
  if (!existsSync(identity)) {
    const user = `${WEB_FLOW.name} (web-flow commit signing) <${WEB_FLOW.email}>`;
    await gpg("--passphrase", "", "--pinentry-mode", "loopback", "--quick-generate-key", user, "ed25519", "sign", "never");
    const [, fingerprint] = /^fpr:+([0-9A-F]+):/m.exec(await gpg("--with-colons", "--list-secret-keys")) ?? [];
    if (!fingerprint) throw new Error(`gpg made a key in ${home} but does not list it.`);
    // The file appears whole and last: a kill before this only makes another key next time.
    await writeFile(`${identity}.new`, fingerprint);
    await rename(`${identity}.new`, identity);
  }
  const fingerprint = await readFile(identity, "utf8");
  return {
    fingerprint,
    publicKey: await gpg("--armor", "--export", fingerprint),
    environment: { GNUPGHOME: home },
    close: () => endKeyAgents([keys]),
  };
}
