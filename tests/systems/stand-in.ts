/** A small HTTP server that answers as a test tells it, in front of a real one or alone. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  /** Path with the query. */
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

export type Answer = readonly [status: number, body: unknown];

/** Answers by `METHOD /path`, without the query; a function sees the request, and may leave it to the real server by `undefined`. */
export type Answers = Readonly<Record<string, Answer | ((asked: Asked) => Answer | undefined)>>;

export interface StandIn {
  readonly url: string;
  /** Requests that it was told about, in order. */
  readonly asked: readonly Asked[];
  stop(): Promise<void>;
}

/**
 * An HTTP server that answers as told, by a list or by a function. What it is not told goes to `upstream`, a real server, or is answered 404: so that a test adds a
 * fault, or one operation that the real server does not have.
 */
export async function startStandIn(answers: Answers | ((asked: Asked) => Answer | undefined), upstream?: string): Promise<StandIn> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void read(request).then(async (body) => {
      const { method = "GET", url: path = "/", headers } = request;
      const told = typeof answers === "function" ? answers : answers[`${method} ${path.replace(/\?.*/, "")}`];
      const one: Asked = { method, path, body: body === "" ? undefined : JSON.parse(body), authorization: headers.authorization };
      if (told !== undefined || upstream === undefined) asked.push(one);
      const answer = typeof told === "function" ? told(one) : told;
      if (answer === undefined && upstream !== undefined) {
        const forwarded = await fetch(`${upstream}${path}`, {
          method,
          headers: { authorization: headers.authorization ?? "", "content-type": "application/json", accept: headers.accept ?? "*/*" },
          ...(body === "" ? {} : { body }),
        });
        response.writeHead(forwarded.status, { "content-type": forwarded.headers.get("content-type") ?? "application/json" });
        response.end(Buffer.from(await forwarded.arrayBuffer()));
        return;
      }
      const [status, value] = answer ?? [404, { message: "Not Found" }];
      response.writeHead(status, { "content-type": "application/json" });
      response.end(value === undefined ? undefined : JSON.stringify(value));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${port}`, asked, stop };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
