import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import { expect } from "chai";
import { type RunningGitHub, startServer } from "../../local/github/index.ts";
import { makeRegistry, type Registry } from "./docker-stub.ts";
import { repositoryFiles, repositoryFolder } from "./repository.ts";

const TOKEN = "token-of-airflow-owner-01";
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
    const tokens = [{ token: TOKEN, login: "owner", scopes: ["repo", "admin:org"] }];
    server = await startServer({ dataDir: join(data, "github"), port: 0, world: { organizations, tokens }, report: () => undefined });
    octokit = new Octokit({ baseUrl: server.url, auth: TOKEN });
    registry = makeRegistry();
    await octokit.repos.createInOrg({ org: NAME.owner, name: NAME.repo, visibility: "public", auto_init: true });
    const files = repositoryFiles("airflow-etl");
    const tree = [...files]
      .filter(([path]) => path.startsWith("deploy/overlays/"))
      .map(([path, content]) => ({ path, mode: "100644" as const, type: "blob" as const, content }));
    const parent = (await octokit.git.getRef({ ...NAME, ref: "heads/main" })).data.object.sha;
    const made = (await octokit.git.createTree({ ...NAME, tree })).data.sha;
    sha = (await octokit.git.createCommit({ ...NAME, message: "feat: overlays", tree: made, parents: [parent] })).data.sha;
    await octokit.git.updateRef({ ...NAME, ref: "heads/main", sha });
    await octokit.git.createRef({ ...NAME, ref: "refs/heads/production", sha });
    registry.setTags({ [`sha-${sha.slice(0, 8)}`]: `sha256:${"1".repeat(64)}` });
  });
  after(async () => {
    await server.stop();
    registry.remove();
    rmSync(data, { recursive: true, force: true });
  });

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
    return { code, stderr, number: Number(/^number=(\d+)$/m.exec(readFileSync(output, "utf8"))?.[1]) };
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

  it("[AF-2] refuses an image that is not in the registry", async () => {
    const { code, stderr } = await run("deploy-production.sh", { SHA: "f".repeat(40), CHECKSUM: "0".repeat(64) });
    expect(code).to.equal(1);
    expect(stderr).to.include("is not in the registry");
  });
});
