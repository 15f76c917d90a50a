import { mkdir, readFile, readdir, rm } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";
import { execa } from "execa";
import { parse, stringify } from "yaml";

import type { RunResult } from "../../cli/up/engine.ts";
import { skip } from "../support/skip.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { copyOneSystem } from "./support/project-copy.ts";
import { Rig, applied, type Answer, type Applied } from "./support/rig.ts";

interface Previewed {
  readonly target: string;
  readonly stacks: readonly RunResult[];
}

const secrets = [
  ...["PROD", "DEV"].flatMap((tier) => [`${tier}_PROMOTION_APP_CLIENT_ID`, `${tier}_PROMOTION_APP_PRIVATE_KEY`]),
  "NOTIFICATIONS_SLACK_WEBHOOK_URL",
];

/** An organization that is not ours to start: here the shared services stand for it, reached by configuration alone. */
describe("stacks with credentials of their own", function () {
  this.timeout(600_000);
  const folder = temporaryFolder("gatehouse-configured-");
  const rig = new Rig(path.join(folder, "home"));
  const backend = path.join(folder, "backend");
  const pulumiHome = path.join(folder, "pulumi-home");
  let world: Applied;
  let project: string;
  let token: string;

  before(async () => {
    world = await applied();
    ({ token } = (await world.github.octokit.auth()) as { token: string });
    await mkdir(backend);
    await mkdir(pulumiHome);
    const { kubeconfig = "" } = world.summary.addresses;
    const settings = {
      "gatehouse:github": { apiUrl: `${world.github.url}/`, url: world.github.url },
      "gatehouse:kubernetes": { kubeconfig, context: "gatehouse" },
      "gatehouse:registry": { host: new URL(world.summary.addresses["registry"] ?? "").host },
    };
    const configured = (text: string): string => {
      const { config } = parse(text) as { config: Record<string, unknown> };
      return stringify({ config: { ...config, ...settings } });
    };
    project = await copyOneSystem(
      "dataenginex",
      () => true,
      { file: "Pulumi.prod.yaml", change: configured },
      { file: "Pulumi.dev.yaml", change: configured },
    );
  });
  after(() => rm(project, { recursive: true }));

  /** The command as somebody runs it who has a Pulumi of their own: backend, passphrase, home. */
  const run = (parameters: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    rig.run(parameters, {
      project,
      environment: {
        PULUMI_BACKEND_URL: `file://${backend}`,
        PULUMI_CONFIG_PASSPHRASE: "a passphrase of the user's own",
        PULUMI_HOME: pulumiHome,
        // Another account's: the program must not use it.
        GITHUB_TOKEN: "ghp_somebody_elses",
        ...Object.fromEntries(secrets.map((name) => [`GATEHOUSE_SECRET_DATAENGINEX_${name}`, "https://of-no-matter.example"])),
        ...environment,
      },
    });
  const preview = async (...[parameters, environment]: Parameters<typeof run>): Promise<Previewed> => {
    const { code, stdout, stderr } = await run(["preview", "--json", ...parameters], environment);
    expect(code, `${stdout}\n${stderr}`).to.equal(0);
    return JSON.parse(stdout) as Previewed;
  };

  it("a stack that does not exist in the backend is refused with the command that makes it, and that command works", async () => {
    const { code, stderr } = await run(["preview", "--stack", "prod", "--target", "configured"]);
    expect(code).to.equal(2);
    const [, advice = ""] = /`gatehouse ([^`]+)`/.exec(stderr) ?? [];
    expect(advice).to.include("stack init");
    const made = await run(advice.split(" "));
    expect(made.code, made.stderr).to.equal(0);
    expect(await readdir(path.join(backend, ".pulumi/stacks/gatehouse"))).to.include("prod.json");
  });

  it("a missing token is one fault with the command that sets it", async () => {
    const { code, stdout } = await run(["preview", "--stack", "prod", "--target", "configured", "--json"]);
    expect(code).to.equal(1);
    const { message } = (JSON.parse(stdout) as { error: { message: string } }).error;
    expect(message).to.include("1 fault").and.include("pulumi config set --secret githubToken --stack prod");
  });

  it("takes the token from GATEHOUSE_GITHUB_TOKEN, which alone chooses the configured target; writes nothing to GitHub", async () => {
    const last = await world.github.lastRequest();
    const { target, stacks } = await preview(["--stack", "prod"], { GATEHOUSE_GITHUB_TOKEN: token });
    expect(target).to.equal("configured");
    expect(stacks.map(({ stack }) => stack)).to.deep.equal(["prod"]);
    expect(stacks[0]?.changes).to.have.keys("create");
    expect(stacks[0]?.types).to.include({ Repository: 1, RepositoryRuleset: 4 });
    const { total, writes } = await world.github.requestsSince(last);
    expect(total).to.be.greaterThan(0);
    expect(writes).to.equal(0);
  });

  it("takes the token from a secret of the stack, which is encrypted in the stack file", async () => {
    const set = await run([
      "pulumi",
      "--target",
      "configured",
      "--stack",
      "prod",
      "--",
      "config",
      "set",
      "--secret",
      "gatehouse:githubToken",
      token,
    ]);
    expect(set.code, set.stderr).to.equal(0);
    const file = await readFile(path.join(project, "Pulumi.prod.yaml"), "utf8");
    expect(file).to.match(/gatehouse:githubToken:\s+secure: v1:/);
    expect(file.includes(token), "the token in plain text").to.equal(false);
    const { target, stacks } = await preview(["--stack", "prod"]);
    expect(target).to.equal("configured");
    expect(stacks[0]?.changes).to.have.keys("create");
  });

  it("a lower stack before its foundation was applied is told to apply the foundation first", async () => {
    const made = await run(["pulumi", "--target", "configured", "--stack", "dev", "--", "stack", "init"]);
    expect(made.code, made.stderr).to.equal(0);
    const { code, stdout } = await run(["preview", "--stack", "dev", "--json"], { GATEHOUSE_GITHUB_TOKEN: token });
    expect(code).to.equal(1);
    const { message } = (JSON.parse(stdout) as { error: { message: string } }).error;
    expect(message).to.match(/run pulumi up --stack prod first|applies the foundation first/);
  });

  it("runs the user's kubectl against the cluster of the stack", async function () {
    if ((await execa("kubectl", ["version", "--client"], { reject: false })).failed) skip(this, "there is no kubectl on PATH");
    const { code, stdout, stderr } = await run(["kubectl", "--stack", "prod", "--", "get", "applications", "-n", "argocd", "-o", "name"]);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.include("application.argoproj.io/dex");
  });

  it("starts no local service, and leaves the user's Pulumi home as it was", async () => {
    expect(await readdir(rig.home)).to.deep.equal(["pulumi"]);
    expect((await run(["local", "status"])).code).to.equal(3);
    // An engine of the user's own may write to its home.
    const built = (await readdir(path.join(rig.home, "pulumi"))).includes("engine");
    if (built) expect(await readdir(pulumiHome)).to.deep.equal([]);
  });
});
