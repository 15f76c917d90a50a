/** Whether a commit's signature is good, by `git verify-commit` and the server's key. Commits never change, so neither do the answers. */
import type { Commit } from "./commit.ts";
import type { GitRepository } from "./repository.ts";

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

export async function verify(repository: GitRepository, commit: Commit): Promise<Verification> {
  const key = `${repository.signer.fingerprint} ${commit.sha}`;
  const found = known.get(key);
  if (found) return found;
  const result = await judge(repository, commit);
  if (known.size >= KNOWN_LIMIT) known.clear();
  known.set(key, result);
  return result;
}

async function judge(repository: GitRepository, commit: Commit): Promise<Verification> {
  const { signature, payload } = commit;
  const answer = (reason: string): Verification => ({
    verified: reason === "valid",
    reason,
    signature,
    payload: signature === null ? null : payload,
    verified_at: reason === "valid" ? commit.committer.date : null,
  });
  if (signature === null) return answer("unsigned");
  if (!signature.includes("BEGIN PGP SIGNATURE")) return answer("unknown_signature_type");
  const { code, stderr } = await repository.run(["verify-commit", "--raw", commit.sha], {
    env: repository.signer.environment,
    accept: [1, 128],
  });
  if (code === 0 && stderr.includes("GOODSIG")) return answer("valid");
  return answer(/NO_PUBKEY|ERRSIG/.test(stderr) ? "unknown_key" : "invalid");
}
