/**
 * Where notifications end on this machine: `main.ts --port N --smtp-port N`. It takes what Slack, Discord, PagerDuty and a mail server
 * would take, sends nothing on, and forgets it when it ends.
 *
 * Started without a loader, as the supervisor is.
 */
import { createServer } from "node:http";
import type { Server } from "node:net";
import { parseArgs } from "node:util";
import { sinkListener } from "./http.ts";
import { Messages } from "./messages.ts";
import { smtpServer } from "./smtp.ts";

const { values } = parseArgs({ options: { port: { type: "string" }, "smtp-port": { type: "string" } } });
const messages = new Messages();
// Mails first: the service counts as ready when HTTP answers.
await listen(smtpServer(messages), Number(values["smtp-port"]));
await listen(createServer(sinkListener(messages)), Number(values.port));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}
