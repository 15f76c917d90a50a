import { expect } from "chai";
import { startGitHub, type TestGitHub } from "./harness.ts";

describe("local GitHub: repositories", () => {
  let github: TestGitHub;
  before(async () => {
    github = await startGitHub();
  });
  after(async () => {
    expect(await github.violations()).to.deep.equal([]);
    await github.stop();
  });

  it("makes a repository with GitHub's defaults, and reads it back", async () => {
    const { data: made, status } = await github.octokit.rest.repos.createInOrg({ org: "acme", name: "defaults", auto_init: true });
    expect(status).to.equal(201);
    expect(made).to.include({ full_name: "acme/defaults", default_branch: "main", visibility: "public", allow_squash_merge: true });
    const { data } = await github.octokit.rest.repos.get({ owner: "acme", repo: "defaults" });
    expect(data).to.deep.equal(made);
  });
});
