import { expect } from "chai";
import { startGitHub, type TestGitHub } from "./harness.ts";

describe("local GitHub: the web page", () => {
  let github: TestGitHub;
  before(async () => {
    github = await startGitHub();
    await github.octokit.rest.repos.createInOrg({ org: "acme", name: "shown", description: "<script>alert(1)</script>", auto_init: true });
  });
  after(() => github.stop());

  const get = (path: string): Promise<Response> => fetch(github.url + path, { headers: { accept: "text/html,application/xhtml+xml" } });

  it("lists organizations with their repositories", async () => {
    const answer = await get("/");
    expect(answer.headers.get("content-type")).to.contain("text/html");
    expect(await answer.text())
      .to.contain("acme")
      .and.to.contain('href="/acme/shown"');
  });

  it("shows a repository with what governs it, and escapes what people wrote", async () => {
    const text = await (await get("/acme/shown")).text();
    expect(text).to.contain("Rulesets").and.to.contain("Environments").and.to.contain("&lt;script&gt;").and.not.to.contain("<script>");
  });

  it("shows refs and checks of rulesets, and who and what an environment waits for, by name", async () => {
    const { rest } = github.octokit;
    const repository = { owner: "acme", repo: "shown" };
    await rest.repos.createRepoRuleset({
      ...repository,
      name: "main",
      enforcement: "active",
      conditions: { ref_name: { include: ["refs/heads/main"], exclude: ["refs/heads/main-old"] } },
      rules: [
        {
          type: "required_status_checks",
          parameters: { strict_required_status_checks_policy: true, required_status_checks: [{ context: "ci / test" }] },
        },
      ],
    });
    const { data: team } = await rest.teams.getByName({ org: "acme", team_slug: "platform" });
    await rest.teams.addOrUpdateRepoPermissionsInOrg({ org: "acme", team_slug: "platform", permission: "push", ...repository });
    const environment = { ...repository, environment_name: "production" };
    await rest.repos.createOrUpdateEnvironment({
      ...environment,
      wait_timer: 30,
      reviewers: [{ type: "Team", id: team.id }],
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    await rest.repos.createDeploymentBranchPolicy({ ...environment, name: "v*", type: "tag" });
    const text = await (await get("/acme/shown")).text();
    for (const shown of [
      "refs/heads/main<",
      "not refs/heads/main-old",
      "required_status_checks: ci / test",
      "team platform",
      "30 min",
      "tag v*",
    ]) {
      expect(text).to.contain(shown);
    }
    expect(text).to.contain(`git clone ${github.url}/acme/shown.git`);
  });

  it("shows the request log without any token", async () => {
    await github.octokit.rest.repos.get({ owner: "acme", repo: "shown" });
    const text = await (await get("/requests")).text();
    expect(text).to.contain("repos/get").and.not.to.contain(github.token);
  });

  it("answers 404 with a page where there is none, and JSON to the API", async () => {
    expect((await get("/acme/absent")).status).to.equal(404);
    const api = await fetch(`${github.url}/repos/acme/absent`, { headers: { accept: "application/json" } });
    expect(api.headers.get("content-type")).to.contain("application/json");
  });

  it("serves a file as it is under its download address", async () => {
    const { data } = await github.octokit.rest.repos.getContent({ owner: "acme", repo: "shown", path: "README.md" });
    const { download_url: url } = data as { download_url: string };
    expect(await (await fetch(url)).text()).to.contain("# shown");
  });
});
