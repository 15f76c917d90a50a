import { expect } from "chai";
import { failure } from "./failure.ts";
import { startGitHub, type TestGitHub } from "./harness.ts";

describe("local GitHub: repositories", () => {
  let github: TestGitHub;
  const org = "acme";
  before(async () => {
    github = await startGitHub();
  });
  after(async () => {
    expect(await github.violations()).to.deep.equal([]);
    await github.stop();
  });

  it("makes a repository with GitHub's defaults, and reads it back", async () => {
    const { data: made, status } = await github.octokit.rest.repos.createInOrg({ org, name: "defaults", auto_init: true });
    expect(status).to.equal(201);
    expect(made).to.include({ full_name: "acme/defaults", default_branch: "main", visibility: "public", allow_squash_merge: true });
    const { data } = await github.octokit.rest.repos.get({ owner: org, repo: "defaults" });
    expect(data).to.deep.equal(made);
  });

  it("refuses a name that is taken in any case, and one that cannot be", async () => {
    const taken = await failure(github.octokit.rest.repos.createInOrg({ org, name: "DEFAULTS" }));
    expect(taken).to.include({ status: 422 });
    expect(taken.message).to.contain("name already exists on this account");
    expect(await failure(github.octokit.rest.repos.createInOrg({ org, name: "a/b" }))).to.include({ status: 422 });
    expect(await failure(github.as("outsider").rest.repos.createInOrg({ org, name: "theirs" }))).to.include({ status: 404 });
  });

  it("changes settings, and keeps its time of change when nothing changed", async () => {
    const repo = { owner: org, repo: "defaults" };
    const { data } = await github.octokit.rest.repos.update({ ...repo, has_wiki: false, delete_branch_on_merge: true });
    expect(data).to.include({ has_wiki: false, delete_branch_on_merge: true, has_issues: true });
    const { data: same } = await github.octokit.rest.repos.update({ ...repo, has_wiki: false });
    expect(same.updated_at).to.equal(data.updated_at);
  });

  it("refuses what GitHub refuses: no merge method, a default branch that is not there, the visibility that it has", async () => {
    const repo = { owner: org, repo: "defaults" };
    const { update } = github.octokit.rest.repos;
    const none = { allow_merge_commit: false, allow_squash_merge: false, allow_rebase_merge: false };
    expect((await failure(update({ ...repo, ...none }))).message).to.contain("no_merge_method");
    expect((await failure(update({ ...repo, default_branch: "absent" }))).message).to.contain("absent was not found");
    expect((await failure(update({ ...repo, visibility: "public" }))).message).to.contain("Visibility is already public.");
  });

  it("is read-only once archived, until it is unarchived", async () => {
    await github.octokit.rest.repos.createInOrg({ org, name: "archived", auto_init: true });
    const repo = { owner: org, repo: "archived" };
    await github.octokit.rest.repos.update({ ...repo, archived: true });
    expect(await failure(github.octokit.rest.repos.update({ ...repo, has_wiki: false }))).to.include({ status: 403 });
    await github.octokit.rest.repos.update({ ...repo, archived: false });
    expect((await github.octokit.rest.repos.update({ ...repo, has_wiki: false })).data.has_wiki).to.equal(false);
  });

  it("keeps its number when it is renamed", async () => {
    const { data: made } = await github.octokit.rest.repos.createInOrg({ org, name: "before", auto_init: true });
    await github.octokit.rest.repos.update({ owner: org, repo: "before", name: "after" });
    expect((await github.octokit.rest.repos.get({ owner: org, repo: "after" })).data.id).to.equal(made.id);
    expect(await failure(github.octokit.rest.repos.get({ owner: org, repo: "before" }))).to.include({ status: 404 });
  });

  it("generates from a template: its files, none of its history", async () => {
    await github.octokit.rest.repos.createInOrg({ org, name: "template", auto_init: true, is_template: true });
    const source = { template_owner: org, template_repo: "template" };
    const { data } = await github.octokit.rest.repos.createUsingTemplate({ ...source, owner: org, name: "generated" });
    expect(data.template_repository?.full_name).to.equal("acme/template");
    const { data: commits } = await github.octokit.rest.repos.listCommits({ owner: org, repo: "generated" });
    expect(commits.map(({ commit }) => commit.message)).to.deep.equal(["Initial commit"]);
    const plain = { template_owner: org, template_repo: "defaults" };
    expect(await failure(github.octokit.rest.repos.createUsingTemplate({ ...plain, name: "x" }))).to.include({ status: 422 });
  });

  it("deletes a repository with all that belongs to it", async () => {
    await github.octokit.rest.repos.createInOrg({ org, name: "doomed", auto_init: true });
    const repo = { owner: org, repo: "doomed" };
    expect(await failure(github.as("acme-member").rest.repos.delete(repo))).to.include({ status: 403 });
    await github.octokit.rest.repos.delete(repo);
    expect(await failure(github.octokit.rest.repos.get(repo))).to.include({ status: 404 });
    const { data } = await github.octokit.rest.repos.createInOrg({ org, name: "doomed" });
    expect((await github.octokit.rest.repos.listBranches({ owner: org, repo: data.name })).data).to.deep.equal([]);
  });
});
