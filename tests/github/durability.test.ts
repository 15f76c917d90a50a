import { rmSync } from "node:fs";
import { expect } from "chai";
import { temporaryFolder } from "../support/temporary.ts";
import { startGitHub } from "./harness.ts";

describe("local GitHub: durability", () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = temporaryFolder("gatehouse-durable-");
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
    // Twenty starts of a process: twenty seconds on an idle machine.
    this.timeout(300_000);
    const answered = new Set<string>();
    const justAnswered = new Map<string, string>();
    const repo = { owner: "acme", repo: "killed" };
    for (let round = 0; round < 20; round += 1) {
      const github = await startGitHub({ dataDir, process: true });
      const { rest } = github.octokit;
      if (round === 0) await rest.repos.createInOrg({ org: "acme", name: "killed", auto_init: true });
      // What was answered before the kill is there, and git agrees with it.
      for (const [path, sha] of justAnswered) {
        const { data } = await rest.repos.getContent({ ...repo, path });
        expect((data as { sha: string }).sha).to.equal(sha);
      }
      justAnswered.clear();
      const write = async (index: number): Promise<void> => {
        const path = `round-${round}-${index}.txt`;
        const { data } = await rest.repos.createOrUpdateFileContents({
          ...repo,
          path,
          message: path,
          content: Buffer.from(path).toString("base64"),
        });
        justAnswered.set(path, data.content?.sha ?? "");
        answered.add(path);
      };
      const writes = Promise.allSettled([0, 1, 2, 3, 4, 5].map(write));
      // Kill when some are answered and others are not: the first answer decides, which moves the point from round to round.
      await Promise.race([write(6 + round), writes]);
      await github.kill();
      await writes;
    }
    const github = await startGitHub({ dataDir });
    const commits = await github.octokit.paginate(github.octokit.rest.repos.listCommits, { ...repo, per_page: 100 });
    const messages = commits.map(({ commit }) => commit.message);
    expect(new Set(messages).size).to.equal(messages.length);
    expect([...answered].filter((path) => !messages.includes(path))).to.deep.equal([]);
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
