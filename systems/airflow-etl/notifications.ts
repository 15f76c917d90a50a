import type { Channel, NotificationRule } from "../../model/notification.ts";
import type { Secret } from "../../model/system.ts";

/** Where alerts go. Every address is a list or a service: people join and leave, and an alert must reach somebody. */
export const channels: Readonly<Record<string, Channel>> = {
  deployments: { kind: "slack", channel: "#deployments", secret: "SLACK_WEBHOOK_URL" },
  "team-lead": mail("team-lead"),
  team: mail("data-engineering"),
  security: mail("security"),
  "on-call": { kind: "pagerduty", secret: "PAGERDUTY_STAGING_KEY" },
  pagerduty: { kind: "pagerduty", secret: "PAGERDUTY_PRODUCTION_KEY" },
};

function mail(list: string): Channel {
  return { kind: "email", to: [`${list}@airflow-etl.example`], from: "ci@airflow-etl.example", secret: "SMTP_URL" };
}

/** What the channels need, in the environment `notifications` and nowhere else. */
export const channelSecrets: readonly Secret[] = [
  { name: "SLACK_WEBHOOK_URL", purpose: "URL of the incoming webhook of #deployments (Slack, App settings, Incoming Webhooks)" },
  { name: "SMTP_URL", purpose: "smtps://user:password@host:port of the mail server, for an account that sends as ci@ only" },
  { name: "PAGERDUTY_STAGING_KEY", purpose: "Integration key of PagerDuty's service for staging (Service, Integrations, Events API v2)" },
  {
    name: "PAGERDUTY_PRODUCTION_KEY",
    purpose: "Integration key of PagerDuty's service for production (Service, Integrations, Events API v2)",
  },
];

/** The alerts of the team's document, in its order; then what Argo CD sees and no workflow does. */
export const notifications: readonly NotificationRule[] = [
  { on: { workflow: "ci.yml", branch: "main", outcome: "failure" }, to: ["team-lead"] },
  // These two jobs run only where there is something to say.
  {
    on: { workflow: "ci.yml", job: "coverage-warning", outcome: "success" },
    to: ["team"],
    severity: "warning",
    message: "Test coverage is below 80 %",
  },
  {
    on: { workflow: "ci.yml", job: "vulnerability-warning", outcome: "success" },
    to: ["security"],
    severity: "error",
    message: "Vulnerabilities were found",
  },
  { on: { workflow: "cd-staging.yml", outcome: "failure" }, to: ["on-call"] },
  { on: { workflow: "cd-production.yml", outcome: "failure" }, to: ["pagerduty"], severity: "critical" },
  { on: { workflow: "cd-production.yml", outcome: "success" }, to: ["deployments"] },
  {
    on: { workflow: "cd-production.yml", job: "emergency-rollback", outcome: "completed" },
    to: ["pagerduty", "deployments"],
    severity: "critical",
    message: "Emergency rollback of production",
  },
  { on: { tier: "staging", application: "Degraded" }, to: ["on-call"] },
  { on: { tier: "production", application: "Degraded" }, to: ["pagerduty"], severity: "critical" },
  { on: { tier: "production", application: "SyncFailed" }, to: ["pagerduty"], severity: "critical" },
  { on: { tier: "production", application: "RolledBack" }, to: ["pagerduty", "deployments"], severity: "critical" },
];
