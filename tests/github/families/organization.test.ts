import { createHmac } from "node:crypto";
import { expect } from "chai";
import sodium from "libsodium-wrappers";
import { familyServer, idOf, newRepository, refusedWith } from "./world.ts";

const org = "acme";

describe("runner groups", () => {
  const server = familyServer();

  it("an organization has the default group, which cannot be deleted", async () => {
    const { octokit } = server.github;
    const { data } = await octokit.request("GET /orgs/{org}/actions/runner-groups", { org });
    expect(data.runner_groups).to.have.length(1);
    expect(data.runner_groups[0]).to.include({ id: 1, name: "Default", default: true, visibility: "all" });
    await octokit.request("PATCH /orgs/{org}/actions/runner-groups/{runner_group_id}", {
      org,
      runner_group_id: 1,
      name: "Default",
      allows_public_repositories: true,
    });
    const changed = await octokit.request("GET /orgs/{org}/actions/runner-groups/{runner_group_id}", { org, runner_group_id: 1 });
    expect(changed.data).to.include({ id: 1, allows_public_repositories: true });
    const remove = octokit.request("DELETE /orgs/{org}/actions/runner-groups/{runner_group_id}", { org, runner_group_id: 1 });
    expect(await refusedWith(remove)).to.equal(422);
  });

  it("a group is restricted to repositories and workflows, changed and deleted", async () => {
    const repository = await newRepository(server.github);
    const id = await idOf(server.github, repository);
    const { octokit } = server.github;
    const workflow = `acme/${repository.repo}/.github/workflows/deploy.yml@refs/heads/main`;
    const body = { org, name: "production", visibility: "selected" as const, selected_repository_ids: [id], restricted_to_workflows: true };
    const { data: group } = await octokit.request("POST /orgs/{org}/actions/runner-groups", { ...body, selected_workflows: [workflow] });
    expect(group).to.deep.include({
      name: "production",
      visibility: "selected",
      restricted_to_workflows: true,
      selected_workflows: [workflow],
    });
    const path = "/orgs/{org}/actions/runner-groups/{runner_group_id}";
    const named = { org, runner_group_id: group.id };
    const { data: listed } = await octokit.request(`GET ${path}/repositories`, named);
    expect(listed.repositories.map(({ name }: { name: string }) => name)).to.deep.equal([repository.repo]);
    expect(await refusedWith(octokit.request("POST /orgs/{org}/actions/runner-groups", { org, name: "Production" }))).to.equal(409);
    expect(
      await refusedWith(octokit.request("POST /orgs/{org}/actions/runner-groups", { org, name: "x", selected_workflows: ["deploy.yml"] })),
    ).to.equal(422);
    await octokit.request(`PATCH ${path}`, { ...named, name: "prod", visibility: "all" });
    const put = octokit.request(`PUT ${path}/repositories`, { ...named, selected_repository_ids: [id] });
    expect(await refusedWith(put)).to.equal(409);
    await octokit.request(`DELETE ${path}`, named);
    expect(await refusedWith(octokit.request(`GET ${path}`, named))).to.equal(404);
  });

  it("a local GitHub has no runners, and groups are for owners", async () => {
    const { octokit } = server.github;
    expect((await octokit.actions.listSelfHostedRunnersForOrg({ org })).data.total_count).to.equal(0);
    expect(await refusedWith(server.github.as("acme-member").request("GET /orgs/{org}/actions/runner-groups", { org }))).to.equal(403);
  });
});

describe("packages", () => {
  const server = familyServer();
  const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
  const publish = async (body: Record<string, unknown>): Promise<Response> =>
    fetch(`${server.github.url}/_gatehouse/packages`, { method: "PUT", body: JSON.stringify({ owner: org, ...body }) });

  it("a pushed image is a package with versions and tags, linked to its repository", async () => {
    const repository = await newRepository(server.github, { visibility: "private" });
    const { packages } = server.github.octokit;
    const named = { org, package_type: "container" as const, package_name: "team/app" };
    expect(await refusedWith(packages.getPackageForOrganization(named))).to.equal(404);
    await publish({ name: "team/app", repository: repository.repo, versions: [{ digest: digest("a"), tags: ["sha-1", "latest"] }] });
    await publish({ name: "team/app", repository: repository.repo, versions: [{ digest: digest("b"), tags: ["sha-2", "latest"] }] });
    const { data } = await packages.getPackageForOrganization(named);
    expect(data).to.nested.include({ name: "team/app", visibility: "private", version_count: 2, "repository.name": repository.repo });
    const versions = async (state?: "deleted") =>
      (await packages.getAllPackageVersionsForPackageOwnedByOrg({ ...named, ...(state && { state }) })).data;
    const all = await versions();
    expect(all.map(({ name, metadata }) => [name, metadata?.container?.tags])).to.deep.equal([
      [digest("b"), ["sha-2", "latest"]],
      [digest("a"), ["sha-1"]],
    ]);
    expect((await packages.listPackagesForOrganization({ org, package_type: "container" })).data.map(({ name }) => name)).to.deep.equal([
      "team/app",
    ]);
    const old = { ...named, package_version_id: all[1]!.id };
    expect(await refusedWith(packages.deletePackageVersionForOrg(old)), "without delete:packages").to.equal(403);
    await server.github.octokit.repos.delete(repository);
    expect((await packages.getPackageForOrganization(named)).data).to.not.have.property("repository");
  });

  it("without read:packages nothing is told, and a bad publication is refused", async () => {
    const member = server.github.as("acme-member").packages;
    expect(await refusedWith(member.listPackagesForOrganization({ org, package_type: "container" }))).to.equal(403);
    expect((await publish({ name: "Bad Name", versions: [] })).status).to.equal(422);
    expect((await publish({ owner: "nobody-here", name: "x", versions: [] })).status).to.equal(404);
  });
});

describe("comparing secrets over HTTP", () => {
  const server = familyServer();

  it("tells whether a secret is there and equal, and nothing else", async () => {
    const repository = await newRepository(server.github);
    const { octokit } = server.github;
    await octokit.repos.createOrUpdateEnvironment({ ...repository, environment_name: "prod" });
    const named = { ...repository, environment_name: "prod" };
    const { data: key } = await octokit.actions.getEnvironmentPublicKey(named);
    await sodium.ready;
    const box = Buffer.from(sodium.crypto_box_seal("right", Buffer.from(key.key, "base64"))).toString("base64");
    await octokit.actions.createOrUpdateEnvironmentSecret({ ...named, secret_name: "TOKEN", encrypted_value: box, key_id: key.key_id });
    const compare = async (name: string, value: string): Promise<unknown> => {
      const hmac = createHmac("sha256", "nonce").update(value).digest("hex");
      const body = { owner: org, repository: repository.repo, environment: "prod", name, nonce: "nonce", hmac };
      return (await fetch(`${server.github.url}/_gatehouse/secrets/compare`, { method: "POST", body: JSON.stringify(body) })).json();
    };
    expect(await compare("TOKEN", "right")).to.deep.equal({ present: true, equal: true });
    expect(await compare("TOKEN", "wrong")).to.deep.equal({ present: true, equal: false });
    expect(await compare("OTHER", "right")).to.deep.equal({ present: false, equal: false });
  });
});

describe("people, apps and keys", () => {
  const server = familyServer();

  it("who leaves the organization leaves its teams; the last owner cannot", async () => {
    const { orgs, teams } = server.github.octokit;
    const username = "platform-1";
    await orgs.removeMembershipForUser({ org, username });
    expect(await refusedWith(teams.getMembershipForUserInOrg({ org, team_slug: "platform", username }))).to.equal(404);
    await orgs.setMembershipForUser({ org, username });
    expect((await teams.listMembersInOrg({ org, team_slug: "platform" })).data.map(({ login }) => login)).to.not.include(username);
    expect(await refusedWith(orgs.removeMember({ org, username: "acme-owner" }))).to.equal(403);
  });

  it("a collaborator who is no member is an outside collaborator, and loses all rights at once", async () => {
    const repository = await newRepository(server.github, { visibility: "private" });
    const { orgs, repos } = server.github.octokit;
    await repos.addCollaborator({ ...repository, username: "acme-member", permission: "push" });
    await orgs.convertMemberToOutsideCollaborator({ org, username: "acme-member" });
    expect((await orgs.listOutsideCollaborators({ org })).data.map(({ login }) => login)).to.deep.equal(["acme-member"]);
    const member = server.github.as("acme-member").repos;
    expect((await member.get(repository)).data.permissions?.push).to.equal(true);
    await orgs.removeOutsideCollaborator({ org, username: "acme-member" });
    expect(await refusedWith(member.get(repository))).to.equal(404);
    expect(await refusedWith(orgs.removeOutsideCollaborator({ org, username: "acme-owner" }))).to.equal(422);
  });

  it("GitHub's own apps are found by slug, others are not, and none is installed", async () => {
    const { apps, orgs } = server.github.octokit;
    expect((await apps.getBySlug({ app_slug: "github-actions" })).data).to.include({ id: 15368, name: "GitHub Actions" });
    expect(await refusedWith(apps.getBySlug({ app_slug: "nobody" }))).to.equal(404);
    expect((await orgs.listAppInstallations({ org })).data.total_count).to.equal(0);
  });

  it("a deploy key is added once over all repositories, and only in OpenSSH's form", async () => {
    const [one, other] = [await newRepository(server.github), await newRepository(server.github)];
    const { repos } = server.github.octokit;
    const blob = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from("ssh-ed25519"), Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, 7)]);
    const key = `ssh-ed25519 ${blob.toString("base64")}`;
    const { data } = await repos.createDeployKey({ ...one, title: "Argo CD", key: `${key} argocd@cluster`, read_only: true });
    expect(data).to.include({ title: "Argo CD", key, read_only: true, verified: true });
    expect(await refusedWith(repos.createDeployKey({ ...other, key }))).to.equal(422);
    expect(await refusedWith(repos.createDeployKey({ ...other, key: "ssh-ed25519 AAAA" }))).to.equal(422);
    await repos.deleteDeployKey({ ...one, key_id: data.id });
    expect((await repos.listDeployKeys(one)).data).to.deep.equal([]);
  });
});
