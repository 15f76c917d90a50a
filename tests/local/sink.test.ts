import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";

import { sinkListener } from "../../local/sink/http.ts";
import { Messages } from "../../local/sink/messages.ts";
import { smtpServer } from "../../local/sink/smtp.ts";
import { temporaryFolder } from "../support/temporary.ts";

describe("the sink of notifications", () => {
  let messages: Messages;
  let http: Server;
  let smtp: ReturnType<typeof smtpServer>;
  let url: string;
  let port: number;

  beforeEach(async () => {
    messages = new Messages();
    http = createServer(sinkListener(messages));
    smtp = smtpServer(messages);
    url = `http://127.0.0.1:${await listen(http)}`;
    port = await listen(smtp);
  });
  afterEach(() => {
    http.closeAllConnections();
    http.close();
    smtp.close();
  });

  const listen = (server: Server | typeof smtp): Promise<number> =>
    new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        resolve((server.address() as AddressInfo).port);
      });
    });
  const post = (path: string, body: string): Promise<Response> => fetch(`${url}${path}`, { method: "POST", body });
  const last = () => messages.since(0).at(-1);

  /** Sends lines one after the other, each after the answer to the one before; hands back the answers' codes. */
  function talk(...lines: readonly string[]): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const codes: string[] = [];
      const waiting = [...lines];
      const socket = connect(port, "127.0.0.1").setEncoding("utf8");
      socket.on("error", reject);
      socket.on("close", () => {
        resolve(codes);
      });
      socket.on("data", (text: string) => {
        for (const line of text.split("\r\n").filter((one) => /^\d{3} /.test(one))) codes.push(line.slice(0, 3));
        const next = waiting.shift();
        if (next === undefined) socket.end();
        else socket.write(`${next}\r\n`);
      });
    });
  }

  it("takes a webhook of Slack or Discord and forgets the part of its address that is a credential", async () => {
    const answer = await post("/hooks/shop/team/canary", '{"text":"hello"}');
    expect([answer.status, await answer.text()]).to.deep.equal([200, "ok"]);
    expect(last()).to.deep.include({ n: 1, kind: "webhook", to: "shop/team", body: { text: "hello" } });
    expect(await (await fetch(`${url}/messages`)).text())
      .to.include("hello")
      .and.not.include("canary");
  });

  it("takes an event of PagerDuty with its key, which it forgets, and refuses one without", async () => {
    const event = { routing_key: "canary", event_action: "trigger", payload: { summary: "down" } };
    expect((await post("/pagerduty/v2/enqueue", JSON.stringify(event))).status).to.equal(202);
    expect(last()).to.deep.include({ kind: "pagerduty", to: "enqueue", body: { event_action: "trigger", payload: { summary: "down" } } });
    expect((await post("/pagerduty/v2/change/enqueue", JSON.stringify(event))).status).to.equal(202);
    expect(last()?.to).to.equal("change/enqueue");
    expect((await post("/pagerduty/v2/enqueue", "{}")).status).to.equal(400);
    expect(messages.since(0)).to.have.length(2);
  });

  it("refuses what is no JSON object, another address, and a body that is too long", async () => {
    const tooLong = JSON.stringify({ text: "x".repeat(1 << 20) });
    for (const body of ["", "[]", "null", "text", tooLong]) {
      expect((await post("/hooks/shop/team/key", body)).status, body.slice(0, 10)).to.equal(400);
    }
    expect((await post("/hooks/shop/team", "{}")).status).to.equal(404);
    expect((await fetch(`${url}/hooks/shop/team/key`)).status).to.equal(404);
    expect(messages.since(0)).to.deep.equal([]);
  });

  it("lists what came after a number, keeps the last thousand, and shows them on a page that runs nothing", async () => {
    for (let count = 0; count < 1_001; count += 1) messages.add("mail", "a", "<script>alert(1)</script>");
    expect((await (await fetch(`${url}/messages?since=999`)).json()) as unknown[]).to.have.length(2);
    expect(messages.since(0)[0]?.n).to.equal(2);
    const page = await fetch(url);
    expect(page.headers.get("content-security-policy")).to.include("default-src 'none'");
    expect(await page.text())
      .to.include("&lt;script&gt;")
      .and.not.include("<script>");
  });

  it("takes a mail as curl hands it in, with letters that are more than one byte and lines that begin with a dot", async () => {
    const file = join(temporaryFolder("gatehouse-mail-"), "mail");
    writeFileSync(file, "Subject: Grüße\n\n.one dot\n..two\n");
    const to = ["--mail-rcpt", "one@example.com", "--mail-rcpt", "two@example.com"];
    const call = [
      "--silent",
      "--show-error",
      "--crlf",
      "--mail-from",
      "ci@example.com",
      ...to,
      "--upload-file",
      file,
      `smtp://127.0.0.1:${port}`,
    ];
    await promisify(execFile)("curl", call);
    expect(last()).to.deep.include({
      kind: "mail",
      to: "one@example.com, two@example.com",
      body: "Subject: Grüße\n\n.one dot\n..two",
    });
  });

  it("speaks SMTP in order: no recipient before a sender, no mail before a recipient, and RSET begins anew", async () => {
    const codes = await talk(
      ...["EHLO here", "DATA", "RCPT TO:<a@example.com>", "MAIL FROM:somebody", "MAIL FROM:<>", "RCPT TO:<>", "RCPT TO:<a@example.com>"],
      ...["RSET", "DATA", "AUTH PLAIN", "NOOP", "QUIT"],
    );
    expect(codes).to.deep.equal(["220", "250", "503", "503", "501", "250", "501", "250", "250", "503", "502", "250", "221"]);
    expect(messages.since(0)).to.deep.equal([]);
  });

  it("ends a mail that does not end", async () => {
    const codes = await talk("HELO here", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA", "x".repeat(2 << 20));
    expect(codes.at(-1)).to.equal("552");
    expect(messages.since(0)).to.deep.equal([]);
  });
});
