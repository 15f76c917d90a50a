import { expect } from "chai";
import { familyServer, newRepository, refusal, refusedWith } from "./world.ts";

const org = "acme";

describe("teams", () => {
  const server = familyServer();

  it("a team gets a slug, secrecy and its creator as maintainer", async () => {
    const { teams } = server.github.octokit;
    const { data: team } = await teams.create({ org, name: "Release Managers & Co." });
    expect(team).to.include({
      name: "Release Managers & Co.",
      slug: "release-managers-co",
      privacy: "secret",
      permission: "pull",
      members_count: 1,
    });
    expect((await teams.getMembershipForUserInOrg({ org, team_slug: team.slug, username: "acme-owner" })).data).to.include({
      role: "maintainer",
      state: "active",
    });
    expect((await teams.getByName({ org, team_slug: team.slug })).data).to.deep.equal(team);
  });

  it("a name that is taken is refused in GitHub's words", async () => {
    const { status, errors } = await refusal(server.github.octokit.teams.create({ org, name: "Platform" }));
    expect(status).to.equal(422);
    expect(errors).to.deep.equal([{ resource: "Team", code: "unprocessable", field: "data", message: "Name must be unique for this org" }]);
  });

  it("a rename changes the slug, the id stays, and both address the team", async () => {
    const { octokit } = server.github;
    const { data: team } = await octokit.teams.create({ org, name: "before", privacy: "closed" });
    await octokit.teams.updateInOrg({ org, team_slug: "before", name: "after" });
    expect(await refusedWith(octokit.teams.getByName({ org, team_slug: "before" }))).to.equal(404);
    const { data: organization } = await octokit.orgs.get({ org });
    const byId = await octokit.request("GET /organizations/{organization_id}/team/{team_id}", {
      organization_id: organization.id,
      team_id: team.id,
    });
    expect(byId.data).to.include({ id: team.id, slug: "after" });
  });

  it("teams nest: members and rights go down, a parent takes its children along, nobody is above itself", async () => {
    const repository = await newRepository(server.github, { visibility: "private" });
    const { teams } = server.github.octokit;
    const { data: parent } = await teams.create({ org, name: "engineering", privacy: "closed" });
    const { data: child } = await teams.create({ org, name: "backend", parent_team_id: parent.id });
    expect(child).to.nested.include({ privacy: "closed", "parent.slug": "engineering" });
    await teams.addOrUpdateMembershipForUserInOrg({ org, team_slug: "backend", username: "security-1" });
    expect((await teams.listMembersInOrg({ org, team_slug: "engineering" })).data.map(({ login }) => login)).to.include("security-1");
    await teams.addOrUpdateRepoPermissionsInOrg({ org, team_slug: "engineering", ...repository, permission: "maintain" });
    const listed = await teams.listReposInOrg({ org, team_slug: "backend" });
    expect(listed.data.map(({ name, role_name }) => [name, role_name])).to.deep.equal([[repository.repo, "maintain"]]);
    expect(await refusedWith(teams.updateInOrg({ org, team_slug: "engineering", parent_team_id: child.id }))).to.equal(422);
    expect(await refusedWith(teams.updateInOrg({ org, team_slug: "engineering", privacy: "secret" }))).to.equal(422);
    expect((await teams.listChildInOrg({ org, team_slug: "engineering" })).data.map(({ slug }) => slug)).to.deep.equal(["backend"]);
    await teams.deleteInOrg({ org, team_slug: "engineering" });
    expect(await refusedWith(teams.getByName({ org, team_slug: "backend" }))).to.equal(404);
  });

  it("a membership is pending until its user belongs to the organization; owners are always maintainers", async () => {
    const { teams, orgs } = server.github.octokit;
    const outsider = { org, team_slug: "platform", username: "outsider" };
    expect((await teams.addOrUpdateMembershipForUserInOrg(outsider)).data.state).to.equal("pending");
    const logins = async () => (await teams.listMembersInOrg({ org, team_slug: "platform" })).data.map(({ login }) => login);
    expect(await logins()).to.not.include("outsider");
    await orgs.setMembershipForUser({ org, username: "outsider" });
    expect((await teams.getMembershipForUserInOrg(outsider)).data.state).to.equal("active");
    expect(await logins()).to.include("outsider");
    await teams.removeMembershipForUserInOrg(outsider);
    expect(await refusedWith(teams.getMembershipForUserInOrg(outsider))).to.equal(404);
    await orgs.removeMembershipForUser({ org, username: "outsider" });
    const owner = { org, team_slug: "platform", username: "acme-owner" };
    expect((await teams.addOrUpdateMembershipForUserInOrg({ ...owner, role: "member" })).data.role).to.equal("maintainer");
    await teams.removeMembershipForUserInOrg(owner);
  });

  it("a team's right over a repository is told by role to those who ask for the repository, and listed at the repository", async () => {
    const repository = await newRepository(server.github);
    const { octokit } = server.github;
    const named = { org, team_slug: "platform", ...repository };
    expect(await refusedWith(octokit.teams.checkPermissionsForRepoInOrg(named))).to.equal(404);
    await octokit.teams.addOrUpdateRepoPermissionsInOrg({ ...named, permission: "push" });
    expect((await octokit.teams.checkPermissionsForRepoInOrg(named)).status).to.equal(204);
    const accept = "application/vnd.github.v3.repository+json";
    const told = await octokit.teams.checkPermissionsForRepoInOrg({ ...named, headers: { accept } });
    expect(told.data).to.include({ name: repository.repo, role_name: "write" });
    const { data } = await octokit.repos.listTeams(repository);
    expect(data.map(({ slug, permission }) => [slug, permission])).to.deep.equal([["platform", "push"]]);
    expect((await server.github.as("platform-1").repos.get(repository)).data.permissions).to.include({ push: true, admin: false });
    expect(await refusedWith(octokit.teams.addOrUpdateRepoPermissionsInOrg({ ...named, permission: "everything" }))).to.equal(422);
    await octokit.teams.removeRepoInOrg(named);
    expect((await octokit.repos.listTeams(repository)).data).to.deep.equal([]);
  });

  it("secret teams are hidden from those outside, and only owners and maintainers change a team", async () => {
    const { teams } = server.github.octokit;
    await teams.create({ org, name: "hidden", privacy: "secret" });
    const member = server.github.as("acme-owner");
    expect((await member.teams.list({ org })).data.map(({ slug }) => slug)).to.include("hidden");
    const other = server.github.as("security-1").teams;
    expect(await refusedWith(other.getByName({ org, team_slug: "hidden" }))).to.equal(404);
    expect(await refusedWith(other.deleteInOrg({ org, team_slug: "platform" }))).to.equal(403);
    expect(await refusedWith(server.github.as("outsider").teams.list({ org }))).to.equal(404);
  });
});

describe("collaborators", () => {
  const server = familyServer();

  it("a member of the organization is added at once, anybody else is invited and comes in by accepting", async () => {
    const repository = await newRepository(server.github, { visibility: "private" });
    const { repos } = server.github.octokit;
    expect((await repos.addCollaborator({ ...repository, username: "acme-member", permission: "triage" })).status).to.equal(204);
    const invited = await repos.addCollaborator({ ...repository, username: "outsider", permission: "maintain" });
    expect(invited.status).to.equal(201);
    expect(invited.data).to.nested.include({
      permissions: "maintain",
      "invitee.login": "outsider",
      "inviter.login": "acme-owner",
      expired: false,
    });
    const outsider = server.github.as("outsider").repos;
    expect(await refusedWith(outsider.get(repository))).to.equal(404);
    await outsider.acceptInvitationForAuthenticatedUser({ invitation_id: invited.data.id });
    expect((await outsider.get(repository)).data.permissions).to.include({ maintain: true, admin: false });
    const roles = async (affiliation: "direct" | "outside" | "all") =>
      (await repos.listCollaborators({ ...repository, affiliation })).data.map(({ login, role_name }) => `${login} ${role_name}`);
    expect(await roles("direct")).to.have.members(["acme-member triage", "outsider maintain"]);
    expect(await roles("outside")).to.deep.equal(["outsider maintain"]);
    expect(await roles("all")).to.include.members(["acme-owner admin", "outsider maintain"]);
    expect((await repos.listInvitations(repository)).data).to.deep.equal([]);
    expect((await repos.getCollaboratorPermissionLevel({ ...repository, username: "outsider" })).data).to.include({
      permission: "write",
      role_name: "maintain",
    });
    await repos.removeCollaborator({ ...repository, username: "outsider" });
    expect(await refusedWith(outsider.get(repository))).to.equal(404);
  });

  it("an invitation is changed, withdrawn, or made again with another right", async () => {
    const repository = await newRepository(server.github);
    const { repos } = server.github.octokit;
    const { data: first } = await repos.addCollaborator({ ...repository, username: "outsider", permission: "pull" });
    const { data: second } = await repos.addCollaborator({ ...repository, username: "outsider", permission: "push" });
    expect(second).to.include({ id: first.id, permissions: "write" });
    await repos.updateInvitation({ ...repository, invitation_id: first.id, permissions: "admin" });
    expect((await repos.listInvitations(repository)).data[0]).to.include({ permissions: "admin" });
    await repos.removeCollaborator({ ...repository, username: "outsider" });
    expect((await repos.listInvitations(repository)).data).to.deep.equal([]);
  });

  it("the owner is no collaborator, an unknown user and an unknown right are refused", async () => {
    const { repos } = server.github.octokit;
    await repos.createForAuthenticatedUser({ name: "collaborators-own" });
    const own = { owner: "acme-owner", repo: "collaborators-own" };
    expect((await refusal(repos.addCollaborator({ ...own, username: "acme-owner" }))).errors[0]).to.include({
      message: "Repository owner cannot be a collaborator",
    });
    expect(await refusedWith(repos.addCollaborator({ ...own, username: "nobody-at-all" }))).to.equal(404);
    const repository = await newRepository(server.github);
    expect(await refusedWith(repos.addCollaborator({ ...repository, username: "outsider", permission: "god" }))).to.equal(422);
  });

  it("collaborators are for admins", async () => {
    const repository = await newRepository(server.github);
    const member = server.github.as("acme-member").repos;
    expect(await refusedWith(member.addCollaborator({ ...repository, username: "outsider" }))).to.equal(403);
    expect(await refusedWith(member.listInvitations(repository))).to.equal(403);
  });
});
