import { expect } from "chai";
import { familyServer, newRepository, refusal, refusedWith } from "./world.ts";

describe("settings of a repository", () => {
  const server = familyServer();

  it("vulnerability alerts are off, on, and off again; fixes need them", async () => {
    const repository = await newRepository(server.github);
    const { repos } = server.github.octokit;
    expect(await refusedWith(repos.checkVulnerabilityAlerts(repository))).to.equal(404);
    expect((await refusal(repos.enableAutomatedSecurityFixes(repository))).message).to.match(/^Vulnerability alerts must be enabled/);
    await repos.enableVulnerabilityAlerts(repository);
    await repos.enableAutomatedSecurityFixes(repository);
    expect((await repos.checkVulnerabilityAlerts(repository)).status).to.equal(204);
    expect((await repos.checkAutomatedSecurityFixes(repository)).data).to.deep.equal({ enabled: true, paused: false });
    expect((await repos.get(repository)).data.security_and_analysis?.dependabot_security_updates).to.deep.equal({ status: "enabled" });
    await repos.disableVulnerabilityAlerts(repository);
    expect(await refusedWith(repos.checkAutomatedSecurityFixes(repository))).to.equal(404);
  });

  it("private vulnerability reporting is for public repositories", async () => {
    const open = await newRepository(server.github);
    const closed = await newRepository(server.github, { visibility: "private" });
    const { repos } = server.github.octokit;
    await repos.enablePrivateVulnerabilityReporting(open);
    expect((await repos.checkPrivateVulnerabilityReporting(open)).data.enabled).to.equal(true);
    expect(await refusedWith(repos.enablePrivateVulnerabilityReporting(closed))).to.equal(422);
  });

  it("autolinks are added, listed and removed, and a bad one is refused by field", async () => {
    const repository = await newRepository(server.github);
    const { repos } = server.github.octokit;
    const { data: link } = await repos.createAutolink({ ...repository, key_prefix: "DEX-", url_template: "https://example.com/<num>" });
    expect(link).to.include({ key_prefix: "DEX-", is_alphanumeric: true });
    expect((await repos.listAutolinks(repository)).data).to.deep.equal([link]);
    const fields = async (key_prefix: string, url_template: string): Promise<unknown[]> => {
      const { errors } = await refusal(repos.createAutolink({ ...repository, key_prefix, url_template }));
      return errors.map((error) => (error as { field: string; code: string }).field);
    };
    expect(await fields("dex-", "https://example.com/<num>")).to.deep.equal(["key_prefix"]);
    expect(await fields("DEX-1", "https://example.com/<num>")).to.deep.equal(["key_prefix"]);
    expect(await fields("A B", "https://example.com/")).to.deep.equal(["key_prefix", "url_template"]);
    await repos.deleteAutolink({ ...repository, autolink_id: link.id });
    expect(await refusedWith(repos.getAutolink({ ...repository, autolink_id: link.id }))).to.equal(404);
  });

  it("Pages from a workflow need no branch, from a branch need that branch, and are made once", async () => {
    const repository = await newRepository(server.github, { auto_init: true });
    const { repos } = server.github.octokit;
    expect(await refusedWith(repos.getPages(repository))).to.equal(404);
    const missing = { ...repository, build_type: "legacy" as const, source: { branch: "gh-pages", path: "/" as const } };
    expect((await refusal(repos.createPagesSite(missing))).message).to.match(/gh-pages branch must exist/);
    await repos.createPagesSite({ ...repository, build_type: "workflow" });
    expect((await repos.getPages(repository)).data).to.deep.include({ build_type: "workflow", public: true, cname: null });
    expect((await repos.get(repository)).data.has_pages).to.equal(true);
    expect(await refusedWith(repos.createPagesSite({ ...repository, build_type: "workflow" }))).to.equal(409);
    await repos.updateInformationAboutPagesSite({ ...repository, build_type: "legacy", source: { branch: "main", path: "/docs" } });
    expect((await repos.getPages(repository)).data.source).to.deep.equal({ branch: "main", path: "/docs" });
    await repos.deletePagesSite(repository);
    expect((await repos.get(repository)).data.has_pages).to.equal(false);
    const closed = await newRepository(server.github, { org: "acme-free", visibility: "private" });
    expect(await refusedWith(repos.createPagesSite({ ...closed, build_type: "workflow" }))).to.equal(422);
  });

  it("all of these are for admins", async () => {
    const repository = await newRepository(server.github);
    const member = server.github.as("acme-member").repos;
    expect(await refusedWith(member.enableVulnerabilityAlerts(repository))).to.equal(403);
    expect(await refusedWith(member.listAutolinks(repository))).to.equal(403);
    expect(await refusedWith(member.createPagesSite({ ...repository, build_type: "workflow" }))).to.equal(403);
  });

  it("custom properties: defined by the organization, set on repositories, judged by type, and selected by rulesets", async () => {
    const repository = await newRepository(server.github);
    const { octokit } = server.github;
    const path = "orgs/{org}/properties/schema/{custom_property_name}";
    await octokit.request(`PUT /${path}`, {
      org: "acme",
      custom_property_name: "tier",
      value_type: "single_select",
      allowed_values: ["prod", "dev"],
    });
    await octokit.request(`PUT /${path}`, {
      org: "acme",
      custom_property_name: "team",
      value_type: "string",
      required: true,
      default_value: "none",
    });
    const values = async () => (await octokit.request("GET /repos/{owner}/{repo}/properties/values", { ...repository })).data;
    expect(await values()).to.deep.equal([
      { property_name: "tier", value: null },
      { property_name: "team", value: "none" },
    ]);
    const patch = (property_name: string, value: string | null) =>
      octokit.request("PATCH /repos/{owner}/{repo}/properties/values", { ...repository, properties: [{ property_name, value }] });
    await patch("tier", "prod");
    expect(await values()).to.deep.include({ property_name: "tier", value: "prod" });
    expect((await refusal(patch("tier", "staging"))).errors).to.deep.equal([
      "Property 'tier' has no allowed value 'staging'. Allowed: prod, dev",
    ]);
    expect(await refusedWith(patch("unknown", "x"))).to.equal(422);
    await octokit.repos.createOrgRuleset({
      org: "acme",
      name: "prod only",
      enforcement: "active",
      conditions: {
        ref_name: { include: ["~ALL"], exclude: [] },
        repository_property: { include: [{ name: "tier", property_values: ["prod"] }], exclude: [] },
      },
      rules: [{ type: "deletion" }],
    });
    const rules = async () => (await octokit.repos.getBranchRules({ ...repository, branch: "main" })).data.length;
    expect(await rules()).to.equal(1);
    await patch("tier", null);
    expect(await rules()).to.equal(0);
  });
});
