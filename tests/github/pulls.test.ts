import { expect } from "chai";
import { failure } from "./failure.ts";
import { startGitHub, type TestGitHub } from "./harness.ts";

describe("local GitHub: pull requests, checks and deployments", () => {
  let github: TestGitHub;
  let count = 0;
  before(async () => {
    github = await startGitHub();
  });
  after(async () => {
    expect(await github.violations()).to.deep.equal([]);
    await github.stop();
  });

  /** A repository of its own with a pull request that changes one file, proposed by platform-1. */
  async function proposed(path = "file.txt"): Promise<{ owner: string; repo: string; pull_number: number; head: string }> {
    count += 1;
    const repo = { owner: "acme", repo: `pulls-${count}` };
    const { rest } = github.octokit;
    await rest.repos.createInOrg({ org: "acme", name: repo.repo, auto_init: true });
    for (const team of ["platform", "security"]) {
      await rest.teams.addOrUpdateRepoPermissionsInOrg({ org: "acme", team_slug: team, ...repo, permission: "push" });
    }
    const { data: main } = await rest.git.getRef({ ...repo, ref: "heads/main" });
    await rest.git.createRef({ ...repo, ref: "refs/heads/topic", sha: main.object.sha });
    await write(repo, "topic", path, "one");
    const author = github.as("platform-1").rest;
    const { data: pull } = await author.pulls.create({ ...repo, title: "Change", body: "Why", head: "topic", base: "main" });
    return { ...repo, pull_number: pull.number, head: pull.head.sha };
  }

  async function write(repo: { owner: string; repo: string }, branch: string, path: string, text: string): Promise<void> {
    const { repos } = github.as("platform-1").rest;
    const sha = await repos.getContent({ owner: repo.owner, repo: repo.repo, path, ref: branch }).then(
      ({ data }) => (data as { sha: string }).sha,
      () => undefined,
    );
    const content = Buffer.from(text).toString("base64");
    await repos.createOrUpdateFileContents({
      owner: repo.owner,
      repo: repo.repo,
      path,
      branch,
      message: `Write ${path}`,
      content,
      ...(sha ? { sha } : {}),
    });
  }

  const protect = (repo: { owner: string; repo: string }, parameters: object, bypass: object[] = []): Promise<unknown> =>
    github.octokit.request("POST /repos/{owner}/{repo}/rulesets", {
      owner: repo.owner,
      repo: repo.repo,
      name: "main",
      target: "branch",
      enforcement: "active",
      bypass_actors: bypass as never,
      conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
      rules: [
        {
          type: "pull_request",
          parameters: {
            required_approving_review_count: 1,
            dismiss_stale_reviews_on_push: false,
            require_code_owner_review: false,
            require_last_push_approval: false,
            required_review_thread_resolution: false,
            ...parameters,
          },
        },
      ],
    });

  for (const method of ["merge", "squash", "rebase"] as const) {
    it(`merges by ${method} with real git`, async () => {
      const { head, ...named } = await proposed();
      const { data } = await github.as("platform-1").rest.pulls.merge({ ...named, merge_method: method });
      const { data: commit } = await github.octokit.rest.repos.getCommit({ ...named, ref: data.sha });
      expect(commit.parents).to.have.length(method === "merge" ? 2 : 1);
      expect(commit.parents.some(({ sha }) => sha === head)).to.equal(method === "merge");
      expect(commit.commit.verification?.verified).to.equal(method !== "rebase");
      const { data: pull } = await github.octokit.rest.pulls.get(named);
      expect(pull).to.include({ state: "closed", merged: true, merge_commit_sha: data.sha });
      expect(await failure(github.octokit.rest.pulls.merge(named))).to.include({ status: 405 });
    });
  }

  it("sees a conflict, and does not merge it", async () => {
    const named = await proposed();
    await write(named, "main", "file.txt", "two");
    const { data } = await github.octokit.rest.pulls.get(named);
    expect(data).to.include({ mergeable: false, mergeable_state: "dirty" });
    expect(await failure(github.octokit.rest.pulls.merge(named))).to.include({ status: 405 });
  });

  it("refuses a head that was modified meanwhile, a second pull request for the branch, and one's own approval", async () => {
    const named = await proposed();
    const author = github.as("platform-1").rest;
    expect(await failure(author.pulls.merge({ ...named, sha: "0".repeat(40) }))).to.include({ status: 409 });
    expect((await failure(author.pulls.create({ ...named, title: "Again", head: "topic", base: "main" }))).message).to.contain(
      "already exists",
    );
    expect((await failure(author.pulls.createReview({ ...named, event: "APPROVE" }))).message).to.contain("approve your own");
  });

  it("dismisses approvals when the head moves, where the rule says so", async () => {
    const named = await proposed();
    await protect(named, { dismiss_stale_reviews_on_push: true });
    await github.as("platform-2").rest.pulls.createReview({ ...named, event: "APPROVE" });
    await write(named, "topic", "more.txt", "more");
    const { data: reviews } = await github.octokit.rest.pulls.listReviews(named);
    expect(reviews.map(({ state }) => state)).to.deep.equal(["DISMISSED"]);
    expect(await failure(github.as("platform-1").rest.pulls.merge(named))).to.include({ status: 405 });
  });

  it("waits for the code owners whom the base names", async () => {
    const named = await proposed("deploy/prod.yaml");
    await write(named, "main", ".github/CODEOWNERS", "/deploy/ @acme/security\n");
    await protect(named, { require_code_owner_review: true });
    await github.as("platform-2").rest.pulls.createReview({ ...named, event: "APPROVE" });
    const refused = await failure(github.as("platform-1").rest.pulls.merge(named));
    expect(refused.message).to.contain("Waiting on code owner review from @acme/security.");
    await github.as("security-1").rest.pulls.createReview({ ...named, event: "APPROVE" });
    expect((await github.as("platform-1").rest.pulls.merge(named)).data.merged).to.equal(true);
  });

  it("lets a bypass actor through, and nobody else", async () => {
    const named = await proposed();
    await protect(named, {}, [{ actor_id: 1, actor_type: "OrganizationAdmin", bypass_mode: "always" }]);
    expect(await failure(github.as("platform-1").rest.pulls.merge(named))).to.include({ status: 405 });
    expect((await github.octokit.rest.pulls.merge(named)).data.merged).to.equal(true);
  });

  it("holds classic protection to the same engine: a check of its app, administrators excused unless told otherwise", async () => {
    const named = await proposed();
    await github.octokit.rest.repos.updateBranchProtection({
      ...named,
      branch: "main",
      required_status_checks: { strict: false, contexts: [], checks: [{ context: "test", app_id: 15368 }] },
      enforce_admins: true,
      required_pull_request_reviews: null,
      restrictions: null,
    });
    expect((await failure(github.octokit.rest.pulls.merge(named))).message).to.contain('Required status check "test" is expected.');
    await github.octokit.rest.repos.createCommitStatus({ ...named, sha: named.head, state: "success", context: "test" });
    expect(await failure(github.octokit.rest.pulls.merge(named)), "a status is no check of that app").to.include({ status: 405 });
    await github.octokit.rest.repos.deleteAdminBranchProtection({ ...named, branch: "main" });
    expect((await github.octokit.rest.pulls.merge(named)).data.merged).to.equal(true);
  });

  it("keeps check runs, and shows the last of each name", async () => {
    const { head, ...named } = await proposed();
    const { checks } = github.as("platform-1").rest;
    const { data: run } = await checks.create({ ...named, name: "test", head_sha: head, status: "in_progress" });
    expect(run).to.include({ status: "in_progress", conclusion: null });
    await checks.update({ ...named, check_run_id: run.id, conclusion: "failure" });
    await checks.create({ ...named, name: "test", head_sha: head, conclusion: "success" });
    const { data } = await checks.listForRef({ ...named, ref: "topic" });
    expect(data.check_runs.map(({ name, conclusion }) => `${name} ${String(conclusion)}`)).to.deep.equal(["test success"]);
    const { data: suites } = await checks.listSuitesForRef({ ...named, ref: "topic" });
    expect(suites.check_suites[0]).to.include({ status: "completed", conclusion: "success" });
    expect(await failure(checks.create({ ...named, name: "test", head_sha: "0".repeat(40) }))).to.include({ status: 422 });
  });

  it("combines commit statuses", async () => {
    const { head, ...named } = await proposed();
    const { repos } = github.as("platform-1").rest;
    for (const [context, state] of [
      ["a", "pending"],
      ["b", "success"],
      ["a", "success"],
    ] as const) {
      await repos.createCommitStatus({ ...named, sha: head, context, state });
    }
    const { data } = await repos.getCombinedStatusForRef({ ...named, ref: head });
    expect(data).to.include({ state: "success", total_count: 2 });
  });

  it("holds deployments to the branches of their environment, and to the checks of their commit", async () => {
    const { owner, repo, head } = await proposed();
    const named = { owner, repo };
    const { repos } = github.octokit.rest;
    await repos.createOrUpdateEnvironment({
      ...named,
      environment_name: "production",
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    await repos.createDeploymentBranchPolicy({ ...named, environment_name: "production", name: "main" });
    const refused = await failure(repos.createDeployment({ ...named, ref: "topic", environment: "production", required_contexts: [] }));
    expect(refused).to.include({ status: 422 });
    expect(refused.message).to.contain("not allowed to deploy to production");
    const { data } = await repos.createDeployment({
      ...named,
      ref: "main",
      environment: "production",
      required_contexts: [],
      auto_merge: false,
    });
    const deployment = { ...named, deployment_id: (data as { id: number }).id };
    await repos.createDeploymentStatus({ ...deployment, state: "success" });
    const { data: statuses } = await repos.listDeploymentStatuses(deployment);
    expect(statuses.map(({ state }) => state)).to.deep.equal(["success"]);
    await repos.createCommitStatus({ ...named, sha: head, context: "test", state: "failure" });
    expect(await failure(repos.createDeployment({ ...named, ref: "topic", environment: "elsewhere" }))).to.include({ status: 409 });
  });
});
