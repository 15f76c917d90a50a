/** A mail server on loopback that keeps what it is handed, and what was said to it. It offers no encryption. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded from base64. */
  readonly text: string;
}

export interface SmtpSink {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly mails: readonly Mail[];
  /** Commands of all clients, in order. */
  readonly commands: readonly string[];
  stop(): Promise<void>;
}

export async function startSmtpSink(): Promise<SmtpSink> {
  const mails: Mail[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy()));
    serve(socket, mails, commands);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  };
  return { host: `127.0.0.1:${port}`, mails, commands, stop };
}

function serve(socket: Socket, mails: Mail[], commands: string[]): void {
  let envelope: { from: string; to: string[]; lines?: string[] } = { from: "", to: [] };
  let rest = "";
  const say = (text: string): unknown => socket.write(`${text}\r\n`);
  say("220 sink");
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    const lines = `${rest}${chunk}`.split("\r\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (envelope.lines !== undefined && line !== ".") envelope.lines.push(line.replace(/^\.\./, "."));
      else if (envelope.lines !== undefined) {
        mails.push({ from: envelope.from, to: envelope.to, ...parsed(envelope.lines) });
        envelope = { from: "", to: [] };
        say("250 kept");
      } else answer(line);
    }
  });
  const answer = (line: string): void => {
    commands.push(line);
    const address = /<(.*)>/.exec(line)?.[1] ?? "";
    if (line.startsWith("EHLO")) say("250-sink\r\n250 AUTH PLAIN LOGIN");
    else if (line.startsWith("MAIL")) say(`250 ${(envelope.from = address)}`);
    else if (line.startsWith("RCPT")) say(`250 ${String(envelope.to.push(address))}`);
    else if (line === "DATA") say(`354 ${String((envelope.lines = []).length)}`);
    else if (line === "QUIT") socket.end("221 bye\r\n");
    else if (line.startsWith("AUTH")) say("235 known");
    else say("502 no such command");
  };
}

function parsed(lines: readonly string[]): Pick<Mail, "headers" | "text"> {
  const end = lines.indexOf("");
  // A header that goes on begins its next line with a blank.
  const head = lines.slice(0, end).join("\n").replace(/\n /g, " ").split("\n");
  const headers = Object.fromEntries(head.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
  return { headers, text: Buffer.from(lines.slice(end + 1).join(""), "base64").toString("utf8") };
}
