import { expect } from "chai";
import type { System } from "../../model/system.ts";
import { familyServer, newRepository, refusedWith } from "../github/families/world.ts";
import { shop } from "../support/systems.ts";
import { Channels, workflowText } from "./runs.ts";

const CD = `name: Deploy
on: push
jobs:
  deploy:
    runs-on: ubuntu-24.04
    steps: [{ run: make deploy }]
  rollback:
    if: failure()
    runs-on: ubuntu-24.04
    steps: [{ run: make rollback }]
`;
const path = ".github/workflows/cd.yml";

describe("the workflow of notifications and GitHub's own API", () => {
  const server = familyServer();
  let channels: Channels;
  before(async () => {
    channels = await Channels.start();
  });
  after(() => channels.stop());

  it("[BK-6] a run is told as GitHub shows it, with the jobs that ran in the attempt which has ended", async () => {
    const { octokit, url, token } = server.github;
    const repository = await newRepository(server.github, { auto_init: true });
    await octokit.repos.createOrUpdateFileContents({ ...repository, path, message: "CD", content: Buffer.from(CD).toString("base64") });
    const system: System = {
      ...shop,
      notifications: [
        { on: { workflow: "cd.yml", outcome: "failure" }, to: ["team"] },
        { on: { workflow: "cd.yml", job: "rollback", outcome: "completed" }, to: ["team"], message: "Rolled back" },
      ],
    };
    const text = workflowText(system, new Map([[path, CD]]));
    const report = async (body: Readonly<Record<string, unknown>>): Promise<number> => {
      const { owner, repo } = repository;
      const whole = { owner, repository: repo, workflow: "cd.yml", branch: "main", actor: "platform-1", ...body };
      const answer = await fetch(`${url}/_gatehouse/runs`, { method: "POST", body: JSON.stringify(whole) });
      expect(answer.status, await answer.clone().text()).to.equal(200);
      return ((await answer.json()) as { id: number }).id;
    };
    const tell = async (id: number): Promise<string[]> => {
      const { data: workflow_run } = await octokit.actions.getWorkflowRun({ ...repository, run_id: id });
      const event = { action: "completed", workflow_run };
      const { code, posts, output } = await channels.tell(text, { path: "cd.yml" }, {}, { event, apiUrl: url, token });
      expect(code, output).to.equal(0);
      return posts.map(({ body }) => String(body["text"]));
    };

    const longAgo = { startedAt: "2026-03-01T10:00:00Z", completedAt: "2026-03-01T10:01:00Z" };

    const id = await report({ conclusion: "failure", jobs: [{ name: "deploy", conclusion: "failure" }, { name: "rollback" }] });
    expect(await tell(id)).to.deep.equal([`${repository.repo}: Deploy failed on main`, `${repository.repo}: Rolled back on main`]);

    await octokit.actions.reRunWorkflow({ ...repository, run_id: id });
    await report({ id, conclusion: "success", jobs: [{ name: "deploy" }, { name: "rollback", conclusion: "skipped" }] });
    expect(await tell(id)).to.deep.equal([]);
    await octokit.actions.reRunWorkflow({ ...repository, run_id: id });
    await report({
      id,
      conclusion: "failure",
      jobs: [
        { name: "deploy", conclusion: "failure" },
        { name: "rollback", ...longAgo },
      ],
    });
    expect(await tell(id)).to.deep.equal([`${repository.repo}: Deploy failed on main`]);

    const { data } = await octokit.actions.listJobsForWorkflowRunAttempt({ ...repository, run_id: id, attempt_number: 1 });
    expect(data.jobs.map(({ name, conclusion }) => `${name} ${String(conclusion)}`)).to.deep.equal(["deploy failure", "rollback success"]);
    const fourth = octokit.actions.listJobsForWorkflowRunAttempt({ ...repository, run_id: id, attempt_number: 4 });
    expect(await refusedWith(fourth)).to.equal(404);
  });
});
