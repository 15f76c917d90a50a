/**
 * Sends events to webhooks, signed as GitHub signs them, and remembers what came back. Only addresses on this machine are called. The
 * memory is this process's own: GitHub too forgets deliveries after a while.
 */
import { createHmac, randomUUID } from "node:crypto";

export interface Delivery {
  readonly id: number;
  readonly guid: string;
  readonly hookId: number;
  readonly event: string;
  readonly delivered_at: string;
  /** Seconds. */
  readonly duration: number;
  readonly status: string;
  readonly status_code: number;
  readonly redelivery: boolean;
  readonly request: { readonly headers: Record<string, string>; readonly payload: Record<string, unknown> };
  readonly response: { readonly headers: Record<string, string>; readonly payload: string | null };
}

const KEPT = 100;
const TIMEOUT_MS = 10_000;

const memory = new Map<number, Delivery[]>();
let lastId = 0;

export interface Message {
  readonly hookId: number;
  readonly url: string;
  readonly contentType: "json" | "form";
  readonly secret: Buffer | undefined;
  readonly event: string;
  readonly payload: Record<string, unknown>;
  readonly redelivery?: boolean;
}

/** Newest first. */
export const deliveriesOf = (hookId: number): readonly Delivery[] => memory.get(hookId) ?? [];

/** `sha256=` and the HMAC of the body in hexadecimal, as `X-Hub-Signature-256` carries it. */
export const signature = (secret: Buffer, body: string): string => `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

/** Delivers and remembers. Never throws: what goes wrong is part of the delivery. */
export async function deliver(message: Message): Promise<Delivery> {
  const json = JSON.stringify(message.payload);
  const body = message.contentType === "json" ? json : new URLSearchParams({ payload: json }).toString();
  const guid = randomUUID();
  const headers: Record<string, string> = {
    "Content-Type": message.contentType === "json" ? "application/json" : "application/x-www-form-urlencoded",
    "User-Agent": "GitHub-Hookshot/gatehouse",
    "X-GitHub-Event": message.event,
    "X-GitHub-Delivery": guid,
    "X-GitHub-Hook-ID": String(message.hookId),
    ...(message.secret && { "X-Hub-Signature-256": signature(message.secret, body) }),
  };
  const start = Date.now();
  const answer = await post(message.url, headers, body);
  const delivery: Delivery = {
    id: ++lastId,
    guid,
    hookId: message.hookId,
    event: message.event,
    delivered_at: new Date(start).toISOString().replace(/\.\d+Z$/, "Z"),
    duration: (Date.now() - start) / 1000,
    redelivery: message.redelivery ?? false,
    request: { headers, payload: message.payload },
    ...answer,
  };
  memory.set(message.hookId, [delivery, ...deliveriesOf(message.hookId)].slice(0, KEPT));
  return delivery;
}

async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<Pick<Delivery, "status" | "status_code" | "response">> {
  const failed = (status: string): Pick<Delivery, "status" | "status_code" | "response"> => ({
    status,
    status_code: 0,
    response: { headers: {}, payload: null },
  });
  if (!["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname))
    return failed("not sent: the local GitHub calls this machine only");
  try {
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const payload = await answer.text();
    return {
      status: answer.ok ? "OK" : `Invalid HTTP Response: ${answer.status}`,
      status_code: answer.status,
      response: { headers: Object.fromEntries(answer.headers), payload },
    };
  } catch (error) {
    return failed(error instanceof Error && error.name === "TimeoutError" ? "timed out" : "failed to connect to host");
  }
}
