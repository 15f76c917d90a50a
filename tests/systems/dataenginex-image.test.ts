import { expect } from "chai";
import { startRegistry, type TestImage, type TestRegistry } from "./registry.ts";
import { runScript, type ScriptResult } from "./scripts.ts";
import { type Asked, type Answers, startStandIn, type StandIn } from "./stand-in.ts";

const REPOSITORY = "TheDataEngineX/DEX";
const SHA = "a1b2c3d4".padEnd(40, "0");
const NEWER = "b1b2c3d4".padEnd(40, "0");
const OLDER = "c1b2c3d4".padEnd(40, "0");

describe("systems/dataenginex: CD's decisions", () => {
  let standIn: StandIn | undefined;
  const serve = async (answers: Answers): Promise<Record<string, string>> => {
    standIn = await startStandIn(answers);
    return { GITHUB_API_URL: standIn.url, GITHUB_REPOSITORY: REPOSITORY, GITHUB_TOKEN: "token-of-the-job" };
  };
  afterEach(async () => {
    await standIn?.stop();
    standIn = undefined;
  });

  describe("upstream-gate.sh", () => {
    const FILES = ["ci.yml", "security.yml", "package-validation.yml"];
    const success = {
      head_sha: SHA,
      head_branch: "main",
      event: "push",
      status: "completed",
      conclusion: "success",
      run_number: 7,
      run_attempt: 1,
      head_repository: { full_name: REPOSITORY },
    };

    /** Runs the gate with the given runs of security.yml; the two others have succeeded. */
    async function gate(runs: readonly object[], environment: Readonly<Record<string, string>> = {}): Promise<ScriptResult> {
      const answers = FILES.map((file) => [
        `GET /repos/${REPOSITORY}/actions/workflows/${file}/runs`,
        [200, { total_count: 1, workflow_runs: file === "security.yml" ? runs : [success] }] as const,
      ]);
      const base = await serve(Object.fromEntries(answers) as Answers);
      return runScript("ci/upstream-gate.sh", FILES, { ...base, SHA, BRANCH: "main", ...environment });
    }

    it("[DEX-4] opens when all three succeeded for the commit, and asks about that commit, branch and event only", async () => {
      const result = await gate([success]);
      expect(result).to.deep.include({ code: 0, outputs: { ready: "true" } });
      expect(standIn!.asked).to.have.length(3);
      for (const { path, authorization } of standIn!.asked) {
        expect(path).to.include(`head_sha=${SHA}`).and.to.include("event=push").and.to.include("branch=main");
        expect(authorization).to.equal("Bearer token-of-the-job");
      }
    });

    for (const [what, run] of [
      ["has not run yet", undefined],
      ["is still running", { ...success, status: "in_progress", conclusion: null }],
      ["has failed", { ...success, conclusion: "failure" }],
      ["was cancelled", { ...success, conclusion: "cancelled" }],
      ["was skipped", { ...success, conclusion: "skipped" }],
      ["succeeded for another commit", { ...success, head_sha: NEWER }],
      ["succeeded for a pull request", { ...success, event: "pull_request" }],
      ["succeeded on another branch", { ...success, head_branch: "dev" }],
      ["succeeded in a fork", { ...success, head_repository: { full_name: "somebody/DEX" } }],
    ] as const) {
      it(`[DEX-4] stays shut when one of them ${what}`, async () => {
        expect(await gate(run === undefined ? [] : [run])).to.deep.include({ code: 0, outputs: { ready: "false" } });
      });
    }

    it("[DEX-4] goes by the newest run: a re-run mends a failure, and a later failure takes a success back", async () => {
      const failure = { ...success, conclusion: "failure" };
      expect((await gate([failure, { ...success, run_attempt: 2 }])).outputs).to.deep.equal({ ready: "true" });
      await standIn!.stop();
      expect((await gate([success, { ...failure, run_number: 8 }])).outputs).to.deep.equal({ ready: "false" });
    });

    it("[DEX-4] fails, and is not shut or open, when GitHub does not answer well", async () => {
      const base = await serve({
        [`GET /repos/${REPOSITORY}/actions/workflows/ci.yml/runs`]: [403, { message: "Resource not accessible" }],
      });
      const result = await runScript("ci/upstream-gate.sh", FILES, { ...base, SHA, BRANCH: "main" });
      expect(result.code).to.equal(1);
      expect(result.outputs).to.deep.equal({});
      expect(result.stderr).to.include("403").and.to.include("Resource not accessible");
    });

    for (const [name, value] of [
      ["SHA", "main"],
      ["SHA", "$(id)"],
      ["BRANCH", "feature"],
    ] as const) {
      it(`[DEX-4] refuses ${name}=${value} before it asks anybody`, async () => {
        const result = await gate([success], { [name]: value });
        expect(result.code).to.equal(1);
        expect(result.stderr).to.include(value);
        expect(standIn!.asked).to.deep.equal([]);
      });
    }
  });

  describe("needs-build.sh", () => {
    async function needsBuild(paths: readonly string[], parents: readonly string[] = [OLDER, NEWER]): Promise<ScriptResult> {
      const base = await serve({
        [`GET /repos/${REPOSITORY}/commits/${SHA}`]: [200, { parents: parents.map((sha) => ({ sha })) }],
        [`GET /repos/${REPOSITORY}/compare/${OLDER}...${SHA}`]: [200, { files: paths.map((filename) => ({ filename })) }],
      });
      return runScript("ci/needs-build.sh", [], { ...base, SHA });
    }

    it("[DEX-4] builds nothing for a merged promotion, or each image would be answered with another", async () => {
      expect((await needsBuild(["infra/argocd/overlays/dev/kustomization.yaml"])).outputs).to.deep.equal({ build: "false" });
    });

    it("[DEX-4] [DEX-11] builds nothing for a merged rollback, which changes an overlay and its list of banned tags", async () => {
      const folder = "infra/argocd/overlays/prod";
      expect((await needsBuild([`${folder}/banned-tags.txt`, `${folder}/kustomization.yaml`])).outputs).to.deep.equal({ build: "false" });
    });

    for (const [what, paths] of [
      ["code", ["src/careerdex/app.py"]],
      ["code and an overlay", ["infra/argocd/overlays/dev/kustomization.yaml", "src/careerdex/app.py"]],
      ["the base of the overlays", ["infra/argocd/base/deployment.yaml"]],
      ["a file that only ends like an overlay", ["src/infra/argocd/overlays/dev/kustomization.yaml"]],
      ["nothing", []],
    ] as const) {
      it(`[DEX-4] builds a commit that changes ${what}`, async () => {
        expect((await needsBuild(paths)).outputs).to.deep.equal({ build: "true" });
      });
    }

    it("[DEX-4] builds the first commit", async () => {
      expect((await needsBuild([], [])).outputs).to.deep.equal({ build: "true" });
    });
  });

  describe("tags of the image", function () {
    this.timeout(300_000);
    let registry: TestRegistry;
    let image: TestImage;
    before(async () => {
      registry = await startRegistry();
    });
    beforeEach(() => {
      image = registry.image();
    });
    after(() => registry.stop());

    /** Tags the image of a commit; `history` is what its branch holds, newest first. */
    async function tag(commit: string, branch: string, digest: string, version: string, history: readonly string[]): Promise<ScriptResult> {
      await standIn?.stop();
      const base = await serve({ [`GET /repos/${REPOSITORY}/commits`]: [200, history.map((sha) => ({ sha }))] });
      const environment = { ...base, ...image.environment, SHA: commit, BRANCH: branch, DIGEST: digest, VERSION: version };
      return runScript("ci/tag-image.sh", [], environment);
    }

    it("[DEX-4] [DEX-10] are sha-<8>, v<version> and latest on main; a second run changes nothing", async () => {
      const digest = await image.push(["untagged"]);
      for (let run = 0; run < 2; run++) {
        expect((await tag(SHA, "main", digest, "0.3.6", [SHA])).code).to.equal(0);
        for (const name of ["sha-a1b2c3d4", "v0.3.6", "latest"]) expect(await image.digest(name), name).to.equal(digest);
      }
      expect(await image.digest("dev")).to.equal(undefined);
    });

    it("[DEX-4] are sha-<8> and dev on dev, and no version", async () => {
      const digest = await image.push(["untagged"]);
      expect((await tag(SHA, "dev", digest, "0.3.6", [SHA])).code).to.equal(0);
      for (const name of ["sha-a1b2c3d4", "dev"]) expect(await image.digest(name), name).to.equal(digest);
      for (const name of ["v0.3.6", "latest"]) expect(await image.digest(name), name).to.equal(undefined);
    });

    it("[DEX-10] never move a sha- tag: another image for the same commit is an error, and nothing is tagged", async () => {
      const first = await image.push(["sha-a1b2c3d4"]);
      const other = await image.push(["untagged"]);
      const result = await tag(SHA, "main", other, "0.3.6", [SHA]);
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include("never moves");
      expect(await image.digest("sha-a1b2c3d4")).to.equal(first);
      for (const name of ["v0.3.6", "latest"]) expect(await image.digest(name), name).to.equal(undefined);
    });

    it("[DEX-10] never move a release tag: a later build of the same version keeps its sha- tag and latest", async () => {
      const first = await image.push(["v0.3.6", "latest"]);
      const digest = await image.push(["untagged"]);
      const result = await tag(NEWER, "main", digest, "0.3.6", [NEWER, SHA]);
      expect(result.code).to.equal(0);
      expect(result.summary).to.include("Raise the version");
      expect(await image.digest("v0.3.6")).to.equal(first);
      for (const name of ["sha-b1b2c3d4", "latest"]) expect(await image.digest(name), name).to.equal(digest);
    });

    it("[DEX-4] do not let a slow old build take latest back", async () => {
      const newest = await image.push(["sha-b1b2c3d4", "latest"]);
      const digest = await image.push(["untagged"]);
      expect((await tag(OLDER, "main", digest, "0.3.5", [NEWER, SHA, OLDER])).code).to.equal(0);
      expect(await image.digest("sha-c1b2c3d4")).to.equal(digest);
      expect(await image.digest("latest")).to.equal(newest);
    });

    it("[DEX-4] leave latest alone and fail when GitHub cannot say what is newest", async () => {
      const newest = await image.push(["latest"]);
      const digest = await image.push(["untagged"]);
      const base = await serve({ [`GET /repos/${REPOSITORY}/commits`]: [404, { message: "Not Found" }] });
      const environment = { ...base, ...image.environment, SHA, BRANCH: "main", DIGEST: digest, VERSION: "0.3.6" };
      expect((await runScript("ci/tag-image.sh", [], environment)).code).to.equal(1);
      expect(await image.digest("latest")).to.equal(newest);
    });

    it("[DEX-10] are looked up before a build, so a commit is built once", async () => {
      const digest = await image.push(["sha-a1b2c3d4"]);
      const known = await runScript("ci/image-lookup.sh", [], { ...image.environment, SHA });
      expect(known).to.deep.include({ code: 0, outputs: { tag: "sha-a1b2c3d4", digest } });
      const unknown = await runScript("ci/image-lookup.sh", [], { ...image.environment, SHA: NEWER });
      expect(unknown).to.deep.include({ code: 0, outputs: { tag: "sha-b1b2c3d4", digest: "" } });
    });

    it("[DEX-10] are asked for with the registry's own token, and a registry that fails is no missing image", async () => {
      const asked: Asked[] = [];
      const remember = (answer: readonly [number, unknown]) => (one: Asked) => {
        asked.push(one);
        return answer;
      };
      standIn = await startStandIn({
        "GET /token": remember([200, { token: "short-lived" }]),
        "HEAD /v2/thedataenginex/dex/manifests/sha-a1b2c3d4": remember([401, undefined]),
      });
      const dex = `${standIn.url.slice("http://".length)}/thedataenginex/dex`;
      const environment = { IMAGE: dex, REGISTRY_SCHEME: "http", REGISTRY_USER: "bot", REGISTRY_TOKEN: "long-lived", SHA };
      const result = await runScript("ci/image-lookup.sh", [], environment);
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include("answered 401");
      expect(new URL(asked[0]!.path, standIn.url).searchParams.get("scope")).to.equal("repository:thedataenginex/dex:pull");
      expect(asked.map(({ authorization }) => authorization)).to.deep.equal([
        `Basic ${Buffer.from("bot:long-lived").toString("base64")}`,
        "Bearer short-lived",
      ]);
      expect(result.stdout + result.stderr).not.to.match(/long-lived|short-lived/);
    });
  });
});
