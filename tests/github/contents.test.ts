import { expect } from "chai";
import { failure } from "./failure.ts";
import { startGitHub, type TestGitHub } from "./harness.ts";

describe("local GitHub: contents, refs and branches", () => {
  let github: TestGitHub;
  const repo = { owner: "acme", repo: "files" };
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  before(async () => {
    github = await startGitHub();
    await github.octokit.rest.repos.createInOrg({ org: "acme", name: "files", auto_init: true });
  });
  after(async () => {
    expect(await github.violations()).to.deep.equal([]);
    await github.stop();
  });

  it("writes, reads, changes and deletes a file; each write is a signed commit", async () => {
    const { rest } = github.octokit;
    const path = "deploy/overlays/prod/a file #1.yaml";
    const { data: made, status } = await rest.repos.createOrUpdateFileContents({ ...repo, path, message: "Add", content: base64("one\n") });
    expect(status).to.equal(201);
    expect(made.commit.verification?.verified).to.equal(true);
    const { data: read } = await rest.repos.getContent({ ...repo, path });
    expect(read).to.include({ type: "file", encoding: "base64", path });
    expect((read as { url: string }).url).to.contain("?ref=main");
    const sha = made.content?.sha ?? "";
    const { status: changed } = await rest.repos.createOrUpdateFileContents({
      ...repo,
      path,
      message: "Change",
      content: base64("two\n"),
      sha,
    });
    expect(changed).to.equal(200);
    expect(
      await failure(rest.repos.createOrUpdateFileContents({ ...repo, path, message: "Stale", content: base64("three\n"), sha })),
    ).to.include({ status: 409 });
    expect(
      await failure(rest.repos.createOrUpdateFileContents({ ...repo, path, message: "No sha", content: base64("three\n") })),
    ).to.include({ status: 422 });
    const raw = await rest.repos.getContent({ ...repo, path, mediaType: { format: "raw" } });
    expect(raw.data).to.equal("two\n");
    const { data: now } = await rest.repos.getContent({ ...repo, path });
    await rest.repos.deleteFile({ ...repo, path, message: "Remove", sha: (now as { sha: string }).sha });
    expect(await failure(rest.repos.getContent({ ...repo, path }))).to.include({ status: 404 });
  });

  it("lists the root and a folder", async () => {
    await github.octokit.rest.repos.createOrUpdateFileContents({ ...repo, path: "dir/inner.txt", message: "Inner", content: base64("x") });
    const { data: root } = await github.octokit.rest.repos.getContent({ ...repo, path: "" });
    expect((root as { name: string; type: string }[]).map(({ name, type }) => `${type} ${name}`)).to.include.members([
      "dir dir",
      "file README.md",
    ]);
    const { data: dir } = await github.octokit.rest.repos.getContent({ ...repo, path: "dir" });
    expect((dir as { path: string }[]).map(({ path }) => path)).to.deep.equal(["dir/inner.txt"]);
  });

  it("refuses a path that leaves the repository, content that is no Base64, and a branch that does not exist", async () => {
    const { rest } = github.octokit;
    const write = (path: string, content: string, branch = "main") =>
      rest.repos.createOrUpdateFileContents({ ...repo, path, message: "m", content, branch });
    expect(await failure(write(".git/config", base64("x")))).to.include({ status: 422 });
    expect(await failure(write("ok.txt", "%%%"))).to.include({ status: 422 });
    expect(await failure(write("ok.txt", base64("x"), "absent"))).to.include({ status: 404 });
  });

  it("makes, moves and deletes refs, and refuses what git would", async () => {
    const { git } = github.octokit.rest;
    const { data: main } = await git.getRef({ ...repo, ref: "heads/main" });
    const { data: made } = await git.createRef({ ...repo, ref: "refs/heads/topic/one", sha: main.object.sha });
    expect(made.ref).to.equal("refs/heads/topic/one");
    expect(await failure(git.createRef({ ...repo, ref: "refs/heads/topic/one", sha: main.object.sha }))).to.include({ status: 422 });
    expect((await failure(git.createRef({ ...repo, ref: "refs/heads/x", sha: "0".repeat(39) + "1" }))).message).to.contain(
      "Object does not exist",
    );
    expect(await failure(git.createRef({ ...repo, ref: "heads/x", sha: main.object.sha }))).to.include({ status: 422 });
    const { data: branch } = await github.octokit.rest.repos.getBranch({ ...repo, branch: "topic/one" });
    expect(branch.commit.sha).to.equal(main.object.sha);
    const { data: commits } = await github.octokit.rest.repos.listCommits({ ...repo, per_page: 2 });
    const older = commits[1]?.sha ?? "";
    expect((await failure(git.updateRef({ ...repo, ref: "heads/topic/one", sha: older }))).message).to.contain("not a fast forward");
    await git.updateRef({ ...repo, ref: "heads/topic/one", sha: older, force: true });
    await git.deleteRef({ ...repo, ref: "heads/topic/one" });
    expect(await failure(git.getRef({ ...repo, ref: "heads/topic/one" }))).to.include({ status: 404 });
    expect(await failure(git.deleteRef({ ...repo, ref: "heads/main" }))).to.include({ status: 422 });
  });

  it("makes one commit of many files by the git database", async () => {
    const { git, repos } = github.octokit.rest;
    const { data: ref } = await git.getRef({ ...repo, ref: "heads/main" });
    const { data: tree } = await git.createTree({
      ...repo,
      base_tree: ref.object.sha,
      tree: ["a.txt", "b/c.txt"].map((path) => ({ path, mode: "100644" as const, type: "blob" as const, content: path })),
    });
    const { data: commit } = await git.createCommit({ ...repo, message: "Two files", tree: tree.sha, parents: [ref.object.sha] });
    expect(commit.verification.verified).to.equal(true);
    await git.updateRef({ ...repo, ref: "heads/main", sha: commit.sha });
    const { data: compared } = await repos.compareCommitsWithBasehead({ ...repo, basehead: `${ref.object.sha}...main` });
    expect(compared).to.include({ status: "ahead", ahead_by: 1 });
    expect(compared.files?.map(({ filename, status }) => `${status} ${filename}`)).to.deep.equal(["added a.txt", "added b/c.txt"]);
  });

  it("renames a branch with what hangs on it", async () => {
    await github.octokit.rest.repos.createInOrg({ org: "acme", name: "renamed", auto_init: true });
    const named = { owner: "acme", repo: "renamed" };
    await github.octokit.rest.repos.renameBranch({ ...named, branch: "main", new_name: "trunk" });
    expect((await github.octokit.rest.repos.get(named)).data.default_branch).to.equal("trunk");
    expect((await github.octokit.rest.repos.listBranches(named)).data.map(({ name }) => name)).to.deep.equal(["trunk"]);
  });

  it("holds contents, refs and merges to the rules of the branch", async () => {
    await github.octokit.rest.repos.createInOrg({ org: "acme", name: "ruled", auto_init: true });
    const ruled = { owner: "acme", repo: "ruled" };
    const { data: main } = await github.octokit.rest.git.getRef({ ...ruled, ref: "heads/main" });
    await github.octokit.rest.git.createRef({ ...ruled, ref: "refs/heads/topic", sha: main.object.sha });
    await github.octokit.rest.repos.createRepoRuleset({
      ...ruled,
      name: "all",
      enforcement: "active",
      target: "branch",
      conditions: { ref_name: { include: ["~ALL"], exclude: [] } },
      rules: [{ type: "deletion" }, { type: "required_signatures" }, { type: "update" }],
    });
    const write = github.octokit.rest.repos.createOrUpdateFileContents({ ...ruled, path: "x", message: "m", content: base64("x") });
    const refused = await failure(write);
    expect(refused).to.include({ status: 409 });
    expect(refused.message).to.contain("Repository rule violations found").and.to.contain("Cannot update this protected ref.");
    expect(await failure(github.octokit.rest.git.deleteRef({ ...ruled, ref: "heads/topic" }))).to.include({ status: 422 });
    const { data: after } = await github.octokit.rest.git.getRef({ ...ruled, ref: "heads/main" });
    expect(after.object.sha).to.equal(main.object.sha);
  });
});
