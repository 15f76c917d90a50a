/**
 * Whether a commit's signature is good, by `git verify-commit`: with the server's own key, or with a GPG or SSH key of the account that the
 * committer's address belongs to. Commits never change, so neither do the answers for the same keys.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gitEnvironment } from "./command.ts";
import type { Commit } from "./commit.ts";
import type { GitRepository } from "./repository.ts";

const run = promisify(execFile);

/** Public keys of one account: ASCII-armored, and as `ssh-ed25519 AAAA…`. */
export interface SignerKeys {
  readonly gpg: readonly string[];
  readonly ssh: readonly string[];
}

export interface Verification {
  readonly verified: boolean;
  /** GitHub's words: `valid`, `unsigned`, `invalid`, `unknown_key`, `unknown_signature_type`. */
  readonly reason: string;
  readonly signature: string | null;
  readonly payload: string | null;
  readonly verified_at: string | null;
}

const KNOWN_LIMIT = 20_000;
const known = new Map<string, Verification>();

/** @param keys Of the account that the committer's address belongs to. */
export async function verify(repository: GitRepository, commit: Commit, keys: SignerKeys): Promise<Verification> {
  const ring = keys.gpg.length + keys.ssh.length === 0 ? "" : createHash("sha256").update(JSON.stringify(keys)).digest("hex");
  const key = `${repository.signer.fingerprint} ${ring} ${commit.sha}`;
  const found = known.get(key);
  if (found) return found;
  const result = await judge(repository, commit, keys);
  if (known.size >= KNOWN_LIMIT) known.clear();
  known.set(key, result);
  return result;
}

async function judge(repository: GitRepository, commit: Commit, keys: SignerKeys): Promise<Verification> {
  const { signature, payload } = commit;
  const reason = await reasonOf(repository, commit, keys);
  return {
    verified: reason === "valid",
    reason,
    signature,
    payload: signature === null ? null : payload,
    verified_at: reason === "valid" ? commit.committer.date : null,
  };
}

async function reasonOf(repository: GitRepository, commit: Commit, keys: SignerKeys): Promise<string> {
  const { signature } = commit;
  if (signature === null) return "unsigned";
  if (signature.includes("BEGIN SSH SIGNATURE")) return bySsh(repository, commit, keys.ssh);
  if (!signature.includes("BEGIN PGP SIGNATURE")) return "unknown_signature_type";
  const own = await byGpg(repository, commit, repository.signer.environment);
  return own === "unknown_key" && keys.gpg.length > 0 ? byUsersGpg(repository, commit, keys.gpg) : own;
}

async function byGpg(repository: GitRepository, { sha }: Commit, env: Readonly<Record<string, string>>): Promise<string> {
  const { code, stderr } = await repository.run(["verify-commit", "--raw", sha], { env, accept: [1, 128] });
  if (code === 0 && stderr.includes("GOODSIG")) return "valid";
  return /NO_PUBKEY|ERRSIG/.test(stderr) ? "unknown_key" : "invalid";
}

/** With a key ring that holds the account's keys and nothing else, for this one look. */
function byUsersGpg(repository: GitRepository, commit: Commit, keys: readonly string[]): Promise<string> {
  return inFolder(async (folder) => {
    const file = join(folder, "keys.asc");
    await writeFile(file, keys.join("\n"));
    const env = { GNUPGHOME: folder };
    await run("gpg", ["--batch", "--no-tty", "--quiet", "--import", file], { env: gitEnvironment(env) });
    return byGpg(repository, commit, env);
  });
}

function bySsh(repository: GitRepository, { sha, committer }: Commit, keys: readonly string[]): Promise<string> {
  if (keys.length === 0) return Promise.resolve("unknown_key");
  return inFolder(async (folder) => {
    const file = join(folder, "allowed-signers");
    await writeFile(file, keys.map((key) => `${committer.email} namespaces="git" ${key}\n`).join(""));
    const settings = ["-c", `gpg.ssh.allowedSignersFile=${file}`];
    const { code, stderr } = await repository.run([...settings, "verify-commit", "--raw", sha], { accept: [1, 128] });
    if (code === 0) return "valid";
    return /No principal matched/i.test(stderr) ? "unknown_key" : "invalid";
  });
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-keys-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
