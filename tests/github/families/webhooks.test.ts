import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { signature } from "../../../local/github/families/webhooks/deliveries.ts";
import { familyServer, newRepository, refusal, refusedWith } from "./world.ts";

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

describe("webhooks", () => {
  const server = familyServer();
  let receiver: Server;
  let url: string;
  /** Resolves with the next request that the receiver gets. */
  let next: () => Promise<Received>;

  before(async () => {
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        response.end("thanks");
        receiver.emit("received", { headers: request.headers, body: Buffer.concat(chunks).toString() });
      });
    });
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    next = async () => (await once(receiver, "received"))[0] as Received;
  });
  after(() => {
    receiver.closeAllConnections();
    receiver.close();
  });

  it("a new webhook gets a ping, signed with its secret, and shows no secret", async () => {
    const repository = await newRepository(server.github);
    const { repos } = server.github.octokit;
    const pinged = next();
    const { data: hook } = await repos.createWebhook({
      ...repository,
      config: { url, content_type: "json", secret: "shared", insecure_ssl: "0" },
      events: ["push", "pull_request"],
    });
    expect(hook).to.deep.include({ type: "Repository", name: "web", active: true, events: ["push", "pull_request"] });
    expect(hook.config).to.deep.equal({ url, content_type: "json", insecure_ssl: "0", secret: "********" });
    const { headers, body } = await pinged;
    expect(headers).to.include({ "x-github-event": "ping", "content-type": "application/json" });
    expect(headers["x-hub-signature-256"]).to.equal(signature(Buffer.from("shared"), body));
    expect(JSON.parse(body)).to.nested.include({ hook_id: hook.id, "hook.config.secret": "********" });
    expect((await repos.getWebhook({ ...repository, hook_id: hook.id })).data.id).to.equal(hook.id);
  });

  it("deliveries are listed and can be repeated", async () => {
    const repository = await newRepository(server.github);
    const { repos } = server.github.octokit;
    const first = next();
    const { data: hook } = await repos.createWebhook({ ...repository, config: { url, content_type: "form" } });
    expect((await first).body).to.match(/^payload=%7B/);
    const named = { ...repository, hook_id: hook.id };
    // The server notes a delivery after the receiver has answered: it is asked until it lists as many.
    const listed = async (count: number) => {
      for (;;) {
        const { data } = await repos.listWebhookDeliveries(named);
        if (data.length >= count) return data;
      }
    };
    const [delivery] = await listed(1);
    expect(delivery).to.include({ event: "ping", status_code: 200, status: "OK", redelivery: false });
    const again = next();
    await repos.redeliverWebhookDelivery({ ...named, delivery_id: delivery!.id });
    await again;
    expect((await listed(2))[0]).to.include({ redelivery: true });
    expect((await repos.getWebhookDelivery({ ...named, delivery_id: delivery!.id })).data.response.payload).to.equal("thanks");
    expect((await repos.getWebhook(named)).data.last_response).to.deep.equal({ code: 200, status: "active", message: "OK" });
  });

  it("an update adds and removes events; a config without a secret takes it away, the mask keeps it", async () => {
    const repository = await newRepository(server.github);
    const { repos } = server.github.octokit;
    const { data: hook } = await repos.createWebhook({ ...repository, active: false, config: { url, content_type: "json", secret: "s" } });
    const named = { ...repository, hook_id: hook.id };
    const { data: changed } = await repos.updateWebhook({
      ...named,
      add_events: ["release"],
      config: { url, content_type: "json", secret: "********" },
    });
    expect(changed.events).to.deep.equal(["push", "release"]);
    expect(changed.config.secret).to.equal("********");
    const { data: bare } = await repos.updateWebhook({ ...named, config: { url, content_type: "json" } });
    expect(bare.config).to.not.have.property("secret");
    await repos.deleteWebhook(named);
    expect(await refusedWith(repos.getWebhook(named))).to.equal(404);
  });

  it("a hook without a URL, with an unknown event or content type, or that exists is refused, with every fault", async () => {
    const repository = await newRepository(server.github);
    const { repos } = server.github.octokit;
    const bad = await refusal(repos.createWebhook({ ...repository, config: { content_type: "xml" }, events: ["pushed"] }));
    expect(bad.status).to.equal(422);
    expect(bad.errors.map((error) => (error as { message: string }).message)).to.deep.equal([
      "Config must contain URL for webhooks",
      'content_type must be "json" or "form"',
      "Hook event pushed is not supported",
    ]);
    await repos.createWebhook({ ...repository, active: false, config: { url } });
    expect((await refusal(repos.createWebhook({ ...repository, config: { url } }))).errors[0]).to.include({
      message: "Hook already exists on this repository",
    });
  });

  it("nothing is sent to another machine", async () => {
    const repository = await newRepository(server.github);
    const { repos } = server.github.octokit;
    const { data: hook } = await repos.createWebhook({ ...repository, config: { url: "https://hooks.example.com/" } });
    const named = { ...repository, hook_id: hook.id };
    for (;;) {
      const { data } = await repos.listWebhookDeliveries(named);
      if (data.length === 0) continue;
      expect(data[0]).to.include({ status_code: 0, status: "not sent: the local GitHub calls this machine only" });
      break;
    }
  });

  it("organizations have webhooks too, and webhooks are for admins", async () => {
    const repository = await newRepository(server.github);
    const { orgs } = server.github.octokit;
    const { data: hook } = await orgs.createWebhook({ org: "acme", name: "web", active: false, config: { url }, events: ["repository"] });
    expect(hook.type).to.equal("Organization");
    expect((await orgs.listWebhooks({ org: "acme" })).data.map(({ id }) => id)).to.deep.equal([hook.id]);
    await orgs.deleteWebhook({ org: "acme", hook_id: hook.id });
    const member = server.github.as("acme-member");
    expect(await refusedWith(member.repos.listWebhooks(repository))).to.equal(403);
    expect(await refusedWith(member.orgs.listWebhooks({ org: "acme" }))).to.equal(403);
  });
});
