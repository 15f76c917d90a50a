import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import sodium from "libsodium-wrappers";
import { familyServer, idOf, newRepository } from "./world.ts";

describe("what goes with a repository", () => {
  const server = familyServer();
  /** Kinds of the records that belong to an id, read from the store behind the server's back. */
  const ownedBy = (id: number): string[] => {
    const database = new DatabaseSync(join(server.github.dataDir, "state.sqlite"), { readOnly: true });
    try {
      return database
        .prepare("SELECT DISTINCT kind FROM record WHERE owner = ? ORDER BY kind")
        .all(id)
        .map((row) => String(row["kind"]));
    } finally {
      database.close();
    }
  };

  it("everything that belongs to it or to its environments, and nothing of others", async () => {
    const [gone, kept] = [await newRepository(server.github, { auto_init: true }), await newRepository(server.github)];
    const { octokit } = server.github;
    const [goneId, keptId] = [await idOf(server.github, gone), await idOf(server.github, kept)];
    const { data: environment } = await octokit.repos.createOrUpdateEnvironment({
      ...gone,
      environment_name: "prod",
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    const inEnvironment = { ...gone, environment_name: "prod" };
    await octokit.repos.createDeploymentBranchPolicy({ ...inEnvironment, name: "main" });
    await octokit.actions.createEnvironmentVariable({ ...inEnvironment, name: "A", value: "1" });
    const { data: key } = await octokit.actions.getEnvironmentPublicKey(inEnvironment);
    await sodium.ready;
    const encrypted_value = Buffer.from(sodium.crypto_box_seal("x", Buffer.from(key.key, "base64"))).toString("base64");
    await octokit.actions.createOrUpdateEnvironmentSecret({ ...inEnvironment, secret_name: "S", encrypted_value, key_id: key.key_id });
    await octokit.actions.createRepoVariable({ ...gone, name: "A", value: "1" });
    await octokit.actions.setGithubActionsPermissionsRepository({ ...gone, enabled: true, allowed_actions: "selected" });
    const { data: ruleset } = await octokit.repos.createRepoRuleset({ ...gone, name: "main", enforcement: "active" });
    await octokit.repos.enableVulnerabilityAlerts(gone);
    await octokit.repos.createAutolink({ ...gone, key_prefix: "X-", url_template: "https://example.com/<num>" });
    await octokit.repos.createPagesSite({ ...gone, build_type: "workflow" });
    await octokit.repos.addCollaborator({ ...gone, username: "acme-member" });
    await octokit.repos.addCollaborator({ ...gone, username: "outsider" });
    await octokit.repos.createWebhook({ ...gone, active: false, config: { url: "http://127.0.0.1/" } });
    await octokit.issues.create({ ...gone, title: "x", labels: ["bug"] });
    await octokit.issues.createComment({ ...gone, issue_number: 1, body: "x" });
    await octokit.repos.createRelease({ ...gone, tag_name: "v1" });
    await octokit.teams.addOrUpdateRepoPermissionsInOrg({ org: "acme", team_slug: "platform", ...gone });
    expect(ownedBy(goneId)).to.include.members(["environment", "issue", "issue-comment", "label", "ruleset", "variable", "webhook"]);
    expect(ownedBy(environment.id)).to.deep.equal(["deployment-policy", "secret:actions", "variable"]);
    await octokit.repos.delete(gone);
    expect([ownedBy(goneId), ownedBy(environment.id), ownedBy(ruleset.id)]).to.deep.equal([[], [], []]);
    expect((await octokit.teams.listReposInOrg({ org: "acme", team_slug: "platform" })).data).to.deep.equal([]);
    expect(ownedBy(keptId)).to.include("label");
  });
});
