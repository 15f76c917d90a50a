import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import type { Engine } from "../../local/engine/index.ts";
import { prepareStack, type PreparedStack } from "../../local/engine/stacks.ts";
import { engineIn, pulumi, temporaryFolder, writeProgram, type Run } from "../engine/support.ts";
import { startGitHub, TOKEN, type TestGitHub } from "../github/harness.ts";

const projectDir = path.join(import.meta.dirname, "..", "..");

/** A program that is not ours. */
const program = (url: string): string => `
import * as github from "@pulumi/github";
const provider = new github.Provider("acme", { owner: "acme", baseUrl: ${JSON.stringify(`${url}/`)}, token: ${JSON.stringify(TOKEN)} });
const opts = { provider };
const open = new github.Repository("open", { name: "open", visibility: "public", deleteBranchOnMerge: true }, opts);
const kept = new github.Repository("kept", { name: "kept", visibility: "private", deleteBranchOnMerge: true }, { ...opts, protect: true });
new github.RepositoryRuleset("open-main", {
  name: "main", repository: open.name, target: "branch", enforcement: "active",
  conditions: { refName: { includes: ["~DEFAULT_BRANCH"], excludes: [] } },
  rules: { nonFastForward: true, deletion: true },
}, opts);
new github.RepositoryEnvironment("kept-prod", { repository: kept.name, environment: kept.nodeId }, opts);
new github.RepositoryFile("ci", { repository: kept.name, file: ".github/workflows/ci.yml", content: "on: push\\njobs:\\n  a:\\n    runs-on: ubuntu-24.04\\n    steps:\\n      - uses: actions/checkout@v5\\n" }, opts);
`;

describe("the policy pack on a program that is not ours", function () {
  this.timeout(180_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestGitHub;
  let engine: Engine;
  let stack: PreparedStack;

  before(async function () {
    // The engine may have to be built first.
    this.timeout(0);
    await execa("npm", ["run", "pack:policies", "--silent"], { cwd: projectDir });
    folder = await temporaryFolder();
    engine = await engineIn(folder.path, ["github"]);
    server = await startGitHub();
    await writeProgram(folder.path, program(server.url), { packages: ["@pulumi/github"] });
    stack = await prepareStack(engine, { name: "dev", stateDir: path.join(folder.path, "state"), projectDir: folder.path, config: {} });
  });
  after(async () => {
    await server.stop();
    await folder.remove();
  });

  const preview = async (config: object): Promise<Run> => {
    const file = path.join(folder.path, "policy-config.json");
    await writeFile(file, JSON.stringify(config));
    const policies = ["--policy-pack", path.join(projectDir, "policies"), "--policy-pack-config", file];
    return pulumi(engine, folder.path, ["preview", "--stack", "dev", "--diff", ...policies], stack);
  };
  /** Rules that were reported about a resource. */
  const reported = (output: string, resource: string): string[] =>
    [...output.matchAll(/\[severity: \w+\]\s+([a-z-]+)\s+\(github:index[^:]*:[^:]*: ([\w-]+)\)/g)].flatMap(([, rule = "", name]) =>
      name === resource ? [rule] : [],
    );

  it("stops at what breaks a mandatory rule, and leaves what holds alone", async () => {
    const { code, output } = await preview({});
    expect(code, output).to.not.equal(0);
    expect(reported(output, "open"), output).to.include.members(["repository-secret-scanning", "branch-approvals", "branch-checks"]);
    expect(reported(output, "open")).to.not.include("branch-no-force-push");
    expect(reported(output, "kept")).to.include("branch-no-force-push");
    expect(reported(output, "kept")).to.not.include("repository-protected-from-deletion");
    expect(reported(output, "ci")).to.include.members(["workflow-permissions-stated", "workflow-actions-pinned"]);
  });

  it("says of what is known only after the update that it cannot tell, and never that it passes", async () => {
    const { output } = await preview({});
    expect(output).to.match(/environment-production-reviewed[\s\S]*can't run policy[\s\S]*known only after the update/);
  });

  it("takes levels, parameters and exceptions, and goes on when nothing mandatory is left", async () => {
    const { code, output } = await preview({
      all: "disabled",
      "branch-approvals": { enforcementLevel: "mandatory", exceptions: exceptions("2999-12-31") },
    });
    expect(code, output).to.equal(0);
    const over = await preview({
      all: "disabled",
      "branch-approvals": { enforcementLevel: "mandatory", exceptions: exceptions("2020-01-01") },
    });
    expect(over.code, over.output).to.not.equal(0);
    expect(over.output).to.match(/ended on 2020-01-01/);
  });

  it("refuses a configuration that does not fit its rule", async () => {
    const { code, output } = await preview({ "branch-approvals": { least: "many" } });
    expect(code).to.not.equal(0);
    expect(output).to.match(/branch-approvals/);
    expect(output).to.match(/least/);
  });
});

const exceptions = (expires: string) => ["open", "kept"].map((subject) => ({ subject, owner: "platform", reason: "moves", expires }));
