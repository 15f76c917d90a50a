import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { runScript, type ScriptResult } from "./scripts.ts";
import { type Answers, startStandIn, type StandIn } from "./stand-in.ts";

const REPOSITORY = "TheDataEngineX/DEX";
const SHA = "a1b2c3d4".padEnd(40, "0");

describe("systems/dataenginex: releases", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gatehouse-release-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const pyproject = (path: string, version: string): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), `[project]\nname = "x"\nversion = "${version}"\n`);
  };

  describe("release.sh", () => {
    let standIn: StandIn;
    afterEach(() => standIn.stop());

    async function release(version: string, answers: Answers): Promise<ScriptResult> {
      pyproject("packages/dataenginex/pyproject.toml", version);
      standIn = await startStandIn(answers);
      const environment = { GITHUB_API_URL: standIn.url, GITHUB_REPOSITORY: REPOSITORY, GITHUB_TOKEN: "token", GITHUB_SHA: SHA };
      return runScript("ci/release.sh", ["dataenginex", "packages/dataenginex/pyproject.toml"], environment, folder);
    }
    const created: Answers = { [`POST /repos/${REPOSITORY}/releases`]: [201, { html_url: "https://example.test/release" }] };
    const posts = (): readonly unknown[] => standIn.asked.filter(({ method }) => method === "POST").map(({ body }) => body);

    it("[DEX-5] makes tag and release of a version that has none, at the commit that was pushed", async () => {
      const result = await release("0.5.0", created);
      expect(result).to.deep.include({ code: 0, outputs: { tag: "dataenginex-v0.5.0", current: "true" } });
      expect(posts()).to.deep.equal([
        {
          tag_name: "dataenginex-v0.5.0",
          target_commitish: SHA,
          name: "dataenginex 0.5.0",
          prerelease: false,
          generate_release_notes: true,
        },
      ]);
    });

    it("[DEX-5] marks a pre-release as one", async () => {
      await release("0.5.0rc1", created);
      expect(posts()[0]).to.include({ tag_name: "dataenginex-v0.5.0rc1", prerelease: true });
    });

    it("[DEX-5] leaves a version alone that is released from an earlier commit", async () => {
      const result = await release("0.5.0", {
        ...created,
        [`GET /repos/${REPOSITORY}/git/ref/tags/dataenginex-v0.5.0`]: [200, { object: { type: "commit", sha: "f".repeat(40) } }],
      });
      expect(result).to.deep.include({ code: 0, outputs: { tag: "dataenginex-v0.5.0", current: "false" } });
      expect(posts()).to.deep.equal([]);
    });

    it("[DEX-5] does nothing twice: a second run of the same commit finds tag and release, also an annotated tag", async () => {
      const result = await release("0.5.0", {
        ...created,
        [`GET /repos/${REPOSITORY}/git/ref/tags/dataenginex-v0.5.0`]: [200, { object: { type: "tag", sha: "e".repeat(40) } }],
        [`GET /repos/${REPOSITORY}/git/tags/${"e".repeat(40)}`]: [200, { object: { type: "commit", sha: SHA } }],
        [`GET /repos/${REPOSITORY}/releases/tags/dataenginex-v0.5.0`]: [200, {}],
      });
      // Still current, so that publishing is started again: it skips what is there.
      expect(result.outputs).to.deep.equal({ tag: "dataenginex-v0.5.0", current: "true" });
      expect(posts()).to.deep.equal([]);
    });

    it("[DEX-5] fails, and says nothing of a release, when GitHub refuses it", async () => {
      const result = await release("0.5.0", { [`POST /repos/${REPOSITORY}/releases`]: [422, { message: "Validation Failed" }] });
      expect(result.code).to.equal(1);
      expect(result.outputs).not.to.have.property("current");
      expect(result.stderr).to.include("Validation Failed");
    });

    for (const version of ["1.0; rm -rf /", "1.0\\nnext", "main", ""]) {
      it(`[DEX-5] refuses the version ${JSON.stringify(version)} before it asks anybody`, async () => {
        const result = await release(version, created);
        expect(result.code).to.equal(1);
        expect(standIn.asked).to.deep.equal([]);
      });
    }
  });

  it("[DEX-5] dispatch.sh starts a workflow with the tag as its ref", async () => {
    const path = `/repos/${REPOSITORY}/actions/workflows/pypi-publish.yml/dispatches`;
    const standIn = await startStandIn({ [`POST ${path}`]: [204, undefined] });
    try {
      const environment = { GITHUB_API_URL: standIn.url, GITHUB_REPOSITORY: REPOSITORY, GITHUB_TOKEN: "token" };
      expect((await runScript("ci/dispatch.sh", ["pypi-publish.yml", "dataenginex-v0.5.0"], environment)).code).to.equal(0);
      expect(standIn.asked.map(({ body }) => body)).to.deep.equal([{ ref: "refs/tags/dataenginex-v0.5.0" }]);
    } finally {
      await standIn.stop();
    }
  });

  describe("package-changed.sh", () => {
    const git = (...args: readonly string[]): string =>
      execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.test", ...args], {
        cwd: folder,
        env: { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    const commit = (path: string, version: string): void => {
      pyproject(path, version);
      git("add", "--all");
      git("commit", "--quiet", "--message", `${path} ${version}`);
      git("update-ref", "refs/remotes/origin/main", "HEAD");
    };
    const changed = (tag: string): Promise<ScriptResult> => runScript("ci/package-changed.sh", [tag], {}, folder);
    beforeEach(() => {
      git("init", "--quiet", "--initial-branch", "main");
      commit("packages/dataenginex/pyproject.toml", "0.4.0");
    });

    it("[DEX-5] publishes the first release", async () => {
      git("tag", "dataenginex-v0.4.0");
      expect((await changed("dataenginex-v0.4.0")).outputs).to.deep.equal({ changed: "true", stable: "true" });
    });

    it("[DEX-5] publishes a release whose package has changed since the one before", async () => {
      git("tag", "dataenginex-v0.4.0");
      commit("packages/dataenginex/pyproject.toml", "0.5.0");
      commit("pyproject.toml", "0.3.7");
      git("tag", "dataenginex-v0.5.0");
      expect((await changed("dataenginex-v0.5.0")).outputs).to.deep.equal({ changed: "true", stable: "true" });
    });

    it("[DEX-5] publishes nothing when only other files have changed", async () => {
      // A pre-release by tag whose package is the same: only the tag's suffix and the app differ.
      commit("packages/dataenginex/pyproject.toml", "0.5.0");
      git("tag", "dataenginex-v0.5.0rc1");
      commit("pyproject.toml", "0.3.7");
      git("tag", "dataenginex-v0.5.0");
      expect((await changed("dataenginex-v0.5.0")).outputs).to.deep.equal({ changed: "false", stable: "true" });
    });

    it("[DEX-5] keeps a pre-release off PyPI", async () => {
      commit("packages/dataenginex/pyproject.toml", "0.5.0rc1");
      git("tag", "dataenginex-v0.5.0rc1");
      expect((await changed("dataenginex-v0.5.0rc1")).outputs).to.deep.equal({ changed: "true", stable: "false" });
    });

    it("[DEX-5] refuses a tag that main does not contain: it has passed no gate", async () => {
      git("checkout", "--quiet", "-b", "aside");
      pyproject("packages/dataenginex/pyproject.toml", "6.6.6");
      git("commit", "--quiet", "--all", "--message", "aside");
      git("tag", "dataenginex-v6.6.6");
      const result = await changed("dataenginex-v6.6.6");
      expect(result.code).to.equal(1);
      expect(result.outputs).to.deep.equal({});
      expect(result.stderr).to.include("not on main");
    });

    for (const [tag, reason] of [
      ["dataenginex-v9.9.9", "does not agree"],
      ["careerdex-v0.4.0", "not a tag of the package"],
      ["dataenginex-v1.0.0", "no tag"],
    ] as const) {
      it(`[DEX-5] refuses ${tag}: ${reason}`, async () => {
        for (const name of ["dataenginex-v9.9.9", "careerdex-v0.4.0"]) git("tag", name);
        const result = await changed(tag);
        expect(result.code).to.equal(1);
        expect(result.stderr).to.include(reason);
      });
    }
  });
});
