/** What the rendered entries mean, said by Argo CD's own program: the language of conditions and that of templates are its own. */
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

import { expect } from "chai";
import { execa } from "execa";

import { ensureBinaries } from "../../local/engine/binaries.ts";
import { sinkListener } from "../../local/sink/http.ts";
import { Messages, type SinkMessage } from "../../local/sink/messages.ts";
import { smtpServer } from "../../local/sink/smtp.ts";
import { openShop, told } from "../support/argocd-notifications.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Nothing listens there: no cluster and no repo-server is needed for what is asked. */
const nowhere = "127.0.0.1:9";
const kubeconfig = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "none", cluster: { server: `http://${nowhere}` } }],
  users: [{ name: "none", user: {} }],
  contexts: [{ name: "none", context: { cluster: "none", user: "none", namespace: "argocd" } }],
  "current-context": "none",
};
const revision = "0123456789abcdef0123456789abcdef01234567";
const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString().replace(/\.\d+Z$/, "Z");
const hostile = 'no <!channel> & "quotes" `code` @everyone {{ .secrets }}\r\nBcc: somebody@example.com';

type Status = Readonly<Record<string, unknown>>;
const done = (phase: string, more: Status = {}): Status => ({
  operationState: { phase, startedAt: minutesAgo(3), finishedAt: minutesAgo(2), syncResult: { revision }, ...more },
});

describe("Argo CD's own program, given the entries", function () {
  this.timeout(120_000);
  let argocd: string;
  let folder: string;
  const messages = new Messages();
  const servers: Server[] = [];
  const mail = smtpServer(messages);

  before(async () => {
    ({ argocd } = await ensureBinaries(["argocd"], () => undefined));
    folder = temporaryFolder("gatehouse-argocd-");
    const http = createServer(sinkListener(messages));
    servers.push(http);
    const listen = (server: Server | typeof mail): Promise<number> =>
      new Promise((resolve) => {
        server.listen(0, "127.0.0.1", () => {
          resolve((server.address() as AddressInfo).port);
        });
      });
    const url = `http://127.0.0.1:${await listen(http)}`;
    const smtp = `smtp://127.0.0.1:${await listen(mail)}`;
    const values = {
      SLACK: `${url}/hooks/shop/chat/key`,
      DISCORD: `${url}/hooks/shop/discord/key`,
      SMTP: smtp,
      PAGERDUTY: "routing-canary",
    };
    const { config, secrets } = told(openShop, values, `${url}/pagerduty`);
    const write = (name: string, object: unknown): Promise<void> => writeFile(path.join(folder, name), JSON.stringify(object));
    const metadata = (name: string) => ({ apiVersion: "v1", metadata: { name, namespace: "argocd" } });
    await write("config.yaml", { ...metadata("argocd-notifications-cm"), kind: "ConfigMap", data: config });
    await write("secret.yaml", { ...metadata("argocd-notifications-secret"), kind: "Secret", stringData: secrets });
    await write("kubeconfig", kubeconfig);
  });
  after(() => {
    for (const server of [...servers, mail]) server.close();
  });

  async function run(what: readonly string[], status: Status, more: readonly string[] = []): Promise<string> {
    const application = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name: "shop", namespace: "argocd" },
      spec: { project: "shop", source: { repoURL: "https://github.com/acme/shop.git", path: "deploy/prod" } },
      status,
    };
    await writeFile(path.join(folder, "application.yaml"), JSON.stringify(application));
    const files = ["--kubeconfig", "kubeconfig", "--config-map", "config.yaml", "--secret", "secret.yaml"];
    const arguments_ = ["admin", "notifications", ...what, "./application.yaml", ...files, "--argocd-repo-server", nowhere, ...more];
    const { stdout } = await execa(argocd, arguments_, { cwd: folder, env: { HOME: folder } });
    return stdout;
  }

  /** Results of the trigger's conditions, in their order. */
  async function holds(trigger: string, status: Status): Promise<boolean[]> {
    const lines = (await run(["trigger", "run", `shop_${trigger}`], status)).split("\n").slice(1);
    return lines.map((line) => line.trimEnd().endsWith("true"));
  }

  async function sent(template: string, service: string, status: Status, recipient = "team"): Promise<SinkMessage> {
    const last = messages.since(0).at(-1)?.n ?? 0;
    await run(["template", "notify", `shop_${template}`], status, ["--recipient", `shop_${service}:${recipient}`]);
    const [message, ...others] = messages.since(last);
    expect(others).to.deep.equal([]);
    return message!;
  }

  describe("finds that an Application is", () => {
    it("degraded for half a minute, and not before it has any status", async () => {
      const degraded = (lastTransitionTime: string): Status => ({ health: { status: "Degraded", lastTransitionTime } });
      expect(await holds("prod_degraded", degraded(minutesAgo(1)))).to.deep.equal([true]);
      expect(await holds("prod_degraded", degraded(minutesAgo(0)))).to.deep.equal([false]);
      expect(await holds("prod_degraded", { health: { status: "Degraded" } })).to.deep.equal([true]);
      expect(await holds("prod_degraded", { health: { status: "Healthy" } })).to.deep.equal([false]);
      expect(await holds("prod_degraded", {})).to.deep.equal([false]);
    });

    it("progressing", async () => {
      expect(await holds("dev_progressing", { health: { status: "Progressing" } })).to.deep.equal([true]);
      expect(await holds("dev_progressing", { health: { status: "Healthy" } })).to.deep.equal([false]);
    });

    it("not synced: a failed sync at once, a comparison that fails after two minutes", async () => {
      expect(await holds("prod_sync-failed", done("Failed"))).to.deep.equal([true, false]);
      expect(await holds("prod_sync-failed", done("Error"))).to.deep.equal([true, false]);
      expect(await holds("prod_sync-failed", done("Succeeded"))).to.deep.equal([false, false]);
      const unknown = (minutes: number): Status => ({
        sync: { status: "Unknown" },
        conditions: [
          { type: "OrphanedResourceWarning", message: "", lastTransitionTime: minutesAgo(60) },
          { type: "ComparisonError", message: "no such file", lastTransitionTime: minutesAgo(minutes) },
        ],
      });
      expect(await holds("prod_sync-failed", unknown(3))).to.deep.equal([false, true]);
      expect(await holds("prod_sync-failed", unknown(1))).to.deep.equal([false, false]);
      expect(await holds("prod_sync-failed", {})).to.deep.equal([false, false]);
    });

    it("deployed: synced, and healthy since", async () => {
      const healthy = { health: { status: "Healthy", lastTransitionTime: minutesAgo(1) } };
      expect(await holds("prod_deployed", { ...done("Succeeded"), ...healthy })).to.deep.equal([true]);
      expect(await holds("prod_deployed", { ...done("Running"), ...healthy })).to.deep.equal([false]);
      expect(await holds("prod_deployed", { ...done("Succeeded"), health: { status: "Progressing" } })).to.deep.equal([false]);
      expect(await holds("prod_deployed", {})).to.deep.equal([false]);
    });

    it("rolled back: a commit is deployed again that another one had replaced; a sync of the same one is none", async () => {
      const past = (...revisions: readonly string[]): Status => ({
        history: revisions.map((one, id) => ({ id, revision: one, deployedAt: minutesAgo(9 - id) })),
      });
      // Whether a commit says so is asked of repo-server, once something was synced; it does not run here.
      expect((await holds("prod_rolled-back", past("a", "b", "a")))[1]).to.equal(true);
      for (const revisions of [["a", "b"], ["a", "a", "a"], ["a", "b", "b"], ["a", "b", "a", "a"], []])
        expect((await holds("prod_rolled-back", past(...revisions)))[1], revisions.join(" ")).to.equal(false);
      expect(await holds("prod_rolled-back", {})).to.deep.equal([false, false]);
    });
  });

  describe("sends what others wrote as data only:", () => {
    const status: Status = {
      health: { status: "Degraded", message: hostile },
      sync: { status: "Synced", revision },
      ...done("Succeeded", { message: "successfully synced" }),
    };
    /** On one line, and nothing of it is a template. */
    const words = 'no <!channel> & "quotes" `code` @everyone {{ .secrets }} Bcc: somebody@example.com; successfully synced';

    it("to Slack, with no mention and no mark-up", async () => {
      const { kind, to, body } = await sent("prod_degraded", "chat", status);
      expect([kind, to]).to.deep.equal(["webhook", "shop/chat"]);
      const { text, attachments } = body as { text: string; attachments: { color: string; title: string; fields: { value: string }[] }[] };
      expect(text).to.equal("Shop: prod is degraded");
      expect(attachments[0]).to.include({
        title: "critical",
        color: "#a30200",
        title_link: `https://github.com/acme/shop/commit/${revision}`,
      });
      const values = attachments[0]!.fields.map(({ value }) => value);
      const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      expect(values).to.deep.equal(["shop", "prod", "Degraded", "Synced", revision.slice(0, 8), escaped]);
    });

    it("to Discord, where nobody is mentioned", async () => {
      const { to, body } = await sent("prod_degraded", "discord", status);
      expect(to).to.equal("shop/discord");
      const { allowed_mentions: mentions, embeds } = body as {
        allowed_mentions: unknown;
        embeds: { title: string; fields: { value: string }[] }[];
      };
      expect(mentions).to.deep.equal({ parse: [] });
      expect(embeds[0]!.title).to.equal("Shop: prod is degraded");
      expect(embeds[0]!.fields.at(-1)!.value).to.include("\\<!channel\\>").and.include("\\`code\\`");
    });

    it("to PagerDuty, as one alert for one failure of one Application", async () => {
      const { kind, to, body } = await sent("prod_degraded", "pager", status);
      // The routing key arrived, or it would have been refused; the sink keeps it to itself.
      expect([kind, to]).to.deep.equal(["pagerduty", "enqueue"]);
      expect(JSON.stringify(body)).to.not.include("routing-canary");
      expect(body).to.deep.equal({
        event_action: "trigger",
        dedup_key: "shop/prod/shop/Degraded",
        links: [{ href: `https://github.com/acme/shop/commit/${revision}`, text: "Commit" }],
        payload: {
          summary: "Shop: prod is degraded",
          severity: "critical",
          source: "shop",
          component: "prod",
          custom_details: {
            Application: "shop",
            Tier: "prod",
            Health: "Degraded",
            Sync: "Synced",
            Commit: revision.slice(0, 8),
            "Argo CD says": words,
          },
        },
      });
    });

    it("to PagerDuty, as a change where nobody need be woken", async () => {
      const { to, body } = await sent("prod_deployed", "pager", status);
      expect(to).to.equal("change/enqueue");
      expect(body).to.not.have.property("event_action");
    });

    it("by mail, to every address and with no further header", async () => {
      const { kind, to, body } = await sent("prod_degraded", "mail", status, "one@shop.example,two@shop.example");
      expect([kind, to]).to.deep.equal(["mail", "one@shop.example, two@shop.example"]);
      const [head = ""] = String(body).split("\n\n");
      expect(head)
        .to.match(/^From: ci@shop\.example$/m)
        .and.match(/^Subject: Shop: prod is degraded$/m);
      expect(head).to.not.match(/^Bcc:/m);
      // Long lines are folded on the way (quoted-printable).
      expect(String(body).replaceAll("=\n", "")).to.include("Health: Degraded").and.include("Bcc: somebody@example.com");
    });

    it("with the rule's own words, also where they look like a template", async () => {
      const { body } = await sent("prod_rolled-back", "chat", {});
      expect((body as { text: string }).text).to.equal('Shop: back {{ .secrets }} "again"');
      const { attachments } = body as { attachments: { title: string; fields: { value: string }[] }[] };
      expect(attachments[0]!.title).to.equal("info");
      expect(attachments[0]!.fields.map(({ value }) => value).slice(2)).to.deep.equal(["unknown", "unknown", "none", "nothing"]);
    });
  });
});
