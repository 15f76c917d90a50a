/** Webhooks of repositories and organizations. A ping is really sent and signed; the server sends no other event yet. */
import { accountById, organizationOf, repositoryOf } from "../../core/access.ts";
import { notFound } from "../../core/errors.ts";
import type { Call, Family, Handler, Reply } from "../../core/family.ts";
import { created, noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import type { Delivery } from "./deliveries.ts";
import { deliver, deliveriesOf } from "./deliveries.ts";
import type { WebhookRecord } from "./state.ts";
import { MASK, secretOf, wantedHook, webhooks } from "./state.ts";

interface Owner {
  readonly id: number;
  /** Address of the hooks in the API. */
  readonly url: string;
  readonly type: "Repository" | "Organization";
}

function repositoryOwner(call: Call): Owner {
  const { id, owner, value } = repositoryOf(call, "admin");
  return { id, url: `${call.apiUrl}/repos/${accountById(call.store, owner).value.login}/${value.name}/hooks`, type: "Repository" };
}

function organizationOwner(call: Call): Owner {
  const { id, value } = organizationOf(call, "admin");
  return { id, url: `${call.apiUrl}/orgs/${value.login}/hooks`, type: "Organization" };
}

function configOf({ value }: Stored<WebhookRecord>): Record<string, unknown> {
  return {
    url: value.url,
    content_type: value.contentType,
    insecure_ssl: value.insecureSsl,
    ...(value.sealedSecret !== null && { secret: MASK }),
  };
}

function render(owner: Owner, hook: Stored<WebhookRecord>): Record<string, unknown> {
  const url = `${owner.url}/${hook.id}`;
  const [last] = deliveriesOf(hook.id);
  const status = last ? (last.status_code >= 200 && last.status_code < 300 ? "active" : "invalid") : "unused";
  return {
    type: owner.type,
    id: hook.id,
    name: "web",
    active: hook.value.active,
    events: hook.value.events,
    config: configOf(hook),
    updated_at: hook.value.updatedAt,
    created_at: hook.value.createdAt,
    url,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    ...(owner.type === "Repository" && {
      test_url: `${url}/test`,
      last_response: { code: last?.status_code ?? null, status, message: last?.status ?? null },
    }),
  };
}

function hookOf(call: Call, owner: Owner): Stored<WebhookRecord> {
  const found = webhooks(call.store).byId(Number(call.path["hook_id"]));
  if (found?.owner !== owner.id) throw notFound();
  return found;
}

const ZEN = "Design for failure.";

/** Sent after the answer, so that a receiver may call back. */
async function ping(call: Call, owner: Owner, hook: Stored<WebhookRecord>): Promise<void> {
  const secret = await secretOf(call.git.root, hook);
  const { url, contentType } = hook.value;
  const payload = { zen: ZEN, hook_id: hook.id, hook: render(owner, hook) };
  setImmediate(() => void deliver({ hookId: hook.id, url, contentType, secret, event: "ping", payload }));
}

function renderDelivery(delivery: Delivery, owner: Owner): Record<string, unknown> {
  const { id, guid, delivered_at, redelivery, duration, status, status_code, event } = delivery;
  const repository_id = owner.type === "Repository" ? owner.id : null;
  return {
    id,
    guid,
    delivered_at,
    redelivery,
    duration,
    status,
    status_code,
    event,
    action: null,
    installation_id: null,
    repository_id,
    throttled_at: null,
  };
}

function deliveryOf(call: Call, owner: Owner): Delivery {
  const found = deliveriesOf(hookOf(call, owner).id).find(({ id }) => id === Number(call.path["delivery_id"]));
  if (!found) throw notFound();
  return found;
}

async function redeliver(call: Call, owner: Owner): Promise<Reply> {
  const { event, request } = deliveryOf(call, owner);
  const hook = hookOf(call, owner);
  const secret = await secretOf(call.git.root, hook);
  const { url, contentType } = hook.value;
  setImmediate(() => void deliver({ hookId: hook.id, url, contentType, secret, event, payload: request.payload, redelivery: true }));
  return { status: 202, body: {} };
}

/** @param prefix `repos` or `orgs`; @param suffix what the config operations add to their name. */
function operations(prefix: "repos" | "orgs", suffix: "repo" | "org", ownerOf: (call: Call) => Owner): Record<string, Handler> {
  const update = async (call: Call, owner: Owner): Promise<Stored<WebhookRecord>> => {
    const before = hookOf(call, owner);
    return webhooks(call.store).update(before.id, await wantedHook(call, owner.id, before));
  };
  return {
    [`${prefix}/list-webhooks`]: (call) => {
      const owner = ownerOf(call);
      return page(call, webhooks(call.store).list(owner.id), (hook) => render(owner, hook));
    },
    [`${prefix}/get-webhook`]: (call) => {
      const owner = ownerOf(call);
      return ok(render(owner, hookOf(call, owner)));
    },
    [`${prefix}/create-webhook`]: async (call) => {
      const owner = ownerOf(call);
      const value = await wantedHook(call, owner.id);
      const hook = webhooks(call.store).insert(owner.id, String(call.store.nextNumber(`webhook:${owner.id}`)), value);
      if (value.active) await ping(call, owner, hook);
      return created(render(owner, hook));
    },
    [`${prefix}/update-webhook`]: async (call) => {
      const owner = ownerOf(call);
      return ok(render(owner, await update(call, owner)));
    },
    [`${prefix}/delete-webhook`]: (call) => {
      webhooks(call.store).remove(hookOf(call, ownerOf(call)).id);
      return noContent();
    },
    [`${prefix}/get-webhook-config-for-${suffix}`]: (call) => ok(configOf(hookOf(call, ownerOf(call)))),
    [`${prefix}/ping-webhook`]: async (call) => {
      const owner = ownerOf(call);
      await ping(call, owner, hookOf(call, owner));
      return noContent();
    },
    [`${prefix}/list-webhook-deliveries`]: (call) => {
      const owner = ownerOf(call);
      return page(call, deliveriesOf(hookOf(call, owner).id), (delivery) => renderDelivery(delivery, owner));
    },
    [`${prefix}/get-webhook-delivery`]: (call) => {
      const owner = ownerOf(call);
      const delivery = deliveryOf(call, owner);
      return ok({ ...renderDelivery(delivery, owner), request: delivery.request, response: delivery.response });
    },
    [`${prefix}/redeliver-webhook-delivery`]: (call) => redeliver(call, ownerOf(call)),
  };
}

export const webhooksFamily: Family = {
  name: "webhooks",
  operations: { ...operations("repos", "repo", repositoryOwner), ...operations("orgs", "org", organizationOwner) },
  onRepositoryDeleted: (store, repositoryId) => {
    webhooks(store).removeOwned(repositoryId);
  },
};
