import { expect } from "chai";
import { familyServer, newRepository, refusal, refusedWith } from "./world.ts";

describe("labels and topics", () => {
  const server = familyServer();

  it("a new repository has GitHub's nine labels", async () => {
    const { owner, repo } = await newRepository(server.github);
    const { data } = await server.github.octokit.issues.listLabelsForRepo({ owner, repo });
    expect(data.map(({ name }) => name)).to.deep.equal([
      "bug",
      "documentation",
      "duplicate",
      "enhancement",
      "good first issue",
      "help wanted",
      "invalid",
      "question",
      "wontfix",
    ]);
    expect(data.every((label) => label.default)).to.equal(true);
    expect(data[0]).to.include({ color: "d73a4a", description: "Something isn't working" });
  });

  it("a label is created, renamed, recolored and deleted", async () => {
    const repository = await newRepository(server.github);
    const { issues } = server.github.octokit;
    const { data: label } = await issues.createLabel({ ...repository, name: "full-test", color: "0E8A16" });
    expect(label).to.deep.include({ name: "full-test", color: "0e8a16", description: null, default: false });
    const { data: renamed } = await issues.updateLabel({
      ...repository,
      name: "Full-Test",
      new_name: "all tests",
      description: "Run everything",
    });
    expect(renamed).to.deep.include({ id: label.id, name: "all tests", color: "0e8a16", description: "Run everything" });
    expect((await issues.getLabel({ ...repository, name: "all tests" })).data.id).to.equal(label.id);
    await issues.deleteLabel({ ...repository, name: "all tests" });
    expect(await refusedWith(issues.getLabel({ ...repository, name: "all tests" }))).to.equal(404);
  });

  it("a label without a color is gray", async () => {
    const repository = await newRepository(server.github);
    const { data } = await server.github.octokit.issues.createLabel({ ...repository, name: "plain" });
    expect(data.color).to.equal("ededed");
  });

  it("a name that exists, whatever its case, a bad color and a long description are refused by field", async () => {
    const repository = await newRepository(server.github);
    const { issues } = server.github.octokit;
    expect(await refusal(issues.createLabel({ ...repository, name: "BUG", color: "red", description: "x".repeat(101) }))).to.deep.equal({
      status: 422,
      message: "Validation Failed",
      errors: [
        { resource: "Label", code: "invalid", field: "color" },
        { resource: "Label", code: "custom", field: "description", message: "description is too long (maximum is 100 characters)" },
        { resource: "Label", code: "already_exists", field: "name" },
      ],
    });
    const taken = await refusal(issues.updateLabel({ ...repository, name: "bug", new_name: "question" }));
    expect(taken.errors).to.deep.equal([{ resource: "Label", code: "already_exists", field: "name" }]);
  });

  it("lists come in pages with a Link", async () => {
    const repository = await newRepository(server.github);
    const { octokit } = server.github;
    const first = await octokit.issues.listLabelsForRepo({ ...repository, per_page: 4 });
    expect(first.data).to.have.length(4);
    expect(first.headers.link).to.match(/page=2.*rel="next".*page=3.*rel="last"/);
    expect(await octokit.paginate(octokit.issues.listLabelsForRepo, { ...repository, per_page: 4 })).to.have.length(9);
  });

  it("who may only read changes no label, and a stranger does not even see a private repository's", async () => {
    const open = await newRepository(server.github);
    const closed = await newRepository(server.github, { visibility: "private" });
    const stranger = server.github.as("outsider").issues;
    expect(await refusedWith(stranger.createLabel({ ...open, name: "mine" }))).to.equal(403);
    expect(await refusedWith(stranger.listLabelsForRepo(closed))).to.equal(404);
  });

  it("labels go with their repository", async () => {
    const repository = await newRepository(server.github);
    const { octokit } = server.github;
    await octokit.issues.createLabel({ ...repository, name: "left over" });
    await octokit.repos.delete(repository);
    await octokit.repos.createInOrg({ org: "acme", name: repository.repo });
    expect(await refusedWith(octokit.issues.getLabel({ ...repository, name: "left over" }))).to.equal(404);
  });

  it("topics are replaced as a whole, in lower case and once each, and shown with the repository", async () => {
    const repository = await newRepository(server.github);
    const { repos } = server.github.octokit;
    const { data } = await repos.replaceAllTopics({ ...repository, names: ["GitOps", "python", "gitops"] });
    expect(data.names).to.deep.equal(["gitops", "python"]);
    expect((await repos.getAllTopics(repository)).data.names).to.deep.equal(["gitops", "python"]);
    expect((await repos.get(repository)).data.topics).to.deep.equal(["gitops", "python"]);
  });

  for (const [what, names] of [
    ["with a space", ["two words"]],
    ["that begins with a hyphen", ["-x"]],
    ["of 51 characters", ["x".repeat(51)]],
    ["too many", Array.from({ length: 21 }, (_, index) => `topic-${index}`)],
  ] as const) {
    it(`a topic ${what} is refused and nothing changes`, async () => {
      const repository = await newRepository(server.github);
      const { repos } = server.github.octokit;
      expect(await refusedWith(repos.replaceAllTopics({ ...repository, names: [...names] }))).to.equal(422);
      expect((await repos.getAllTopics(repository)).data.names).to.deep.equal([]);
    });
  }
});
