import { expect } from "chai";
import { APP_TOKEN, BRANCHES, type DataknobsGitHub, REPOSITORY, RUN_TOKEN, startDataknobsGitHub, type Tier } from "./dataknobs-github.ts";
import { makeRegistry, type Registry } from "./docker-stub.ts";
import { runScript, type ScriptResult } from "./scripts.ts";

const tagOf = (commit: string): string => `sha-${commit.slice(0, 8)}`;
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

describe("systems/dataknobs: propose-image.sh", function () {
  this.timeout(120_000);
  let github: DataknobsGitHub;
  let registry: Registry;
  before(async () => {
    github = await startDataknobsGitHub();
  });
  beforeEach(async () => {
    registry = makeRegistry();
    await github.reset();
  });
  afterEach(() => {
    registry.remove();
  });
  after(() => github.stop());

  /** A commit on a tier's branch, with its image in the registry. */
  async function built(tier: Tier, text = "Changed."): Promise<{ readonly sha: string; readonly tag: string }> {
    const sha = await github.commit(BRANCHES[tier], "docs/index.md", `${text}\n`);
    registry.setTags({ ...registry.tags(), [tagOf(sha)]: digest("a") });
    return { sha, tag: tagOf(sha) };
  }
  const propose = (tier: string, options: Readonly<Record<string, string>>): Promise<ScriptResult> =>
    runScript(
      "ci/propose-image.sh",
      [tier],
      { ...github.environment, PATH: registry.PATH, GITHUB_TOKEN: RUN_TOKEN, PROMOTION_TOKEN: APP_TOKEN, ...options },
      undefined,
      "dataknobs",
    );
  const pulls = async () => {
    const { data } = await github.octokit.pulls.list({ ...REPOSITORY, state: "open" });
    return data.map(({ title, base, head, html_url: url }) => ({ title, base: base.ref, head: head.ref, url }));
  };
  const statuses = async (sha: string) => {
    const { data } = await github.octokit.repos.listCommitStatusesForRef({ ...REPOSITORY, ref: sha });
    return data.map(({ context, state }) => [context, state]);
  };

  /** Commits that the proposal for staging is ahead of main and behind it. */
  const distance = async () => {
    const { data } = await github.octokit.repos.compareCommitsWithBasehead({ ...REPOSITORY, basehead: "main...promotion/staging" });
    return [data.ahead_by, data.behind_by];
  };

  for (const tier of ["development", "staging"] as const) {
    it(`[DK-7] proposes the image of a commit for ${tier} by a pull request of one line, and reports pending, never success`, async () => {
      const { sha, tag } = await built(tier);
      await github.protect();
      const result = await propose(tier, { SHA: sha, TAG: tag });
      expect(result.stderr).to.include("waits for approval");
      expect(result.code).to.equal(0);
      const [pull, ...more] = await pulls();
      expect(more).to.deep.equal([]);
      expect(pull).to.include({ title: `deploy: ${tag} to ${tier}`, base: BRANCHES[tier], head: `promotion/${tier}` });
      expect(result.outputs).to.deep.equal({ status: "pending", url: pull!.url });
      expect(await statuses(sha)).to.deep.equal([[`cd/${tier}`, "pending"]]);
      expect(await github.tag(tier, pull!.head)).to.equal(tag);
      const { data } = await github.octokit.repos.compareCommitsWithBasehead({ ...REPOSITORY, basehead: `${pull!.base}...${pull!.head}` });
      expect(data.files?.map(({ filename, changes }) => [filename, changes])).to.deep.equal([
        [`deploy/overlays/${tier}/kustomization.yaml`, 2],
      ]);
      // Made through the API, so GitHub signed it; and it starts the required checks.
      expect(data.commits[0]!.commit.verification?.verified).to.equal(true);
      expect(data.commits[0]!.commit.message).not.to.include("[skip ci]");
    });
  }

  it("[DK-7] puts a later image into the pull request that waits, brings that up to date, and leaves an earlier image out", async () => {
    const first = await built("staging", "First.");
    const second = await built("staging", "Second.");
    await github.protect();
    await propose("staging", { SHA: first.sha, TAG: first.tag });
    await github.octokit.repos.createOrUpdateFileContents({
      ...REPOSITORY,
      branch: "promotion/staging",
      path: "left-over",
      message: "left over",
      content: "",
    });
    const later = await propose("staging", { SHA: second.sha, TAG: second.tag });
    expect(later.outputs["status"]).to.equal("pending");
    expect((await pulls()).map(({ title }) => title)).to.deep.equal([`deploy: ${second.tag} to staging`]);
    expect(await github.tag("staging", "promotion/staging")).to.equal(second.tag);
    expect(await distance()).to.deep.equal([1, 0]);
    expect((await propose("staging", { SHA: first.sha, TAG: first.tag })).outputs["status"]).to.equal("pending");
    expect(await github.tag("staging", "promotion/staging")).to.equal(second.tag);
  });

  it("[DK-7] starts anew from the branch where an earlier proposal was closed", async () => {
    const first = await built("staging", "First.");
    await propose("staging", { SHA: first.sha, TAG: first.tag });
    const { data } = await github.octokit.pulls.list({ ...REPOSITORY, state: "open" });
    await github.octokit.pulls.update({ ...REPOSITORY, pull_number: data[0]!.number, state: "closed" });
    const second = await built("staging", "Second.");
    await propose("staging", { SHA: second.sha, TAG: second.tag });
    expect((await pulls()).map(({ title }) => title)).to.deep.equal([`deploy: ${second.tag} to staging`]);
    expect(await distance()).to.deep.equal([1, 0]);
  });

  it("[DK-7] reports success only where the overlay carries the tag, or that of a later commit", async () => {
    const first = await built("staging", "First.");
    const second = await built("staging", "Second.");
    await github.setTag("staging", second.tag);
    const there = await propose("staging", { SHA: second.sha, TAG: second.tag });
    expect(there.outputs["status"]).to.equal("deployed");
    const superseded = await propose("staging", { SHA: first.sha, TAG: first.tag });
    expect(superseded.outputs["status"]).to.equal("superseded");
    expect([await statuses(first.sha), await statuses(second.sha)]).to.deep.equal([
      [["cd/staging", "success"]],
      [["cd/staging", "success"]],
    ]);
    expect(await pulls()).to.deep.equal([]);
  });

  it("[DK-8] promotes from staging to production what staging runs, without being told a tag", async () => {
    const { tag } = await built("staging");
    await github.setTag("staging", tag);
    // The release takes over main, as the merge of its pull request does.
    await github.octokit.repos.merge({ ...REPOSITORY, base: "release/stable", head: "main" });
    const sha = await github.head("release/stable");
    await github.protect();
    const result = await propose("production", { SHA: sha });
    expect(result.stderr).to.include(tag);
    expect(result.outputs["status"]).to.equal("pending");
    const [pull] = await pulls();
    expect(pull).to.include({ title: `deploy: ${tag} to production`, base: "release/stable", head: "promotion/production" });
    expect(await github.tag("production", pull!.head)).to.equal(tag);
    expect(await github.tag("production")).not.to.equal(tag);
  });

  it("[DK-8] refuses for production an image that staging never had", async () => {
    const { tag } = await built("staging");
    const sha = await github.head("release/stable");
    const result = await propose("production", { SHA: sha, TAG: tag });
    expect(result.code).to.equal(1);
    expect(result.stderr).to.include("never been in staging's overlay");
    expect(await pulls()).to.deep.equal([]);
    expect(await statuses(sha)).to.deep.equal([]);
  });

  it("[DK-8] takes for production an image that staging had before, as long as production has no later one", async () => {
    const first = await built("staging", "First.");
    await github.setTag("staging", first.tag);
    const second = await built("staging", "Second.");
    await github.setTag("staging", second.tag);
    const sha = await github.head("release/stable");
    expect((await propose("production", { SHA: sha, TAG: first.tag })).outputs["status"]).to.equal("pending");
  });

  for (const [what, line] of [
    ["alone on its line", (tag: string) => `# rolled back\n${tag}\n`],
    ["with the reason behind it", (tag: string) => `sha-00000000\n${tag}  # leaks memory`],
  ] as const) {
    it(`[DK-8] refuses a tag that was banned by a rollback, ${what}`, async () => {
      const { sha, tag } = await built("staging");
      await github.commit("main", "deploy/overlays/staging/banned-tags.txt", line(tag));
      const result = await propose("staging", { SHA: sha, TAG: tag });
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include(`${tag} is banned`).and.to.include("deploy/overlays/staging/banned-tags.txt");
      expect(await pulls()).to.deep.equal([]);
    });
  }

  it("[DK-8] a tag in a comment is not banned, nor is one that only begins like it", async () => {
    const { sha, tag } = await built("staging");
    await github.commit("main", "deploy/overlays/staging/banned-tags.txt", `# ${tag} is fine\n${tag}0\n`);
    expect((await propose("staging", { SHA: sha, TAG: tag })).outputs["status"]).to.equal("pending");
  });

  it("[DK-7] refuses an image that is not in the registry, and takes a registry that cannot be asked for an error", async () => {
    const { sha, tag } = await built("staging");
    registry.setTags({});
    expect((await propose("staging", { SHA: sha, TAG: tag })).stderr).to.include("is not in the registry");
    registry.fail("ERROR: failed to authorize: 401 Unauthorized");
    const result = await propose("staging", { SHA: sha, TAG: tag });
    expect(result.code).to.equal(1);
    expect(result.stderr).to.include("401 Unauthorized");
    expect(await pulls()).to.deep.equal([]);
  });

  for (const [what, tier, options] of [
    ["latest", "staging", { TAG: "latest" }],
    ["a version", "production", { TAG: "v1.2.3" }],
    ["an unknown environment", "qa", { TAG: "sha-a1b2c3d4" }],
    ["a branch in place of the commit", "staging", { SHA: "main", TAG: "sha-a1b2c3d4" }],
    ["no tag for staging", "staging", {}],
    ["no token of the App", "staging", { TAG: "sha-a1b2c3d4", PROMOTION_TOKEN: "" }],
  ] as const) {
    it(`[DK-7] refuses ${what}`, async () => {
      const result = await propose(tier, { SHA: await github.head("main"), ...options });
      expect(result.code).to.equal(1);
      expect(result.stderr).to.match(/^error: /m);
      expect(result.outputs).to.deep.equal({});
    });
  }

  it("[DK-6] shows no token", async () => {
    const { sha, tag } = await built("staging");
    const { stdout, stderr, summary } = await propose("staging", { SHA: sha, TAG: tag });
    expect(stdout + stderr + summary).not.to.match(new RegExp(`${APP_TOKEN}|${RUN_TOKEN}`));
  });
});
