import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { endKeyAgents } from "../../local/key-agents.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { familyServer, newRepository, refusal, type RepositoryName } from "./families/world.ts";

const run = promisify(execFile);
/** The address that ties a commit to the account, as GitHub gives it to everybody. */
const EMAIL = "platform-1@users.noreply.github.com";

describe("local GitHub: commits that people sign", () => {
  const server = familyServer();
  let repository: RepositoryName;
  let folder: string;
  let keys: string;

  before(async () => {
    keys = temporaryFolder("gatehouse-sign-");
    mkdirSync(join(keys, "gpg"), { mode: 0o700 });
    const gpg = ["--batch", "--passphrase", "", "--pinentry-mode", "loopback", "--quick-generate-key", `P <${EMAIL}>`, "ed25519", "sign"];
    await run("gpg", gpg, { env: { ...process.env, GNUPGHOME: join(keys, "gpg") } });
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "p", "-f", join(keys, "ssh")]);
  });
  after(() => endKeyAgents([join(keys, "gpg")]));

  beforeEach(async () => {
    const { octokit, url } = server.github;
    repository = await newRepository(server.github, { auto_init: true });
    await octokit.repos.addCollaborator({ ...repository, username: "platform-1", permission: "push" });
    await octokit.repos.createRepoRuleset({
      ...repository,
      name: "signed",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["~ALL"], exclude: [] } },
      rules: [{ type: "required_signatures" }],
    });
    folder = temporaryFolder("gatehouse-signed-");
    await run("git", ["clone", "-q", `${url}/${repository.owner}/${repository.repo}.git`, folder]);
  });

  /** Pushes a commit that is signed with these settings of git. Answers with its name, or with the refusal. */
  async function push(...settings: readonly string[]): Promise<{ readonly sha: string; readonly refused: string | undefined }> {
    const env = { ...process.env, GNUPGHOME: join(keys, "gpg"), GIT_CONFIG_GLOBAL: "/dev/null" };
    const git = (...args: string[]) =>
      run("git", ["-c", "user.name=P", "-c", `user.email=${EMAIL}`, ...settings.flatMap((one) => ["-c", one]), ...args], {
        cwd: folder,
        env,
      });
    await git("commit", "-q", "--allow-empty", "-m", "x");
    const { stdout } = await git("rev-parse", "HEAD");
    const remote = server.github.remote(`${repository.owner}/${repository.repo}`, "platform-1");
    const refused = await git("push", "-q", remote, "HEAD:main").then(
      () => undefined,
      (error: unknown) => (error as { stderr: string }).stderr,
    );
    return { sha: stdout.trim(), refused };
  }
  const reason = async (ref: string): Promise<string | undefined> =>
    (await server.github.octokit.repos.getCommit({ ...repository, ref })).data.commit.verification?.reason;
  const GPG = ["commit.gpgsign=true", `user.signingkey=${EMAIL}`];
  const ssh = (): string[] => ["commit.gpgsign=true", "gpg.format=ssh", `user.signingkey=${join(keys, "ssh.pub")}`];
  const armored = async (): Promise<string> =>
    (await run("gpg", ["--armor", "--export", EMAIL], { env: { ...process.env, GNUPGHOME: join(keys, "gpg") } })).stdout;

  it("an unsigned commit is refused where the branch wants signatures", async () => {
    const { sha, refused } = await push();
    expect(refused).to.include("Commits must have verified signatures.").and.to.include(sha);
  });

  it("a GPG signature counts once its key is the committer's, and no longer when it is taken away", async () => {
    expect((await push(...GPG)).refused, "of an unknown key").to.include("Commits must have verified signatures.");
    const { users } = server.github.as("platform-1");
    const { data: key } = await users.createGpgKeyForAuthenticatedUser({ armored_public_key: await armored() });
    expect(key.emails.map(({ email }) => email)).to.deep.equal([EMAIL]);
    const { sha, refused } = await push(...GPG);
    expect(refused).to.equal(undefined);
    expect(await reason(sha)).to.equal("valid");
    const listed = await server.github.octokit.users.listGpgKeysForUser({ username: "platform-1" });
    expect(listed.data.map(({ key_id: id }) => id)).to.deep.equal([key.key_id]);
    await users.deleteGpgKeyForAuthenticatedUser({ gpg_key_id: key.id });
    expect((await push(...GPG)).refused).to.include("Commits must have verified signatures.");
  });

  it("an SSH signature counts once its key is the committer's, and somebody else's key does not", async () => {
    expect((await push(...ssh())).refused, "of an unknown key").to.include("Commits must have verified signatures.");
    const key = { title: "laptop", key: readFileSync(join(keys, "ssh.pub"), "utf8") };
    const other = (await server.github.as("platform-2").users.createSshSigningKeyForAuthenticatedUser(key)).data;
    expect((await push(...ssh())).refused, "of another account").to.include("Commits must have verified signatures.");
    await server.github.as("platform-2").users.deleteSshSigningKeyForAuthenticatedUser({ ssh_signing_key_id: other.id });
    const { data } = await server.github.as("platform-1").users.createSshSigningKeyForAuthenticatedUser(key);
    const { sha, refused } = await push(...ssh());
    expect(refused).to.equal(undefined);
    expect(await reason(sha)).to.equal("valid");
    const again = await refusal(server.github.as("platform-2").users.createSshSigningKeyForAuthenticatedUser(key));
    expect(again.errors).to.deep.equal([{ resource: "PublicKey", field: "key", code: "custom", message: "key is already in use" }]);
    await server.github.as("platform-1").users.deleteSshSigningKeyForAuthenticatedUser({ ssh_signing_key_id: data.id });
  });

  it("what is no key is refused", async () => {
    const { users } = server.github.as("platform-1");
    expect((await refusal(users.createGpgKeyForAuthenticatedUser({ armored_public_key: "x" }))).status).to.equal(422);
    expect((await refusal(users.createSshSigningKeyForAuthenticatedUser({ title: "x", key: "ssh-rsa nothing" }))).status).to.equal(422);
  });
});
