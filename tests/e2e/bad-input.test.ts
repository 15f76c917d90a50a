import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";
import { execa } from "execa";
import { parse, stringify } from "yaml";

import { ensureEngine } from "../../local/engine/index.ts";
import { copyOneSystem, copyProject, type Edit } from "./support/project-copy.ts";
import { applied, type Answer, type Applied } from "./support/rig.ts";
import { temporaryFolder } from "../support/temporary.ts";

const systemFile = "systems/dataenginex/system.ts";
const workflows = "systems/dataenginex/repository/.github/workflows";

const replace =
  (from: string, to: string): Edit["change"] =>
  (text) =>
    text.replace(from, to);

/** A mistake, and the words that tell it: the place, what stands there, the rule, and what to do. */
interface Mistake {
  readonly title: string;
  readonly edit: Edit;
  readonly says: readonly RegExp[];
  /** Faults in the one error. */
  readonly faults?: number;
}

const mistakes: readonly Mistake[] = [
  {
    title: "a required check of a workflow that does not exist",
    edit: { file: systemFile, change: replace('"security.yml", job: "semgrep"', '"securitty.yml", job: "semgrep"') },
    says: [/checks\.required\[2\]/, /securitty\.yml/, /fix: .*security\.yml/],
    // main and dev share the gate, and each says it.
    faults: 2,
  },
  {
    title: "a required check of a job that the workflow does not have",
    edit: { file: systemFile, change: replace('job: "semgrep"', 'job: "semgrepp"') },
    says: [/checks\.required\[2\]/, /semgrepp/, /security\.yml/, /fix: .*semgrep\b/],
    faults: 2,
  },
  {
    title: "a path-filtered job as a required check",
    edit: { file: systemFile, change: replace('"security.yml", job: "semgrep"', '"package-validation.yml", job: "wheel"') },
    says: [/checks\.required\[2\]/, /package-validation\.yml/, /paths/, /fix: /],
    faults: 2,
  },
  {
    title: "system data that is not valid, with all its faults",
    edit: {
      file: systemFile,
      change: (text) => text.replace("approvals: 1", "approvals: -1").replace('plan: "free"', '"plan": "gratis"'),
    },
    says: [/systems\/dataenginex\/system\.ts/, /approvals = -1/, /plan = "gratis"/, /rule: /, /fix: /],
    faults: 3,
  },
  {
    title: "a workflow file that does not parse",
    edit: { file: `${workflows}/ci.yml`, change: (text) => `${text}\n  broken: [\n` },
    says: [/dataenginex\/repository\/\.github\/workflows\/ci\.yml:\d+/, /rule: /, /fix: /],
    // The file, and the required check of each branch that is in it.
    faults: 3,
  },
  {
    title: "a stack file with a key that nobody reads",
    edit: { file: "Pulumi.prod.yaml", change: replace("gatehouse:argocd:", "gatehouse:argo:") },
    says: [/gatehouse:argo\b/, /Pulumi\.prod\.yaml/, /no such configuration key/, /fix: .*argocd/],
  },
  {
    title: "a tier that two stacks own",
    edit: { file: "Pulumi.dev.yaml", change: replace("dataenginex:\n      - dev\n", "dataenginex:\n      - dev\n      - prod\n") },
    says: [/dataenginex\.tiers\.prod/, /Pulumi\.(dev|prod)\.yaml/, /exactly one stack, but dev and prod own it/, /fix: /],
  },
];

describe("bad input is one clear error, and nothing is changed", function () {
  this.timeout(600_000);
  let world: Applied;
  const folders: string[] = [];

  before(async () => {
    world = await applied();
  });
  after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

  async function copy(...edits: readonly Edit[]): Promise<string> {
    const folder = await copyProject(...edits);
    folders.push(folder);
    return folder;
  }

  /** Everything that an engine could have changed: its state, and what GitHub was asked to write. */
  async function traces(): Promise<{ state: Record<string, string>; writes: number }> {
    const folder = path.join(world.rig.home, "pulumi/state/.pulumi/stacks/gatehouse");
    const files = (await readdir(folder)).filter((name) => name.endsWith(".json"));
    const state = Object.fromEntries(
      await Promise.all(files.map(async (name) => [name, await readFile(path.join(folder, name), "utf8")] as const)),
    );
    return { state, writes: (await world.github.requestsSince(0)).writes };
  }

  async function unchanged(work: () => Promise<Answer>): Promise<Answer> {
    const before = await traces();
    const answer = await work();
    expect(await traces()).to.deep.equal(before);
    return answer;
  }

  /** One error in the words of whoever made the mistake: no stack trace, no secret. */
  async function expectError(output: string, says: readonly RegExp[], faults: number): Promise<void> {
    // The engine tells an error as it comes, and again at the end.
    const told = output.slice(Math.max(output.lastIndexOf("Diagnostics:"), 0));
    const heads = told.match(/\d+ faults?\. Nothing was changed\./g);
    expect(heads, output).to.deep.equal([`${faults} ${faults === 1 ? "fault" : "faults"}. Nothing was changed.`]);
    for (const words of says) expect(output).to.match(words);
    expect(output, "a stack trace").to.not.match(/^\s+at .+:\d+:\d+\)?$/m);
    await expectNoSecret(output);
  }

  async function expectNoSecret(output: string): Promise<void> {
    const secrets = JSON.parse(await readFile(path.join(world.rig.home, "secrets.json"), "utf8")) as object;
    const values = (value: unknown): string[] =>
      typeof value === "string" ? [value] : Object.values(value as Record<string, unknown>).flatMap(values);
    expect(
      values(secrets).some((value) => output.includes(value)),
      "a secret is shown",
    ).to.equal(false);
  }

  for (const { title, edit, says, faults = 1 } of mistakes) {
    it(title, async () => {
      const project = await copy(edit);
      for (const parameters of [["up", "--yes"], ["preview"]]) {
        const { code, stderr } = await unchanged(() => world.rig.run(parameters, { project }));
        expect(code, stderr).to.equal(2);
        await expectError(stderr, says, faults);
      }
    });
  }

  it("`--json` gives the same faults as data", async () => {
    const project = await copy(mistakes[0]!.edit);
    const { code, stdout } = await unchanged(() => world.rig.run(["--json", "preview"], { project }));
    expect(code).to.equal(2);
    const { error } = JSON.parse(stdout) as { error: { faults: { path: string; rule: string; fix: string }[] } };
    expect(error.faults).to.have.length(2);
    expect(error.faults[0]).to.include.keys("path", "rule", "fix", "value");
  });

  for (const [index, { title, says, faults = 1 }] of mistakes.entries()) {
    // Half of them do: the program judges with the same functions, whoever starts it.
    if (index % 2 === 1) continue;
    it(`plain \`pulumi preview\` refuses too: ${title}`, async () => {
      const project = await copy(mistakes[index]!.edit);
      const engine = await ensureEngine({ stateDir: world.rig.home, report: () => undefined });
      const stacks = path.join(world.rig.home, "pulumi/stacks");
      const answer = await unchanged(async () => {
        const { exitCode, stdout, stderr } = await execa(engine.pulumi, ["preview", "--stack", "prod", "--non-interactive"], {
          cwd: project,
          env: {
            ...engine.environment,
            PULUMI_OPTION_CONFIG_FILE: path.join(stacks, "Pulumi.prod.yaml"),
            PULUMI_CONFIG_PASSPHRASE_FILE: path.join(stacks, "prod.passphrase"),
          },
          extendEnv: false,
          reject: false,
        });
        return { code: exitCode ?? -1, stdout, stderr };
      });
      expect(answer.code).to.not.equal(0);
      await expectError(`${answer.stdout}\n${answer.stderr}`, says, faults);
    });
  }

  describe("with a configured GitHub", () => {
    const canary = "canary-value-of-a-secret-4711";
    const secrets = {
      GATEHOUSE_SECRET_DATAENGINEX_DEV_PROMOTION_APP_CLIENT_ID: canary,
      GATEHOUSE_SECRET_DATAENGINEX_DEV_PROMOTION_APP_PRIVATE_KEY: canary,
      GATEHOUSE_SECRET_DATAENGINEX_PROD_PROMOTION_APP_CLIENT_ID: canary,
      GATEHOUSE_SECRET_DATAENGINEX_PROD_PROMOTION_APP_PRIVATE_KEY: canary,
      GATEHOUSE_SECRET_DATAENGINEX_NOTIFICATIONS_SLACK_WEBHOOK_URL: `https://${canary}.example`,
    };
    let project: string;
    let token: string;
    let backend: Record<string, string>;

    /** A copy whose prod stack names the rig's GitHub and nothing else, with a backend of its own. */
    async function configured(edits: readonly Edit[] = [], owners: Readonly<Record<string, string>> = {}): Promise<void> {
      const github = { apiUrl: `${world.github.url}/`, url: world.github.url, owners };
      const names: Edit = {
        file: "Pulumi.prod.yaml",
        change: (text) => {
          const file = parse(text) as { config: Record<string, unknown> };
          return stringify({ ...file, config: { ...file.config, "gatehouse:github": github } });
        },
      };
      // One system: the others have secrets of their own that would be missing.
      project = await copyOneSystem("dataenginex", () => true, names, ...edits);
      folders.push(project);
      ({ token } = (await world.github.octokit.auth()) as { token: string });
      const state = temporaryFolder("gatehouse-backend-");
      folders.push(state);
      backend = { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "of this test only" };
      const init = await pulumi({ GATEHOUSE_GITHUB_TOKEN: token }, "stack", "init");
      expect(init.code, init.stderr).to.equal(0);
    }

    const pulumi = (environment: Record<string, string>, ...parameters: readonly string[]): Promise<Answer> =>
      world.rig.run(["pulumi", "--target", "configured", "--stack", "prod", "--", ...parameters], {
        project,
        environment: { ...backend, ...environment },
      });

    const up = (environment: Record<string, string>): Promise<Answer> =>
      world.rig.run(["up", "--yes", "--target", "configured", "--stack", "prod"], { project, environment: { ...backend, ...environment } });

    async function expectRefused(environment: Record<string, string>, says: readonly RegExp[], faults: number): Promise<void> {
      for (const run of [() => up(environment), () => pulumi(environment, "preview", "--non-interactive")]) {
        const { code, stdout, stderr } = await unchanged(run);
        expect(code, stderr).to.not.equal(0);
        const output = `${stdout}\n${stderr}`;
        await expectError(output, says, faults);
        expect(output).to.not.contain(canary);
      }
      const { stdout } = await pulumi(environment, "stack", "export");
      const { deployment } = JSON.parse(stdout) as { deployment: { resources?: { type: string; custom?: boolean }[] } };
      const made = (deployment.resources ?? []).filter(({ type }) => type.startsWith("github:") || type.startsWith("kubernetes:"));
      expect(made, "resources in the state").to.deep.equal([]);
    }

    it("a missing secret: system, tier, name, and the command that sets it", async () => {
      await configured();
      const missing = [
        ["dev", "dev", "PROMOTION_APP_CLIENT_ID"],
        ["dev", "dev", "PROMOTION_APP_PRIVATE_KEY"],
        ["prod", "prod", "PROMOTION_APP_CLIENT_ID"],
        ["prod", "prod", "PROMOTION_APP_PRIVATE_KEY"],
        ["prod", "notifications", "SLACK_WEBHOOK_URL"],
      ] as const;
      const says = missing.flatMap(([tier, environment, name]) => [
        new RegExp(`secret ${name} of system dataenginex, tier ${tier}, environment ${environment}, has no value in stack prod`),
        new RegExp(`fix: +pulumi config set --secret --path 'gatehouse:secrets\\.dataenginex\\.${environment}\\.${name}' --stack prod`),
      ]);
      await expectRefused({ GATEHOUSE_GITHUB_TOKEN: token }, says, missing.length);
    });

    it("a wrong token", async () => {
      await configured();
      const wrong = "ghp_ofNobodyAtAll0000000000000000000000";
      await expectRefused({ ...secrets, GATEHOUSE_GITHUB_TOKEN: wrong }, [/401|Bad credentials/, /fix: .*token/], 1);
      const { stderr } = await up({ ...secrets, GATEHOUSE_GITHUB_TOKEN: wrong });
      expect(stderr).to.not.contain(wrong);
    });

    it("a reviewer of a lower tier and a code owner who do not exist, before the foundation is changed", async () => {
      const owners = "systems/dataenginex/repository/.github/CODEOWNERS";
      const reviewer = 'name: "dev",\n      tier: "dev",\n      reviewers: [{ kind: "user", login: "nobody-of-that-login" }],';
      const change = (text: string): string =>
        replace('name: "dev",\n      tier: "dev",', reviewer)(replace("teams: {", 'teams: { "no-such-team": "push",')(text));
      await configured([
        { file: systemFile, change },
        { file: owners, change: (text) => `${text}/docs/ @TheDataEngineX/no-such-team\n` },
      ]);
      const says = [
        /dataenginex: [^\n]*user nobody-of-that-login \(tier dev, reviewer of environment dev\)/,
        /dataenginex: [^\n]*team TheDataEngineX\/no-such-team \(repository\.teams; \.github\/CODEOWNERS:\d+\)/,
        /404 Not Found/,
        /fix: /,
      ];
      await expectRefused({ ...secrets, GATEHOUSE_GITHUB_TOKEN: token }, says, 1);
    });

    it("an organization that does not exist", async () => {
      await configured([], { TheDataEngineX: "TheDataEngineZ" });
      await expectRefused(
        { ...secrets, GATEHOUSE_GITHUB_TOKEN: token },
        [/organization TheDataEngineZ does not exist/, /404 Not Found/, /fix: /],
        1,
      );
    });
  });
});
