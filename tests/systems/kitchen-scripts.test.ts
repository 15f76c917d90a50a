import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { expect } from "chai";

import { git, makeClone, type Clone } from "./clone.ts";
import { runScript, type ScriptResult } from "./scripts.ts";
import { startStandIn, type Answers, type StandIn } from "./stand-in.ts";

const repository = "julienlafrance/backtothefuturekitchen";
const script = (
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd?: string,
): Promise<ScriptResult> => runScript(`/70_scripts/${name}`, args, environment, cwd, "kitchen");

/** A Docker host as far as the scripts go: one checkout, which `docker run … git` works in, and a container that is well or not. */
class Host {
  readonly folder = mkdtempSync(join(tmpdir(), "gatehouse-kitchen-"));
  readonly clone: Clone;

  constructor(clone: Clone) {
    this.clone = clone;
    writeFileSync(
      join(this.folder, "docker"),
      `#!/usr/bin/env bash
set -euo pipefail
case $1 in
  inspect) echo image ;;
  restart) echo "restart $2 at $(git -C ${clone.folder} rev-parse HEAD)" >>${this.folder}/log ;;
  exec) ! grep -qx "$(git -C ${clone.folder} rev-parse HEAD)" ${this.folder}/sick ;;
  run) shift; while [[ $1 != -C ]]; do shift; done; shift 2; exec git -C ${clone.folder} "$@" ;;
  *) exit 64 ;;
esac
`,
    );
    chmodSync(join(this.folder, "docker"), 0o755);
    writeFileSync(join(this.folder, "sick"), "");
  }

  get environment(): Record<string, string> {
    return { PATH: `${this.folder}${delimiter}${process.env["PATH"] ?? ""}`, HEALTH_PAUSE_SECONDS: "0" };
  }

  /** The container is unhealthy with these commits. */
  sick(...commits: readonly string[]): void {
    writeFileSync(join(this.folder, "sick"), commits.map((commit) => `${commit}\n`).join(""));
  }

  log(): string {
    const file = join(this.folder, "log");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  head(): string {
    return git(this.clone.folder, "rev-parse", "HEAD");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
    this.clone.remove();
  }
}

describe("systems/kitchen: scripts", function () {
  this.timeout(30_000);
  let host: Host;
  beforeEach(() => {
    host = new Host(makeClone());
  });
  afterEach(() => {
    host.remove();
  });

  describe("deploy.sh", () => {
    const deploy = (sha: string, checks = "2") => script("deploy.sh", ["kitchen-preprod", "volume", sha, checks], host.environment);

    it("[BK-2] moves the checkout to the exact commit, not to the newest, and tells the way back", async () => {
      const before = host.head();
      const [wanted] = host.clone.push("wanted", "newer");
      const { code, outputs, stderr } = await deploy(wanted!);
      expect(code, stderr).to.equal(0);
      expect(host.head()).to.equal(wanted);
      expect(outputs).to.deep.equal({ "rollback-point": before });
      expect(host.log()).to.equal(`restart kitchen-preprod at ${wanted!}\n`);
    });

    it("[BK-2] goes back by itself when the commit is not healthy, and fails", async () => {
      const before = host.head();
      const [sick] = host.clone.push("sick");
      host.sick(sick!);
      const { code, stderr } = await deploy(sick!);
      expect(code).to.equal(1);
      expect(stderr)
        .to.contain(`was not healthy; kitchen-preprod serves ${before} again`)
        .and.to.match(/health check 2 of 2/);
      expect(host.head()).to.equal(before);
    });

    it("[BK-2] says so when nothing is healthy any more", async () => {
      const before = host.head();
      const [sick] = host.clone.push("sick");
      host.sick(sick!, before);
      const { code, stderr } = await deploy(sick!);
      expect(code).to.equal(1);
      expect(stderr).to.match(/not healthy with [0-9a-f]{40} either/);
    });

    for (const bad of ["main", "abc1234", "", "0".repeat(39)]) {
      it(`[BK-2] refuses ${JSON.stringify(bad)}, which is no exact commit`, async () => {
        const { code, stderr } = await deploy(bad);
        expect(code).to.equal(1);
        expect(stderr).to.match(/no full commit id/);
        expect(host.log()).to.equal("");
      });
    }

    it("[BK-2] refuses a commit that is not on main", async () => {
      const stray = host.clone.stray("stray");
      const { code, stderr } = await deploy(stray);
      expect(code).to.equal(1);
      expect(stderr).to.match(/is not on main/);
      expect(host.log()).to.equal("");
    });
  });

  it("[BK-8] deploy_preprod_to_prod.sh keeps a backup of what production served", async () => {
    const before = host.head();
    const [wanted] = host.clone.push("wanted");
    const { code, stderr } = await script("deploy_preprod_to_prod.sh", ["volume", wanted!], host.environment);
    expect(code, stderr).to.equal(0);
    expect(host.head()).to.equal(wanted);
    const backup = /tag (backup-\d{8}T\d{6}Z)/.exec(stderr)?.[1];
    expect(git(host.clone.folder, "rev-parse", backup!)).to.equal(before);
  });

  it("[BK-8] rollback_prod.sh takes production back, and says what is left to do", async () => {
    const before = host.head();
    const [bad] = host.clone.push("bad");
    await script("deploy_preprod_to_prod.sh", ["volume", bad!], host.environment);
    const { code, stderr } = await script("rollback_prod.sh", [before], host.environment);
    expect(code, stderr).to.equal(0);
    expect(host.head()).to.equal(before);
    expect(stderr).to.match(/Revert the bad commit on main/);
  });

  it("[BK-2] environment_status.sh tells what both serve", async () => {
    const { code, stdout } = await script("environment_status.sh", ["a", "b"], host.environment);
    expect(code).to.equal(0);
    expect(stdout).to.contain(`| preprod | ${host.head()} |`).and.to.contain(`| prod | ${host.head()} |`);
  });

  describe("with GitHub", () => {
    const sha = "a".repeat(40);
    let github: StandIn | undefined;
    afterEach(() => github?.stop());

    async function ask(name: string, args: readonly string[], answers: Answers, cwd?: string): Promise<ScriptResult> {
      github = await startStandIn(answers);
      const environment = {
        GITHUB_API_URL: github.url,
        GITHUB_REPOSITORY: repository,
        GH_TOKEN: "a-token",
        POLL_SECONDS: "1",
        WATCH_SECONDS: "2",
      };
      return script(name, args, environment, cwd);
    }
    const runs = `GET /repos/${repository}/actions/workflows/ci.yml/runs`;
    const run = (conclusion: string | null) => [200, { workflow_runs: [{ conclusion }] }] as const;

    it("[BK-2] watch_ci.sh waits while CI runs, and tells its success", async () => {
      let asked = 0;
      const { code, outputs, stderr } = await ask("watch_ci.sh", ["ci.yml", sha], {
        [runs]: () => run((asked += 1) < 2 ? null : "success"),
      });
      expect(code, stderr).to.equal(0);
      expect(outputs).to.deep.equal({ verdict: "success" });
      expect(github!.asked[0]!.path).to.contain(`head_sha=${sha}`).and.to.contain("event=push");
    });

    for (const conclusion of ["failure", "cancelled", "timed_out"]) {
      it(`[BK-2] watch_ci.sh takes ${conclusion} for a failure`, async () => {
        const { outputs } = await ask("watch_ci.sh", ["ci.yml", sha], { [runs]: run(conclusion) });
        expect(outputs).to.deep.equal({ verdict: "failure" });
      });
    }

    it("[BK-2] watch_ci.sh gives up after its time, which is no success", async () => {
      const { code, outputs } = await ask("watch_ci.sh", ["ci.yml", sha], { [runs]: [200, { workflow_runs: [] }] });
      expect(code).to.equal(0);
      expect(outputs).to.deep.equal({ verdict: "timeout" });
    });

    it("[BK-2] watch_ci.sh fails when GitHub does, which no verdict hides", async () => {
      const { code, outputs } = await ask("watch_ci.sh", ["ci.yml", sha], { [runs]: [500, { message: "boom" }] });
      expect(code).to.not.equal(0);
      expect(outputs).to.deep.equal({});
    });

    it("[BK-2] mark_validated.sh writes the status that production asks for", async () => {
      const { code } = await ask("mark_validated.sh", [sha, "success", 'it is "fine"'], {
        [`POST /repos/${repository}/statuses/${sha}`]: [201, {}],
      });
      expect(code).to.equal(0);
      expect(github!.asked[0]!.body).to.deep.equal({ state: "success", description: 'it is "fine"', context: "preprod/validated" });
    });

    describe("check_promotion.sh", () => {
      const check = (confirm: string, commit: string, statuses: readonly object[]): Promise<ScriptResult> =>
        ask(
          "check_promotion.sh",
          [confirm, commit],
          { [`GET /repos/${repository}/commits/${commit}/status`]: [200, { statuses }] },
          host.clone.folder,
        );
      const validated = { context: "preprod/validated", state: "success" };

      it("[BK-7] lets a commit of main pass that preprod validated", async () => {
        const { code, stderr } = await check("DEPLOY", host.head(), [{ context: "other", state: "failure" }, validated]);
        expect(code, stderr).to.equal(0);
      });

      const refused: readonly (readonly [string, string, readonly object[], RegExp])[] = [
        ["without DEPLOY", "deploy", [validated], /type DEPLOY/],
        ["when preprod said nothing", "DEPLOY", [], /preprod\/validated is missing/],
        ["when preprod refused it", "DEPLOY", [{ ...validated, state: "failure" }], /preprod\/validated is failure/],
        ["while preprod has not decided", "DEPLOY", [{ ...validated, state: "pending" }], /preprod\/validated is pending/],
        ["when another check of that kind succeeded", "DEPLOY", [{ ...validated, context: "validated" }], /is missing/],
      ];
      for (const [title, confirm, statuses, words] of refused) {
        it(`[BK-7] refuses ${title}`, async () => {
          const { code, stderr } = await check(confirm, host.head(), statuses);
          expect(code).to.equal(1);
          expect(stderr).to.match(words);
        });
      }

      it("[BK-7] refuses a commit that is not on main, whoever validated it", async () => {
        const { code, stderr } = await check("DEPLOY", host.clone.stray("stray"), [validated]);
        expect(code).to.equal(1);
        expect(stderr).to.match(/is not on main/);
      });
    });

    it("[BK-3] check_page.sh tells a page that is up from one that is down and one that shows something else", async () => {
      github = await startStandIn({ "GET /up": [200, "Mangetamain"], "GET /other": [200, "Welcome"], "GET /down": [503, ""] });
      const page = (path: string): Promise<ScriptResult> => script("check_page.sh", [`${github!.url}${path}`, "Mangetamain"], {});
      expect((await page("/up")).code).to.equal(0);
      expect((await page("/other")).stderr).to.match(/answers, but without/);
      expect((await page("/down")).stderr).to.match(/is down/);
    });
  });

  it("[BK-8] run_ci_checks.sh knows preprod and prod, and nothing else", async () => {
    const { code, stderr } = await script("run_ci_checks.sh", ["staging"], {});
    expect(code).to.equal(1);
    expect(stderr).to.match(/preprod\|prod/);
  });
});
