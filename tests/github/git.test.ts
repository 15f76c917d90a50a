import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { startGitHub, type TestGitHub } from "./harness.ts";

const run = promisify(execFile);

describe("local GitHub: git over HTTP", () => {
  let github: TestGitHub;
  let folder: string;
  const git = async (cwd: string, ...args: string[]): Promise<string> => {
    const identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false"];
    const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null" };
    return (await run("git", [...identity, ...args], { cwd, env })).stdout.trim();
  };
  const refusal = (work: Promise<string>): Promise<string> =>
    work.then(
      () => "it succeeded",
      (error: unknown) => (error as { stderr: string }).stderr,
    );

  before(async () => {
    github = await startGitHub();
    folder = mkdtempSync(join(tmpdir(), "gatehouse-git-"));
    await github.octokit.rest.repos.createInOrg({ org: "acme", name: "open", auto_init: true });
    await github.octokit.rest.repos.createInOrg({ org: "acme", name: "closed", visibility: "private", auto_init: true });
  });
  after(async () => {
    expect(await github.violations()).to.deep.equal([]);
    await github.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function clone(name: string, login?: string): Promise<string> {
    const work = join(folder, `${name}-${login ?? "owner"}`);
    await git(folder, "clone", "--quiet", github.remote(`acme/${name}`, login), work);
    return work;
  }

  async function commit(work: string, file: string): Promise<string> {
    writeFileSync(join(work, file), file);
    await git(work, "add", ".");
    await git(work, "commit", "--quiet", "-m", `Add ${file}`);
    return git(work, "rev-parse", "HEAD");
  }

  it("lets everybody clone what is public, and only those who may read what is private", async () => {
    await git(folder, "clone", "--quiet", `${github.url}/acme/open.git`, join(folder, "anonymous"));
    expect(await refusal(git(folder, "clone", "--quiet", `${github.url}/acme/closed.git`, join(folder, "no")))).to.match(
      /could not read Username|Authentication/,
    );
    expect(await refusal(git(folder, "clone", "--quiet", github.remote("acme/closed", "outsider"), join(folder, "no")))).to.contain(
      "not found",
    );
    await clone("closed", "acme-member");
    const wrong = github.remote("acme/closed").replace(github.token, "wrong-token-0000000000");
    expect(await refusal(git(folder, "clone", "--quiet", wrong, join(folder, "no")))).to.contain("Authentication failed");
  });

  it("takes a push from those who may write only, and tells the API of it", async () => {
    const reader = await clone("closed", "platform-1");
    await commit(reader, "reader.txt");
    expect(await refusal(git(reader, "push", "--quiet"))).to.contain("403");
    const work = await clone("closed");
    const sha = await commit(work, "owner.txt");
    await git(work, "push", "--quiet");
    const { data } = await github.octokit.rest.repos.getBranch({ owner: "acme", repo: "closed", branch: "main" });
    expect(data.commit.sha).to.equal(sha);
    expect(data.commit.commit.verification).to.include({ verified: false, reason: "unsigned" });
  });

  it("refuses to delete the default branch, and to force-push and delete where a rule forbids it, but takes the rest", async () => {
    const work = await clone("open");
    await git(work, "push", "--quiet", "origin", "main:refs/heads/kept");
    await github.octokit.rest.repos.createRepoRuleset({
      owner: "acme",
      repo: "open",
      name: "kept",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["refs/heads/kept"], exclude: [] } },
      rules: [{ type: "deletion" }, { type: "non_fast_forward" }, { type: "required_signatures" }],
    });
    expect(await refusal(git(work, "push", "origin", ":main"))).to.contain("refusing to delete");
    expect(await refusal(git(work, "push", "origin", ":kept"))).to.contain("Cannot delete this branch");
    const unsigned = await commit(work, "unsigned.txt");
    expect(await refusal(git(work, "push", "origin", "main:kept")))
      .to.contain("verified signatures")
      .and.to.contain(unsigned);
    await git(work, "commit", "--quiet", "--amend", "-m", "Rewritten");
    await git(work, "push", "--quiet", "origin", "main:free");
    await git(work, "push", "--quiet", "--force", "origin", "main~1:free");
    await git(work, "push", "--quiet", "origin", ":free");
    const { data } = await github.octokit.rest.repos.listBranches({ owner: "acme", repo: "open" });
    expect(data.map(({ name }) => name)).to.deep.equal(["kept", "main"]);
  });

  it("serialises pushes and API writes: none is lost", async () => {
    await github.octokit.rest.repos.createInOrg({ org: "acme", name: "crowded", auto_init: true });
    const work = await clone("crowded");
    const pushes = [0, 1, 2].map((index) => git(work, "push", "--quiet", "origin", `main:refs/heads/push-${index}`));
    const writes = [0, 1, 2].map((index) =>
      github.octokit.rest.repos.createOrUpdateFileContents({
        owner: "acme",
        repo: "crowded",
        path: `api-${index}`,
        message: "m",
        content: "eA==",
      }),
    );
    await Promise.all([...pushes, ...writes]);
    const { data } = await github.octokit.rest.repos.listBranches({ owner: "acme", repo: "crowded" });
    expect(data).to.have.length(4);
    expect((await github.octokit.rest.repos.listCommits({ owner: "acme", repo: "crowded" })).data).to.have.length(4);
  });

  it("removes the git of a repository that is deleted", async () => {
    await github.octokit.rest.repos.createInOrg({ org: "acme", name: "gone", auto_init: true });
    await github.octokit.rest.repos.delete({ owner: "acme", repo: "gone" });
    expect(await refusal(git(folder, "ls-remote", github.remote("acme/gone")))).to.contain("not found");
  });
});
