/** SMTP (RFC 5321) as far as a client needs to hand in a mail: no TLS, no users, nothing is delivered. */
import { createServer, type Server, type Socket } from "node:net";
import type { Messages } from "./messages.ts";

const MOST_BYTES = 1 << 20;

export function smtpServer(messages: Messages): Server {
  return createServer((socket) => {
    new Session(socket, messages);
  });
}

class Session {
  readonly #socket: Socket;
  readonly #messages: Messages;
  #buffer = "";
  #to: string[] = [];
  #sender: string | undefined;
  /** Lines of the mail that is being handed in. */
  #mail: string[] | undefined;

  constructor(socket: Socket, messages: Messages) {
    this.#socket = socket;
    this.#messages = messages;
    // One character a byte until a mail is whole: a chunk may end within a letter.
    socket.setEncoding("latin1").setTimeout(60_000, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("data", (text: string) => {
      this.#take(text);
    });
    this.#reply("220 gatehouse ESMTP");
  }

  #reply(...lines: readonly string[]): void {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  #take(text: string): void {
    this.#buffer += text;
    const lines = this.#buffer.split(/\r?\n/);
    this.#buffer = lines.pop() ?? "";
    for (const line of lines) {
      if (this.#mail === undefined) this.#command(line);
      else this.#line(line, this.#mail);
    }
    const size = this.#buffer.length + (this.#mail ?? []).reduce((sum, line) => sum + line.length, 0);
    if (size > MOST_BYTES) this.#socket.end("552 5.3.4 too long\r\n");
  }

  #line(line: string, mail: string[]): void {
    if (line !== ".") {
      // The client doubles a dot that begins a line.
      mail.push(line.startsWith(".") ? line.slice(1) : line);
      return;
    }
    this.#messages.add("mail", this.#to.join(", "), Buffer.from(mail.join("\n"), "latin1").toString("utf8"));
    this.#clear();
    this.#reply("250 2.0.0 received");
  }

  #clear(): void {
    this.#mail = undefined;
    this.#sender = undefined;
    this.#to = [];
  }

  #command(line: string): void {
    const [, verb = "", rest = ""] = /^([A-Za-z]*)\s*(.*)$/.exec(line) ?? [];
    switch (verb.toUpperCase()) {
      case "EHLO":
        this.#clear();
        this.#reply("250-gatehouse", "250-8BITMIME", `250 SIZE ${MOST_BYTES}`);
        return;
      case "HELO":
      case "RSET":
        this.#clear();
        this.#reply("250 2.0.0 gatehouse");
        return;
      case "MAIL":
        this.#sender = addressIn(rest, "FROM");
        this.#reply(this.#sender === undefined ? "501 5.5.4 MAIL FROM:<address>" : "250 2.1.0 sender known");
        return;
      case "RCPT": {
        const to = addressIn(rest, "TO");
        if (this.#sender === undefined) this.#reply("503 5.5.1 MAIL comes first");
        else if (to === undefined || to === "") this.#reply("501 5.5.4 RCPT TO:<address>");
        else {
          this.#to.push(to);
          this.#reply("250 2.1.5 recipient known");
        }
        return;
      }
      case "DATA":
        if (this.#to.length === 0) {
          this.#reply("503 5.5.1 RCPT comes first");
          return;
        }
        this.#mail = [];
        this.#reply("354 end with a line of one dot");
        return;
      case "NOOP":
        this.#reply("250 2.0.0 here");
        return;
      case "QUIT":
        this.#socket.end("221 2.0.0 good bye\r\n");
        return;
      default:
        this.#reply("502 5.5.1 no such command");
    }
  }
}

/** The address of `FROM:<address> PARAMETER...`; empty for the sender of a bounce. */
function addressIn(text: string, name: "FROM" | "TO"): string | undefined {
  return new RegExp(`^${name}:\\s*<([^<>]*)>`, "i").exec(text)?.[1];
}
