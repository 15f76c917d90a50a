import { expect } from "chai";

import { propose, type Repository } from "../../cli/propose/propose.ts";
import { startGitHub, type TestGitHub } from "../github/harness.ts";

const workflow = ".github/workflows/ci.yml";
const script = "scripts/promote.sh";
const overlay = "infra/argocd/overlays/dev/kustomization.yaml";

const kustomization = (tag: string, namespace = ""): string =>
  ["images:", "  - name: acme/app", `    newTag: ${tag}`, ...(namespace === "" ? [] : [`namespace: ${namespace}`]), ""].join("\n");

/** What is declared; the repository below carries the same, and a file of its developers. */
const declared: ReadonlyMap<string, string> = new Map([
  [workflow, "name: CI\n"],
  [script, "#!/bin/sh\n"],
  [overlay, kustomization("sha-00000000")],
]);
const withChanges = (...changes: (readonly [string, string])[]): Map<string, string> => new Map([...declared, ...changes]);

describe("a proposal of pipeline files to a repository", () => {
  let github: TestGitHub;
  let at: Repository;
  let count = 0;

  before(async () => {
    github = await startGitHub();
  });
  after(async () => {
    expect(await github.violations()).to.deep.equal([]);
    await github.stop();
  });

  beforeEach(async () => {
    count += 1;
    at = { owner: "acme", repo: `proposal-${count}` };
    const { git, repos } = github.octokit.rest;
    await repos.createInOrg({ org: "acme", name: at.repo, auto_init: true });
    const { data: main } = await git.getRef({ ...at, ref: "heads/main" });
    const { data: tree } = await git.createTree({
      ...at,
      base_tree: main.object.sha,
      tree: [...declared, ["src/app.ts", "export {};\n"] as const].map(([path, content]) => ({
        path,
        mode: path === script ? ("100755" as const) : ("100644" as const),
        type: "blob" as const,
        content: path === overlay ? kustomization("sha-a1b2c3d4") : content,
      })),
    });
    const parents = [main.object.sha];
    const { data: commit } = await git.createCommit({ ...at, message: "Pipeline files", tree: tree.sha, parents });
    await git.updateRef({ ...at, ref: "heads/main", sha: commit.sha });
    await git.createRef({ ...at, ref: "refs/heads/dev", sha: commit.sha });
  });

  const run = (files: ReadonlyMap<string, string>, base = "main") => propose(github.octokit, at, base, files);
  const pulls = async (state: "open" | "closed" | "all" = "open") => (await github.octokit.rest.pulls.list({ ...at, state })).data;
  const filesOf = async (pull_number: number): Promise<string[]> =>
    (await github.octokit.rest.pulls.listFiles({ ...at, pull_number })).data.map(({ filename }) => filename);
  async function text(path: string, ref: string): Promise<string> {
    const { data } = await github.octokit.rest.repos.getContent({ ...at, path, ref, mediaType: { format: "raw" } });
    // The media type makes it text, whatever the types say.
    return data as unknown as string;
  }
  /** Writes to GitHub while `work` runs. */
  async function writesOf(work: () => Promise<unknown>): Promise<number> {
    const { last } = (await github.requests()).summary;
    await work();
    return (await github.requests(last)).summary.writes;
  }

  it("writes nothing where nothing differs, though delivery has moved an image tag", async () => {
    const writes = await writesOf(async () => {
      expect(await run(declared)).to.deep.equal({ base: "main", changes: [], pullRequest: null });
    });
    expect(writes).to.equal(0);
    expect(await pulls("all")).to.deep.equal([]);
  });

  it("opens one pull request with just the files that differ", async () => {
    const { changes, pullRequest } = await run(withChanges([workflow, "name: Checks\n"], ["SECURITY.md", "Write to us.\n"]));
    expect(changes).to.deep.equal([
      { path: workflow, kind: "changed" },
      { path: "SECURITY.md", kind: "added" },
    ]);
    expect(pullRequest).to.include({ state: "opened" });
    const open = await pulls();
    expect(open.map(({ number, base }) => ({ number, base: base.ref }))).to.deep.equal([{ number: pullRequest?.number, base: "main" }]);
    expect(await filesOf(open[0]!.number)).to.have.members([workflow, "SECURITY.md"]);
    expect(open[0]?.body).to.include(`changed: \`${workflow}\``);
    expect(await text(workflow, open[0]!.head.sha)).to.equal("name: Checks\n");
    expect(await text(workflow, "main"), "the branch itself is left alone").to.equal("name: CI\n");
  });

  it("writes nothing when asked again: the pull request is current", async () => {
    const files = withChanges([workflow, "name: Checks\n"]);
    const first = await run(files);
    const writes = await writesOf(async () => {
      expect((await run(files)).pullRequest).to.deep.equal({ ...first.pullRequest, state: "current" });
    });
    expect(writes).to.equal(0);
  });

  it("brings the same pull request up to date when the declaration changes", async () => {
    const first = await run(withChanges([workflow, "name: Checks\n"]));
    const second = await run(withChanges([workflow, "name: Gates\n"], ["SECURITY.md", "Write to us.\n"]));
    expect(second.pullRequest).to.deep.equal({ ...first.pullRequest, state: "updated" });
    const all = await pulls("all");
    expect(all).to.have.length(1);
    expect(await text(workflow, all[0]!.head.sha)).to.equal("name: Gates\n");
    expect(all[0]?.title).to.include("2 changes");
  });

  it("takes a file out of the pull request that is as declared again", async () => {
    await run(withChanges([workflow, "name: Checks\n"], ["SECURITY.md", "Write to us.\n"]));
    const second = await run(withChanges([workflow, "name: Checks\n"]));
    expect(second.pullRequest?.state, "SECURITY.md is no longer declared").to.equal("updated");
    expect(await filesOf(second.pullRequest!.number)).to.deep.equal([workflow]);
    const third = await run(withChanges([script, "#!/bin/sh\nset -eu\n"]));
    expect(third.pullRequest?.state).to.equal("updated");
    expect(await filesOf(third.pullRequest!.number)).to.deep.equal([script]);
  });

  it("closes the pull request when nothing differs any more", async () => {
    const first = await run(withChanges([workflow, "name: Checks\n"]));
    const { changes, pullRequest } = await run(declared);
    expect(changes).to.deep.equal([]);
    expect(pullRequest).to.deep.equal({ ...first.pullRequest, state: "withdrawn" });
    expect(await pulls()).to.deep.equal([]);
  });

  it("opens a new pull request after the last one was closed", async () => {
    const files = withChanges([workflow, "name: Checks\n"]);
    const first = await run(files);
    await github.octokit.rest.pulls.update({ ...at, pull_number: first.pullRequest!.number, state: "closed" });
    const second = await run(files);
    expect(second.pullRequest?.state).to.equal("opened");
    expect(second.pullRequest?.number).to.not.equal(first.pullRequest?.number);
    expect(await filesOf(second.pullRequest!.number)).to.deep.equal([workflow]);
  });

  it("keeps the image tag that delivery has set when the rest of an overlay changes", async () => {
    const { pullRequest } = await run(withChanges([overlay, kustomization("sha-00000000", "app-dev")]));
    const [pull] = await pulls();
    expect(pull?.number).to.equal(pullRequest?.number);
    expect(await text(overlay, pull!.head.sha))
      .to.include("sha-a1b2c3d4")
      .and.include("app-dev")
      .and.not.include("sha-00000000");
  });

  it("[DEX-11] leaves a list of banned tags as rollbacks have made it, and adds one where there is none", async () => {
    const list = "infra/argocd/overlays/dev/banned-tags.txt";
    const first = await run(withChanges([list, "# none\n"]));
    expect(first.changes).to.deep.equal([{ path: list, kind: "added" }]);
    await github.octokit.rest.repos.createOrUpdateFileContents({
      ...at,
      path: list,
      message: "fix(dev): roll back",
      content: Buffer.from("# none\nsha-0badc0de\n").toString("base64"),
    });
    expect((await run(withChanges([list, "# none\n"]))).changes).to.deep.equal([]);
  });

  it("leaves a script executable", async () => {
    await run(withChanges([script, "#!/bin/sh\nset -eu\n"]));
    const [pull] = await pulls();
    const { data } = await github.octokit.rest.git.getTree({ ...at, tree_sha: pull!.head.sha, recursive: "1" });
    expect(data.tree.find(({ path }) => path === script)?.mode).to.equal("100755");
  });

  it("proposes to another branch apart from the default one", async () => {
    const files = withChanges([workflow, "name: Checks\n"]);
    const main = await run(files);
    const dev = await run(files, "dev");
    expect(dev.pullRequest?.state).to.equal("opened");
    expect(dev.pullRequest?.number).to.not.equal(main.pullRequest?.number);
    expect((await pulls()).map(({ base }) => base.ref)).to.have.members(["main", "dev"]);
  });

  it("tells of a branch or a repository that does not exist by GitHub's 404", async () => {
    for (const attempt of [() => run(declared, "none"), () => propose(github.octokit, { ...at, repo: "none" }, "main", declared)]) {
      const status = await attempt().then(
        () => 200,
        (error: unknown) => (error as { status?: number }).status,
      );
      expect(status).to.equal(404);
    }
  });
});
