import { expect } from "chai";

import { readHistory } from "../../cli/metrics/history.ts";
import { metricsText, span } from "../../cli/metrics/text.ts";
import { foundWithin } from "../../cli/metrics/window.ts";
import type { History } from "../../delivery/history.ts";
import { metricsOf, type Metrics } from "../../delivery/metrics.ts";
import type { System } from "../../model/system.ts";
import { startGitHub, type TestGitHub } from "../github/harness.ts";
import { shop } from "../support/systems.ts";

const hour = 3_600_000;
const day = 24 * hour;

describe("figures from a repository's history", () => {
  let github: TestGitHub;
  let at: { owner: string; repo: string };
  let count = 0;
  const system: System = { ...shop, objectives: { ci: 95, cd: 99, deployment: 99, ciMinutes: 15, feedbackMinutes: 10 } };
  const now = Math.floor(Date.now() / 1_000) * 1_000;
  const ago = (milliseconds: number): string => new Date(now - milliseconds).toISOString().replace(".000", "");
  const lines: string[] = [];

  before(async () => {
    github = await startGitHub();
  });
  after(async () => {
    expect(await github.violations()).to.deep.equal([]);
    await github.stop();
  });

  const put = (path: string, text: string, branch = "main", message = path) =>
    github.octokit.repos
      .createOrUpdateFileContents({ ...at, path, message, branch, content: Buffer.from(text).toString("base64") })
      .then(({ data }) => data.commit.sha ?? "");

  beforeEach(async () => {
    count += 1;
    lines.length = 0;
    at = { owner: "acme", repo: `metrics-${count}` };
    await github.octokit.repos.createInOrg({ org: "acme", name: at.repo, auto_init: true });
    for (const file of ["ci.yml", "deploy.yml", "docs.yml"]) await put(`.github/workflows/${file}`, `name: ${file}\non: push\njobs: {}\n`);
  });

  async function report(body: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await fetch(`${github.url}/_gatehouse/runs`, {
      method: "POST",
      body: JSON.stringify({ owner: at.owner, repository: at.repo, workflow: "ci.yml", branch: "main", actor: "platform-1", ...body }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
  /** A run that began so long ago and took so many minutes. */
  const ci = (begin: number, minutes: number, more: Readonly<Record<string, unknown>> = {}) =>
    report({ createdAt: ago(begin), startedAt: ago(begin), updatedAt: ago(begin - minutes * 60_000), ...more });
  /** A deployment of a commit by a job that took five minutes. */
  const deploy = (begin: number, sha: string, conclusion = "success", environment = "prod") =>
    ci(begin, 5, { workflow: "deploy.yml", sha, jobs: [{ name: "deploy", conclusion, environment }] });

  const history = (days = 30): Promise<History> =>
    readHistory(
      { github: github.octokit, repository: at, period: { since: now - days * day, until: now }, progress: (line) => lines.push(line) },
      system,
    );
  const metrics = async (days = 30): Promise<Metrics> => metricsOf(system, await history(days), { since: now - days * day, until: now });

  it("[DEX-12] of a new repository are no data, in text too, and no objective is met", async () => {
    const found = await metrics();
    expect(found.ci).to.include({ runs: 0, passRate: null });
    expect(found.deployments).to.include({ deployments: 0, successRate: null });
    expect(found.objectives.map(({ met }) => met)).to.deep.equal([null, null, null, null, null]);
    const text = metricsText({ metrics: found, repository: "acme/shop", production: "prod", days: 30 });
    expect(text).to.include("no data").and.not.include("100.0 %").and.not.include("met");
  });

  it("[DEX-12] [AF-7] are pass rates and durations of the declared workflows, and the jobs that failed", async () => {
    await ci(5 * hour, 4, { jobs: [{ name: "test" }] });
    await ci(4 * hour, 8, {
      conclusion: "failure",
      jobs: [
        { name: "test", conclusion: "success", startedAt: ago(4 * hour), completedAt: ago(4 * hour - 5 * 60_000) },
        { name: "dag-validation", conclusion: "failure", startedAt: ago(4 * hour), completedAt: ago(4 * hour - 2 * 60_000) },
      ],
    });
    await ci(3 * hour, 6, { conclusion: "cancelled" });
    await ci(2 * hour, 1, { status: "in_progress" });
    await ci(hour, 1, { workflow: "docs.yml", conclusion: "failure" });
    const { ci: found } = await metrics();
    expect(found).to.include({ runs: 2, passed: 1, passRate: 50 });
    expect(found.duration).to.include({ p50: 240, p95: 480 });
    expect(found.feedback).to.include({ mean: 180 });
    expect(found.failedJobs).to.deep.equal([{ job: "dag-validation", runs: 1, rate: 50 }]);
  });

  it("leave out what began before the days asked for", async () => {
    await ci(40 * day, 4);
    await ci(5 * day, 4);
    expect((await metrics(30)).ci.runs).to.equal(1);
    expect((await metrics(60)).ci.runs).to.equal(2);
  });

  it("read more than one page of runs, and ask for the jobs of failed ones only", async () => {
    for (let index = 0; index < 103; index += 1) await ci(day - index * 60_000, 1, index === 0 ? { conclusion: "failure" } : {});
    const { last } = (await github.requests()).summary;
    expect((await metrics()).ci).to.include({ runs: 103, passed: 102 });
    const asked = (await github.requests(last)).entries.map(({ operationId }) => operationId);
    expect(asked.filter((name) => name === "actions/list-jobs-for-workflow-run")).to.have.length(1);
    expect(lines).to.include("Runs of ci.yml: 103 read");
  }).timeout(60_000);

  it("[DEX-12] count a tier's deployments as they ended, though a later one has made them inactive", async () => {
    const sha = await put("a.txt", "1");
    await deploy(5 * hour, sha);
    await deploy(4 * hour, sha, "failure");
    await deploy(3 * hour, sha);
    await deploy(2 * hour, sha, "success", "dev");
    await deploy(hour, sha, "success", "github-pages");
    const { deployments, dora } = await metrics();
    expect(deployments).to.include({ deployments: 4, succeeded: 3, successRate: 75 });
    expect(deployments.tiers["prod"]).to.include({ deployments: 3, succeeded: 2 });
    expect(deployments.tiers["prod"]?.duration).to.include({ p50: 300 });
    expect(dora.timeToRestore).to.include({ count: 1, mean: 3_600 });
    expect(dora.changeFailureRate).to.be.closeTo(100 / 3, 1e-9);
  });

  it("[AF-7] measure lead time from the opening of a pull request to production, and from the commit where there was none", async () => {
    await deploy(50 * day, await put("first.txt", "1"));
    await github.octokit.git.createRef({
      ...at,
      ref: "refs/heads/feature",
      sha: (await github.octokit.git.getRef({ ...at, ref: "heads/main" })).data.object.sha,
    });
    await put("feature.txt", "1", "feature");
    await put("feature.txt.more", "2", "feature");
    const { data: pull } = await github.octokit.pulls.create({ ...at, title: "Feature", head: "feature", base: "main" });
    await github.octokit.pulls.merge({ ...at, pull_number: pull.number, merge_method: "squash" });
    const direct = await put("direct.txt", "1");
    const opened = Date.parse(pull.created_at);
    // It ends at the time of report: after both changes were begun.
    const ended = Date.now() + 10_000;
    const time = (moment: number): string => new Date(moment).toISOString();
    await report({
      workflow: "deploy.yml",
      sha: direct,
      createdAt: time(opened),
      updatedAt: time(ended),
      jobs: [{ name: "deploy", environment: "prod", startedAt: time(opened), completedAt: time(ended) }],
    });
    const { data: commit } = await github.octokit.repos.getCommit({ ...at, ref: direct });
    const source = { github: github.octokit, repository: at, period: { since: now - 30 * day, until: ended }, progress: () => undefined };
    const { steps } = await readHistory(source, system);
    expect(steps).to.have.length(1);
    expect(steps[0]?.changes.toSorted()).to.deep.equal([opened, Date.parse(commit.commit.author?.date ?? "")].toSorted());
  });

  it("take a deployment of an earlier commit for the rollback of the one before", async () => {
    const [first, second] = [await put("a.txt", "1"), await put("b.txt", "2")];
    await deploy(5 * hour, first);
    await deploy(3 * hour, second);
    await deploy(2 * hour, first);
    const { dora } = await metrics();
    expect(dora.changeFailureRate).to.be.closeTo(100 / 3, 1e-9);
    expect(dora.timeToRestore).to.include({ count: 1, mean: 3_600 });
  });

  describe("of a tier whose deployments nobody records", () => {
    const overlay = "deploy/prod/kustomization.yaml";
    const bans = "deploy/prod/banned-tags.txt";
    const source = () => ({
      ...{ github: github.octokit, repository: at, progress: () => undefined },
      period: { since: now - day, until: Date.now() + 10_000 },
    });
    const of = async (): Promise<Metrics> => metricsOf(system, await readHistory(source(), system), source().period);
    const tag = (sha: string): string => `sha-${sha.slice(0, 8)}`;
    /** Files of one commit on main, on top of what is there. */
    async function commit(message: string, files: Readonly<Record<string, string>>, minutesAgo = 0): Promise<string> {
      const { git } = github.octokit;
      const { data: main } = await git.getRef({ ...at, ref: "heads/main" });
      const tree = Object.entries(files).map(([path, content]) => ({ path, content, mode: "100644" as const, type: "blob" as const }));
      const { data: made } = await git.createTree({ ...at, base_tree: main.object.sha, tree });
      const author = { name: "Platform", email: "platform@example.com", date: ago(minutesAgo * 60_000) };
      const { data: next } = await git.createCommit({ ...at, message, tree: made.sha, parents: [main.object.sha], author });
      await git.updateRef({ ...at, ref: "heads/main", sha: next.sha });
      return next.sha;
    }
    const deployTag = (name: string, minutesAgo = 0, more: Readonly<Record<string, string>> = {}) =>
      commit(`deploy ${name}`, { [overlay]: `images:\n  - name: shop\n    newTag: ${name}\n`, ...more }, minutesAgo);

    it("[DEX-12] are the commits that set another tag, and not the one that the overlay began with", async () => {
      await deployTag("sha-00000000");
      expect((await of()).deployments.tiers["prod"]).to.include({ deployments: 0, successRate: null });
      await deployTag(tag(await put("a.txt", "1")));
      await commit("no tag", { [overlay]: `# a comment\nimages:\n  - name: shop\n    newTag: sha-11111111\n` });
      await commit("another file", { "deploy/prod/more.yaml": "newTag: sha-22222222\n" });
      const found = await of();
      expect(found.deployments.tiers["prod"]).to.include({ deployments: 2, succeeded: 2 });
      expect(found.deployments.fromOverlay).to.deep.equal(["dev", "prod"]);
      const text = metricsText({ metrics: found, repository: "acme/shop", production: "prod", days: 1 });
      expect(text).to.include("to prod *").and.include("counted from the overlay's commits");
    });

    it("[DEX-12] [AF-7] have failed where the tag was banned afterwards; the rollback ends the incident, and is no failure itself", async () => {
      await deployTag("sha-00000000", 60, { [bans]: "# one a line\n" });
      const [good, bad] = [tag(await put("a.txt", "1")), tag(await put("b.txt", "2"))];
      await deployTag(good, 50);
      await deployTag(bad, 40);
      expect((await of()).dora).to.include({ changeFailureRate: 0 });
      await deployTag(good, 30, { [bans]: `# one a line\n${bad} # it answered 500\n` });
      const found = await of();
      expect(found.deployments.tiers["prod"]).to.include({ deployments: 3, succeeded: 2 });
      expect(found.dora.changeFailureRate).to.be.closeTo(100 / 3, 1e-9);
      expect(found.dora.timeToRestore).to.include({ count: 1, mean: 600 });
      expect(found.dora.unrestored).to.equal(0);
      // Taking it off the list is no rollback.
      await commit("allow it", { [bans]: "# one a line\n" });
      expect((await readHistory(source(), system)).rollbacks).to.have.length(1);
    });

    it("have failed with any of several images, also where the rollback begins the list of bans", async () => {
      const two = (first: string, second: string): string =>
        `images:\n  - name: shop\n    newTag: ${first}\n  - name: front\n    newTag: ${second}\n`;
      await commit("begin", { [overlay]: two("sha-00000000", "sha-00000000") }, 30);
      await commit("deploy", { [overlay]: two("sha-aaaaaaaa", "sha-bbbbbbbb") }, 20);
      await commit("roll back", { [overlay]: two("sha-aaaaaaaa", "sha-00000000"), [bans]: "sha-bbbbbbbb\n" }, 10);
      expect((await of()).deployments.tiers["prod"]).to.include({ deployments: 2, succeeded: 1 });
    });

    it("[AF-7] measure lead time to the commit that the image was built from", async () => {
      const first = await put("a.txt", "1");
      await deployTag("sha-00000000");
      await deployTag(tag(first));
      const [second, third] = [await put("b.txt", "2"), await put("c.txt", "3")];
      await put("d.txt", "not deployed");
      await deployTag(tag(third));
      const { steps } = await readHistory(source(), system);
      expect(steps).to.have.length(1);
      // Between the two lie the overlay's commits too; they are somebody's.
      const { data } = await github.octokit.repos.compareCommitsWithBasehead({ ...at, basehead: `${first}...${third}` });
      expect(data.commits.map(({ sha }) => sha)).to.include.members([second, third]);
      expect(steps[0]?.changes).to.have.length(data.commits.length);
    });
  });
});

describe("reading a search of GitHub", () => {
  it("halves a period with more results than GitHub gives, and finds each once", async () => {
    const second = 1_000;
    const created = Array.from({ length: 2_600 }, (_, index) => index * 7 * second);
    const asked: string[] = [];
    const found = await foundWithin({ since: 0, until: 2_600 * 7 * second }, (range, page) => {
      asked.push(range);
      const [from = 0, to = 0] = range.split("..").map((moment) => Date.parse(moment));
      const all = created.filter((moment) => moment >= from && moment <= to);
      // GitHub gives the first thousand, whatever it says the total is.
      return Promise.resolve({ total: all.length, items: all.slice(0, 1_000).slice((page - 1) * 100, page * 100) });
    });
    expect(found).to.have.length(2_600);
    expect(new Set(found).size).to.equal(2_600);
    expect(new Set(asked).size).to.be.greaterThan(3);
  });
});

describe("a span of time for people", () => {
  it("is in the two units that matter", () => {
    expect([0, 42.4, 185, 7_800, 273_600].map(span)).to.deep.equal(["0 s", "42 s", "3 min 05 s", "2 h 10 min", "3 d 4 h"]);
  });
});
