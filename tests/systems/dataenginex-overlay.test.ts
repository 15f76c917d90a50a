import { expect } from "chai";
import { APP_TOKEN, type DexGitHub, OVERLAYS, REPOSITORY, RUN_TOKEN, startDexGitHub } from "./dex-github.ts";
import { runScript, type ScriptResult } from "./scripts.ts";
import type { Answers, Asked } from "./stand-in.ts";

const path = (rest: string): string => `/repos/${REPOSITORY.owner}/${REPOSITORY.repo}/${rest}`;

describe("systems/dataenginex: update-overlay.sh", function () {
  this.timeout(120_000);
  let github: DexGitHub;
  let sha: string;
  let tag: string;
  before(async () => {
    github = await startDexGitHub();
  });
  beforeEach(async () => {
    await github.reset();
    sha = await github.commit("dev", "src/careerdex/__init__.py", '"""Changed."""\n');
    tag = `sha-${sha.slice(0, 8)}`;
  });
  after(() => github.stop());

  /** As the job does it, with the promotion App's token unless told otherwise. */
  function update(options: Readonly<Record<string, string>> = {}, where = github.environment): Promise<ScriptResult> {
    const environment = { ...where, GITHUB_TOKEN: RUN_TOKEN, PROMOTION_TOKEN: APP_TOKEN, SHA: sha, TAG: tag, APPLICATION: "dex-dev" };
    return runScript("ci/update-overlay.sh", ["dev"], { ...environment, OVERLAY: OVERLAYS.dev, ...options });
  }

  const statuses = async (): Promise<readonly (readonly [string, string, string | null])[]> => {
    const { data } = await github.octokit.repos.listCommitStatusesForRef({ ...REPOSITORY, ref: sha });
    return data.map(({ context, state, description }) => [context, state, description] as const);
  };
  const pulls = async (): Promise<
    readonly { readonly title: string; readonly base: string; readonly head: string; readonly url: string }[]
  > => {
    const { data } = await github.octokit.pulls.list({ ...REPOSITORY, state: "open" });
    return data.map(({ title, base, head, html_url: url }) => ({ title, base: base.ref, head: head.ref, url }));
  };

  it("[DEX-4] commits the tag with [skip ci] where the branch takes it, and reports success", async () => {
    const result = await update();
    expect(result.stderr).to.include("Argo CD syncs dex-dev");
    expect(result.code).to.equal(0);
    expect(result.outputs["status"]).to.equal("updated");
    expect(await github.tag("dev", "dev")).to.equal(tag);
    expect(await github.tag("dev", "prod")).not.to.equal(tag);
    const { data: commit } = await github.octokit.repos.getCommit({ ...REPOSITORY, ref: "dev" });
    expect(commit.commit.message).to.equal(`chore: update dev image to ${tag} [skip ci]`);
    // Made through the API, so GitHub signed it: main takes no other.
    expect(commit.commit.verification?.verified).to.equal(true);
    expect(commit.files?.map(({ filename, changes }) => [filename, changes])).to.deep.equal([[OVERLAYS.dev, 2]]);
    expect(await statuses()).to.have.length(1);
    expect((await statuses())[0]!.slice(0, 2)).to.deep.equal(["cd/dev", "success"]);
  });

  it("[DEX-4] opens a promotion pull request where the branch refuses, and reports pending manual approval, never success", async () => {
    await github.protect("dev");
    const before = await github.head("dev");
    const result = await update();
    expect(result.code).to.equal(0);
    expect(result.outputs["status"]).to.equal("pending");
    expect(await github.head("dev")).to.equal(before);
    const [pull, ...more] = await pulls();
    expect(more).to.deep.equal([]);
    expect(pull).to.include({ title: `chore: update dev image to ${tag} [skip ci]`, base: "dev", head: `promotion/dev-${tag}` });
    expect(result.outputs["url"]).to.equal(pull!.url);
    expect(await github.tag(pull!.head, "dev")).to.equal(tag);
    const { data: head } = await github.octokit.repos.getCommit({ ...REPOSITORY, ref: pull!.head });
    // GitHub starts no workflow for a pull request whose head commit says so: its required checks would never report.
    expect(head.commit.message).not.to.include("[skip ci]");
    expect(head.commit.verification?.verified).to.equal(true);
    expect(await statuses()).to.deep.equal([["cd/dev", "pending", `pending manual approval: ${tag} is not deployed to dev`]]);
    expect(result.summary).to.include("pending manual approval");
  });

  it("[DEX-4] finds its own pull request when it runs again", async () => {
    await github.protect("dev");
    const first = await update();
    const second = await update();
    expect(second.outputs).to.deep.equal(first.outputs);
    expect(await pulls()).to.have.length(1);
  });

  for (const [how, protect] of [
    ["a commit", false],
    ["a pull request", true],
  ] as const) {
    it(`[DEX-4] [DEX-11] never returns a banned image by ${how}, and reports no success`, async () => {
      const list = OVERLAYS.dev.replace("kustomization.yaml", "banned-tags.txt");
      await github.commit("dev", list, `# Rolled back\n${tag}  # no answer\n`);
      if (protect) await github.protect("dev");
      const result = await update();
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include(`${tag} is banned: it stands in ${list} on dev`);
      expect(await github.tag("dev", "dev")).not.to.equal(tag);
      expect(await statuses()).to.deep.equal([]);
      expect(await pulls()).to.deep.equal([]);
    });
  }

  describe("where no pull request can be opened", () => {
    /** An App that may write but not propose. */
    const refusing: Answers = { [`POST ${path("pulls")}`]: [403, { message: "Resource not accessible by integration" }] };
    for (const [what, options, answers] of [
      ["there is no App", { PROMOTION_TOKEN: "" }, {}],
      ["the App may not", {}, refusing],
    ] as const) {
      it(`[DEX-4] opens one issue when ${what}, and reports pending manual approval`, async () => {
        await github.protect("dev");
        const { environment } = await github.standIn(answers);
        for (let run = 0; run < 2; run++) {
          const result = await update(options, environment);
          expect(result.stderr).to.include("pending manual approval");
          expect(result.outputs["status"]).to.equal("pending");
        }
        const { data: issues } = await github.octokit.issues.listForRepo({ ...REPOSITORY, labels: "promotion" });
        expect(issues.map(({ title }) => title)).to.deep.equal([`Promote ${tag} to dev: pending manual approval`]);
        expect((await statuses()).map(([, state]) => state)).to.deep.equal(["pending", "pending"]);
      });
    }

    it("[DEX-4] leaves the repository alone without an App, also where the branch would take a commit", async () => {
      const before = await github.head("dev");
      expect((await update({ PROMOTION_TOKEN: "" })).outputs["status"]).to.equal("pending");
      expect(await github.head("dev")).to.equal(before);
    });
  });

  it("[DEX-4] does not put an old image in place of a later one", async () => {
    const later = await github.commit("dev", "src/careerdex/__init__.py", '"""Changed again."""\n');
    await github.setTag("dev", "dev", `sha-${later.slice(0, 8)}`);
    expect((await update()).outputs["status"]).to.equal("superseded");
    expect(await github.tag("dev", "dev")).to.equal(`sha-${later.slice(0, 8)}`);
  });

  it("[DEX-4] does nothing when the overlay carries the tag already", async () => {
    await github.setTag("dev", "dev", tag);
    const before = await github.head("dev");
    expect((await update()).outputs["status"]).to.equal("updated");
    expect(await github.head("dev")).to.equal(before);
  });

  it("[DEX-4] reads again when somebody else has written the overlay meanwhile", async () => {
    let raced = false;
    const race = (asked: Asked): readonly [number, unknown] | undefined => {
      if (raced) return undefined;
      raced = true;
      return [409, { message: `${OVERLAYS.dev} does not match ${(asked.body as { sha: string }).sha}` }];
    };
    const { environment, standIn } = await github.standIn({ [`PUT ${path(`contents/${OVERLAYS.dev}`)}`]: race });
    expect((await update({}, environment)).outputs["status"]).to.equal("updated");
    expect(standIn.asked).to.have.length(2);
    expect(await github.tag("dev", "dev")).to.equal(tag);
    expect(await pulls()).to.deep.equal([]);
  });

  for (const [what, answers] of [
    ["a write ends in an error of GitHub's", { [`PUT ${path(`contents/${OVERLAYS.dev}`)}`]: [500, { message: "Server Error" }] }],
    ["the App's token is wrong", { [`PUT ${path(`contents/${OVERLAYS.dev}`)}`]: [401, { message: "Bad credentials" }] }],
    ["the App may not write at all", { [`PUT ${path(`contents/${OVERLAYS.dev}`)}`]: [403, { message: "Resource not accessible" }] }],
    ["the status cannot be set", { [`POST ${path(`statuses/SHA`)}`]: [403, { message: "Resource not accessible" }] }],
  ] as const) {
    it(`[DEX-4] fails and claims nothing when ${what}`, async () => {
      const told = Object.fromEntries(Object.entries(answers).map(([route, answer]) => [route.replace("SHA", sha), answer])) as Answers;
      const { environment } = await github.standIn(told);
      const result = await update({}, environment);
      expect(result.code).to.equal(1);
      expect(result.outputs).to.deep.equal({});
      expect(await statuses()).to.deep.equal([]);
      expect(await pulls()).to.deep.equal([]);
    });
  }

  for (const [name, value] of [
    ["TAG", "latest"],
    ["TAG", "sha-00000000"],
    ["SHA", "main"],
  ] as const) {
    it(`[DEX-4] refuses ${name}=${value}`, async () => {
      const before = await github.head("dev");
      const result = await update({ [name]: value });
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include("error:");
      expect(await github.head("dev")).to.equal(before);
    });
  }

  it("[DEX-4] shows no token", async () => {
    await github.protect("dev");
    const { stdout, stderr, summary } = await update();
    expect(stdout + stderr + summary).not.to.match(new RegExp(`${APP_TOKEN}|${RUN_TOKEN}`));
  });
});
