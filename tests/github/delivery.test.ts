import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { startGitHub, type TestGitHub } from "./harness.ts";

const run = promisify(execFile);
const identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false"];

describe("local GitHub: from a push to a merge", () => {
  let github: TestGitHub;
  let folder: string;
  const repo = { owner: "acme", repo: "delivery" };
  const git = async (cwd: string, ...args: string[]): Promise<string> =>
    (
      await run("git", [...identity, ...args], { cwd, env: { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null" } })
    ).stdout.trim();

  before(async () => {
    github = await startGitHub();
    folder = mkdtempSync(join(tmpdir(), "gatehouse-git-"));
    await github.octokit.rest.repos.createInOrg({ org: "acme", name: "delivery", auto_init: true });
    await github.octokit.rest.teams.addOrUpdateRepoPermissionsInOrg({ org: "acme", team_slug: "platform", ...repo, permission: "push" });
  });
  after(async () => {
    expect(await github.violations()).to.deep.equal([]);
    await github.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("clones, pushes a branch, proposes it, checks it, has it reviewed and merges it", async () => {
    const work = join(folder, "work");
    await git(folder, "clone", "--quiet", github.remote("acme/delivery", "platform-1"), work);
    await git(work, "switch", "--quiet", "-c", "feature");
    writeFileSync(join(work, "feature.txt"), "one\n");
    await git(work, "add", ".");
    await git(work, "commit", "--quiet", "-m", "Add a feature");
    await git(work, "push", "--quiet", "origin", "feature");
    await github.octokit.rest.repos.createRepoRuleset({
      ...repo,
      name: "main",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      rules: [
        { type: "deletion" },
        { type: "non_fast_forward" },
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
          parameters: { strict_required_status_checks_policy: false, required_status_checks: [{ context: "test", integration_id: 15368 }] },
        },
      ],
    });

    await git(work, "switch", "--quiet", "main");
    writeFileSync(join(work, "direct.txt"), "no\n");
    await git(work, "add", ".");
    await git(work, "commit", "--quiet", "-m", "Straight to main");
    const refused = await git(work, "push", "origin", "main").then(
      () => "pushed",
      (error: unknown) => (error as { stderr: string }).stderr,
    );
    expect(refused).to.contain("GH013").and.to.contain("Changes must be made through a pull request.");

    const author = github.as("platform-1").rest;
    const { data: pull } = await author.pulls.create({ ...repo, title: "A feature", head: "feature", base: "main" });
    expect(pull).to.include({ state: "open", mergeable: true, mergeable_state: "blocked", commits: 1, changed_files: 1 });
    const numbered = { ...repo, pull_number: pull.number };
    const blocked = await author.pulls.merge(numbered).catch((error: unknown) => error as { status: number; message: string });
    expect(blocked).to.include({ status: 405 });
    await author.checks.create({ ...repo, name: "test", head_sha: pull.head.sha, conclusion: "success" });
    await github.as("platform-2").rest.pulls.createReview({ ...numbered, event: "APPROVE" });
    expect((await author.pulls.get(numbered)).data.mergeable_state).to.equal("clean");
    const { data: merged } = await author.pulls.merge({ ...numbered, merge_method: "squash" });
    expect(merged.merged).to.equal(true);
    const { data: commit } = await github.octokit.rest.repos.getCommit({ ...repo, ref: "main" });
    expect(commit.sha).to.equal(merged.sha);
    expect(commit.commit.message).to.contain("(#1)");
    expect(commit.commit.verification).to.include({ verified: true, reason: "valid" });
    expect(commit.commit.committer).to.include({ name: "GitHub", email: "noreply@github.com" });
  });
});
