import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import { repositoryFiles, repositoryFolder } from "./repository.ts";
import { runScript, type ScriptResult } from "./scripts.ts";
import { startStandIn, type StandIn } from "./stand-in.ts";

const folder = repositoryFolder("dataknobs");
const PACKAGES = ["common", "structures", "utils", "xization"];

const run = (
  path: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd?: string,
): Promise<ScriptResult> => runScript(path, args, { PATH: process.env["PATH"] ?? "", ...environment }, cwd, "dataknobs");

describe("systems/dataknobs: what people run", function () {
  this.timeout(30_000);
  let standIn: StandIn | undefined;
  let temporary: string;
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), "gatehouse-dataknobs-scripts-"));
  });
  afterEach(async () => {
    rmSync(temporary, { recursive: true, force: true });
    await standIn?.stop();
    standIn = undefined;
  });
  describe("release-check.sh", () => {
    const git = (...args: readonly string[]): void => {
      const own = ["-c", "user.name=test", "-c", "user.email=test@example.test", "-c", "tag.gpgSign=false", "-c", "commit.gpgSign=false"];
      execFileSync("git", [...own, ...args], { cwd: temporary, env: { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null" } });
    };
    beforeEach(() => {
      git("init", "--quiet", "--initial-branch", "main");
      for (const name of PACKAGES) {
        execFileSync("mkdir", ["-p", join(temporary, "packages", name)]);
        writeFileSync(join(temporary, "packages", name, "pyproject.toml"), '[project]\nname = "x"\nversion = "1.2.3"\n');
      }
      git("add", "--all");
      git("commit", "--quiet", "--message", "first");
      git("update-ref", "refs/remotes/origin/main", "HEAD");
    });

    it("[DK-2] accepts the tag of a commit on main that agrees with all four packages", async () => {
      git("tag", "v1.2.3");
      expect((await run("ci/release-check.sh", ["v1.2.3"], {}, temporary)).code).to.equal(0);
    });

    it("[DK-2] names every package that has another version", async () => {
      git("tag", "v1.3.0");
      const { code, stderr } = await run("ci/release-check.sh", ["v1.3.0"], {}, temporary);
      expect(code).to.equal(1);
      for (const name of PACKAGES) expect(stderr).to.include(`packages/${name}/pyproject.toml says 1.2.3`);
    });

    it("[DK-2] refuses a tag that main does not contain: it has passed none of its gates", async () => {
      git("commit", "--quiet", "--allow-empty", "--message", "elsewhere");
      git("tag", "v1.2.3");
      expect((await run("ci/release-check.sh", ["v1.2.3"], {}, temporary)).stderr).to.include("v1.2.3 is not on main");
    });

    for (const tag of ["v1.2.3-rc1", "1.2.3", "v1.2.4", ""]) {
      it(`[DK-2] refuses ${JSON.stringify(tag)}`, async () => {
        expect((await run("ci/release-check.sh", [tag], {}, temporary)).code).to.equal(1);
      });
    }
  });

  describe("health-check.sh", () => {
    /** The sources themselves in place of installed packages. */
    const sources = { PYTHON: "python3", PYTHONDONTWRITEBYTECODE: "1" };
    const path = (packages: readonly string[]): string => packages.map((name) => join(folder, "packages", name, "src")).join(delimiter);

    it("[DK-8] succeeds where all four packages work, and where the service answers", async () => {
      const { url } = (standIn = await startStandIn({ "GET /health": [200, {}], "GET /ready": [200, {}] }));
      const result = await run("health-check.sh", [url], { ...sources, PYTHONPATH: path(PACKAGES) });
      expect(result.stderr)
        .to.include("All packages import.")
        .and.to.include("Basic functionality works.")
        .and.to.include("The service answers.");
      expect(result.code).to.equal(0);
    });

    it("[DK-8] fails where a package is missing", async () => {
      const result = await run("health-check.sh", [], { ...sources, PYTHONPATH: path(PACKAGES.slice(1)) });
      expect([result.code, result.stderr.includes("dataknobs_common")]).to.deep.equal([1, true]);
    });

    it("[DK-8] fails where the service does not answer with success", async () => {
      const { url } = (standIn = await startStandIn({ "GET /health": [200, {}], "GET /ready": [404, {}] }));
      const result = await run("health-check.sh", [url], { ...sources, PYTHONPATH: path(PACKAGES) });
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include(`${url}/ready does not answer with success`);
    });
  });

  describe("deploy.sh", () => {
    /** An interpreter that notes what it was asked, and whose pip fails if told so. */
    const interpreter = (pip: "works" | "fails"): { readonly PYTHON: string; readonly asked: () => string } => {
      const [PYTHON, log] = [join(temporary, "python"), join(temporary, "asked")];
      writeFileSync(log, "");
      writeFileSync(PYTHON, `#!/bin/sh\necho "$*" >>'${log}'\n[ "$2" != pip ] || exit ${pip === "works" ? 0 : 1}\n`);
      chmodSync(PYTHON, 0o755);
      return { PYTHON, asked: () => readFileSync(log, "utf8") };
    };

    it("[DK-8] installs all four packages at one exact version in one go, then checks that they work", async () => {
      const { PYTHON, asked } = interpreter("works");
      expect((await run("deploy.sh", ["production", "1.2.3"], { PYTHON })).code).to.equal(0);
      const [install, ...checks] = asked().trim().split("\n");
      expect(install).to.equal(`-m pip install --upgrade ${PACKAGES.map((name) => `dataknobs-${name}==1.2.3`).join(" ")}`);
      expect(checks.join("\n")).to.include("import dataknobs_common");
    });

    it("[DK-8] fails when the installation fails, and claims nothing", async () => {
      const { PYTHON } = interpreter("fails");
      const { code, stderr } = await run("deploy.sh", ["staging", "1.2.3"], { PYTHON });
      expect([code, stderr.includes("is installed")]).to.deep.equal([1, false]);
    });

    for (const args of [
      ["production", "latest"],
      ["production", "1.3.0rc1"],
      ["staging", "1.2"],
      ["development", "latest"],
      ["development", "1.2.3; rm -rf /"],
      ["qa", "1.2.3"],
      ["production"],
      [],
    ]) {
      it(`[DK-8] refuses ${JSON.stringify(args)}, and installs nothing`, async () => {
        const { PYTHON, asked } = interpreter("works");
        expect((await run("deploy.sh", args, { PYTHON })).code).to.equal(1);
        expect(asked()).to.equal("");
      });
    }

    it("[DK-8] takes a pre-release for development", async () => {
      const { PYTHON } = interpreter("works");
      expect((await run("deploy.sh", ["development", "1.3.0rc1"], { PYTHON })).code).to.equal(0);
    });
  });

  describe("compare_benchmarks.py", () => {
    const baseline = JSON.parse(repositoryFiles("dataknobs").get("tests/performance/baseline.json")!) as {
      readonly tolerance_percent: number;
      readonly ratios: Readonly<Record<string, number>>;
    };
    /** Runs it against the committed baseline; `speed` is the machine's, `slower` a factor for single benchmarks. */
    function compare(speed: number, slower: Readonly<Record<string, number>> = {}, leave: readonly string[] = []) {
      const times = { test_calibration: 1, ...baseline.ratios };
      const benchmarks = Object.entries(times)
        .filter(([name]) => !leave.includes(name))
        .map(([name, ratio]) => ({ name, stats: { min: ratio * speed * (slower[name] ?? 1) } }));
      writeFileSync(join(temporary, "measured.json"), JSON.stringify({ benchmarks }));
      const script = join(folder, "scripts/ci/compare_benchmarks.py");
      try {
        const args = [script, join(folder, "tests/performance/baseline.json"), join(temporary, "measured.json")];
        execFileSync("python3", args, { encoding: "utf8", stdio: "pipe" });
        return { code: 0, stderr: "" };
      } catch (error) {
        const { status, stderr } = error as { status: number; stderr: string };
        return { code: status, stderr };
      }
    }

    it("[DK-8] has a baseline of every benchmark", () => {
      const text = repositoryFiles("dataknobs").get("tests/performance/test_benchmarks.py")!;
      const names = [...text.matchAll(/^def (test_\w+)/gm)].map(([, name]) => name).filter((name) => name !== "test_calibration");
      expect(Object.keys(baseline.ratios)).to.have.members(names);
      expect(baseline.tolerance_percent).to.be.within(1, 100);
    });

    it("[DK-8] passes on a machine of any speed", () => {
      for (const speed of [0.001, 0.1]) expect(compare(speed)).to.deep.equal({ code: 0, stderr: "" });
    });

    it("[DK-8] fails when one benchmark got slower than the tolerance allows, and names it", () => {
      const name = "test_tree_creation_performance";
      const limit = 1 + baseline.tolerance_percent / 100;
      expect(compare(0.01, { [name]: limit - 0.01 }).code).to.equal(0);
      const { code, stderr } = compare(0.01, { [name]: limit + 0.01 });
      expect([code, stderr.includes(name)]).to.deep.equal([1, true]);
    });

    it("[DK-8] fails when a benchmark was not measured, or the calibration was not", () => {
      expect(compare(0.01, {}, ["test_flatten_performance"]).stderr).to.include("test_flatten_performance was not measured");
      expect(compare(0.01, {}, ["test_calibration"]).code).to.equal(1);
    });
  });
});
