/** Small things between Node's HTTP server and the rest. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError } from "./errors.ts";

const MAX_BODY = 100 * 1024 * 1024;

/** The whole body. @throws ApiError 413 over 100 MiB. */
export async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new ApiError(413, "Payload too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Headers with one text each; those that came twice are joined as HTTP says. */
export function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );
}

export function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer | string = "",
  withBody = true,
): void {
  const bytes = Buffer.from(body);
  const bare = status === 204 || status === 304;
  response.writeHead(status, { ...headers, ...(bare ? {} : { "Content-Length": String(bytes.length) }) });
  response.end(bare || !withBody ? undefined : bytes);
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, { "Content-Type": "application/json; charset=utf-8" }, JSON.stringify(body));
}
