import { expect } from "chai";
import type { RepositoryName } from "./world.ts";
import { familyServer, newRepository, refusal, refusedWith } from "./world.ts";

describe("issues", () => {
  const server = familyServer();
  const issue = (repository: RepositoryName, more: { title?: string; labels?: string[]; assignees?: string[] } = {}) =>
    server.github.octokit.issues.create({ ...repository, title: "Deployment failed", ...more });

  it("an issue is opened with labels and assignees, closed with a reason, and opened again", async () => {
    const repository = await newRepository(server.github);
    const { issues } = server.github.octokit;
    const { data: opened } = await issue(repository, { labels: ["bug", "deployment"], assignees: ["acme-member"] });
    expect(opened).to.nested.include({
      number: 1,
      state: "open",
      state_reason: null,
      comments: 0,
      "user.login": "acme-owner",
      author_association: "MEMBER",
    });
    expect(opened.labels.map((label) => (typeof label === "string" ? label : label.name))).to.deep.equal(["bug", "deployment"]);
    expect(opened.assignees?.map(({ login }) => login)).to.deep.equal(["acme-member"]);
    expect((await issues.getLabel({ ...repository, name: "deployment" })).data.color).to.equal("ededed");
    const named = { ...repository, issue_number: 1 };
    const { data: closed } = await issues.update({ ...named, state: "closed", state_reason: "not_planned" });
    expect(closed).to.nested.include({ state: "closed", state_reason: "not_planned", "closed_by.login": "acme-owner" });
    expect(closed.closed_at).to.be.a("string");
    const { data: again } = await issues.update({ ...named, state: "open", title: "Still fails" });
    expect(again).to.include({ state: "open", state_reason: "reopened", closed_at: null, title: "Still fails" });
  });

  it("issues and pull requests are numbered together, and a pull request is an issue too", async () => {
    const repository = await newRepository(server.github, { auto_init: true });
    const { octokit } = server.github;
    await issue(repository);
    const { data: main } = await octokit.git.getRef({ ...repository, ref: "heads/main" });
    await octokit.git.createRef({ ...repository, ref: "refs/heads/topic", sha: main.object.sha });
    const content = Buffer.from("x\n").toString("base64");
    await octokit.repos.createOrUpdateFileContents({ ...repository, path: "x", message: "x", content, branch: "topic" });
    const { data: pull } = await octokit.pulls.create({ ...repository, title: "Topic", head: "topic", base: "main" });
    expect(pull.number).to.equal(2);
    expect((await issue(repository)).data.number).to.equal(3);
    await octokit.issues.createComment({ ...repository, issue_number: 2, body: "Preview: nothing changes" });
    await octokit.issues.addLabels({ ...repository, issue_number: 2, labels: ["bug"] });
    const { data: seen } = await octokit.issues.get({ ...repository, issue_number: 2 });
    expect(seen).to.include({ title: "Topic", comments: 1 });
    expect(seen.pull_request?.url).to.match(/\/pulls\/2$/);
    const listed = await octokit.issues.listForRepo(repository);
    expect(listed.data.map(({ number }) => number)).to.deep.equal([3, 2, 1]);
    const labelled = await octokit.issues.listForRepo({ ...repository, labels: "BUG" });
    expect(labelled.data.map(({ number }) => number)).to.deep.equal([2]);
  });

  it("comments are written, changed by their author, listed in order and deleted", async () => {
    const repository = await newRepository(server.github);
    await issue(repository);
    const { issues } = server.github.octokit;
    const named = { ...repository, issue_number: 1 };
    const { data: first } = await issues.createComment({ ...named, body: "one" });
    await server.github.as("acme-member").issues.createComment({ ...named, body: "two" });
    await issues.updateComment({ ...repository, comment_id: first.id, body: "one!" });
    const bodies = async () => (await issues.listComments(named)).data.map(({ body, user }) => `${String(user?.login)}: ${String(body)}`);
    expect(await bodies()).to.deep.equal(["acme-owner: one!", "acme-member: two"]);
    const foreign = server.github.as("acme-member").issues.updateComment({ ...repository, comment_id: first.id, body: "mine" });
    expect(await refusedWith(foreign)).to.equal(403);
    await issues.deleteComment({ ...repository, comment_id: first.id });
    expect(await bodies()).to.deep.equal(["acme-member: two"]);
    expect(await refusedWith(issues.createComment({ ...named, body: " " }))).to.equal(422);
    expect(await refusedWith(issues.createComment({ ...repository, issue_number: 9, body: "x" }))).to.equal(404);
  });

  it("labels of an issue are added, replaced and removed; a deleted label leaves its issues", async () => {
    const repository = await newRepository(server.github);
    await issue(repository, { labels: ["bug"] });
    const { issues } = server.github.octokit;
    const named = { ...repository, issue_number: 1 };
    const names = async () => (await issues.listLabelsOnIssue(named)).data.map(({ name }) => name);
    await issues.addLabels({ ...named, labels: ["question", "Bug"] });
    expect(await names()).to.deep.equal(["bug", "question"]);
    await issues.removeLabel({ ...named, name: "bug" });
    expect(await refusedWith(issues.removeLabel({ ...named, name: "bug" }))).to.equal(404);
    await issues.setLabels({ ...named, labels: ["invalid"] });
    expect(await names()).to.deep.equal(["invalid"]);
    await issues.deleteLabel({ ...repository, name: "invalid" });
    expect(await names()).to.deep.equal([]);
  });

  it("an empty title, an assignee without access and disabled issues are refused", async () => {
    const repository = await newRepository(server.github);
    expect(await refusedWith(issue(repository, { title: " " }))).to.equal(422);
    expect((await refusal(issue(repository, { assignees: ["outsider"] }))).errors).to.deep.equal([
      { resource: "Issue", code: "invalid", field: "assignees" },
    ]);
    await server.github.octokit.repos.update({ ...repository, has_issues: false });
    expect(await refusedWith(issue(repository))).to.equal(410);
    expect((await server.github.octokit.issues.listForRepo(repository)).data).to.deep.equal([]);
  });

  it("a reader may open an issue, but sets no labels and closes only its own", async () => {
    const repository = await newRepository(server.github);
    const reader = server.github.as("outsider").issues;
    const { data } = await reader.create({ ...repository, title: "Hello", labels: ["bug"] });
    expect(data.labels).to.deep.equal([]);
    expect(data.author_association).to.equal("NONE");
    await reader.update({ ...repository, issue_number: data.number, state: "closed" });
    const { data: other } = await issue(repository);
    expect(await refusedWith(reader.update({ ...repository, issue_number: other.number, state: "closed" }))).to.equal(403);
  });
});

describe("releases and tags", () => {
  const server = familyServer();

  it("a release makes its tag at the target, is the latest, and is found by tag", async () => {
    const repository = await newRepository(server.github, { auto_init: true });
    const { repos, git } = server.github.octokit;
    expect(await refusedWith(repos.getLatestRelease(repository))).to.equal(404);
    const { data: release } = await repos.createRelease({ ...repository, tag_name: "v1.0.0", name: "First" });
    expect(release).to.nested.include({
      tag_name: "v1.0.0",
      draft: false,
      prerelease: false,
      target_commitish: "main",
      "author.login": "acme-owner",
    });
    const { data: tag } = await git.getRef({ ...repository, ref: "tags/v1.0.0" });
    const { data: main } = await git.getRef({ ...repository, ref: "heads/main" });
    expect(tag.object.sha).to.equal(main.object.sha);
    expect((await repos.listTags(repository)).data).to.have.nested.property("[0].commit.sha", main.object.sha);
    expect((await repos.getReleaseByTag({ ...repository, tag: "v1.0.0" })).data.id).to.equal(release.id);
    await repos.createRelease({ ...repository, tag_name: "v1.1.0-rc.1", prerelease: true });
    expect((await repos.getLatestRelease(repository)).data.id).to.equal(release.id);
    await repos.deleteRelease({ ...repository, release_id: release.id });
    expect((await git.getRef({ ...repository, ref: "tags/v1.0.0" })).status).to.equal(200);
  });

  it("a draft has no tag, is seen by writers only, and gets its tag when it is published", async () => {
    const repository = await newRepository(server.github, { auto_init: true });
    const { repos, git } = server.github.octokit;
    const { data: draft } = await repos.createRelease({ ...repository, tag_name: "v2", draft: true });
    expect(draft.published_at).to.equal(null);
    expect(await refusedWith(git.getRef({ ...repository, ref: "tags/v2" }))).to.equal(404);
    const named = { ...repository, release_id: draft.id };
    expect(await refusedWith(server.github.as("outsider").repos.getRelease(named))).to.equal(404);
    const { data: published } = await repos.updateRelease({ ...named, draft: false });
    expect(published.published_at).to.be.a("string");
    expect((await git.getRef({ ...repository, ref: "tags/v2" })).status).to.equal(200);
  });

  it("a tag that has a release, a target that does not exist and a bad tag name are refused", async () => {
    const repository = await newRepository(server.github, { auto_init: true });
    const { repos } = server.github.octokit;
    await repos.createRelease({ ...repository, tag_name: "v1" });
    expect((await refusal(repos.createRelease({ ...repository, tag_name: "v1" }))).errors).to.deep.equal([
      { resource: "Release", code: "already_exists", field: "tag_name" },
    ]);
    expect(await refusedWith(repos.createRelease({ ...repository, tag_name: "v2", target_commitish: "nowhere" }))).to.equal(422);
    expect(await refusedWith(repos.createRelease({ ...repository, tag_name: "a..b" }))).to.equal(422);
  });

  it("[DEX-3] a tag ruleset that restricts creations holds for releases too", async () => {
    const repository = await newRepository(server.github, { auto_init: true });
    const { repos } = server.github.octokit;
    await repos.createRepoRuleset({
      ...repository,
      name: "release tags",
      target: "tag",
      enforcement: "active",
      conditions: { ref_name: { include: ["refs/tags/v*"], exclude: [] } },
      rules: [{ type: "creation" }],
    });
    expect(await refusedWith(repos.createRelease({ ...repository, tag_name: "v1" }))).to.equal(422);
    expect((await repos.listReleases(repository)).data).to.deep.equal([]);
    expect((await repos.createRelease({ ...repository, tag_name: "nightly" })).status).to.equal(201);
  });

  it("generated notes link the comparison with the previous release", async () => {
    const repository = await newRepository(server.github, { auto_init: true });
    const { repos } = server.github.octokit;
    await repos.createRelease({ ...repository, tag_name: "v1" });
    const { data } = await repos.createRelease({ ...repository, tag_name: "v2", generate_release_notes: true });
    expect(data.body).to.match(/\*\*Full Changelog\*\*: .*\/compare\/v1\.\.\.v2$/);
  });
});
