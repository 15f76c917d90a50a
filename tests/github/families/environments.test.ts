import { expect } from "chai";
import { familyServer, newRepository, refusal, refusedWith } from "./world.ts";

describe("environments", () => {
  const server = familyServer();
  const put = (repository: { owner: string; repo: string }, name: string, body: Record<string, unknown> = {}) =>
    server.github.octokit.request("PUT /repos/{owner}/{repo}/environments/{environment_name}", {
      ...repository,
      environment_name: name,
      ...body,
    });
  const get = async (repository: { owner: string; repo: string }, name: string) =>
    (await server.github.octokit.repos.getEnvironment({ ...repository, environment_name: name })).data;

  it("an environment without settings holds nothing back, and admins may bypass it", async () => {
    const repository = await newRepository(server.github);
    await put(repository, "dev");
    expect(await get(repository, "dev")).to.deep.include({
      name: "dev",
      protection_rules: [],
      deployment_branch_policy: null,
      can_admins_bypass: true,
    });
  });

  it("[DEX-7] reviewers, wait timer, self-review, admin bypass and policy read back as they were set", async () => {
    const repository = await newRepository(server.github);
    const { octokit } = server.github;
    const team = (await octokit.teams.getByName({ org: "acme", team_slug: "platform" })).data;
    const user = (await octokit.users.getByUsername({ username: "acme-member" })).data;
    await put(repository, "prod", {
      wait_timer: 30,
      prevent_self_review: true,
      can_admins_bypass: false,
      reviewers: [
        { type: "Team", id: team.id },
        { type: "User", id: user.id },
      ],
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    const read = await get(repository, "prod");
    expect(read).to.deep.include({
      can_admins_bypass: false,
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    const [timer, reviewers, policy] = read.protection_rules ?? [];
    expect(timer).to.include({ type: "wait_timer", wait_timer: 30 });
    expect(reviewers).to.deep.nested.include({ type: "required_reviewers", prevent_self_review: true });
    expect((reviewers as { reviewers: { type: string; reviewer: { id: number; slug?: string; login?: string } }[] }).reviewers).to.satisfy(
      (all: { type: string; reviewer: { slug?: string; login?: string } }[]) =>
        all[0]?.reviewer.slug === "platform" && all[1]?.reviewer.login === "acme-member",
    );
    expect(policy).to.include({ type: "branch_policy" });
  });

  it("a PUT that leaves settings out takes them back, and keeps the environment's id", async () => {
    const repository = await newRepository(server.github);
    await put(repository, "prod", { wait_timer: 5 });
    const before = await get(repository, "prod");
    await put(repository, "PROD");
    const after = await get(repository, "prod");
    expect(after).to.deep.include({ id: before.id, name: "prod", protection_rules: [] });
  });

  const refused: readonly (readonly [string, string, Record<string, unknown>, string])[] = [
    ["a wait timer beyond thirty days", "prod", { wait_timer: 43_201 }, "wait_timer"],
    ["a negative wait timer", "prod", { wait_timer: -1 }, "wait_timer"],
    ["a reviewer that does not exist", "prod", { reviewers: [{ type: "User", id: 1 }] }, "reviewers"],
    ["a team that does not exist", "prod", { reviewers: [{ type: "Team", id: 1 }] }, "reviewers"],
    [
      "a policy that is both",
      "prod",
      { deployment_branch_policy: { protected_branches: true, custom_branch_policies: true } },
      "deployment_branch_policy",
    ],
    [
      "a policy that is neither",
      "prod",
      { deployment_branch_policy: { protected_branches: false, custom_branch_policies: false } },
      "deployment_branch_policy",
    ],
    ["a name with a quote", "it's", {}, "name"],
    ["a name of 256 characters", "x".repeat(256), {}, "name"],
  ];
  for (const [what, name, body, field] of refused) {
    it(`${what} is refused by its field and nothing is made`, async () => {
      const repository = await newRepository(server.github);
      const { status, errors } = await refusal(put(repository, name, body));
      expect(status).to.equal(422);
      expect(errors).to.have.length(1);
      expect(errors[0]).to.include({ resource: "Environment", field });
      expect((await server.github.octokit.repos.getAllEnvironments(repository)).data.total_count).to.equal(0);
    });
  }

  it("seven reviewers are one too many, and nobody is listed twice", async () => {
    const repository = await newRepository(server.github);
    const { data: members } = await server.github.octokit.orgs.listMembers({ org: "acme" });
    const team = (await server.github.octokit.teams.getByName({ org: "acme", team_slug: "platform" })).data;
    const six = [...members.slice(0, 5).map(({ id }) => ({ type: "User", id })), { type: "Team", id: team.id }];
    await put(repository, "prod", { reviewers: six });
    const { errors } = await refusal(put(repository, "prod", { reviewers: [...six, { type: "Team", id: team.id }] }));
    expect(errors).to.have.length(2);
  });

  it("only those who can read the repository may review", async () => {
    const repository = await newRepository(server.github, { visibility: "private" });
    const { data: outsider } = await server.github.octokit.users.getByUsername({ username: "outsider" });
    expect(await refusedWith(put(repository, "prod", { reviewers: [{ type: "User", id: outsider.id }] }))).to.equal(422);
  });

  it("plans: none in a free private repository, no reviewers and timers in a private one of GitHub Team, all in public ones", async () => {
    const free = await newRepository(server.github, { org: "acme-free", visibility: "private" });
    expect(await refusedWith(put(free, "prod"))).to.equal(404);
    const team = await newRepository(server.github, { org: "acme-team", visibility: "private" });
    const { status, message } = await refusal(put(team, "prod", { reviewers: null, wait_timer: 0 }));
    expect([status, message]).to.deep.equal([
      422,
      "Failed to create the environment protection rule. Please ensure the billing plan include the required reviewers protection rule.",
    ]);
    await put(team, "prod", { deployment_branch_policy: { protected_branches: true, custom_branch_policies: false } });
    const open = await newRepository(server.github, { org: "acme-free" });
    await put(open, "prod", { wait_timer: 1 });
  });

  it("environments are for admins, and are listed for readers", async () => {
    const repository = await newRepository(server.github);
    await put(repository, "dev");
    const member = server.github.as("acme-member");
    const path = { ...repository, environment_name: "dev" };
    expect(await refusedWith(member.request("PUT /repos/{owner}/{repo}/environments/{environment_name}", path))).to.equal(403);
    expect((await member.repos.getAllEnvironments(repository)).data).to.nested.include({ total_count: 1, "environments[0].name": "dev" });
  });

  describe("deployment policies", () => {
    const custom = { deployment_branch_policy: { protected_branches: false, custom_branch_policies: true } };

    it("[DEX-7] branch and tag policies are added, changed, listed and removed", async () => {
      const repository = await newRepository(server.github);
      await put(repository, "pypi", custom);
      const { repos } = server.github.octokit;
      const named = { ...repository, environment_name: "pypi" };
      const { data: tag } = await repos.createDeploymentBranchPolicy({ ...named, name: "v*", type: "tag" });
      const { data: branch } = await repos.createDeploymentBranchPolicy({ ...named, name: "v*" });
      expect([tag.type, branch.type]).to.deep.equal(["tag", "branch"]);
      const id = { ...named, branch_policy_id: Number(branch.id) };
      await repos.updateDeploymentBranchPolicy({ ...id, name: "main" });
      const { data } = await repos.listDeploymentBranchPolicies(named);
      expect(data.branch_policies.map(({ name, type }) => `${String(type)} ${String(name)}`)).to.deep.equal(["tag v*", "branch main"]);
      await repos.deleteDeploymentBranchPolicy(id);
      expect(await refusedWith(repos.getDeploymentBranchPolicy(id))).to.equal(404);
    });

    it("a policy that is there already is answered by 303 with its address, which clients follow", async () => {
      const repository = await newRepository(server.github);
      await put(repository, "prod", custom);
      const named = { ...repository, environment_name: "prod", name: "main" };
      const { repos } = server.github.octokit;
      const { data: first } = await repos.createDeploymentBranchPolicy(named);
      const { data: again } = await repos.createDeploymentBranchPolicy(named);
      expect(again.id).to.equal(first.id);
      expect((await repos.listDeploymentBranchPolicies(named)).data.total_count).to.equal(1);
    });

    it("an environment without custom policies has none, and loses them when it changes to another kind", async () => {
      const repository = await newRepository(server.github);
      await put(repository, "prod");
      const named = { ...repository, environment_name: "prod", name: "main" };
      const { repos } = server.github.octokit;
      expect(await refusedWith(repos.createDeploymentBranchPolicy(named))).to.equal(404);
      await put(repository, "prod", custom);
      await repos.createDeploymentBranchPolicy(named);
      await put(repository, "prod", { deployment_branch_policy: { protected_branches: true, custom_branch_policies: false } });
      await put(repository, "prod", custom);
      expect((await repos.listDeploymentBranchPolicies(named)).data.total_count).to.equal(0);
    });
  });

  it("an environment takes its secrets, variables and policies with it", async () => {
    const repository = await newRepository(server.github);
    const { octokit } = server.github;
    const named = { ...repository, environment_name: "dev" };
    await put(repository, "dev");
    await octokit.actions.createEnvironmentVariable({ ...named, name: "REGION", value: "eu" });
    await octokit.repos.deleteAnEnvironment(named);
    expect(await refusedWith(octokit.actions.listEnvironmentVariables(named))).to.equal(404);
    await put(repository, "dev");
    expect((await octokit.actions.listEnvironmentVariables(named)).data.total_count).to.equal(0);
  });
});
