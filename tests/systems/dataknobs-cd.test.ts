import { expect } from "chai";
import { makeRegistry, type Registry } from "./docker-stub.ts";
import { runScript, type ScriptResult } from "./scripts.ts";
import { type Answers, startStandIn, type StandIn } from "./stand-in.ts";

const SHA = "a1b2c3d4".padEnd(40, "0");
const PARENT = "b1b2c3d4".padEnd(40, "0");

const run = (path: string, args: readonly string[], environment: Readonly<Record<string, string>>): Promise<ScriptResult> =>
  runScript(path, args, environment, undefined, "dataknobs");

describe("systems/dataknobs: CD's decisions", function () {
  this.timeout(30_000);
  let standIn: StandIn | undefined;
  afterEach(async () => {
    await standIn?.stop();
    standIn = undefined;
  });
  const serve = async (answers: Answers): Promise<Record<string, string>> => {
    standIn = await startStandIn(answers);
    return { GITHUB_API_URL: standIn.url, GITHUB_REPOSITORY: "dataknobs/dataknobs", GITHUB_TOKEN: "token-of-the-job" };
  };

  describe("cd-gate.sh", () => {
    const success = {
      head_sha: SHA,
      head_branch: "main",
      event: "push",
      status: "completed",
      conclusion: "success",
      run_number: 7,
      run_attempt: 1,
      head_repository: { full_name: "dataknobs/dataknobs" },
    };
    /** The gate with the given runs of security.yml; ci.yml has succeeded on the branch. */
    async function gate(runs: readonly object[], changed: readonly string[] = ["packages/common/pyproject.toml"], branch = "main") {
      const base = await serve({
        "GET /repos/dataknobs/dataknobs/actions/workflows/ci.yml/runs": [200, { workflow_runs: [{ ...success, head_branch: branch }] }],
        "GET /repos/dataknobs/dataknobs/actions/workflows/security.yml/runs": [200, { workflow_runs: runs }],
        [`GET /repos/dataknobs/dataknobs/commits/${SHA}`]: [200, { parents: [{ sha: PARENT }] }],
        [`GET /repos/dataknobs/dataknobs/compare/${PARENT}...${SHA}`]: [200, { files: changed.map((filename) => ({ filename })) }],
      });
      return run("ci/cd-gate.sh", ["ci.yml", "security.yml"], { ...base, SHA, BRANCH: branch });
    }

    for (const branch of ["main", "develop", "release/stable", "release/1.4"]) {
      it(`[DK-7] opens when both have succeeded for a commit of ${branch}`, async () => {
        expect(await gate([{ ...success, head_branch: branch }], undefined, branch)).to.deep.include({
          code: 0,
          outputs: { ready: "true" },
        });
      });
    }

    for (const [what, runs] of [
      ["has not run yet", []],
      ["is still running", [{ ...success, status: "in_progress", conclusion: null }]],
      ["has failed", [{ ...success, conclusion: "failure" }]],
      ["was skipped", [{ ...success, conclusion: "skipped" }]],
      ["succeeded for another commit", [{ ...success, head_sha: PARENT }]],
      ["succeeded for a pull request", [{ ...success, event: "pull_request" }]],
      ["succeeded on another branch", [{ ...success, head_branch: "develop" }]],
      ["succeeded in a fork", [{ ...success, head_repository: { full_name: "somebody/dataknobs" } }]],
      ["failed after a success", [success, { ...success, run_number: 8, conclusion: "failure" }]],
    ] as const) {
      it(`[DK-7] stays shut when one of them ${what}`, async () => {
        expect(await gate(runs)).to.deep.include({ code: 0, outputs: { ready: "false" } });
      });
    }

    it("[DK-7] stays shut for a merged proposal, which changes overlays only, and opens when it changes more", async () => {
      const overlay = "deploy/overlays/staging/kustomization.yaml";
      expect((await gate([success], [overlay])).outputs).to.deep.equal({ ready: "false" });
      await standIn!.stop();
      expect((await gate([success], [overlay, "deploy/base/deployment.yaml"])).outputs).to.deep.equal({ ready: "true" });
    });

    it("[DK-7] refuses a branch that is not deployed", async () => {
      const result = await gate([success], undefined, "feature/x");
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include("only develop, main and release/* are deployed");
    });
  });

  describe("images", () => {
    const DIGEST = `sha256:${"a".repeat(64)}`;
    const OTHER = `sha256:${"b".repeat(64)}`;
    let registry: Registry;
    beforeEach(() => {
      registry = makeRegistry();
    });
    afterEach(() => {
      registry.remove();
    });

    it("[DK-7] image-lookup.sh finds the image of a commit, and says nothing where there is none", async () => {
      expect((await run("ci/image-lookup.sh", [], { PATH: registry.PATH, SHA })).outputs).to.deep.equal({
        tag: "sha-a1b2c3d4",
        digest: "",
      });
      registry.setTags({ "sha-a1b2c3d4": DIGEST });
      expect((await run("ci/image-lookup.sh", [], { PATH: registry.PATH, SHA })).outputs["digest"]).to.equal(DIGEST);
    });

    it("[DK-7] tag-image.sh names the image that was scanned, and does nothing the second time", async () => {
      for (let time = 0; time < 2; time++) {
        expect((await run("ci/tag-image.sh", [], { PATH: registry.PATH, SHA, DIGEST })).code).to.equal(0);
        expect(registry.tags()).to.deep.equal({ "sha-a1b2c3d4": DIGEST });
      }
    });

    it("[DK-7] tag-image.sh never moves a tag", async () => {
      registry.setTags({ "sha-a1b2c3d4": OTHER });
      const result = await run("ci/tag-image.sh", [], { PATH: registry.PATH, SHA, DIGEST });
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include("never moves");
      expect(registry.tags()).to.deep.equal({ "sha-a1b2c3d4": OTHER });
    });

    it("[DK-7] a registry that cannot be asked is an error, and not an image that is missing", async () => {
      registry.fail("ERROR: 503 Service Unavailable");
      for (const script of ["ci/image-lookup.sh", "ci/tag-image.sh"]) {
        const result = await run(script, [], { PATH: registry.PATH, SHA, DIGEST });
        expect([result.code, result.outputs]).to.deep.equal([1, {}]);
        expect(result.stderr).to.include("503");
      }
    });
  });

  describe("start-deploy.sh", () => {
    const route = "POST /repos/dataknobs/dataknobs/actions/workflows/deploy.yml/dispatches";
    it("[DK-6] starts deploy.yml on the branch itself, so that the environment accepts its ref", async () => {
      const base = await serve({ [route]: [204, undefined] });
      expect((await run("ci/start-deploy.sh", ["sha-a1b2c3d4"], { ...base, BRANCH: "main" })).code).to.equal(0);
      expect((await run("ci/start-deploy.sh", [], { ...base, BRANCH: "release/stable" })).code).to.equal(0);
      expect(standIn!.asked.map(({ body }) => body)).to.deep.equal([
        { ref: "refs/heads/main", inputs: { tag: "sha-a1b2c3d4" } },
        { ref: "refs/heads/release/stable", inputs: { tag: "" } },
      ]);
    });

    it("[DK-6] takes no moving tag, and a refusal of GitHub's for an error", async () => {
      const base = await serve({ [route]: [403, { message: "Resource not accessible by integration" }] });
      expect((await run("ci/start-deploy.sh", ["latest"], { ...base, BRANCH: "main" })).code).to.equal(1);
      expect(standIn!.asked).to.deep.equal([]);
      expect((await run("ci/start-deploy.sh", [], { ...base, BRANCH: "main" })).stderr).to.include("403");
    });
  });
});
