/**
 * The switches for tests under `/_gatehouse/`, which no GitHub has. The server listens on loopback only, so they ask for no token.
 *
 *   GET  health                    { status: "ok" }
 *   GET  requests?since=N&limit=L  { entries, summary } of the request log after entry N
 *   POST reset-requests            forgets the log
 *   GET  violations                answers of ours that GitHub's description refuses, since the start
 *   GET  faults, PUT faults        the rules of `faults.ts`; PUT takes the whole list, [] for none
 *   GET  web-flow.asc              the public key that API commits are signed with
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { FaultRule } from "./faults.ts";
import { readAll, send, sendJson } from "./http.ts";
import type { Service, Services } from "./service.ts";

const PREFIX = "/_gatehouse/";

const rules = z.array(
  z.strictObject({
    kind: z.enum(["server_error", "primary_limit", "secondary_limit", "not_found_after_write", "conflict", "latency", "drop"]),
    operation: z.string().optional(),
    method: z.string().optional(),
    every: z.int().positive().optional(),
    times: z.int().positive().optional(),
    status: z.int().min(500).max(599).optional(),
    retryAfter: z.int().nonnegative().optional(),
    ms: z.number().nonnegative().optional(),
    when: z.enum(["before", "after"]).optional(),
  }),
);

export class Admin implements Service {
  private readonly parts: Services;

  constructor(parts: Services) {
    this.parts = parts;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (!url.pathname.startsWith(PREFIX)) return false;
    const { log, faults, violations, git } = this.parts;
    const number = (name: string, fallback: number): number => Number(url.searchParams.get(name) ?? fallback) || fallback;
    switch (`${request.method ?? "GET"} ${url.pathname.slice(PREFIX.length)}`) {
      case "GET health":
        sendJson(response, 200, { status: "ok" });
        break;
      case "GET requests": {
        const since = number("since", 0);
        sendJson(response, 200, { entries: log.entries(since, number("limit", 10_000)), summary: log.summary(since) });
        break;
      }
      case "POST reset-requests":
        log.reset();
        send(response, 204, {});
        break;
      case "GET violations":
        sendJson(response, 200, violations);
        break;
      case "GET faults":
        sendJson(response, 200, faults.list());
        break;
      case "PUT faults":
        await this.setFaults(request, response);
        break;
      case "GET web-flow.asc":
        send(response, 200, { "Content-Type": "application/pgp-keys" }, git.signer.publicKey);
        break;
      default:
        sendJson(response, 404, { message: `no switch at ${url.pathname}` });
    }
    return true;
  }

  private async setFaults(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = (await readAll(request)).toString("utf8");
    try {
      // zod gives absent options as absent keys, which is what the rule's type says.
      this.parts.faults.set(rules.parse(JSON.parse(text)) as FaultRule[]);
      send(response, 204, {});
    } catch (error) {
      sendJson(response, 422, { message: `the rules are not valid: ${error instanceof Error ? error.message : String(error)}` });
    }
  }
}
