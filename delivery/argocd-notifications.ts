/**
 * A system's rules on Applications as what Argo CD's notifications controller reads: services, templates and triggers in its ConfigMap,
 * credentials in its Secret, and what each Application subscribes to. All systems share the two, so every name begins with the system's.
 */
import { stringify } from "yaml";
import type { Fault } from "../model/fault.ts";
import { isApplicationRule, notificationsEnvironment, type ApplicationEvent, type Channel } from "../model/notification.ts";
import { Sensitive } from "../model/sensitive.ts";
import type { System } from "../model/system.ts";
import { argocdTarget } from "../model/target.ts";
import { conditionsOf, type TriggerCondition } from "./argocd-triggers.ts";
import { templateOf, type Heard } from "./argocd-templates.ts";

/** Objects in Argo CD's namespace that the controller reads; Argo CD's own installation makes them. */
export const configMapName = "argocd-notifications-cm";
export const secretName = "argocd-notifications-secret";

/** Read beside `notifications.argoproj.io/subscriptions`, which stays free for what a person adds. */
const subscriptionsAnnotation = "notifications.argoproj.io/subscriptions.gatehouse";

export interface ArgoCdNotifications {
  /** Entries of the ConfigMap; nothing in them is secret. */
  readonly config: Readonly<Record<string, string>>;
  /** Entries of the Secret. */
  readonly secrets: Readonly<Record<string, Sensitive>>;
}

export interface ArgoCdNotificationOptions {
  /** Secret of the environment `notifications` → its value. */
  readonly values: Readonly<Record<string, Sensitive>>;
  /** Where PagerDuty takes events, without a slash at the end. @example "https://events.pagerduty.com" */
  readonly pagerDutyUrl: string;
}

/** A rule on an Application, under the name of its trigger and its template. */
interface NamedRule extends Heard {
  readonly name: string;
}

/** Does any rule of the system concern an Application, and has it the environment that its channels' secrets are in? */
export function hasApplicationRules(system: System): boolean {
  return namedRules(system).length > 0;
}

/**
 * Entries of the ConfigMap and the Secret.
 *
 * @param faults Takes a fault for every secret that has no value, or whose value Argo CD could not use. No value is in it.
 */
export function argoCdNotifications(system: System, options: ArgoCdNotificationOptions, faults: Fault[]): ArgoCdNotifications {
  const rules = namedRules(system);
  const config: Record<string, string> = {};
  const secrets: Record<string, Sensitive> = {};
  for (const [name, channel] of Object.entries(system.channels ?? {})) {
    if (!rules.some(({ to }) => to.includes(name))) continue;
    const path = `gatehouse:secrets.${system.name}.${notificationsEnvironment}.${channel.secret}`;
    const value = options.values[channel.secret]?.reveal().trim();
    if (value === undefined) {
      const rule = `has no value, and channel ${name} of system ${system.name} needs it`;
      faults.push({ path, value: undefined, rule, fix: `declare it in environment ${notificationsEnvironment}` });
      continue;
    }
    const fault = (rule: string, fix: string) => faults.push({ path, value: undefined, rule, fix });
    const service = serviceOf(nameOf(system, name), channel, value, options.pagerDutyUrl, fault);
    if (service === undefined) continue;
    config[`service.${service.type}.${nameOf(system, name)}`] = text(service.settings);
    for (const [key, text] of Object.entries(service.secrets)) secrets[key] = new Sensitive(text);
  }
  for (const rule of rules) {
    config[`template.${rule.name}`] = text(
      templateOf(
        rule,
        rule.to.map((to) => channelOf(system, to)),
      ),
    );
    const conditions = conditionsOf(rule.on.application).map((condition): TriggerCondition & { readonly send: readonly string[] } => ({
      ...condition,
      send: [rule.name],
    }));
    config[`trigger.${rule.name}`] = text(conditions);
  }
  return { config, secrets };
}

/** Annotations of a tier's Application that make it heard; none where no rule is about it. */
export function subscriptionsOf(system: System, tier: string): Readonly<Record<string, string>> {
  const subscriptions = namedRules(system)
    .filter(({ on }) => on.tier === tier)
    .map(({ name, to }) => ({
      trigger: [name],
      destinations: to.flatMap((channel) => {
        const declared = system.channels?.[channel];
        return declared === undefined ? [] : [{ service: nameOf(system, channel), recipients: [recipientOf(channel, declared)] }];
      }),
    }));
  return subscriptions.length === 0 ? {} : { [subscriptionsAnnotation]: JSON.stringify(subscriptions) };
}

/** Lines are not folded: people read them in the cluster. */
const text = (value: unknown): string => stringify(value, { lineWidth: 0 });

/** `_` occurs in neither part, so that no two systems meet in one name. */
function nameOf(system: System, ...parts: readonly string[]): string {
  return [system.name, ...parts].join("_");
}

function namedRules(system: System): NamedRule[] {
  if (!system.environments.some(({ name }) => name === notificationsEnvironment)) return [];
  const seen = new Map<string, number>();
  return (system.notifications ?? []).filter(isApplicationRule).map((rule) => {
    const base = nameOf(system, rule.on.tier, eventName(rule.on));
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    const application = argocdTarget(system.tiers.find(({ name }) => name === rule.on.tier)?.target)?.application ?? "";
    return { ...rule, system, application, name: count === 1 ? base : `${base}_${count}` };
  });
}

function eventName({ application }: ApplicationEvent): string {
  return application.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
}

function channelOf(system: System, name: string): { readonly service: string; readonly channel: Channel | undefined } {
  return { service: nameOf(system, name), channel: system.channels?.[name] };
}

/** What the controller writes down as the recipient; only e-mail is addressed by it. */
function recipientOf(name: string, channel: Channel): string {
  if (channel.kind === "email") return channel.to.join(",");
  return channel.kind === "slack" ? channel.channel : name;
}

interface Service {
  readonly type: "webhook" | "email";
  /** `$key` stands for an entry of the Secret. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

const headers = [{ name: "Content-Type", value: "application/json" }];

function serviceOf(
  key: string,
  channel: Channel,
  value: string,
  pagerDutyUrl: string,
  fault: (rule: string, fix: string) => void,
): Service | undefined {
  if (channel.kind === "email") return mailService(key, channel.from, value, fault);
  // Not Argo CD's own service for PagerDuty: that one knows a single address, and PagerDuty has another for accounts in Europe.
  if (channel.kind === "pagerduty") return { type: "webhook", settings: { url: pagerDutyUrl, headers }, secrets: { [key]: value } };
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    fault("must be the URL of a webhook", "copy it whole, from https:// on");
    return undefined;
  }
  return { type: "webhook", settings: { url: `$${key}`, headers }, secrets: { [key]: value } };
}

/** Argo CD's mail client speaks TLS from the first byte on port 465 and to a user only; anywhere else it asks the server for STARTTLS. */
function mailService(key: string, from: string, value: string, fault: (rule: string, fix: string) => void): Service | undefined {
  const example = "write smtps://USER:PASSWORD@HOST, or smtp://HOST:PORT for a server that offers STARTTLS";
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === "") {
    fault("must be the URL of a mail server", example);
    return undefined;
  }
  const secure = url.protocol === "smtps:";
  const port = url.port === "" ? (secure ? 465 : 25) : Number(url.port);
  const username = decoded(url.username);
  const password = decoded(url.password);
  if (username === undefined || password === undefined) {
    fault("has a user or a password that is not percent-encoded", "write % as %25, @ as %40 and : as %3A");
    return undefined;
  }
  if (secure !== (port === 465) || (secure && (username === "" || password === ""))) {
    fault("cannot be used by Argo CD, which speaks smtps on port 465 with user and password, and smtp on any other port", example);
    return undefined;
  }
  const user = username === "" ? {} : { username, password };
  const secrets = Object.fromEntries(Object.entries({ host: url.hostname, ...user }).map(([part, text]) => [`${key}_${part}`, text]));
  const references = Object.fromEntries(["host", ...Object.keys(user)].map((part) => [part, `$${key}_${part}`]));
  // Only texts can be taken from the Secret; a port says nothing that the protocol does not.
  return { type: "email", settings: { ...references, port, from }, secrets };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
