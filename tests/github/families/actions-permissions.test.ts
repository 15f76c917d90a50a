import { expect } from "chai";
import { familyServer, newRepository, refusedWith } from "./world.ts";

describe("Actions permissions", () => {
  const server = familyServer();

  it("a new repository runs every action, with a token that reads", async () => {
    const repository = await newRepository(server.github);
    const { actions } = server.github.octokit;
    expect((await actions.getGithubActionsPermissionsRepository(repository)).data).to.deep.equal({
      enabled: true,
      allowed_actions: "all",
      sha_pinning_required: false,
    });
    expect((await actions.getGithubActionsDefaultWorkflowPermissionsRepository(repository)).data).to.deep.equal({
      default_workflow_permissions: "read",
      can_approve_pull_request_reviews: false,
    });
  });

  it("[DEX-4] selected actions and SHA pinning read back as they were set", async () => {
    const repository = await newRepository(server.github);
    const { actions } = server.github.octokit;
    expect(await refusedWith(actions.getAllowedActionsRepository(repository))).to.equal(409);
    await actions.setGithubActionsPermissionsRepository({
      ...repository,
      enabled: true,
      allowed_actions: "selected",
      sha_pinning_required: true,
    });
    const selection = { github_owned_allowed: true, verified_allowed: false, patterns_allowed: ["astral-sh/setup-uv@*"] };
    await actions.setAllowedActionsRepository({ ...repository, ...selection });
    expect((await actions.getAllowedActionsRepository(repository)).data).to.deep.equal(selection);
    expect((await actions.getGithubActionsPermissionsRepository(repository)).data).to.deep.include({
      allowed_actions: "selected",
      sha_pinning_required: true,
      selected_actions_url: `${server.github.url}/api/v3/repos/acme/${repository.repo}/actions/permissions/selected-actions`,
    });
    expect(await refusedWith(actions.setAllowedActionsRepository({ ...repository, patterns_allowed: ["no slash"] }))).to.equal(422);
  });

  it("a disabled repository shows nothing else", async () => {
    const repository = await newRepository(server.github);
    const { actions } = server.github.octokit;
    await actions.setGithubActionsPermissionsRepository({ ...repository, enabled: false });
    expect((await actions.getGithubActionsPermissionsRepository(repository)).data).to.deep.equal({ enabled: false });
  });

  it("what an organization restricts, its repositories cannot loosen", async () => {
    const repository = await newRepository(server.github, { org: "acme-team" });
    const org = "acme-team";
    const { actions } = server.github.octokit;
    const workflow = { default_workflow_permissions: "write" as const, can_approve_pull_request_reviews: true };
    const set = (body: Partial<typeof workflow>) =>
      actions.setGithubActionsDefaultWorkflowPermissionsRepository({ ...repository, ...body });
    expect(await refusedWith(set({ default_workflow_permissions: "write" }))).to.equal(409);
    expect(await refusedWith(set({ can_approve_pull_request_reviews: true }))).to.equal(409);
    await actions.setGithubActionsDefaultWorkflowPermissionsOrganization({ org, ...workflow });
    await actions.setGithubActionsDefaultWorkflowPermissionsRepository({ ...repository, ...workflow });
    expect((await actions.getGithubActionsDefaultWorkflowPermissionsRepository(repository)).data).to.deep.equal(workflow);
    await actions.setGithubActionsPermissionsOrganization({ org, enabled_repositories: "all", allowed_actions: "local_only" });
    const loosen = { ...repository, enabled: true, allowed_actions: "all" as const };
    expect(await refusedWith(actions.setGithubActionsPermissionsRepository(loosen))).to.equal(409);
    await actions.setGithubActionsPermissionsOrganization({ org, enabled_repositories: "all", allowed_actions: "all" });
    await actions.setGithubActionsPermissionsRepository(loosen);
  });

  it("an organization gives Actions to all, none or selected repositories", async () => {
    const repository = await newRepository(server.github);
    const { actions, repos } = server.github.octokit;
    const repository_id = (await repos.get(repository)).data.id;
    const org = "acme";
    expect(await refusedWith(actions.enableSelectedRepositoryGithubActionsOrganization({ org, repository_id }))).to.equal(409);
    await actions.setGithubActionsPermissionsOrganization({ org, enabled_repositories: "selected", allowed_actions: "all" });
    await actions.enableSelectedRepositoryGithubActionsOrganization({ org, repository_id });
    const { data } = await actions.listSelectedRepositoriesEnabledGithubActionsOrganization({ org });
    expect(data.repositories.map(({ name }) => name)).to.deep.equal([repository.repo]);
    await actions.disableSelectedRepositoryGithubActionsOrganization({ org, repository_id });
    expect(await refusedWith(actions.setGithubActionsPermissionsRepository({ ...repository, enabled: true }))).to.equal(409);
    await actions.setGithubActionsPermissionsOrganization({ org, enabled_repositories: "all", allowed_actions: "all" });
  });

  it("access level is for private repositories, retention has a maximum, subjects of OIDC tokens are customised", async () => {
    const [open, closed] = [await newRepository(server.github), await newRepository(server.github, { visibility: "private" })];
    const { actions, oidc } = server.github.octokit;
    expect(await refusedWith(actions.setWorkflowAccessToRepository({ ...open, access_level: "organization" }))).to.equal(422);
    await actions.setWorkflowAccessToRepository({ ...closed, access_level: "organization" });
    expect((await actions.getWorkflowAccessToRepository(closed)).data.access_level).to.equal("organization");
    await actions.setCustomOidcSubClaimForRepo({ ...open, use_default: false, include_claim_keys: ["repo", "environment"] });
    expect((await actions.getCustomOidcSubClaimForRepo(open)).data).to.deep.include({
      use_default: false,
      include_claim_keys: ["repo", "environment"],
    });
    await oidc.updateOidcCustomSubTemplateForOrg({ org: "acme", include_claim_keys: ["repo"] });
    expect((await oidc.getOidcCustomSubTemplateForOrg({ org: "acme" })).data.include_claim_keys).to.deep.equal(["repo"]);
    expect(await refusedWith(oidc.updateOidcCustomSubTemplateForOrg({ org: "acme", include_claim_keys: ["a-b"] }))).to.equal(422);
  });

  it("settings are for admins", async () => {
    const repository = await newRepository(server.github);
    const member = server.github.as("acme-member").actions;
    expect(await refusedWith(member.getGithubActionsPermissionsRepository(repository))).to.equal(403);
    expect(await refusedWith(member.getGithubActionsPermissionsOrganization({ org: "acme" }))).to.equal(403);
  });
});
