import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type AksGitHub, APP_TOKEN, type Environment, REPOSITORY, RUN_TOKEN, startAksGitHub } from "./aks-github.ts";
import { startRegistry, type TestRegistry } from "./registry.ts";
import { runScript, type ScriptResult } from "./scripts.ts";

const overlayOf = (environment: Environment): string => `k8s/aks/overlays/${environment}/kustomization.yaml`;
const first = "sha-d1e2f3a4";
const next = "sha-0000aaaa";

describe("systems/data-platform-aks: deployments", function () {
  this.timeout(120_000);
  let github: AksGitHub;
  let registry: TestRegistry;
  let host: string;
  before(async () => {
    [github, registry] = await Promise.all([startAksGitHub(), startRegistry()]);
    host = registry.image("data-platform-aks/airflow").environment["IMAGE"]!.split("/")[0]!;
    for (const name of ["airflow", "frontend"]) await registry.image(`data-platform-aks/${name}`).push([first, next]);
  });
  beforeEach(() => github.reset());
  after(async () => {
    await github.stop();
    await registry.stop();
  });

  const run = async (script: string, environment: string, options: Readonly<Record<string, string>>): Promise<ScriptResult> => {
    const registryAt = { REGISTRY: host, REGISTRY_SCHEME: "http" };
    const given = { ...github.environment, ...registryAt, GITHUB_TOKEN: RUN_TOKEN, SHA: await github.head(), ...options };
    return runScript(`ci/${script}`, [environment], given, undefined, "data-platform-aks");
  };
  const propose = (environment: string, options: Readonly<Record<string, string>> = {}): Promise<ScriptResult> =>
    run("propose-overlay.sh", environment, { AIRFLOW_TAG: next, FRONTEND_TAG: next, PROMOTION_TOKEN: APP_TOKEN, ...options });
  const pulls = async () => {
    const { data } = await github.octokit.pulls.list({ ...REPOSITORY, state: "open" });
    return data.map(({ title, head, base, html_url: url }) => ({ title, head: head.ref, base: base.ref, url }));
  };
  const statuses = async () => {
    const { data } = await github.octokit.repos.listCommitStatusesForRef({ ...REPOSITORY, ref: await github.head() });
    return data.map(({ context, state }) => [context, state]);
  };
  /** Puts a tag of both images on main, as a merged promotion does. */
  const carry = async (environment: Environment, tag = next): Promise<void> => {
    const text = await github.read("main", overlayOf(environment));
    await github.commit("main", overlayOf(environment), text.replaceAll(/newTag: \S+/g, `newTag: ${tag}`));
  };
  const refused = async (result: ScriptResult, reason: RegExp): Promise<void> => {
    expect(result.code).to.equal(1);
    expect(result.stderr).to.match(reason);
    expect(result.outputs).not.to.have.property("status");
    expect(await pulls()).to.deep.equal([]);
    expect(await statuses()).to.deep.equal([]);
  };

  describe("propose-overlay.sh", () => {
    it("[AKS-5] [AKS-6] proposes both tags for dev as one pull request with a conventional title, and reports pending, never success", async () => {
      const before = await github.head();
      const { outputs, code } = await propose("dev");
      expect(code).to.equal(0);
      expect(outputs).to.include({ status: "pending", airflow: next, frontend: next });
      const [pull, ...others] = await pulls();
      expect(others).to.deep.equal([]);
      expect(pull).to.deep.equal({
        title: `chore(dev): deploy airflow ${next}, frontend ${next}`,
        head: `promotion/dev-airflow-${next}-frontend-${next}`,
        base: "main",
        url: outputs["url"],
      });
      expect(await statuses()).to.deep.equal([["cd/dev", "pending"]]);
      expect(await github.head()).to.equal(before);
      const proposed = await github.read(pull!.head, overlayOf("dev"));
      const main = await github.read("main", overlayOf("dev"));
      expect(proposed).to.equal(main.replaceAll(first, next));
      const title = await runScript("ci/conventional-title.sh", [], { TITLE: pull!.title }, undefined, "data-platform-aks");
      expect(title.code).to.equal(0);
    });

    it("[AKS-5] finds its pull request again when it runs twice", async () => {
      const { outputs } = await propose("dev");
      expect((await propose("dev")).outputs["url"]).to.equal(outputs["url"]);
      expect(await pulls()).to.have.length(1);
    });

    it("[AKS-5] starts again from main where a closed pull request has left its branch", async () => {
      await propose("dev");
      const { data } = await github.octokit.pulls.list({ ...REPOSITORY, state: "open" });
      await github.octokit.pulls.update({ ...REPOSITORY, pull_number: data[0]!.number, state: "closed" });
      await github.commit("main", "README.md", "changed\n");
      expect((await propose("dev")).outputs["status"]).to.equal("pending");
      const [pull] = await pulls();
      expect(await github.read(pull!.head, "README.md")).to.equal("changed\n");
    });

    it("[AKS-5] takes one image alone and leaves the other as it is", async () => {
      const { outputs } = await propose("dev", { FRONTEND_TAG: "" });
      expect(outputs).to.include({ status: "pending", airflow: next, frontend: first });
    });

    it("[AKS-5] says that the overlay carries the tags, and nothing about the cluster", async () => {
      await carry("dev");
      const { outputs } = await propose("dev");
      expect(outputs["status"]).to.equal("carried");
      expect(await statuses()).to.deep.equal([]);
      expect(await pulls()).to.deep.equal([]);
    });

    for (const [environment, before] of [
      ["staging", "dev"],
      ["prod", "staging"],
    ] as const) {
      it(`[AKS-5] takes for ${environment} only what ${before} has had`, async () => {
        await refused(await propose(environment), new RegExp(`${next} has never been in the overlay of ${before}`));
        await carry(before);
        // Also where it was replaced since.
        await carry(before, first);
        expect((await propose(environment)).outputs["status"]).to.equal("pending");
      });
    }

    it("[AKS-6] refuses a tag that is not in the registry", async () => {
      await refused(await propose("dev", { AIRFLOW_TAG: "sha-99999999" }), /airflow:sha-99999999 is not in the registry/);
    });

    it("[AKS-7] refuses a tag that was banned by a rollback, whatever stands behind it on the line", async () => {
      await github.commit("main", "k8s/aks/overlays/dev/banned-tags.txt", `# bad ones\n${next} # loses orders\n`);
      await refused(await propose("dev"), /banned-tags\.txt/);
    });

    for (const [what, environment, options] of [
      ["a tag that moves", "dev", { AIRFLOW_TAG: "latest" }],
      ["a tag with something behind it", "dev", { FRONTEND_TAG: `${next}; true` }],
      ["an unknown environment", "production", {}],
      ["a SHA that is a branch", "dev", { SHA: "main" }],
      ["to go on without the App", "dev", { PROMOTION_TOKEN: "" }],
    ] as const) {
      it(`[AKS-5] refuses ${what}`, async () => {
        await refused(await propose(environment, options), /error:/);
      });
    }

    it("[AKS-5] does not put an old image in place of a later one in dev", async () => {
      const old = await github.head();
      const later = await github.commit("main", "README.md", "later\n");
      await carry("dev", `sha-${later.slice(0, 8)}`);
      const { outputs } = await propose("dev", { SHA: old });
      expect(outputs["status"]).to.equal("superseded");
      expect(await pulls()).to.deep.equal([]);
    });

    it("[AKS-4] shows no token", async () => {
      const { stdout, stderr, summary } = await propose("dev");
      expect(stdout + stderr + summary).not.to.match(new RegExp(`${APP_TOKEN}|${RUN_TOKEN}`));
    });
  });

  describe("verify-rollout.sh", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "gatehouse-kubectl-"));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    /** A kubectl that knows which image each deployment names, and which rollouts never end. */
    const verify = async (live: Readonly<Record<string, string>>, stuck = "none", environment = "prod"): Promise<ScriptResult> => {
      const cases = Object.entries(live).map(
        ([name, image]) => `*get\\ deployment/${name}\\ *) printf %s '${host}/data-platform-aks/${image}' ;;`,
      );
      const text = `#!/usr/bin/env bash
printf '%s\\n' "$*" >>'${join(folder, "asked")}'
case "$*" in
${cases.join("\n")}
*rollout\\ status\\ deployment/${stuck}\\ *) echo 'timed out waiting for the condition' >&2; exit 1 ;;
*rollout\\ status*) ;;
*) exit 1 ;;
esac
`;
      writeFileSync(join(folder, "kubectl"), text);
      chmodSync(join(folder, "kubectl"), 0o755);
      const options = { AIRFLOW: next, FRONTEND: first, NAMESPACE: "data-platform-prod", WAIT_SECONDS: "1", PAUSE_SECONDS: "1" };
      return run("verify-rollout.sh", environment, { ...options, PATH: `${folder}:${process.env["PATH"] ?? ""}` });
    };
    const recorded = async () => {
      const { data } = await github.octokit.repos.listDeployments(REPOSITORY);
      return Promise.all(
        data.map(async ({ id, environment, description }) => {
          const { data: states } = await github.octokit.repos.listDeploymentStatuses({ ...REPOSITORY, deployment_id: id });
          return [environment, description, states.map(({ state }) => state)];
        }),
      );
    };
    const all = { "airflow-webserver": `airflow:${next}`, "airflow-scheduler": `airflow:${next}`, frontend: `frontend:${first}` };

    it("[AKS-5] records a success when all three deployments run the images, and only reads the cluster", async () => {
      expect((await verify(all)).code).to.equal(0);
      expect(await recorded()).to.deep.equal([["prod", `airflow ${next}, frontend ${first}`, ["success"]]]);
      expect(await statuses()).to.deep.equal([["cd/prod", "success"]]);
      const asked = readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
      for (const line of asked) expect(line).to.match(/^--namespace data-platform-prod (get deployment\/|rollout status deployment\/)/);
    });

    for (const [what, live, stuck, late] of [
      ["a deployment still names another image", { ...all, "airflow-scheduler": `airflow:${first}` }, "none", "airflow-scheduler"],
      ["a rollout does not end", all, "frontend", "frontend"],
      ["a deployment is not there", { frontend: `frontend:${first}` }, "none", "airflow-webserver airflow-scheduler"],
    ] as const) {
      it(`[AKS-5] records a failure, never a success, when ${what}`, async () => {
        const { code, stderr } = await verify(live, stuck);
        expect(code).to.equal(1);
        expect(stderr).to.include(late);
        expect((await recorded()).map(([, , states]) => states)).to.deep.equal([["failure"]]);
        expect(await statuses()).to.deep.equal([["cd/prod", "failure"]]);
      });
    }
  });

  describe("conventional-title.sh", () => {
    const judge = (title: string): Promise<ScriptResult> =>
      runScript("ci/conventional-title.sh", [], { TITLE: title }, undefined, "data-platform-aks");

    for (const title of [
      "feat: revenue by week",
      "fix(dbt): days without orders",
      "feat(frontend)!: another address",
      "chore(main): release 0.2.0",
      "build(deps): bump eslint from 10.15.0 to 10.16.0 in /frontend",
      "fix: two lines of a commit\n\nthe body",
    ]) {
      it(`[AKS-3] takes ${JSON.stringify(title)}`, async () => {
        expect((await judge(title)).code).to.equal(0);
      });
    }
    for (const title of [
      "Update README.md",
      "feature: revenue by week",
      "feat revenue",
      "feat:no blank",
      "feat: ",
      "Feat: capital",
      "feat(): empty scope",
      "$(touch /tmp/x)",
      "x\nfeat: on the second line",
    ]) {
      it(`[AKS-3] refuses ${JSON.stringify(title)}, and says how to write it`, async () => {
        const { code, stderr } = await judge(title);
        expect(code).to.equal(1);
        expect(stderr).to.include("type(scope): what it does");
      });
    }
  });
});
