/** Whom Argo CD tells of what becomes of an Application: its subscriptions, and what the notifications controller is configured with. */
import { configMapName, secretName } from "../../delivery/argocd-notifications.ts";
import { isPlainObject } from "../../model/shape.ts";
import { plainYaml } from "../../model/yaml.ts";
import { kubernetes, SECRET, type Declaration } from "../../policies/rules/declaration.ts";
import { at } from "../deployments.ts";
import type { ProofWorld } from "../world.ts";
import { best, type Journey } from "./finding.ts";

/** A state of an Application that somebody must hear of, and how a condition of a trigger asks for it. */
export interface FailureState {
  /** In words. @example "its health is Degraded" */
  readonly text: string;
  /** Is it what this condition is about? `when` without `?`. */
  readonly isAskedBy: (when: string) => boolean;
}

export const failureStates: readonly FailureState[] = [
  {
    text: "its health is Degraded",
    isAskedBy: (when) => /app\.status\.health\.status\s*(==\s*['"]Degraded['"]|in\s*\[[^\]]*['"]Degraded['"])/u.test(when),
  },
  {
    text: "a sync has failed",
    isAskedBy: (when) => /app\.status\.operationState\.phase\s*(==\s*['"]Failed['"]|in\s*\[[^\]]*['"]Failed['"])/u.test(when),
  },
  {
    text: "Argo CD cannot compare, as with an unsigned commit",
    isAskedBy: (when) => /app\.status\.sync\.status\s*==\s*['"]Unknown['"]|ComparisonError/u.test(when),
  },
];

/** What of an Application's failure gets to somebody. @throws UnknownValue */
export function hearOf(world: ProofWorld, application: Declaration, state: FailureState): Journey | undefined {
  const controller = controllerOf(world, application.text("metadata.namespace") ?? "");
  return best(
    subscriptionsOf(application).flatMap((subscription) => {
      const journey = follow(controller, application, subscription, state);
      return journey === undefined ? [] : [journey];
    }),
  );
}

interface Subscription {
  /** The annotation. */
  readonly property: string;
  readonly trigger: string;
  readonly service: string;
  readonly recipients: readonly string[];
}

const prefix = "notifications.argoproj.io/";

function subscriptionsOf(application: Declaration): readonly Subscription[] {
  const annotations = application.get("metadata.annotations");
  if (!isPlainObject(annotations)) return [];
  return Object.entries(annotations).flatMap(([key, value]): readonly Subscription[] => {
    const property = `metadata.annotations.${key}`;
    if (typeof value !== "string") return [];
    // Both notations of https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/subscriptions/
    const [, trigger, service] = new RegExp(`^${prefix}subscribe\\.([^.]+)\\.(.+)$`, "u").exec(key) ?? [];
    if (trigger !== undefined && service !== undefined) return [{ property, trigger, service, recipients: split(value) }];
    return key.startsWith(`${prefix}subscriptions`) ? listed(property, value) : [];
  });
}

const split = (text: string): readonly string[] =>
  text
    .split(";")
    .map((one) => one.trim())
    .filter((one) => one !== "");

function listed(property: string, text: string): readonly Subscription[] {
  const list = plainYaml("", text);
  if (!Array.isArray(list)) return [];
  return list.filter(isPlainObject).flatMap(({ trigger, destinations }) =>
    textsOf(trigger).flatMap((name) =>
      (Array.isArray(destinations) ? destinations : []).filter(isPlainObject).map(({ service, recipients }) => ({
        property,
        trigger: name,
        service: typeof service === "string" ? service : "",
        recipients: textsOf(recipients),
      })),
    ),
  );
}

/** What the notifications controller reads, put together from all its parts. */
interface Controller {
  readonly entries: ReadonlyMap<string, { readonly by: Declaration; readonly text: string }>;
  readonly secrets: readonly Declaration[];
}

function controllerOf(world: ProofWorld, namespace: string): Controller {
  const named = (kinds: readonly string[], name: string): readonly Declaration[] =>
    kinds
      .flatMap((kind) => world.declared.all(kubernetes("core/v1", kind)))
      .filter((one) => one.text("metadata.name") === name && one.text("metadata.namespace") === namespace);
  const entries = named(["ConfigMap", "ConfigMapPatch"], configMapName).flatMap((by) => {
    const data = by.get("data");
    return isPlainObject(data) ? Object.entries(data).map(([key, text]) => [key, { by, text: String(text) }] as const) : [];
  });
  return { entries: new Map(entries), secrets: named(["Secret", "SecretPatch"], secretName) };
}

/** One subscription from the trigger to the recipients; `undefined` where it is about something else. */
function follow(controller: Controller, application: Declaration, subscription: Subscription, state: FailureState): Journey | undefined {
  const { property, trigger, service, recipients } = subscription;
  const subscribes = { text: `the Application subscribes ${service} to ${trigger}`, at: at(application, property) };
  const found = controller.entries.get(`trigger.${trigger}`);
  if (found === undefined)
    return { passed: [], stop: { text: `it subscribes to trigger ${trigger}, which nobody declares`, at: subscribes.at } };
  const conditions = conditionsIn(found.text).filter(({ when }) => state.isAskedBy(when.replaceAll("?.", ".")));
  if (conditions.length === 0) return undefined;
  if (recipients.length === 0) return { passed: [subscribes], stop: { text: `${service} has no recipient`, at: subscribes.at } };
  const fires = { text: `trigger ${trigger} fires when ${state.text}`, at: at(found.by, `data.trigger.${trigger}`) };
  return best(
    conditions.map(({ send }) =>
      send.length === 0
        ? { passed: [subscribes], stop: { text: `trigger ${trigger} sends no template`, at: fires.at } }
        : (best(send.map((template) => deliver(controller, service, template, [subscribes, fires]))) ?? { passed: [] }),
    ),
  );
}

function conditionsIn(text: string): readonly { readonly when: string; readonly send: readonly string[] }[] {
  const list = plainYaml("", text);
  if (!Array.isArray(list)) return [];
  return list.filter(isPlainObject).map(({ when, send }) => ({ when: typeof when === "string" ? when : "", send: textsOf(send) }));
}

function deliver({ entries, secrets }: Controller, service: string, template: string, passed: Journey["passed"]): Journey {
  const fires = passed.at(-1)?.at ?? "";
  const written = entries.get(`template.${template}`);
  if (written === undefined) return { passed, stop: { text: `template ${template} is declared by nobody`, at: fires } };
  const [key = "", used] =
    [...entries].find(([name]) => name === `service.${service}` || /^service\.[^.]+\.(.+)$/u.exec(name)?.[1] === service) ?? [];
  if (used === undefined) return { passed, stop: { text: `service ${service} is declared by nobody`, at: fires } };
  const type = key.split(".")[1] ?? "";
  const said = saidTo(plainYaml("", written.text), type, service);
  if (said === undefined) {
    return { passed, stop: { text: `template ${template} says nothing to ${service}`, at: at(written.by, `data.template.${template}`) } };
  }
  const assumptions: string[] = [];
  for (const name of keysIn(used.text, said)) {
    const holds = secrets.map((secret) => holdsKey(secret, name));
    if (holds.includes(true)) continue;
    if (holds.includes(undefined)) assumptions.push(`Secret ${secretName} holds ${name}`);
    else
      return {
        passed,
        stop: { text: `service ${service} needs ${name}, which no Secret ${secretName} holds`, at: at(used.by, `data.${key}`) },
      };
  }
  return { passed, assumptions };
}

/** What a template says to a service: to a webhook what its own entry says, to everything else the message where it has none. */
function saidTo(template: unknown, type: string, service: string): unknown {
  if (!isPlainObject(template)) return undefined;
  if (type === "webhook") return isPlainObject(template["webhook"]) ? template["webhook"][service] : undefined;
  return template[type] ?? template["message"];
}

/** Entries of the Secret that a service is configured with, or that a template puts into what it says. */
function keysIn(service: string, said: unknown): readonly string[] {
  const texts = typeof said === "string" ? [said] : isPlainObject(said) ? Object.values(said).filter((one) => typeof one === "string") : [];
  const used = texts.flatMap((text) => [...text.matchAll(/\.secrets(?:\.|\s+["`])([\w.-]+)/gu)]);
  return [...service.matchAll(/\$([\w.-]+)/gu), ...used].map(([, name = ""]) => name);
}

/** `undefined` where the whole of it is secret, its keys too. */
function holdsKey(secret: Declaration, key: string): boolean | undefined {
  const parts = ["data", "stringData"].map((property) => secret.get(property));
  if (parts.some((part) => isPlainObject(part) && key in part)) return true;
  return parts.includes(SECRET) ? undefined : false;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}
