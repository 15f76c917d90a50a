import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import { expect } from "chai";
import { type RunningGitHub, startServer } from "../../local/github/index.ts";
import { readPipelines, resolveRequiredChecks } from "../../pipelines/index.ts";
import { system } from "../../systems/airflow-etl/system.ts";
import { makeRegistry, type Registry } from "./docker-stub.ts";
import { repositoryFiles, repositoryFolder } from "./repository.ts";

const TOKEN = "token-of-airflow-owner-01";
const WITHOUT_WORKFLOWS = "token-of-airflow-owner-02";
const NAME = { owner: "airflow-etl", repo: "airflow-etl" } as const;
const overlay = "deploy/overlays/production/kustomization.yaml";
const bans = "deploy/overlays/production/banned-tags.txt";

describe("systems/airflow-etl: a deployment against a local GitHub", function () {
  this.timeout(60_000);
  let data: string;
  let server: RunningGitHub;
  let registry: Registry;
  let octokit: Octokit;
  let sha: string;

  before(async () => {
    data = mkdtempSync(join(tmpdir(), "gatehouse-airflow-github-"));
    const organizations = [{ login: NAME.owner, plan: "free" as const, members: [{ login: "owner", role: "admin" as const }], teams: [] }];
    const tokens = [
      { token: TOKEN, login: "owner", scopes: ["repo", "workflow", "admin:org"] },
      { token: WITHOUT_WORKFLOWS, login: "owner", scopes: ["repo"] },
    ];
    server = await startServer({ dataDir: join(data, "github"), port: 0, world: { organizations, tokens }, report: () => undefined });
    octokit = new Octokit({ baseUrl: server.url, auth: TOKEN });
    registry = makeRegistry();
    await octokit.repos.createInOrg({ org: NAME.owner, name: NAME.repo, visibility: "public", auto_init: true, allow_auto_merge: true });
    sha = await toMain([...repositoryFiles("airflow-etl")].filter(([path]) => /^(deploy\/overlays|\.github\/workflows)\//.test(path)));
    for (const name of ["staging", "production"]) await octokit.git.createRef({ ...NAME, ref: `refs/heads/${name}`, sha });
    await guardStaging();
  });
  after(async () => {
    await server.stop();
    registry.remove();
    rmSync(data, { recursive: true, force: true });
  });

  /** A commit on main, with its image in the registry. */
  async function toMain(files: readonly (readonly [path: string, text: string])[]): Promise<string> {
    const parent = (await octokit.git.getRef({ ...NAME, ref: "heads/main" })).data.object.sha;
    const tree = files.map(([path, content]) => ({ path, mode: "100644" as const, type: "blob" as const, content }));
    const made = (await octokit.git.createTree({ ...NAME, base_tree: parent, tree })).data.sha;
    const commit = (await octokit.git.createCommit({ ...NAME, message: "feat: a change", tree: made, parents: [parent] })).data.sha;
    await octokit.git.updateRef({ ...NAME, ref: "heads/main", sha: commit });
    registry.setTags({ ...registry.tags(), [`sha-${commit.slice(0, 8)}`]: `sha256:${"1".repeat(64)}` });
    return commit;
  }
  /** Contexts of the checks that staging requires. */
  const contexts = () => {
    const { checks } = system.branches.find(({ name }) => name === "staging")!.gate!;
    return resolveRequiredChecks(readPipelines(repositoryFiles("airflow-etl")), checks!.required, { branch: "staging" }).contexts;
  };
  /** What the gate of staging asks of pull requests, as a ruleset has it. */
  async function guardStaging(): Promise<void> {
    const { pullRequest, checks } = system.branches.find(({ name }) => name === "staging")!.gate!;
    const { approvals = 1, dismissStaleReviews = true, codeOwners = true, lastPushApproval = true, threadResolution = true } = pullRequest!;
    const review = {
      required_approving_review_count: approvals,
      dismiss_stale_reviews_on_push: dismissStaleReviews,
      require_code_owner_review: codeOwners,
      require_last_push_approval: lastPushApproval,
      required_review_thread_resolution: threadResolution,
    };
    const required_status_checks = contexts().map(({ context }) => ({ context }));
    await octokit.repos.createRepoRuleset({
      ...NAME,
      name: "staging",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["refs/heads/staging"], exclude: [] } },
      rules: [
        { type: "pull_request", parameters: review },
        {
          type: "required_status_checks",
          parameters: { required_status_checks, strict_required_status_checks_policy: checks!.strict ?? true },
        },
      ],
    });
  }

  async function run(script: string, environment: Readonly<Record<string, string>>) {
    const output = join(data, "output");
    writeFileSync(output, "");
    const child = spawn("bash", [join(repositoryFolder("airflow-etl"), "scripts", "ci", script)], {
      env: { PATH: registry.PATH, HOME: data, GITHUB_API_URL: server.url, GITHUB_OUTPUT: output, PROMOTION_TOKEN: TOKEN, ...environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
    const [code] = (await once(child, "close")) as [number | null];
    const outputs = readFileSync(output, "utf8");
    return { code, stderr, outputs, number: Number(/^number=(\d+)$/m.exec(outputs)?.[1]) };
  }
  const read = async (path: string, ref: string) => {
    const { data: content } = await octokit.repos.getContent({ ...NAME, path, ref });
    return "content" in content ? Buffer.from(content.content, "base64").toString("utf8") : "";
  };

  it("[AF-2] [AF-7] proposes the version to production, and after its merge the way back, with the image banned", async () => {
    const tag = `sha-${sha.slice(0, 8)}`;
    const deployed = await run("deploy-production.sh", { SHA: sha, CHECKSUM: "0".repeat(64) });
    expect(deployed, deployed.stderr).to.include({ code: 0 });
    expect(await read(overlay, "promotion/production")).to.include(`newTag: ${tag}`);
    expect(await read(overlay, "production")).to.include("newTag: sha-a1b2c3d4");
    await octokit.pulls.merge({ ...NAME, pull_number: deployed.number, merge_method: "squash" });
    expect(await read(overlay, "production")).to.include(`newTag: ${tag}`);

    const back = await run("emergency-rollback.sh", { NUMBER: String(deployed.number), TAG: tag, PREVIOUS: sha });
    expect(back, back.stderr).to.include({ code: 0 });
    expect(await read(overlay, "rollback/production")).to.include("newTag: sha-a1b2c3d4");
    expect(await read(bans, "rollback/production")).to.match(new RegExp(`^${tag} #`, "m"));
    const [pull] = (await octokit.pulls.list({ ...NAME, state: "open", base: "production" })).data;
    await octokit.pulls.merge({ ...NAME, pull_number: pull!.number, merge_method: "squash" });

    const again = await run("deploy-production.sh", { SHA: sha, CHECKSUM: "0".repeat(64) });
    expect(again.code).to.equal(1);
    expect(again.stderr).to.include("was rolled back");
  });

  describe("[AF-2] [AF-4] to staging", () => {
    const staging = "deploy/overlays/staging/kustomization.yaml";
    const ci = ".github/workflows/ci.yml";
    const merged = async (pull_number: number) => (await octokit.pulls.get({ ...NAME, pull_number })).data.merged;

    it("brings all files of a commit of main there, merged by itself once the checks have reported, and production takes it from there", async () => {
      const commit = await toMain([["dags/new.py", "pass\n"]]);
      const tag = `sha-${commit.slice(0, 8)}`;
      const asked = { VERSION: commit, REASON: "OPS-12: weekly release", GITHUB_TOKEN: TOKEN };
      expect((await run("request.sh", asked)).stderr).to.include("has never been in staging's overlay");

      const { code, stderr, outputs, number } = await run("deploy-staging.sh", { SHA: commit });
      expect(code, stderr).to.equal(0);
      expect(outputs).to.include("status=pending");
      expect((await octokit.pulls.get({ ...NAME, pull_number: number })).data).to.deep.include({
        merged: false,
        mergeable_state: "blocked",
      });
      const head_sha = (await octokit.git.getRef({ ...NAME, ref: "heads/promotion/staging" })).data.object.sha;
      for (const { context: name } of contexts()) {
        expect(await merged(number), `before ${name}`).to.equal(false);
        await octokit.checks.create({ ...NAME, name, head_sha, conclusion: "success" });
      }
      expect(await merged(number), "with the checks, and without anybody").to.equal(true);
      expect(await read("dags/new.py", "staging")).to.equal("pass\n");
      expect(await read(staging, "staging")).to.include(`newTag: ${tag}`);
      expect(await read(staging, "main"), "main is left as it is").to.include("newTag: sha-a1b2c3d4");
      expect((await run("deploy-staging.sh", { SHA: commit })).outputs).to.include("status=deployed");

      const allowed = await run("request.sh", { ...asked, VERSION: "main" });
      expect(allowed.outputs, allowed.stderr).to.include(`sha=${commit}\ntag=${tag}\n`);
    });

    it("needs an App with Workflows where main's workflow files are others than staging's", async () => {
      const commit = await toMain([[ci, `# changed\n${await read(ci, "main")}`]]);
      await octokit.git.createRef({ ...NAME, ref: "refs/heads/promotion/staging", sha }).catch(() => undefined);
      const refused = await run("deploy-staging.sh", { SHA: commit, PROMOTION_TOKEN: WITHOUT_WORKFLOWS });
      expect(refused).to.include({ code: 1 });
      expect(refused.stderr).to.include("/git/refs/heads/promotion/staging: GitHub answered 404");
      const allowed = await run("deploy-staging.sh", { SHA: commit });
      expect(allowed.code, allowed.stderr).to.equal(0);
      await octokit.pulls.update({ ...NAME, pull_number: allowed.number, state: "closed" });
    });
  });

  it("[AF-2] refuses an image that is not in the registry", async () => {
    const { code, stderr } = await run("deploy-production.sh", { SHA: "f".repeat(40), CHECKSUM: "0".repeat(64) });
    expect(code).to.equal(1);
    expect(stderr).to.include("is not in the registry");
  });
});
