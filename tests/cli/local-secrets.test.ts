import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";

import { ensureSecrets, localValue } from "../../cli/local/secrets.ts";
import { openShop } from "../support/argocd-notifications.ts";
import { temporaryFolder } from "../support/temporary.ts";

const sinkAt = (port: number) => ({
  sink: {
    url: `http://127.0.0.1:${port}`,
    webhooks: `http://127.0.0.1:${port}/hooks`,
    pagerDutyUrl: `http://127.0.0.1:${port}/pagerduty`,
    smtp: `smtp://127.0.0.1:${port + 1}`,
  },
});

describe("secrets of this machine", () => {
  it("[AF-6] [BK-6] [DK-4] [DEX-13] of a channel are an address on loopback with a part that nobody guesses", async () => {
    const secrets = await ensureSecrets(temporaryFolder("gatehouse-secrets-"), [openShop]);
    const of = (name: string, scope = "notifications") => localValue(openShop, scope, name, secrets, sinkAt(4000));
    const made = secrets.values["shop"]!["notifications"]!;
    expect(of("SLACK")).to.equal(`http://127.0.0.1:4000/hooks/shop/chat/${made["SLACK"]!}`);
    expect(of("DISCORD")).to.equal(`http://127.0.0.1:4000/hooks/shop/discord/${made["DISCORD"]!}`);
    expect(of("SMTP")).to.equal("smtp://127.0.0.1:4001");
    expect(of("PAGERDUTY")).to.equal(made["PAGERDUTY"]);
    expect(of("DEPLOY_KEY", "prod")).to.equal(secrets.values["shop"]!["prod"]!["DEPLOY_KEY"]);
    expect(of("ABSENT")).to.equal(undefined);
  });

  it("stay as they were made, for the user alone; an address follows the port, also in a folder from before", async () => {
    const folder = temporaryFolder("gatehouse-secrets-");
    const file = path.join(folder, "secrets.json");
    await writeFile(file, JSON.stringify({ values: { shop: { notifications: { SLACK: "made-before" } } } }));
    const first = await ensureSecrets(folder, [openShop]);
    expect(first.values["shop"]!["notifications"]!["SLACK"]).to.equal("made-before");
    const text = await readFile(file, "utf8");
    const second = await ensureSecrets(folder, [openShop]);
    expect(await readFile(file, "utf8")).to.equal(text);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect(localValue(openShop, "notifications", "SLACK", second, sinkAt(4000)))
      .to.include(":4000/")
      .and.include("made-before");
    expect(localValue(openShop, "notifications", "SLACK", second, sinkAt(5000))).to.include(":5000/");
  });
});
