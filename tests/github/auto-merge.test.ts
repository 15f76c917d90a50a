import { expect } from "chai";
import { startGitHub, type TestGitHub } from "./harness.ts";

const ENABLE = `mutation($id: ID!, $mergeMethod: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: $mergeMethod }) { clientMutationId } }`;
const DISABLE = `mutation($id: ID!) { disablePullRequestAutoMerge(input: { pullRequestId: $id }) { clientMutationId } }`;

describe("local GitHub: auto-merge", function () {
  this.timeout(30_000);
  let github: TestGitHub;
  let count = 0;
  before(async () => {
    github = await startGitHub();
  });
  after(async () => {
    const violations = await github.violations();
    await github.stop();
    expect(violations).to.deep.equal([]);
  });

  /** A repository whose main asks for one review and the check `test`, with an open pull request. */
  async function proposed(settings: { readonly allow_auto_merge?: boolean } = {}, ruled = true) {
    count += 1;
    const at = { owner: "acme", repo: `merge-${count}` };
    const { rest } = github.octokit;
    await rest.repos.createInOrg({ org: "acme", name: at.repo, auto_init: true, allow_auto_merge: true, ...settings });
    await rest.teams.addOrUpdateRepoPermissionsInOrg({ org: "acme", team_slug: "platform", ...at, permission: "push" });
    if (ruled) {
      await rest.repos.createRepoRuleset({
        ...at,
        name: "main",
        target: "branch",
        enforcement: "active",
        conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
        rules: [
          {
            type: "pull_request",
            parameters: {
              required_approving_review_count: 1,
              dismiss_stale_reviews_on_push: true,
              require_code_owner_review: false,
              require_last_push_approval: false,
              required_review_thread_resolution: false,
            },
          },
          {
            type: "required_status_checks",
            parameters: { strict_required_status_checks_policy: false, required_status_checks: [{ context: "test" }] },
          },
        ],
      });
    }
    const { data: main } = await rest.git.getRef({ ...at, ref: "heads/main" });
    await rest.git.createRef({ ...at, ref: "refs/heads/change", sha: main.object.sha });
    const content = Buffer.from("text\n").toString("base64");
    await rest.repos.createOrUpdateFileContents({ ...at, branch: "change", path: "file", message: "change", content });
    const { data: pull } = await rest.pulls.create({ ...at, title: "Change", head: "change", base: "main" });
    return { at, pull };
  }
  const enable = (id: string, method = "SQUASH", login = "acme-owner") => github.as(login).graphql(ENABLE, { id, mergeMethod: method });
  const merged = async (at: { owner: string; repo: string }, pull_number: number) =>
    (await github.octokit.rest.pulls.get({ ...at, pull_number })).data;
  const refusal = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "",
      (error: unknown) => (error as Error).message,
    );

  for (const last of ["review", "check", "status"] as const) {
    it(`merges with the ${last} that was missing, by whoever switched it on`, async () => {
      const { at, pull } = await proposed();
      const { rest } = github.octokit;
      await enable(pull.node_id);
      const waiting = await merged(at, pull.number);
      expect(waiting.auto_merge).to.include({ merge_method: "squash" });
      expect(waiting.auto_merge?.enabled_by.login).to.equal("acme-owner");
      const review = () => github.as("platform-1").rest.pulls.createReview({ ...at, pull_number: pull.number, event: "APPROVE" });
      const check = () => rest.checks.create({ ...at, name: "test", head_sha: pull.head.sha, status: "completed", conclusion: "success" });
      const status = () => rest.repos.createCommitStatus({ ...at, sha: pull.head.sha, context: "test", state: "success" });
      const [first, second] = last === "review" ? [check, review] : [review, last === "check" ? check : status];
      await first();
      expect((await merged(at, pull.number)).merged).to.equal(false);
      await second();
      const done = await merged(at, pull.number);
      expect(done).to.include({ merged: true, auto_merge: null });
      expect(done.merged_by?.login).to.equal("acme-owner");
    });
  }

  it("merges with the job that was missing, as its runner reports it, and not with one that failed", async () => {
    const { at, pull } = await proposed();
    const { rest } = github.octokit;
    const content = Buffer.from("on: pull_request\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps: [{ run: make }]\n").toString(
      "base64",
    );
    const path = ".github/workflows/ci.yml";
    const { data } = await rest.repos.createOrUpdateFileContents({ ...at, branch: "change", path, message: "ci", content });
    await enable(pull.node_id);
    await github.as("platform-1").rest.pulls.createReview({ ...at, pull_number: pull.number, event: "APPROVE" });
    const place = {
      owner: at.owner,
      repository: at.repo,
      workflow: "ci.yml",
      event: "pull_request",
      sha: data.commit.sha,
      actor: "platform-1",
    };
    for (const conclusion of ["failure", "success"]) {
      expect((await merged(at, pull.number)).merged, conclusion).to.equal(false);
      const body = JSON.stringify({ ...place, branch: "change", jobs: [{ name: "test", conclusion }] });
      expect((await fetch(`${github.url}/_gatehouse/runs`, { method: "POST", body })).status).to.equal(200);
    }
    expect((await merged(at, pull.number)).merged).to.equal(true);
  });

  it("waits for ever where it is switched off again", async () => {
    const { at, pull } = await proposed();
    await enable(pull.node_id);
    await github.octokit.graphql(DISABLE, { id: pull.node_id });
    await github.as("platform-1").rest.pulls.createReview({ ...at, pull_number: pull.number, event: "APPROVE" });
    await github.octokit.rest.repos.createCommitStatus({ ...at, sha: pull.head.sha, context: "test", state: "success" });
    expect((await merged(at, pull.number)).merged).to.equal(false);
    expect(await refusal(github.octokit.graphql(DISABLE, { id: pull.node_id }))).to.include("Can't disable auto-merge");
  });

  it("is refused in GitHub's words: not allowed, nothing to wait for, a method that is off, no right to write", async () => {
    const { pull } = await proposed();
    const { at } = await proposed();
    await github.octokit.rest.repos.update({ ...at, allow_rebase_merge: false });
    const [other] = (await github.octokit.rest.pulls.list({ ...at })).data;
    expect(await refusal(enable(other!.node_id, "REBASE"))).to.include("Merge method rebase merging is not allowed");
    expect(await refusal(enable(pull.node_id, "SQUASH", "outsider"))).to.match(/Could not resolve|correct permissions/);
    expect(await refusal(enable((await proposed({}, false)).pull.node_id))).to.include("Pull request is in clean status");
    expect(await refusal(enable((await proposed({ allow_auto_merge: false })).pull.node_id))).to.include(
      "Auto merge is not allowed for this repository",
    );
  });
});
