/**
 * Webhooks and PagerDuty's Events API, as far as a sender notices:
 *
 *   POST /hooks/SYSTEM/CHANNEL/KEY     what Slack and Discord would be told
 *   POST /pagerduty/v2/enqueue         an alert; /v2/change/enqueue a change
 *   GET  /messages?since=N             what arrived, as JSON
 *   GET  /                             the same as a page
 */
import type { IncomingMessage, RequestListener } from "node:http";
import type { Messages } from "./messages.ts";
import { messagesPage } from "./page.ts";

/** A webhook of Slack or Discord takes far less. */
const MOST_BYTES = 1 << 20;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

export function sinkListener(messages: Messages): RequestListener {
  return (request, response) => {
    answer(messages, request).then(
      ({ status, body, type = "application/json" }) => {
        response.writeHead(status, { "content-type": type, "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'" });
        response.end(body);
      },
      () => request.socket.destroy(),
    );
  };
}

async function answer(messages: Messages, request: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (request.method === "GET") {
    if (pathname === "/health") return { status: 200, body: "{}" };
    if (pathname === "/messages") return { status: 200, body: JSON.stringify(messages.since(Number(searchParams.get("since")) || 0)) };
    if (pathname === "/") return { status: 200, body: messagesPage(messages.since(0)), type: "text/html; charset=utf-8" };
  }
  if (request.method === "POST") {
    const [, system, channel] = /^\/hooks\/([\w-]+)\/([\w-]+)\/[\w-]+$/.exec(pathname) ?? [];
    const [, call] = /^\/pagerduty\/v2\/(enqueue|change\/enqueue)$/.exec(pathname) ?? [];
    if (channel !== undefined || call !== undefined) {
      const body = await readJson(request);
      if (body === undefined)
        return {
          status: 400,
          body: JSON.stringify({ status: "invalid", message: `the body is no JSON object of at most ${MOST_BYTES} bytes` }),
        };
      if (channel !== undefined) {
        messages.add("webhook", `${system ?? ""}/${channel}`, body);
        return { status: 200, body: "ok", type: "text/plain" };
      }
      const { routing_key: key, ...event } = body;
      if (typeof key !== "string" || key === "")
        return { status: 400, body: JSON.stringify({ status: "invalid event", errors: ["routing_key"] }) };
      messages.add("pagerduty", call ?? "", event);
      return { status: 202, body: JSON.stringify({ status: "success", message: "Event processed" }) };
    }
  }
  return { status: 404, body: JSON.stringify({ message: "nothing is received here" }) };
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read to its end all the same: a client that still sends would not see the answer.
    if (size <= MOST_BYTES) chunks.push(chunk);
  }
  if (size > MOST_BYTES) return undefined;
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    return typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
