import { validationFailed } from "../../core/errors.ts";
import type { Call } from "../../core/family.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";
import { openBox, sealFor } from "../secrets/sealed-box.ts";

/** Kind `webhook`, owner the id of a repository or an organization, key a number of its own as text. */
export interface WebhookRecord {
  readonly active: boolean;
  readonly events: readonly string[];
  readonly url: string;
  readonly contentType: "json" | "form";
  readonly insecureSsl: "0" | "1";
  /** Sealed for the scope `webhook/OWNER`; null for none. */
  readonly sealedSecret: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const webhooks = (store: Store): Collection<WebhookRecord> => store.collection("webhook");

/** Events that a repository or an organization may subscribe to. */
const EVENTS = new Set(
  (
    "* branch_protection_configuration branch_protection_rule check_run check_suite code_scanning_alert commit_comment create custom_property " +
    "custom_property_values delete dependabot_alert deploy_key deployment deployment_protection_rule deployment_review deployment_status " +
    "discussion discussion_comment fork gollum issue_comment issues label member membership merge_group meta milestone org_block organization " +
    "package page_build ping project public pull_request pull_request_review pull_request_review_comment pull_request_review_thread push " +
    "registry_package release repository repository_advisory repository_dispatch repository_import repository_ruleset " +
    "repository_vulnerability_alert secret_scanning_alert secret_scanning_alert_location security_and_analysis star status team team_add " +
    "watch workflow_dispatch workflow_job workflow_run"
  ).split(" "),
);

interface Config {
  readonly url?: string;
  readonly content_type?: string;
  readonly secret?: string;
  readonly insecure_ssl?: string | number;
}

const fault = (message: string): { resource: string; code: string; message: string } => ({ resource: "Hook", code: "custom", message });
const secretScope = (ownerId: number): string => `webhook/${ownerId}`;

/** What the body says over what was there. @throws ApiError 422 with every fault. */
export async function wantedHook(call: Call, ownerId: number, before?: Stored<WebhookRecord>): Promise<WebhookRecord> {
  const body = call.body as {
    name?: string;
    active?: boolean;
    config?: Config;
    events?: string[];
    add_events?: string[];
    remove_events?: string[];
  };
  const config = body.config ?? {};
  const kept = (body.events ?? before?.value.events ?? ["push"]).filter((event) => !(body.remove_events ?? []).includes(event));
  const events = [...new Set([...kept, ...(body.add_events ?? [])])];
  const url = config.url ?? before?.value.url ?? "";
  const contentType = config.content_type ?? before?.value.contentType ?? "form";
  const faults = [
    ...(body.name !== undefined && body.name !== "web" ? [fault(`The name must be "web", not "${body.name}"`)] : []),
    ...(url === "" ? [fault("Config must contain URL for webhooks")] : []),
    ...(url !== "" && !/^https?:\/\/[^/\s]+/.test(url)
      ? [fault("url is missing a scheme or host, or has one that is not http or https")]
      : []),
    ...(contentType !== "json" && contentType !== "form" ? [fault('content_type must be "json" or "form"')] : []),
    ...events.filter((event) => !EVENTS.has(event)).map((event) => fault(`Hook event ${event} is not supported`)),
    ...(events.length === 0 ? [fault("events must not be empty")] : []),
  ];
  const twin = webhooks(call.store)
    .list(ownerId)
    .find(({ id, value }) => id !== before?.id && value.url === url && value.events.some((event) => events.includes(event)));
  if (twin && before === undefined) faults.push(fault("Hook already exists on this repository"));
  if (faults.length > 0) throw validationFailed(faults);
  return {
    active: body.active ?? before?.value.active ?? true,
    events,
    url,
    contentType: contentType === "json" ? "json" : "form",
    insecureSsl: String(config.insecure_ssl ?? before?.value.insecureSsl ?? "0") === "1" ? "1" : "0",
    sealedSecret: await sealedSecret(call, ownerId, config, before),
    createdAt: before?.value.createdAt ?? call.now,
    updatedAt: call.now,
  };
}

/** A config that is sent replaces the whole: without `secret` there is none afterwards. The mask that reads show keeps the one there is. */
async function sealedSecret(call: Call, ownerId: number, config: Config, before?: Stored<WebhookRecord>): Promise<string | null> {
  const masked = config.secret === MASK || (config.secret === undefined && call.body["config"] === undefined);
  if (masked) return before?.value.sealedSecret ?? null;
  if (config.secret === undefined || config.secret === "") return null;
  return sealFor(call.git.root, secretScope(ownerId), config.secret);
}

export const MASK = "********";

/** The secret that deliveries are signed with; undefined for none. */
export async function secretOf(gitRoot: string, hook: Stored<WebhookRecord>): Promise<Buffer | undefined> {
  return hook.value.sealedSecret === null ? undefined : openBox(gitRoot, secretScope(hook.owner), hook.value.sealedSecret);
}
