import { expect } from "chai";
import { APP_TOKEN, type DexGitHub, REPOSITORY, startDexGitHub } from "./dex-github.ts";
import { startRegistry, type TestImage, type TestRegistry } from "./registry.ts";
import { runScript, type ScriptResult } from "./scripts.ts";
import type { Answers } from "./stand-in.ts";

const TAG = "sha-0badc0de";

describe("systems/dataenginex: promote.sh", function () {
  this.timeout(120_000);
  let github: DexGitHub;
  let registry: TestRegistry;
  let image: TestImage;
  before(async () => {
    registry = await startRegistry();
    github = await startDexGitHub();
  });
  beforeEach(async () => {
    await github.reset();
    image = registry.image();
  });
  after(async () => {
    await github.stop();
    await registry.stop();
  });

  function promote(args: readonly string[], where = github.environment): Promise<ScriptResult> {
    return runScript("promote.sh", args, { ...where, ...image.environment, GITHUB_TOKEN: APP_TOKEN });
  }
  const open = async (): Promise<
    readonly { readonly title: string; readonly from: string; readonly to: string; readonly url: string }[]
  > => {
    const { data } = await github.octokit.pulls.list({ ...REPOSITORY, state: "open" });
    return data.map(({ title, head, base, html_url: url }) => ({ title, from: head.ref, to: base.ref, url }));
  };

  describe("of the branch", () => {
    it("[DEX-11] opens a pull request from dev to main that lists its commits, and finds it again", async () => {
      await github.commit("dev", "src/careerdex/__init__.py", '"""Changed."""\n');
      for (let run = 0; run < 2; run++) {
        const result = await promote([]);
        expect(result.stderr).to.equal("");
        expect(result.code).to.equal(0);
        const pulls = await open();
        expect(pulls).to.have.length(1);
        expect(pulls[0]).to.include({ title: "release: promote dev to main", from: "dev", to: "main" });
        expect(result.stdout.trim()).to.equal(pulls[0]!.url);
      }
      const { data } = await github.octokit.pulls.get({ ...REPOSITORY, pull_number: Number((await open())[0]!.url.split("/").pop()) });
      expect(data.body).to.include("- chore: change src/careerdex/__init__.py");
    });

    it("[DEX-11] says so when dev has nothing new", async () => {
      const result = await promote([]);
      expect(result).to.include({ code: 0, stdout: "" });
      expect(result.stderr).to.include("nothing to promote");
      expect(await open()).to.deep.equal([]);
    });
  });

  describe("of an image", () => {
    it("[DEX-11] refuses one that production was rolled back from", async () => {
      await image.push([TAG]);
      await github.setTag("dev", "dev", TAG);
      await github.commit("main", "infra/argocd/overlays/prod/banned-tags.txt", `${TAG} # rolled back\n`);
      const result = await promote(["--image-tag", TAG]);
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include(`${TAG} is banned`);
      expect(await open()).to.deep.equal([]);
    });

    it("[DEX-11] opens a pull request that changes the prod overlay only, for an image that dev has", async () => {
      await image.push([TAG]);
      await github.setTag("dev", "dev", TAG);
      const result = await promote(["--image-tag", TAG]);
      expect(result.code).to.equal(0);
      const [pull] = await open();
      expect(pull).to.include({ title: `chore: promote ${TAG} to prod [skip ci]`, from: `promotion/prod-${TAG}`, to: "main" });
      const number = Number(pull!.url.split("/").pop());
      const { data: files } = await github.octokit.pulls.listFiles({ ...REPOSITORY, pull_number: number });
      expect(files.map(({ filename, changes }) => [filename, changes])).to.deep.equal([
        ["infra/argocd/overlays/prod/kustomization.yaml", 2],
      ]);
      expect(await github.tag(pull!.from, "prod")).to.equal(TAG);
      expect(await github.tag("main", "prod")).not.to.equal(TAG);
    });

    it("[DEX-11] promotes an image that dev had before its present one", async () => {
      await image.push([TAG]);
      await github.setTag("dev", "dev", TAG);
      await github.setTag("dev", "dev", "sha-00c0ffee");
      expect((await promote(["--image-tag", TAG])).code).to.equal(0);
    });

    for (const [what, args, prepare, reason] of [
      ["is not in the registry", ["--image-tag", TAG], async () => github.setTag("dev", "dev", TAG), "not in the registry"],
      ["dev has never had", ["--image-tag", TAG], async () => image.push([TAG]), "never been in the dev overlay"],
      ["is named by a tag that moves", ["--image-tag", "latest"], async () => image.push(["latest"]), "not an image tag"],
      ["is named by a command", ["--image-tag", "sha-$(id)"], () => Promise.resolve(), "not an image tag"],
    ] as const) {
      it(`[DEX-11] refuses an image that ${what}, and opens nothing`, async () => {
        await prepare();
        const result = await promote(args);
        expect(result.code).to.equal(1);
        expect(result.stderr).to.include(reason);
        expect(await open()).to.deep.equal([]);
      });
    }

    it("[DEX-11] proposes an image for dev that CD could not propose", async () => {
      await image.push([TAG]);
      expect((await promote(["--environment", "dev", "--image-tag", TAG])).code).to.equal(0);
      expect((await open())[0]).to.include({ from: `promotion/dev-${TAG}`, to: "dev" });
    });
  });

  describe("--auto-merge", () => {
    const graphql = (body: unknown): Answers => ({ "POST /graphql": [200, body] });

    it("[DEX-11] leaves the merge to GitHub, when reviews and checks are there", async () => {
      await github.commit("dev", "src/careerdex/__init__.py", '"""Changed."""\n');
      const { environment, standIn } = await github.standIn(graphql({ data: { enablePullRequestAutoMerge: { clientMutationId: null } } }));
      const result = await promote(["--auto-merge"], environment);
      expect(result.stderr).to.include("will be merged when");
      expect(result.code).to.equal(0);
      const { query, variables } = standIn.asked[0]!.body as { query: string; variables: { id: string } };
      const { data } = await github.octokit.pulls.get({ ...REPOSITORY, pull_number: Number((await open())[0]!.url.split("/").pop()) });
      expect(query).to.include("enablePullRequestAutoMerge").and.to.include("mergeMethod: MERGE");
      expect(variables.id).to.equal(data.node_id);
    });

    it("[DEX-11] merges at once, within the rules, what has all it needs already", async () => {
      await github.commit("dev", "src/careerdex/__init__.py", '"""Changed."""\n');
      const { environment } = await github.standIn(graphql({ errors: [{ message: "Pull request Pull request is in clean status" }] }));
      const result = await promote(["--auto-merge"], environment);
      expect(result.stderr).to.include("it is merged");
      expect(await github.file("main", "src/careerdex/__init__.py")).to.equal('"""Changed."""\n');
      // A merge commit: main and dev keep a common history.
      const { data } = await github.octokit.repos.getCommit({ ...REPOSITORY, ref: "main" });
      expect(data.parents).to.have.length(2);
    });

    it("[DEX-11] does not merge what lacks an approval, also when GitHub calls it clean", async () => {
      await github.commit("dev", "src/careerdex/__init__.py", '"""Changed."""\n');
      await github.protect("main");
      const before = await github.head("main");
      const { environment } = await github.standIn(graphql({ errors: [{ message: "Pull request is in clean status" }] }));
      expect((await promote(["--auto-merge"], environment)).code).to.equal(1);
      expect(await github.head("main")).to.equal(before);
    });

    it("[DEX-11] fails when the repository does not allow it, and names the pull request that stays open", async () => {
      await github.commit("dev", "src/careerdex/__init__.py", '"""Changed."""\n');
      const { environment } = await github.standIn(graphql({ errors: [{ message: "Auto merge is not allowed for this repository" }] }));
      const result = await promote(["--auto-merge"], environment);
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include("Auto merge is not allowed").and.to.include("/pull/");
      expect(await open()).to.have.length(1);
    });
  });

  for (const [args, reason] of [
    [["--image-tag"], "needs a value"],
    [["--nothing"], "unknown option"],
    [["--environment", "staging", "--image-tag", TAG], "unknown environment"],
    [["--environment", "dev"], "goes with --image-tag"],
  ] as const) {
    it(`[DEX-11] refuses ${args.join(" ")}`, async () => {
      const result = await promote(args);
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include(reason);
    });
  }
});
