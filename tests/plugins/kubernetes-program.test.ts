import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import type { Engine } from "../../local/engine/index.ts";
import { prepareStack, type PreparedStack } from "../../local/engine/stacks.ts";
import { engineIn, pulumi, temporaryFolder, writeProgram, type Run } from "../engine/support.ts";
import { startApiServer, type ApiServer } from "./api-server.ts";

const CANARY = "canary-in-no-state-9d1e";

/** A program with a kind of its own, an object of it that is waited for, a Secret and a ConfigMap without a name. */
const program = (shop: string, more: { size?: number; word?: string; extra?: string } = {}): string => `
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const provider = new kubernetes.Provider("cluster", { kubeconfig: config.require("kubeconfig"), enableSecretMutable: true });
const opts = { provider };
const schema = { type: "object", properties: { spec: { type: "object", properties: { size: { type: "integer" } } } } };
const definition = new kubernetes.apiextensions.v1.CustomResourceDefinition("gates", {
  metadata: { name: "gates.${shop}.test" },
  spec: {
    group: "${shop}.test",
    scope: "Namespaced",
    names: { plural: "gates", singular: "gate", kind: "Gate", listKind: "GateList" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
  },
}, opts);
const space = new kubernetes.core.v1.Namespace("shop", { metadata: { name: "${shop}" } }, opts);
const namespace = space.metadata.name;
new kubernetes.apiextensions.CustomResource("gate", {
  apiVersion: "${shop}.test/v1",
  kind: "Gate",
  metadata: { name: "gate", namespace, annotations: { "pulumi.com/waitFor": "jsonpath={.spec.size}=${more.size ?? 1}" } },
  spec: { size: ${more.size ?? 1} },
}, { ...opts, dependsOn: [definition] });
new kubernetes.core.v1.Secret("token", {
  metadata: { name: "token", namespace },
  stringData: { password: pulumi.secret("${CANARY}") },
}, opts);
const words = new kubernetes.core.v1.ConfigMap("words", { metadata: { namespace }, data: { word: "${more.word ?? "one"}" } }, opts);
export const name = words.metadata.name;
${more.extra ?? ""}
`;

describe("A Pulumi program on the Kubernetes plugin", function () {
  this.timeout(180_000);
  let server: ApiServer;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let engine: Engine;
  let stack: PreparedStack;
  /** Name of each test's own namespace and group, so that no test waits for the end of another's. */
  let shop: string;
  let count = 0;

  const run = (...args: string[]): Promise<Run> => pulumi(engine, folder.path, [...args, "--stack", "dev"], stack);
  const write = (text: string): Promise<void> => writeFile(join(folder.path, "index.ts"), text);
  const succeed = async (...args: string[]): Promise<string> => {
    const { code, output } = await run(...args);
    expect(code, output).to.equal(0);
    return output;
  };

  before(async function () {
    this.timeout(0);
    server = await startApiServer();
  });
  after(() => server.remove());

  beforeEach(async function () {
    this.timeout(0);
    shop = `shop${++count}`;
    folder = await temporaryFolder();
    engine = await engineIn(folder.path, ["kubernetes"]);
    await writeProgram(folder.path, program(shop), { packages: ["@pulumi/kubernetes"] });
    stack = await prepareStack(engine, {
      name: "dev",
      stateDir: join(folder.path, "state"),
      projectDir: folder.path,
      config: { "tiny:kubeconfig": server.kubeconfig },
    });
  });
  afterEach(() => folder.remove());

  it("makes its kind, its namespace and what lives in them in one update; a second one changes nothing", async () => {
    expect(await succeed("preview")).to.match(/\+ 7 to create/);
    await succeed("up", "--yes", "--skip-preview");
    expect(await server.kubectl("get", `gates.${shop}.test`, "gate", "-n", shop, "-o", "jsonpath={.spec.size}")).to.equal("1");
    expect(await server.kubectl("get", "secret", "token", "-n", shop, "-o", "jsonpath={.data.password}")).to.equal(
      Buffer.from(CANARY).toString("base64"),
    );
    expect(await succeed("stack", "output", "name")).to.match(/^words-[0-9a-f]{8}\s*$/);
    expect(await succeed("preview", "--expect-no-changes")).to.match(/7 unchanged/);
    expect(await succeed("refresh", "--preview-only", "--expect-no-changes")).to.match(/7 unchanged/);
    const state = await readFile(join(engine.backendDir, ".pulumi", "stacks", "tiny", "dev.json"), "utf8");
    expect(state).not.to.contain(CANARY).and.not.to.contain(Buffer.from(CANARY).toString("base64"));
  });

  it("asks nothing of the cluster while nothing changes: a preview works when it is down", async () => {
    await succeed("up", "--yes", "--skip-preview");
    await server.stop();
    try {
      expect(await succeed("preview", "--expect-no-changes")).to.match(/7 unchanged/);
      await write(program(shop, { size: 2 }));
      const failed = await run("preview");
      expect(failed.code).not.to.equal(0);
      expect(failed.output).to.contain(`cannot reach the Kubernetes API server at ${server.address}`).and.to.contain(server.kubeconfig);
    } finally {
      await server.start();
    }
  });

  it("updates in place what can be, and makes anew beside the old one what cannot", async () => {
    await succeed("up", "--yes", "--skip-preview");
    const before = await succeed("stack", "output", "name");
    await write(program(shop, { size: 2, word: "two" }));
    const preview = await succeed("preview", "--diff");
    expect(preview).to.match(/~ spec\s*: \{\s+~ size: 1 => 2/);
    expect(preview).to.match(/\+-1 to replace|\+- 1 to replace/);
    await succeed("up", "--yes", "--skip-preview");
    const after = await succeed("stack", "output", "name");
    expect(after).not.to.equal(before);
    expect(await server.kubectl("get", "configmaps", "-n", shop, "-o", "name"))
      .to.contain(after.trim())
      .and.not.to.contain(before.trim());
  });

  it("shows what was changed and what was deleted behind its back, and puts it right", async () => {
    await succeed("up", "--yes", "--skip-preview");
    await server.kubectl("patch", `gates.${shop}.test`, "gate", "-n", shop, "--type=merge", "-p", '{"spec":{"size":9}}');
    await server.kubectl("delete", "secret", "token", "-n", shop);
    const refresh = await succeed("refresh", "--preview-only", "--diff");
    expect(refresh).to.match(/~ size: 1 => 9/);
    expect(refresh)
      .to.match(/1 to update/)
      .and.to.match(/1 to delete/);
    await write(program(shop, { extra: "" }).replaceAll("waitFor", "patchForce").replace("jsonpath={.spec.size}=1", "true"));
    await succeed("up", "--yes", "--skip-preview", "--refresh");
    expect(await server.kubectl("get", `gates.${shop}.test`, "gate", "-n", shop, "-o", "jsonpath={.spec.size}")).to.equal("1");
    await server.kubectl("get", "secret", "token", "-n", shop);
  });

  it("keeps an object that did not become ready, and goes on with it in the next update", async () => {
    const never = program(shop).replace("jsonpath={.spec.size}=1", "jsonpath={.status.never}");
    await write(never.replace('"pulumi.com/waitFor"', '"pulumi.com/timeoutSeconds": "1", "pulumi.com/waitFor"'));
    const failed = await run("up", "--yes", "--skip-preview");
    expect(failed.code).not.to.equal(0);
    expect(failed.output).to.contain("{.status.never} selects nothing after 1s");
    const uid = await server.kubectl("get", `gates.${shop}.test`, "gate", "-n", shop, "-o", "jsonpath={.metadata.uid}");
    await write(program(shop));
    await succeed("up", "--yes", "--skip-preview");
    expect(await server.kubectl("get", `gates.${shop}.test`, "gate", "-n", shop, "-o", "jsonpath={.metadata.uid}")).to.equal(uid);
  });

  it("says in the preview what the API server would refuse", async () => {
    await succeed("up", "--yes", "--skip-preview");
    await write(
      program(shop, {
        extra: `new kubernetes.apiextensions.CustomResource("bad", {
          apiVersion: "${shop}.test/v1", kind: "Gate", metadata: { name: "bad", namespace: "${shop}" }, spec: { sise: 1 },
        }, opts);
        new kubernetes.apiextensions.CustomResource("worse", {
          apiVersion: "${shop}.test/v1", kind: "Gatte", metadata: { name: "worse", namespace: "${shop}" }, spec: {},
        }, opts);`,
      }),
    );
    const { code, output } = await run("preview");
    expect(code).not.to.equal(0);
    expect(output).to.contain("spec.sise: the kind has no such field");
    expect(output).to.contain(`does not serve kind Gatte of ${shop}.test/v1`).and.to.contain(`Gate of ${shop}.test/v1`);
  });

  it("destroys everything and waits until it is gone", async () => {
    await succeed("up", "--yes", "--skip-preview");
    await succeed("destroy", "--yes", "--skip-preview");
    expect(await server.kubectl("get", "namespaces", "-o", "name")).not.to.contain(shop);
    expect(await server.kubectl("get", "customresourcedefinitions", "-o", "name")).not.to.contain(shop);
  });
});
