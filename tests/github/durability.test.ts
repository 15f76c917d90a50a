import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { startGitHub } from "./harness.ts";

describe("local GitHub: durability", () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "gatehouse-durable-"));
  });
  afterEach(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });

  it("keeps everything over a restart, with the same ids", async () => {
    const first = await startGitHub({ dataDir });
    const { data: made } = await first.octokit.rest.repos.createInOrg({ org: "acme", name: "kept", auto_init: true });
    await first.stop();
    const second = await startGitHub({ dataDir });
    const { data } = await second.octokit.rest.repos.get({ owner: "acme", repo: "kept" });
    expect(data.node_id).to.equal(made.node_id);
    const { data: readme } = await second.octokit.rest.repos.getReadme({ owner: "acme", repo: "kept" });
    expect(readme.path).to.equal("README.md");
    expect((await second.requests()).summary.byOperation).to.include({ "repos/create-in-org": 1 });
    await second.stop();
  });

  it("loses no answered write when it is killed while writes are under way", async function () {
    this.timeout(180_000);
    const answered = new Map<string, string>();
    const repo = { owner: "acme", repo: "killed" };
    for (let round = 0; round < 8; round += 1) {
      const github = await startGitHub({ dataDir, process: true });
      const { rest } = github.octokit;
      if (round === 0) await rest.repos.createInOrg({ org: "acme", name: "killed", auto_init: true });
      // What was answered in earlier rounds is there, and git agrees with it.
      for (const [path, sha] of answered) {
        const { data } = await rest.repos.getContent({ ...repo, path });
        expect((data as { sha: string }).sha).to.equal(sha);
      }
      const write = async (index: number): Promise<void> => {
        const path = `round-${round}-${index}.txt`;
        const { data } = await rest.repos.createOrUpdateFileContents({
          ...repo,
          path,
          message: path,
          content: Buffer.from(path).toString("base64"),
        });
        answered.set(path, data.content?.sha ?? "");
      };
      const writes = Promise.allSettled([0, 1, 2, 3, 4, 5].map(write));
      // Kill when some are answered and others are not: the first answer decides, which moves the point from round to round.
      await Promise.race([write(6 + round), writes]);
      await github.kill();
      await writes;
    }
    const github = await startGitHub({ dataDir });
    const { data: commits } = await github.octokit.rest.repos.listCommits({ ...repo, per_page: 100 });
    const messages = commits.map(({ commit }) => commit.message);
    expect(new Set(messages).size).to.equal(messages.length);
    for (const path of answered.keys()) expect(messages).to.include(path);
    await github.stop();
  });

  it("serialises writes of many callers: each gets a number of its own", async () => {
    const github = await startGitHub({ dataDir });
    await github.octokit.rest.repos.createInOrg({ org: "acme", name: "busy", auto_init: true });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        github.octokit.rest.issues.createLabel({ owner: "acme", repo: "busy", name: `label-${index}`, color: "ffffff" }),
      ),
    );
    expect(new Set(answers.map(({ data }) => data.id)).size).to.equal(20);
    await github.stop();
  });

  it("refuses a world file with faults, all of them named, and starts nothing", async () => {
    const world = { users: [{ login: "two--hyphens" }], tokens: [{ token: "short", login: "-x" }] };
    const refused = await startGitHub({ dataDir, world }).then(
      () => "started",
      (error: unknown) => String(error),
    );
    expect(refused).to.contain("users[0].login").and.to.contain("tokens[0].login").and.to.contain("tokens[0].token");
  });
});
