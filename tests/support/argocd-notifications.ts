/** A shop with every kind of channel, and what its rules on Applications become. */
import { argoCdNotifications } from "../../delivery/argocd-notifications.ts";
import type { NotificationRule } from "../../model/notification.ts";
import { Sensitive } from "../../model/sensitive.ts";
import type { System } from "../../model/system.ts";
import { shop } from "./systems.ts";

export const shopRules: readonly NotificationRule[] = [
  { on: { tier: "prod", application: "Degraded" }, to: ["chat", "discord", "mail", "pager"], severity: "critical" },
  { on: { tier: "prod", application: "SyncFailed" }, to: ["chat", "pager"] },
  { on: { tier: "prod", application: "Deployed" }, to: ["pager"] },
  { on: { tier: "prod", application: "RolledBack" }, to: ["chat"], message: 'back {{ .secrets }} "again"' },
  { on: { tier: "dev", application: "Progressing" }, to: ["chat"] },
];

const secretNames = ["SLACK", "DISCORD", "SMTP", "PAGERDUTY"];

export const openShop: System = {
  ...shop,
  environments: [
    ...shop.environments.filter(({ name }) => name !== "notifications"),
    {
      name: "notifications",
      tier: "prod",
      deployFrom: { branches: ["main"] },
      secrets: secretNames.map((name) => ({ name, purpose: "Where the team is told" })),
    },
  ],
  channels: {
    chat: { kind: "slack", channel: "#shop", secret: "SLACK" },
    discord: { kind: "discord", secret: "DISCORD" },
    mail: { kind: "email", to: ["one@shop.example", "two@shop.example"], from: "ci@shop.example", secret: "SMTP" },
    pager: { kind: "pagerduty", secret: "PAGERDUTY" },
  },
  notifications: shopRules,
};

export const shopValues: Readonly<Record<string, string>> = {
  SLACK: "https://hooks.example/canary-slack",
  DISCORD: "https://discord.example/canary-discord",
  SMTP: "smtps://canary-user:canary%3Apassword@mail.example",
  PAGERDUTY: "canary-pagerduty",
};

/** Entries of the ConfigMap and the Secret, revealed. @throws when there is a fault. */
export function told(
  system: System,
  values: Readonly<Record<string, string>> = shopValues,
  pagerDutyUrl = "https://events.example",
): { readonly config: Readonly<Record<string, string>>; readonly secrets: Readonly<Record<string, string>> } {
  const faults: unknown[] = [];
  const wrapped = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Sensitive(value)]));
  const { config, secrets } = argoCdNotifications(system, { values: wrapped, pagerDutyUrl }, faults as never[]);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return { config, secrets: Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, value.reveal()])) };
}
