import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { APP_TOKEN, type DexGitHub, REPOSITORY, startDexGitHub } from "./dex-github.ts";
import { startRegistry, type TestImage, type TestRegistry } from "./registry.ts";
import { runScript, type ScriptResult } from "./scripts.ts";

const GOOD = "sha-600d600d";
const BAD = "sha-0badc0de";

describe("systems/dataenginex: rollback.sh", function () {
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
    for (const [branch, environment] of [
      ["dev", "dev"],
      ["main", "prod"],
    ] as const) {
      for (const tag of [GOOD, BAD]) await github.setTag(branch, environment, tag);
    }
    await image.push([GOOD]);
  });
  after(async () => {
    await github.stop();
    await registry.stop();
  });

  function rollback(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<ScriptResult> {
    return runScript("rollback.sh", args, { ...github.environment, ...image.environment, GITHUB_TOKEN: APP_TOKEN, ...more });
  }
  const open = async (): Promise<readonly { readonly title: string; readonly from: string; readonly to: string }[]> => {
    const { data } = await github.octokit.pulls.list({ ...REPOSITORY, state: "open" });
    return data.map(({ title, head, base }) => ({ title, from: head.ref, to: base.ref }));
  };

  it("[DEX-11] dev goes back to the image before, by a commit where the branch takes one", async () => {
    const result = await rollback(["dev"]);
    expect(result.code).to.equal(0);
    expect(await github.tag("dev", "dev")).to.equal(GOOD);
    const { data } = await github.octokit.repos.getCommit({ ...REPOSITORY, ref: "dev" });
    expect(data.commit.message).to.equal(`fix: rollback dev to ${GOOD} [skip ci]`);
    expect(await open()).to.deep.equal([]);
  });

  it("[DEX-11] dev goes back by a pull request where the branch takes nothing else", async () => {
    await github.protect("dev");
    expect((await rollback(["dev"])).code).to.equal(0);
    expect(await github.tag("dev", "dev")).to.equal(BAD);
    expect(await open()).to.deep.equal([{ title: `fix: rollback dev to ${GOOD} [skip ci]`, from: `promotion/dev-${GOOD}`, to: "dev" }]);
  });

  it("[DEX-11] prod goes back by a pull request, also where main would take a commit", async () => {
    const before = await github.head("main");
    const result = await rollback(["prod"]);
    expect(result.code).to.equal(0);
    expect(await github.head("main")).to.equal(before);
    expect(await open()).to.deep.equal([{ title: `fix: rollback prod to ${GOOD} [skip ci]`, from: `promotion/prod-${GOOD}`, to: "main" }]);
    expect(await github.tag(`promotion/prod-${GOOD}`, "prod")).to.equal(GOOD);
    expect(await github.tag(`promotion/prod-${GOOD}`, "dev")).not.to.equal(GOOD);
  });

  it("[DEX-11] starts from today's main when an earlier pull request for that image was closed", async () => {
    await rollback(["prod"]);
    const { data: pulls } = await github.octokit.pulls.list({ ...REPOSITORY, state: "open" });
    await github.octokit.pulls.update({ ...REPOSITORY, pull_number: pulls[0]!.number, state: "closed" });
    const today = await github.commit("main", "src/careerdex/__init__.py", '"""Changed."""\n');
    expect((await rollback(["prod"])).code).to.equal(0);
    const { data } = await github.octokit.repos.getCommit({ ...REPOSITORY, ref: `promotion/prod-${GOOD}` });
    expect(data.parents.map(({ sha }) => sha)).to.deep.equal([today]);
    expect(await open()).to.have.length(1);
  });

  it("[DEX-11] goes to the image that is named", async () => {
    const named = "sha-5eed5eed";
    await image.push([named]);
    expect((await rollback(["dev", "--to", named])).code).to.equal(0);
    expect(await github.tag("dev", "dev")).to.equal(named);
  });

  it("[DEX-11] changes nothing when the image is there already", async () => {
    await image.push([BAD]);
    const before = await github.head("dev");
    const result = await rollback(["dev", "--to", BAD]);
    expect(result.code).to.equal(0);
    expect(result.stderr).to.include("carries sha-0badc0de already");
    expect(await github.head("dev")).to.equal(before);
  });

  for (const [args, reason] of [
    [["dev", "--to", "sha-00000000"], "not in the registry"],
    [["dev", "--to", "latest"], "not an image tag"],
    [["dev", "--to"], "needs an image tag"],
    [["staging"], "unknown environment"],
    [[], "unknown environment"],
    [["prod", "--now"], "unknown option"],
    [["emergency", "prod"], "needs --to"],
    [["emergency", "prod", "--to", "sha-00000000"], "not in the registry"],
  ] as const) {
    it(`[DEX-11] refuses '${args.join(" ")}' and touches nothing`, async () => {
      const result = await rollback(args, kubectl("exit 1").environment);
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include(reason);
      expect(await github.tag("dev", "dev")).to.equal(BAD);
      expect(await open()).to.deep.equal([]);
    });
  }

  describe("in an emergency", () => {
    it("[DEX-11] pauses the sync, sets the image, waits, and then brings Git in line by a pull request", async () => {
      const cluster = kubectl("exit 0");
      const result = await rollback(["emergency", "prod", "--to", GOOD], cluster.environment);
      expect(result.code).to.equal(0);
      expect(cluster.calls()).to.deep.equal([
        '--namespace argocd patch applications.argoproj.io/dex --type merge --patch {"spec":{"syncPolicy":{"automated":null}}}',
        `--namespace dex set image deployment/dex dex=${image.environment["IMAGE"]!}:${GOOD}`,
        "--namespace dex rollout status deployment/dex --timeout 5m",
      ]);
      expect(await open()).to.deep.equal([
        { title: `fix: rollback prod to ${GOOD} [skip ci]`, from: `promotion/prod-${GOOD}`, to: "main" },
      ]);
      expect(result.stderr).to.include("rollback.sh resume prod");
    });

    it("[DEX-11] stops at the first step that fails, and says which", async () => {
      const cluster = kubectl('case "$*" in *"set image"*) exit 1;; esac');
      const result = await rollback(["emergency", "dev", "--to", GOOD], cluster.environment);
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include("set image");
      expect(cluster.calls()).to.have.length(2);
      expect(cluster.calls()[0]).to.include("applications.argoproj.io/dex-dev");
      expect(await open()).to.deep.equal([]);
    });

    it("[DEX-11] resumes the sync when Git and the cluster agree", async () => {
      const cluster = kubectl(`case "$*" in *" get "*) printf %s "${image.environment["IMAGE"]!}:${BAD}";; esac`);
      const result = await rollback(["resume", "prod"], cluster.environment);
      expect(result.code).to.equal(0);
      expect(cluster.calls().at(-1)).to.include('{"spec":{"syncPolicy":{"automated":{"prune":true,"selfHeal":true}}}}');
    });

    it("[DEX-11] does not resume it before: the sync would bring the bad image back", async () => {
      const cluster = kubectl(`case "$*" in *" get "*) printf %s "${image.environment["IMAGE"]!}:${GOOD}";; esac`);
      const result = await rollback(["resume", "prod"], cluster.environment);
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include("Bring Git in line first");
      expect(cluster.calls()).to.have.length(1);
    });
  });

  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  /** A `kubectl` that writes down how it is called and then does what is told: the script's order of steps is what is tested. */
  function kubectl(then: string): { readonly environment: Readonly<Record<string, string>>; calls(): readonly string[] } {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-kubectl-"));
    folders.push(folder);
    const [program, calls] = [join(folder, "kubectl"), join(folder, "calls")];
    writeFileSync(calls, "");
    writeFileSync(program, `#!/bin/sh\necho "$*" >>'${calls}'\n${then}\n`);
    chmodSync(program, 0o755);
    const path = `${folder}:${process.env["PATH"] ?? ""}`;
    return { environment: { PATH: path }, calls: () => readFileSync(calls, "utf8").trim().split("\n").filter(Boolean) };
  }
});
