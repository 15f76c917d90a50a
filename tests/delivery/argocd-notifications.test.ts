import { assert } from "chai";
import { parse } from "yaml";
import { argoCdNotifications, subscriptionsOf } from "../../delivery/argocd-notifications.ts";
import { takesBack } from "../../delivery/argocd-triggers.ts";
import type { Fault } from "../../model/fault.ts";
import type { NotificationRule } from "../../model/notification.ts";
import { Sensitive } from "../../model/sensitive.ts";
import type { System } from "../../model/system.ts";
import { system as airflow } from "../../systems/airflow-etl/system.ts";
import { system as dataenginex } from "../../systems/dataenginex/system.ts";
import { system as dataknobs } from "../../systems/dataknobs/system.ts";
import { openShop, shopRules, shopValues, told } from "../support/argocd-notifications.ts";

const options = (values: Readonly<Record<string, string>>) => ({
  pagerDutyUrl: "https://events.example",
  values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Sensitive(value)])),
});
const faultsOf = (values: Readonly<Record<string, string>>): Fault[] => {
  const faults: Fault[] = [];
  argoCdNotifications(openShop, options(values), faults);
  return faults;
};
const withRules = (notifications: readonly NotificationRule[]): System => ({ ...openShop, notifications });

describe("a table's rules on Applications, as Argo CD reads them", () => {
  it("name everything for the system, so that two systems with like parts never meet in one name", () => {
    const { config, secrets } = told(openShop);
    for (const key of Object.keys(config)) assert.match(key, /^(service\.(webhook|email)|template|trigger)\.shop_/);
    for (const key of Object.keys(secrets)) assert.match(key, /^shop_/);
    const one = { ...openShop, name: "a-b", channels: { c: openShop.channels!["chat"]! }, notifications: [rule("c")] };
    const other = { ...openShop, name: "a", channels: { "b-c": openShop.channels!["chat"]! }, notifications: [rule("b-c")] };
    const shared = Object.keys(told(one).config).filter((key) => key in told(other).config);
    assert.deepEqual(shared, []);
  });

  it("hold no credential in the ConfigMap: a service names an entry of the Secret", () => {
    const { config, secrets } = told(openShop);
    const all = JSON.stringify(config);
    for (const value of ["canary-slack", "canary-discord", "canary-pagerduty", "canary-user", "canary-password"])
      assert.notInclude(all, value);
    assert.deepEqual(parse(config["service.webhook.shop_chat"]!), {
      url: "$shop_chat",
      headers: [{ name: "Content-Type", value: "application/json" }],
    });
    assert.deepEqual(parse(config["service.email.shop_mail"]!), {
      host: "$shop_mail_host",
      username: "$shop_mail_username",
      password: "$shop_mail_password",
      port: 465,
      from: "ci@shop.example",
    });
    assert.equal(secrets["shop_mail_password"], "canary:password");
    // What JSON makes of it, as a log would show it.
    const { secrets: wrapped } = argoCdNotifications(openShop, options(shopValues), []);
    assert.notInclude(JSON.stringify(wrapped), "canary");
  });

  it("ask PagerDuty at the address that the stack names, for another region or another machine", () => {
    const { config } = told(openShop);
    assert.equal((parse(config["service.webhook.shop_pager"]!) as { url: string }).url, "https://events.example");
  });

  it("are subscribed to by the Application of their tier only", () => {
    const annotations = subscriptionsOf(openShop, "prod");
    assert.deepEqual(Object.keys(annotations), ["notifications.argoproj.io/subscriptions.gatehouse"]);
    const [text = ""] = Object.values(annotations);
    assert.deepEqual((JSON.parse(text) as unknown[])[0], {
      trigger: ["shop_prod_degraded"],
      destinations: [
        { service: "shop_chat", recipients: ["#shop"] },
        { service: "shop_discord", recipients: ["discord"] },
        { service: "shop_mail", recipients: ["one@shop.example,two@shop.example"] },
        { service: "shop_pager", recipients: ["pager"] },
      ],
    });
    assert.deepEqual(subscriptionsOf(withRules(shopRules.filter(({ on }) => "tier" in on && on.tier === "prod")), "dev"), {});
  });

  it("keep two rules on one event apart", () => {
    const rules: NotificationRule[] = [rule("chat"), { ...rule("mail"), severity: "critical" }];
    const { config } = told(withRules(rules));
    assert.includeMembers(Object.keys(config), ["template.shop_prod_degraded", "template.shop_prod_degraded_2"]);
  });

  it("are nothing where a system has no rule on an Application, or no environment for the credentials", () => {
    const workflowsOnly = withRules([{ on: { workflow: "ci.yml", outcome: "failure" }, to: ["chat"] }]);
    assert.deepEqual(told(workflowsOnly), { config: {}, secrets: {} });
    assert.deepEqual(subscriptionsOf({ ...openShop, environments: [] }, "prod"), {});
  });

  it("know a commit that takes another one back by its first line", () => {
    const pattern = new RegExp(takesBack, "i");
    const back = [
      'Revert "deploy: sha-1 to production (#12)" (#13)',
      "fix: rollback main to sha-a1b2c3d4 [skip ci] (#7)",
      "fix(prod): roll back to sha-a1b2c3d4",
      "revert: deploy sha-1",
      "Rollback of sha-1",
      "Merge pull request #7 from acme/rollback/prod-sha-1",
    ];
    for (const line of back) assert.match(line, pattern);
    const forth = [
      "docs: how to roll back",
      "feat: rollback by one command",
      "deploy: sha-2 to production",
      "fix: reverting is slow",
      "Merge pull request #7 from acme/docs",
    ];
    for (const line of forth) assert.notMatch(line, pattern);
    // Only the first line counts: a description may speak of anything.
    assert.notMatch("chore: deploy sha-2\n\nrollback: see the handbook", pattern);
  });

  describe("are refused, without the value, when a secret is no", () => {
    const bad: readonly (readonly [what: string, secret: string, value: string])[] = [
      ["URL of a webhook", "SLACK", "xoxb-canary-token"],
      ["URL of a webhook over HTTP", "DISCORD", "ftp://canary.example"],
      ["URL of a mail server", "SMTP", "canary.example:25"],
      ["mail server that Argo CD can speak TLS to", "SMTP", "smtps://user:canary@mail.example:587"],
      ["smtps with a user", "SMTP", "smtps://canary.example"],
      ["smtp on the port of smtps", "SMTP", "smtp://user:canary@mail.example:465"],
      ["percent-encoded password", "SMTP", "smtps://user:canary%zz@mail.example"],
    ];
    for (const [what, secret, value] of bad)
      it(what, () => {
        const faults = faultsOf({ ...shopValues, [secret]: value });
        assert.deepEqual(
          faults.map(({ path }) => path),
          [`gatehouse:secrets.shop.notifications.${secret}`],
        );
        assert.notInclude(JSON.stringify(faults), "canary");
      });

    it("value at all", () => {
      const others = Object.fromEntries(Object.entries(shopValues).filter(([name]) => name !== "SLACK"));
      assert.match(faultsOf(others)[0]!.rule, /has no value, and channel chat/);
    });
  });

  describe("of the systems", () => {
    const heardBy = (system: System, tier: string) =>
      Object.values(subscriptionsOf(system, tier)).flatMap((text) =>
        (JSON.parse(text) as { trigger: string[]; destinations: { service: string }[] }[]).map(
          ({ trigger, destinations }) => `${trigger.join()}: ${destinations.map(({ service }) => service).join()}`,
        ),
      );

    it("[AF-6] wake the on-call of staging, and PagerDuty for production", () => {
      assert.deepEqual(heardBy(airflow, "staging"), ["airflow-etl_staging_degraded: airflow-etl_on-call"]);
      assert.deepEqual(heardBy(airflow, "production"), [
        "airflow-etl_production_degraded: airflow-etl_pagerduty",
        "airflow-etl_production_sync-failed: airflow-etl_pagerduty",
        "airflow-etl_production_rolled-back: airflow-etl_pagerduty,airflow-etl_deployments",
      ]);
    });

    it("[DEX-13] tell Slack of a production that is degraded or cannot be synced", () => {
      assert.includeMembers(heardBy(dataenginex, "prod"), [
        "dataenginex_prod_degraded: dataenginex_deployments",
        "dataenginex_prod_sync-failed: dataenginex_deployments",
      ]);
    });

    it("[DK-4] tell Slack of staging and production", () => {
      const production = heardBy(dataknobs, "production").map((line) => line.split(":")[0]);
      assert.deepEqual(
        production,
        ["degraded", "sync-failed", "deployed"].map((event) => `dataknobs_production_${event}`),
      );
    });
  });
});

function rule(channel: string): NotificationRule {
  return { on: { tier: "prod", application: "Degraded" }, to: [channel] };
}
