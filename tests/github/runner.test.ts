import { Octokit } from "@octokit/rest";
import { expect } from "chai";
import { Runner, type RunOfRunner } from "../../local/runner/index.ts";
import { familyServer, newRepository, refusal, type RepositoryName } from "./families/world.ts";

const CI = `name: CI
on:
  push: { branches: [main] }
  pull_request: { paths-ignore: ["docs/**"] }
permissions: { contents: read }
jobs:
  lint: { runs-on: ubuntu-24.04, steps: [{ run: "true" }] }
  test:
    strategy: { matrix: { python: ["3.12", "3.13"] } }
    runs-on: ubuntu-24.04
    steps: [{ run: "true" }]
  pages: { if: "github.event_name == 'push'", runs-on: ubuntu-24.04, steps: [{ run: "true" }] }
  summary: { needs: [lint, test], if: always(), runs-on: ubuntu-24.04, steps: [{ run: "true" }] }
  package: { needs: [test], runs-on: ubuntu-24.04, steps: [{ run: "true" }] }
`;
const CD = `name: CD
on:
  workflow_run: { workflows: [CI], types: [completed], branches: [main] }
  workflow_dispatch:
jobs:
  propose:
    runs-on: ubuntu-24.04
    permissions: { contents: write, pull-requests: write }
    steps: [{ run: "true" }]
  deploy: { needs: [propose], runs-on: ubuntu-24.04, environment: prod, steps: [{ run: "true" }] }
  verify: { needs: [deploy], runs-on: ubuntu-24.04, steps: [{ run: "true" }] }
`;

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe("the runner of a local GitHub", () => {
  const server = familyServer();
  let repository: RepositoryName;
  let octokit: Octokit;
  let runner: Runner;

  const write = (path: string, text: string, more: object = {}) =>
    octokit.repos.createOrUpdateFileContents({
      ...repository,
      path,
      message: `write ${path}`,
      content: Buffer.from(text).toString("base64"),
      ...more,
    });
  const propose = async (path: string, by = octokit, branch = `change-${path.replaceAll("/", "-")}`): Promise<number> => {
    const { data: main } = await octokit.git.getRef({ ...repository, ref: "heads/main" });
    await octokit.git.createRef({ ...repository, ref: `refs/heads/${branch}`, sha: main.object.sha });
    await write(path, "x", { branch });
    return (await by.pulls.create({ ...repository, title: "x", head: branch, base: "main" })).data.number;
  };
  const told = (runs: readonly RunOfRunner[]) =>
    runs.map(({ workflow, event, jobs }) => [
      workflow,
      event,
      Object.fromEntries(jobs.map((job) => [job.context, job.conclusion ?? job.status])),
    ]);

  beforeEach(async () => {
    octokit = server.github.octokit;
    repository = await newRepository(server.github, { auto_init: true });
    await octokit.teams.addOrUpdateRepoPermissionsInOrg({ org: "acme", team_slug: "platform", ...repository, permission: "push" });
    await write(".github/workflows/ci.yml", CI);
    await write(".github/workflows/cd.yml", CD, { message: "add CD" });
    const team = (await octokit.teams.getByName({ org: "acme", team_slug: "platform" })).data;
    const reviewers = [{ type: "Team" as const, id: team.id }];
    await octokit.repos.createOrUpdateEnvironment({ ...repository, environment_name: "prod", prevent_self_review: true, reviewers });
    runner = new Runner(octokit, server.github.url, repository);
    await runner.skip();
  });

  it("reports the checks of a pull request under the names that its workflows give them", async () => {
    const number = await propose("a.txt");
    expect(told(await runner.work())).to.deep.equal([
      [
        "ci.yml",
        "pull_request",
        { lint: "success", "test (3.12)": "success", "test (3.13)": "success", pages: "skipped", summary: "success", package: "success" },
      ],
    ]);
    const { data: pull } = await octokit.pulls.get({ ...repository, pull_number: number });
    const { data } = await octokit.checks.listForRef({ ...repository, ref: pull.head.sha });
    expect(data.check_runs.map(({ name, app }) => [name, app?.slug])).to.have.deep.members(
      ["lint", "test (3.12)", "test (3.13)", "pages", "summary", "package"].map((name) => [name, "github-actions"]),
    );
  });

  it("skips what needs a job that failed, unless the job asks for that itself", async () => {
    await propose("a.txt");
    const runs = await runner.work(({ context }) => (context === "test (3.13)" ? "failure" : undefined));
    expect(runs[0]?.jobs.filter(({ job }) => ["summary", "package"].includes(job)).map(({ conclusion }) => conclusion)).to.deep.equal([
      "success",
      "skipped",
    ]);
    expect((await octokit.actions.getWorkflowRun({ ...repository, run_id: runs[0]?.id ?? 0 })).data.conclusion).to.equal("failure");
  });

  it("starts nothing that a path filter or the commit's message leaves out, and nothing twice", async () => {
    await propose("docs/a.md");
    expect(await runner.work()).to.deep.equal([]);
    await write("b.txt", "x", { message: "chore: seed [skip ci]" });
    expect(await runner.work()).to.deep.equal([]);
    await propose("c.txt");
    expect(await runner.work()).to.have.length(1);
    expect(await runner.work()).to.deep.equal([]);
  });

  it("a run that has ended starts what waits for it, and a job of an environment waits for its reviewers", async () => {
    await write("c.txt", "x");
    const [ci, cd] = await runner.work();
    expect(ci?.event).to.equal("push");
    expect(told(cd ? [cd] : [])).to.deep.equal([["cd.yml", "workflow_run", { propose: "success", deploy: "waiting", verify: "blocked" }]]);
    const run = cd ?? expect.fail("no run of CD");
    expect(await runner.resume(run).catch((error: unknown) => (error as Error).message)).to.include("job deploy waits for a review");
    const { data: pending } = await octokit.actions.getPendingDeploymentsForRun({ ...repository, run_id: run.id });
    const review = { ...repository, run_id: run.id, environment_ids: [pending[0]?.environment.id ?? 0], comment: "" };
    expect((await refusal(octokit.actions.reviewPendingDeploymentsForRun({ ...review, state: "approved" }))).status).to.equal(422);
    await server.github.as("platform-2").actions.reviewPendingDeploymentsForRun({ ...review, state: "approved" });
    expect(told([await runner.resume(run)])[0]?.[2]).to.deep.equal({ propose: "success", deploy: "success", verify: "success" });
    expect((await octokit.actions.getWorkflowRun({ ...repository, run_id: run.id })).data.conclusion).to.equal("success");
  });

  it("ends a run that was dispatched", async () => {
    await octokit.actions.createWorkflowDispatch({ ...repository, workflow_id: "cd.yml", ref: "main" });
    const runs = await runner.work();
    expect(runs.map(({ event }) => event)).to.deep.equal(["workflow_dispatch"]);
    expect((await octokit.actions.listWorkflowRuns({ ...repository, workflow_id: "cd.yml" })).data.total_count).to.equal(1);
  });

  it("gives a job the token that its permissions make: what it opens starts no run", async () => {
    const allowed = { can_approve_pull_request_reviews: true };
    await octokit.actions.setGithubActionsDefaultWorkflowPermissionsOrganization({ org: "acme", ...allowed });
    await octokit.actions.setGithubActionsDefaultWorkflowPermissionsRepository({ ...repository, ...allowed });
    const sha = (await octokit.git.getRef({ ...repository, ref: "heads/main" })).data.object.sha;
    const as = async (workflow: string, job: string) =>
      new Octokit({ baseUrl: server.github.url, auth: await runner.token(workflow, job, sha), log: silent });
    const number = await propose("d.txt", await as("cd.yml", "propose"));
    expect(await runner.work(), "the push of the branch was a person's, on no branch that CI runs for").to.deep.equal([]);
    expect((await octokit.pulls.get({ ...repository, pull_number: number })).data.user.login).to.equal("github-actions[bot]");
    const reading = await as("ci.yml", "lint");
    expect((await refusal(reading.issues.create({ ...repository, title: "x" }))).status).to.equal(403);
  });
});
