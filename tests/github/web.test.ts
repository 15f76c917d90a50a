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
