import { html, page, table } from "../github/web/html.ts";
import type { SinkMessage } from "./messages.ts";

/** The newest first. */
export function messagesPage(messages: readonly SinkMessage[]): string {
  const rows = messages
    .toReversed()
    .map(({ n, time, kind, to, body }) => [
      n,
      html`<span class="whole">${time}</span>`,
      kind,
      to,
      html`<pre>${typeof body === "string" ? body : JSON.stringify(body, null, 2)}</pre>`,
    ]);
  return page("Notifications", table(["n", "Time", "Kind", "To", "Message"], rows, "Nothing has arrived since the start."), [
    ["/messages", "As JSON"],
  ]);
}
