/**
 * What Argo CD's notifications controller sends, as templates of Go with the functions of Sprig. What others wrote (a commit, an object's
 * name, the words of a failed sync) is only ever a value: `toRawJson` makes JSON of it, and no mark-up or mention in it survives.
 */
import type { ApplicationEvent, Channel, NotificationRule } from "../model/notification.ts";
import type { System } from "../model/system.ts";

/** A rule on an Application with what it is about. */
export interface Heard extends NotificationRule {
  readonly on: ApplicationEvent;
  readonly system: System;
  /** Name of the Application. */
  readonly application: string;
}

/** A channel under the name of its service; without one the rule names a channel that is not declared. */
export interface Receiver {
  readonly service: string;
  readonly channel: Channel | undefined;
}

type Severity = NonNullable<NotificationRule["severity"]>;

const colors: Readonly<Record<Severity, { readonly slack: string; readonly discord: number }>> = {
  critical: { slack: "#a30200", discord: 0xa30200 },
  error: { slack: "#d73a4a", discord: 0xd73a4a },
  warning: { slack: "#fbca04", discord: 0xfbca04 },
  info: { slack: "#2eb67d", discord: 0x2eb67d },
};

const said: Readonly<Record<ApplicationEvent["application"], string>> = {
  Degraded: "is degraded",
  SyncFailed: "could not be synced",
  Deployed: "was deployed",
  Progressing: "is progressing",
  RolledBack: "was rolled back",
};

/** A template of the controller: one message for every service that the rule goes to. */
export function templateOf(rule: Heard, receivers: readonly Receiver[]): Record<string, unknown> {
  const webhook: Record<string, unknown> = {};
  let email: Record<string, string> | undefined;
  for (const { service, channel } of receivers) {
    if (channel === undefined) continue;
    if (channel.kind === "email") email = mailOf(rule);
    else webhook[service] = { method: "POST", ...postOf(rule, channel, service) };
  }
  return { message: constant(titleOf(rule)), ...(Object.keys(webhook).length > 0 && { webhook }), ...(email !== undefined && { email }) };
}

/** @default "error" for a failure, "info" for anything else */
function severityOf({ severity, on }: Heard): Severity {
  return severity ?? (on.application === "Degraded" || on.application === "SyncFailed" ? "error" : "info");
}

function titleOf({ system, on, message }: Heard): string {
  return `${system.title}: ${message ?? `${on.tier} ${said[on.application]}`}`;
}

/** The facts of a message, as variables of a template. `dig` never fails on what is not there yet. */
const variables = [
  `$commit := dig "status" "operationState" "syncResult" "revision" (dig "status" "sync" "revision" "" .app) .app`,
  `$health := dig "status" "health" "status" "unknown" .app`,
  `$sync := dig "status" "sync" "status" "unknown" .app`,
  `$words := list (dig "status" "health" "message" "" .app) (dig "status" "operationState" "message" "" .app)`,
  `range dig "status" "conditions" (list) .app}}{{$words = append $words (dig "message" "" .)}}{{end`,
  // Control characters and line ends would let a message pass for several.
  `$words := regexReplaceAll "[\\\\p{Cc}\\\\p{Cf}\\\\p{Zl}\\\\p{Zp}]+" ($words | compact | uniq | join "; ") " "`,
  `$words := $words | trunc 500 | default "nothing"`,
  `$link := printf "%s/commit/%s" (dig "spec" "source" "repoURL" "" .app | trimSuffix ".git") $commit`,
].map((action) => `{{${action}}}`);

/** Name → expression of Go's templates. */
function factsOf({ application, on }: Heard): readonly (readonly [name: string, value: string])[] {
  return [
    ["Application", literal(application)],
    ["Tier", literal(on.tier)],
    ["Health", "$health"],
    ["Sync", "$sync"],
    ["Commit", `($commit | trunc 8 | default "none")`],
    ["Argo CD says", "$words"],
  ];
}

function postOf(rule: Heard, channel: Channel, service: string): { readonly path?: string; readonly body: string } {
  const title = literal(titleOf(rule));
  const severity = severityOf(rule);
  if (channel.kind === "slack") {
    const escaped = (value: string) => `(${value} | replace "&" "&amp;" | replace "<" "&lt;" | replace ">" "&gt;")`;
    const fields = factsOf(rule).map(([name, value]) =>
      dict({ title: literal(name), value: escaped(value), short: name === "Argo CD says" ? "false" : "true" }),
    );
    const attachment = dict({
      color: literal(colors[severity].slack),
      fallback: escaped(title),
      title: literal(severity),
      title_link: "$link",
      fields: listOf(fields),
    });
    return { body: json(dict({ text: escaped(title), mrkdwn: "false", attachments: listOf([attachment]) })) };
  }
  if (channel.kind === "discord") {
    const escaped = (value: string) => `(regexReplaceAll ${literal("[\\\\*_~`|<>\\[\\]()#]")} ${value} ${literal("\\${0}")})`;
    const fields = factsOf(rule).map(([name, value]) =>
      dict({ name: literal(name), value: escaped(value), inline: name === "Argo CD says" ? "false" : "true" }),
    );
    const embed = dict({ title: escaped(title), url: "$link", color: String(colors[severity].discord), fields: listOf(fields) });
    return { body: json(dict({ allowed_mentions: dict({ parse: "list" }), embeds: listOf([embed]) })) };
  }
  return pageOf(rule, severity, title, service);
}

/** An alert opens an incident and wakes somebody; a change is only listed. */
function pageOf(rule: Heard, severity: Severity, title: string, service: string): { readonly path: string; readonly body: string } {
  const { application, system, on } = rule;
  const isAlert = severity === "critical" || severity === "error";
  const payload = {
    summary: title,
    source: literal(application),
    custom_details: dict(Object.fromEntries(factsOf(rule))),
  };
  const event = {
    // The key is part of the body here, and the Secret's entries are bytes.
    routing_key: `(index .secrets ${literal(service)} | toString)`,
    links: listOf([dict({ href: "$link", text: literal("Commit") })]),
  };
  if (!isAlert) return { path: "/v2/change/enqueue", body: json(dict({ ...event, payload: dict(payload) })) };
  return {
    path: "/v2/enqueue",
    body: json(
      dict({
        ...event,
        event_action: literal("trigger"),
        dedup_key: literal([system.name, on.tier, application, on.application].join("/")),
        payload: dict({ ...payload, severity: literal(severity), component: literal(on.tier) }),
      }),
    ),
  };
}

function mailOf(rule: Heard): Record<string, string> {
  const lines = factsOf(rule).map(([name, value]) => `${name}: {{${value}}}`);
  const body = [constant(titleOf(rule)), "", ...lines, "", "{{$link}}", ""].join("\n");
  return { subject: constant(titleOf(rule)), body: variables.join("") + body };
}

const json = (expression: string): string => `${variables.join("")}{{${expression} | toRawJson}}`;
const dict = (entries: Readonly<Record<string, string>>): string =>
  `(dict ${Object.entries(entries)
    .map(([key, value]) => `${literal(key)} ${value}`)
    .join(" ")})`;
const listOf = (items: readonly string[]): string => `(list ${items.join(" ")})`;
/** A text of Go: JSON escapes are a part of its own, and half a pair of surrogates is none. */
const literal = (text: string): string => JSON.stringify(text.replace(/\p{Cs}/gu, "\ufffd"));
/** A text that stands for itself in a template, also where it looks like an action. */
const constant = (text: string): string => `{{${literal(text)}}}`;
