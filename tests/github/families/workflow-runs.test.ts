import { expect } from "chai";
import type { Octokit } from "@octokit/rest";
import type { ReportedRun } from "../../../local/github/families/workflow-runs/report.ts";
import { familyServer, idOf, newRepository, refusal, refusedWith, type RepositoryName } from "./world.ts";

const CI = `name: CI
on:
  push:
  workflow_dispatch:
    inputs:
      tag: { type: string, required: true }
      tier: { type: choice, options: [dev, prod], default: dev }
      dry: { type: boolean }
jobs:
  test:
    runs-on: ubuntu-24.04
    steps: [{ run: "true" }]
`;
const CD = "on: push\njobs: {}\n";

type Report = Readonly<Record<string, unknown>>;

describe("workflow runs", () => {
  const server = familyServer();
  let repository: RepositoryName;
  let octokit: Octokit;

  const write = (path: string, text: string) =>
    octokit.repos.createOrUpdateFileContents({ ...repository, path, message: path, content: Buffer.from(text).toString("base64") });
  const send = (body: Report): Promise<Response> =>
    fetch(`${server.github.url}/_gatehouse/runs`, {
      method: "POST",
      body: JSON.stringify({
        owner: repository.owner,
        repository: repository.repo,
        workflow: "ci.yml",
        branch: "main",
        actor: "platform-1",
        ...body,
      }),
    });
  const report = async (body: Report = {}): Promise<ReportedRun> => {
    const answer = await send(body);
    expect(answer.status, await answer.clone().text()).to.equal(200);
    return (await answer.json()) as ReportedRun;
  };
  const runs = async (query: Report = {}) =>
    (await octokit.actions.listWorkflowRunsForRepo({ ...repository, ...query })).data.workflow_runs;
  const numbers = async (query: Report): Promise<number[]> => (await runs(query)).map(({ id }) => id);

  beforeEach(async () => {
    octokit = server.github.octokit;
    repository = await newRepository(server.github, { auto_init: true });
    await octokit.teams.addOrUpdateRepoPermissionsInOrg({ org: "acme", team_slug: "platform", ...repository, permission: "push" });
    await write(".github/workflows/ci.yml", CI);
    await write(".github/workflows/cd.yml", CD);
  });

  describe("workflows", () => {
    it("are the files of the default branch, by number and by file name", async () => {
      await write(".github/workflows/notes.md", "no workflow");
      const { data } = await octokit.actions.listRepoWorkflows(repository);
      expect(data.workflows.map(({ path, name, state }) => ({ path, name, state }))).to.have.deep.members([
        { path: ".github/workflows/ci.yml", name: "CI", state: "active" },
        { path: ".github/workflows/cd.yml", name: ".github/workflows/cd.yml", state: "active" },
      ]);
      const ci = data.workflows.find(({ name }) => name === "CI");
      for (const id of ["ci.yml", ci?.id ?? 0]) {
        expect((await octokit.actions.getWorkflow({ ...repository, workflow_id: id })).data.id).to.equal(ci?.id);
      }
      expect(await refusedWith(octokit.actions.getWorkflow({ ...repository, workflow_id: "gone.yml" }))).to.equal(404);
    });
  });

  describe("a reported run", () => {
    it("is shown with its jobs, their outcomes and their times", async () => {
      const { id, jobs } = await report({
        createdAt: "2026-03-01T10:00:00Z",
        startedAt: "2026-03-01T10:00:05Z",
        updatedAt: "2026-03-01T10:06:05Z",
        jobs: [
          { name: "test", startedAt: "2026-03-01T10:00:10Z", completedAt: "2026-03-01T10:04:00Z" },
          { name: "lint", conclusion: "failure", startedAt: "2026-03-01T10:00:10Z", completedAt: "2026-03-01T10:06:00Z" },
        ],
      });
      const { data: run } = await octokit.actions.getWorkflowRun({ ...repository, run_id: id });
      expect(run).to.include({
        name: "CI",
        path: ".github/workflows/ci.yml",
        event: "push",
        status: "completed",
        conclusion: "failure",
        head_branch: "main",
        run_number: 1,
        run_attempt: 1,
        created_at: "2026-03-01T10:00:00Z",
        run_started_at: "2026-03-01T10:00:05Z",
        updated_at: "2026-03-01T10:06:05Z",
      });
      expect(run.actor?.login).to.equal("platform-1");
      const { data } = await octokit.actions.listJobsForWorkflowRun({ ...repository, run_id: id });
      expect(data.jobs.map(({ name, conclusion, started_at: from, completed_at: to }) => [name, conclusion, from, to])).to.deep.equal([
        ["test", "success", "2026-03-01T10:00:10Z", "2026-03-01T10:04:00Z"],
        ["lint", "failure", "2026-03-01T10:00:10Z", "2026-03-01T10:06:00Z"],
      ]);
      const first = await octokit.actions.getJobForWorkflowRun({ ...repository, job_id: jobs[0]?.id ?? 0 });
      expect(first.data).to.include({ name: "test", run_id: id, workflow_name: "CI" });
    });

    it("makes the check runs of its jobs, as GitHub Actions, so that gates count them", async () => {
      const { jobs } = await report({ jobs: [{ name: "test" }] });
      const { data } = await octokit.checks.listForRef({ ...repository, ref: "main" });
      expect(data.check_runs.map(({ id, name, conclusion, app }) => [id, name, conclusion, app?.slug])).to.deep.equal([
        [jobs[0]?.checkRunId, "test", "success", "github-actions"],
      ]);
    });

    it("goes on under its number: the same jobs, brought up to date", async () => {
      const started = await report({ status: "in_progress", jobs: [{ name: "test", status: "in_progress" }] });
      const ended = await report({ id: started.id, jobs: [{ name: "test", conclusion: "timed_out" }], conclusion: "failure" });
      const numbersOf = (run: ReportedRun) => [run.id, ...run.jobs.map(({ id, checkRunId }) => [id, checkRunId])];
      expect(numbersOf(ended)).to.deep.equal(numbersOf(started));
      const { data } = await octokit.actions.listJobsForWorkflowRun({ ...repository, run_id: started.id });
      expect(data.jobs.map(({ status, conclusion }) => [status, conclusion])).to.deep.equal([["completed", "timed_out"]]);
      expect((await octokit.checks.listForRef({ ...repository, ref: "main" })).data.check_runs).to.have.length(1);
    });

    it("counts each workflow by itself", async () => {
      await report();
      await report({ workflow: "cd.yml" });
      await report();
      expect((await runs()).map(({ path, run_number: number }) => [path, number])).to.have.deep.members([
        [".github/workflows/ci.yml", 1],
        [".github/workflows/cd.yml", 1],
        [".github/workflows/ci.yml", 2],
      ]);
    });

    it("is refused with 404 where it names something that is not there, and nothing is kept of it", async () => {
      for (const body of [
        { workflow: "gone.yml" },
        { branch: "gone" },
        { sha: "0".repeat(40) },
        { actor: "nobody-here" },
        { repository: "gone" },
        { id: 999_999 },
      ]) {
        const answer = await send(body);
        expect(answer.status, JSON.stringify(body)).to.equal(404);
      }
      expect(await runs()).to.deep.equal([]);
    });

    it("is refused with 422 where it says what no run can be", async () => {
      for (const body of [{ status: "done" }, { sha: "main" }, { jobs: [{ name: "" }] }, { createdAt: "yesterday" }, { surprise: 1 }]) {
        expect((await send(body)).status, JSON.stringify(body)).to.equal(422);
      }
    });
  });

  describe("a list of runs", () => {
    it("is filtered by branch, event, status, conclusion, actor and commit", async () => {
      const { data: head } = await octokit.repos.getCommit({ ...repository, ref: "main" });
      await octokit.git.createRef({ ...repository, ref: "refs/heads/feature", sha: head.sha });
      const one = await report();
      const two = await report({ branch: "feature", event: "pull_request", actor: "platform-2", conclusion: "failure" });
      const three = await report({ status: "queued" });
      expect(await numbers({ branch: "feature" })).to.deep.equal([two.id]);
      expect(await numbers({ event: "push" })).to.have.members([one.id, three.id]);
      expect(await numbers({ status: "completed" })).to.have.members([one.id, two.id]);
      expect(await numbers({ status: "failure" })).to.deep.equal([two.id]);
      expect(await numbers({ status: "queued" })).to.deep.equal([three.id]);
      expect(await numbers({ actor: "platform-2" })).to.deep.equal([two.id]);
      expect(await numbers({ head_sha: head.sha })).to.have.length(3);
      expect(await numbers({ head_sha: head.parents[0]?.sha })).to.deep.equal([]);
    });

    it("is filtered by the time of creation, in GitHub's search syntax", async () => {
      const at = (day: number) => report({ createdAt: `2026-03-0${day}T12:00:00Z` });
      const [one, two, three] = [await at(1), await at(2), await at(3)];
      for (const [created, kept] of [
        [">=2026-03-02", [three, two]],
        [">2026-03-02", [three]],
        ["<=2026-03-02", [two, one]],
        ["<2026-03-02", [one]],
        ["2026-03-01..2026-03-02", [two, one]],
        ["*..2026-03-01", [one]],
        ["2026-03-02", [two]],
        [">=2026-03-02T12:00:01Z", [three]],
      ] as const) {
        expect(await numbers({ created }), created).to.deep.equal(kept.map(({ id }) => id));
      }
    });

    it("comes newest first, in pages, and by workflow", async () => {
      const ids: number[] = [];
      for (const day of [1, 2, 3]) ids.unshift((await report({ createdAt: `2026-03-0${day}T12:00:00Z` })).id);
      await report({ workflow: "cd.yml" });
      const { data } = await octokit.actions.listWorkflowRuns({ ...repository, workflow_id: "ci.yml", per_page: 2 });
      expect(data.total_count).to.equal(3);
      expect(data.workflow_runs.map(({ id }) => id)).to.deep.equal(ids.slice(0, 2));
      const all = await octokit.paginate(octokit.actions.listWorkflowRuns, { ...repository, workflow_id: "ci.yml", per_page: 1 });
      expect(all.map(({ id }) => id)).to.deep.equal(ids);
    });
  });

  describe("a run by hand", () => {
    const dispatch = (body: Report, login = "platform-1", file = "ci.yml") =>
      server.github.as(login).actions.createWorkflowDispatch({ ...repository, workflow_id: file, ref: "main", ...body });

    it("is queued with its inputs", async () => {
      await dispatch({ inputs: { tag: "v1", tier: "prod" } });
      const [run] = await runs({ event: "workflow_dispatch" });
      expect(run).to.include({ status: "queued", conclusion: null, head_branch: "main" });
      expect(run?.actor?.login).to.equal("platform-1");
    });

    it("is refused in GitHub's words where its inputs are not those of the file", async () => {
      for (const [inputs, message] of [
        [{}, "Required input 'tag' not provided"],
        [{ tag: "v1", colour: "red" }, 'Unexpected inputs provided: ["colour"]'],
        [{ tag: "v1", tier: "moon" }, "Provided value 'moon' for input 'tier' not in the list of allowed values"],
        [{ tag: "v1", dry: "perhaps" }, "Provided value 'perhaps' for input 'dry' is not a boolean"],
      ] as const) {
        expect(await refusal(dispatch({ inputs }))).to.include({ status: 422, message });
      }
      expect(await runs()).to.deep.equal([]);
    });

    it("is refused without the trigger, without the ref and without the right to write", async () => {
      expect((await refusal(dispatch({}, "platform-1", "cd.yml"))).message).to.equal("Workflow does not have 'workflow_dispatch' trigger");
      expect((await refusal(dispatch({ ref: "gone", inputs: { tag: "v1" } }))).message).to.equal("No ref found for: gone");
      expect(await refusedWith(dispatch({ inputs: { tag: "v1" } }, "outsider"))).to.equal(403);
    });
  });

  describe("a run that is run again", () => {
    it("is a further attempt; with failed jobs only, what succeeded keeps its result", async () => {
      const { id } = await report({ jobs: [{ name: "test" }, { name: "lint", conclusion: "failure" }] });
      await octokit.actions.reRunWorkflowFailedJobs({ ...repository, run_id: id });
      expect((await octokit.actions.getWorkflowRun({ ...repository, run_id: id })).data).to.include({ run_attempt: 2, status: "queued" });
      const jobs = async (filter: "latest" | "all") =>
        (await octokit.actions.listJobsForWorkflowRun({ ...repository, run_id: id, filter })).data.jobs.map((job) => [
          job.name,
          job.run_attempt,
          job.conclusion,
        ]);
      expect(await jobs("latest")).to.have.deep.members([
        ["test", 2, "success"],
        ["lint", 2, null],
      ]);
      expect(await jobs("all")).to.have.length(4);
      expect(await refusedWith(octokit.actions.reRunWorkflow({ ...repository, run_id: id }))).to.equal(403);
    });

    it("can be cancelled while it is under way, and not afterwards", async () => {
      const { id } = await report({ status: "in_progress", jobs: [{ name: "test", status: "in_progress" }] });
      await octokit.actions.cancelWorkflowRun({ ...repository, run_id: id });
      expect((await octokit.actions.getWorkflowRun({ ...repository, run_id: id })).data.conclusion).to.equal("cancelled");
      expect((await octokit.checks.listForRef({ ...repository, ref: "main" })).data.check_runs[0]?.conclusion).to.equal("cancelled");
      expect(await refusedWith(octokit.actions.cancelWorkflowRun({ ...repository, run_id: id }))).to.equal(409);
    });
  });

  describe("a job of an environment", () => {
    const states = async (): Promise<string[]> => {
      const { data: all } = await octokit.repos.listDeployments({ ...repository, environment: "prod" });
      return Promise.all(
        all.map(async ({ id }) => {
          const { data } = await octokit.repos.listDeploymentStatuses({ ...repository, deployment_id: id });
          return data[0]?.state ?? "none";
        }),
      );
    };

    beforeEach(async () => {
      const team = (await octokit.teams.getByName({ org: "acme", team_slug: "platform" })).data;
      await octokit.repos.createOrUpdateEnvironment({
        ...repository,
        environment_name: "prod",
        prevent_self_review: true,
        reviewers: [{ type: "Team", id: team.id }],
      });
    });

    it("is a deployment, and its success takes the place of the one before", async () => {
      await report({ jobs: [{ name: "deploy", environment: "prod" }] });
      await report({ jobs: [{ name: "deploy", environment: "prod", conclusion: "failure" }] });
      expect(await states()).to.deep.equal(["failure", "success"]);
      await report({ jobs: [{ name: "deploy", environment: "prod" }] });
      expect(await states()).to.deep.equal(["success", "failure", "inactive"]);
    });

    it("that is skipped deploys nothing", async () => {
      await report({ jobs: [{ name: "deploy", environment: "prod", conclusion: "skipped" }] });
      expect(await states()).to.deep.equal([]);
    });

    it("waits by itself when it begins, once nothing else of the run goes on, and until it is approved", async () => {
      const job = { name: "deploy", status: "queued", environment: "prod" };
      const { id } = await report({ status: "in_progress", jobs: [{ name: "test", status: "in_progress" }, job] });
      const status = async () => (await octokit.actions.getWorkflowRun({ ...repository, run_id: id })).data.status;
      expect(await status()).to.equal("in_progress");
      await report({ id, status: "in_progress", jobs: [{ name: "test" }] });
      expect(await status()).to.equal("waiting");
      const { data } = await octokit.repos.getEnvironment({ ...repository, environment_name: "prod" });
      const review = { environment_ids: [data.id], state: "approved" as const, comment: "" };
      await server.github.as("platform-2").actions.reviewPendingDeploymentsForRun({ ...repository, run_id: id, ...review });
      await report({ id, status: "in_progress", jobs: [{ name: "deploy", status: "in_progress" }] });
      expect(await status()).to.equal("in_progress");
      await report({ id, jobs: [{ name: "deploy" }] });
      expect(await states()).to.deep.equal(["success"]);
    });

    it("fails without having run where its environment does not let the ref in, whatever is reported of it", async () => {
      const limited = { ...repository, environment_name: "limited" };
      const policy = { protected_branches: false, custom_branch_policies: true };
      await octokit.repos.createOrUpdateEnvironment({ ...limited, deployment_branch_policy: policy });
      await octokit.repos.createDeploymentBranchPolicy({ ...limited, name: "release/*" });
      const { data: main } = await octokit.git.getRef({ ...repository, ref: "heads/main" });
      await octokit.git.createRef({ ...repository, ref: "refs/heads/release/1", sha: main.object.sha });
      for (const [branch, status, conclusion] of [
        ["main", "completed", "failure"],
        ["release/1", "completed", "success"],
      ] as const) {
        const { id, jobs } = await report({ branch, jobs: [{ name: "deploy", environment: "limited" }] });
        expect(jobs[0], branch).to.include({ status, conclusion });
        expect((await octokit.actions.getWorkflowRun({ ...repository, run_id: id })).data.conclusion).to.equal(conclusion);
      }
      const content = Buffer.from("x").toString("base64");
      await octokit.repos.createOrUpdateFileContents({ ...repository, branch: "release/1", path: "x", message: "x", content });
      await octokit.pulls.create({ ...repository, title: "x", head: "release/1", base: "main" });
      const { jobs } = await report({ event: "pull_request", branch: "release/1", jobs: [{ name: "deploy", environment: "limited" }] });
      expect(jobs[0]?.conclusion, "a pull request's ref is that of its merge").to.equal("failure");
    });

    it("waits until its environment's wait timer is over, also once somebody has approved", async () => {
      const team = (await octokit.teams.getByName({ org: "acme", team_slug: "platform" })).data;
      const timed = { ...repository, environment_name: "timed" };
      await octokit.repos.createOrUpdateEnvironment({ ...timed, wait_timer: 30, reviewers: [{ type: "Team", id: team.id }] });
      const start = new Date().toISOString();
      const at = (minutes: number): string => new Date(Date.parse(start) + minutes * 60_000).toISOString();
      const job = { name: "deploy", environment: "timed" };
      const begins = { status: "in_progress", startedAt: start, updatedAt: start };
      const { id, jobs } = await report({ ...begins, jobs: [{ ...job, status: "queued" }] });
      expect(jobs[0]?.status).to.equal("waiting");
      const { data: pending } = await octokit.actions.getPendingDeploymentsForRun({ ...repository, run_id: id });
      const review = { ...repository, run_id: id, environment_ids: [pending[0]?.environment.id ?? 0], comment: "" };
      await server.github.as("platform-2").actions.reviewPendingDeploymentsForRun({ ...review, state: "approved" });
      const go = (minutes: number) => ({ id, status: "in_progress", updatedAt: at(minutes), jobs: [{ ...job, status: "in_progress" }] });
      const early = await send(go(29));
      expect(early.status).to.equal(422);
      expect(await early.text()).to.include("job deploy waits for the wait timer of its deployment to timed");
      expect((await report(go(30))).jobs[0]?.status).to.equal("in_progress");
    });

    it("begins at once where its environment has no reviewers", async () => {
      await octokit.repos.createOrUpdateEnvironment({ ...repository, environment_name: "dev" });
      const { id } = await report({ status: "in_progress", jobs: [{ name: "deploy", status: "in_progress", environment: "dev" }] });
      expect((await octokit.actions.getWorkflowRun({ ...repository, run_id: id })).data.status).to.equal("in_progress");
    });

    describe("waiting for its reviewers", () => {
      let id: number;
      let environment: number;
      const as = (login: string) => server.github.as(login).actions;
      const pending = async (login: string) => (await as(login).getPendingDeploymentsForRun({ ...repository, run_id: id })).data;
      const review = (login: string, state: "approved" | "rejected", ids: number[] = [environment]) =>
        as(login).reviewPendingDeploymentsForRun({ ...repository, run_id: id, environment_ids: ids, state, comment: "looked at" });

      beforeEach(async () => {
        ({ id } = await report({
          status: "waiting",
          jobs: [{ name: "test" }, { name: "deploy", status: "waiting", environment: "prod" }],
        }));
        environment = (await octokit.repos.getEnvironment({ ...repository, environment_name: "prod" })).data.id;
      });

      it("is listed with who may let it go on: not whoever started the run", async () => {
        const [mine] = await pending("platform-1");
        expect(mine?.environment.name).to.equal("prod");
        expect(mine?.reviewers.map(({ reviewer }) => (reviewer as { slug: string }).slug)).to.deep.equal(["platform"]);
        expect(mine?.current_user_can_approve).to.equal(false);
        expect((await pending("platform-2"))[0]?.current_user_can_approve).to.equal(true);
        expect((await pending("acme-member"))[0]?.current_user_can_approve).to.equal(false);
      });

      it("goes on once a reviewer has approved, and is pending no more", async () => {
        const { data } = await review("platform-2", "approved");
        expect(data.map((deployment) => deployment.environment)).to.deep.equal(["prod"]);
        expect(await pending("platform-2")).to.deep.equal([]);
        expect((await octokit.actions.getWorkflowRun({ ...repository, run_id: id })).data.status).to.equal("queued");
        await report({ id, jobs: [{ name: "deploy" }] });
        expect(await states()).to.deep.equal(["success"]);
        const { data: reviews } = await octokit.actions.getReviewsForRun({ ...repository, run_id: id });
        expect(reviews.map(({ state, user, comment }) => [state, user.login, comment])).to.deep.equal([
          ["approved", "platform-2", "looked at"],
        ]);
      });

      it("ends the run as failed once a reviewer has rejected", async () => {
        await review("platform-2", "rejected");
        expect((await octokit.actions.getWorkflowRun({ ...repository, run_id: id })).data).to.include({
          status: "completed",
          conclusion: "failure",
        });
        expect(await states()).to.deep.equal(["failure"]);
      });

      it("cannot be reported as going on before that", async () => {
        for (const status of ["queued", "in_progress", "completed"]) {
          const answer = await send({ id, status: "in_progress", jobs: [{ name: "deploy", status }] });
          expect(answer.status).to.equal(422);
          expect(((await answer.json()) as { message: string }).message).to.equal(
            "job deploy waits for a review of its deployment to prod",
          );
        }
        expect(await pending("platform-2")).to.have.length(1);
      });

      it("is left alone by those who may not review it, and by reviews of what nobody waits for", async () => {
        expect(await refusedWith(review("platform-1", "approved"))).to.equal(422);
        expect(await refusedWith(review("acme-owner", "approved"))).to.equal(422);
        expect(await refusedWith(review("platform-2", "approved", [environment + 1]))).to.equal(422);
        expect(await pending("platform-2")).to.have.length(1);
      });
    });
  });

  it("go with their repository", async () => {
    const { id } = await report({ jobs: [{ name: "test" }] });
    expect(await idOf(server.github, repository)).to.be.greaterThan(0);
    await octokit.repos.delete(repository);
    await octokit.repos.createInOrg({ org: repository.owner, name: repository.repo, auto_init: true });
    expect(await refusedWith(octokit.actions.getWorkflowRun({ ...repository, run_id: id }))).to.equal(404);
    expect(await runs()).to.deep.equal([]);
  });
});
