import { expect } from "chai";
import { startGitHub, type TestGitHub } from "./harness.ts";

describe("local GitHub: the server", () => {
  let github: TestGitHub;
  before(async () => {
    github = await startGitHub();
  });
  after(() => github.stop());

  it("answers who the token belongs to, at the root and under /api/v3", async () => {
    const { data } = await github.octokit.rest.users.getAuthenticated();
    expect(data).to.include({ login: "acme-owner", type: "User" });
    const enterprise = await fetch(`${github.url}/api/v3/user`, { headers: { authorization: `Bearer ${github.token}` } });
    expect(await enterprise.json()).to.deep.equal(data);
  });
});
