import { expect } from "chai";
import { readdir, readFile, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { Engine } from "../../local/engine/index.ts";
import { crypter } from "../../local/engine/passphrase.ts";
import { prepareStack, Secret, type ConfigValue, type PreparedStack } from "../../local/engine/stacks.ts";
import { engineIn, pulumi, temporaryFolder, writeProgram } from "./support.ts";

const COMMITTED = "# kept by hand\nconfig:\n  tiny:owner: acme\n  tiny:list:\n    - one\n";

describe("A local stack", function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let engine: Engine;
  const prepare = (config: Record<string, ConfigValue>): Promise<PreparedStack> =>
    prepareStack(engine, { name: "dev", stateDir: join(folder.path, "state"), projectDir: folder.path, config });

  beforeEach(async function () {
    this.timeout(600_000);
    folder = await temporaryFolder();
    engine = await engineIn(folder.path);
    await writeProgram(folder.path, "export {};\n", { files: { "Pulumi.dev.yaml": COMMITTED } });
  });
  afterEach(() => folder.remove());

  it("is made in the file backend, and the committed files stay as they are", async () => {
    const before = await readdir(folder.path);
    const stack = await prepare({ "tiny:token": new Secret("canary") });
    expect(stack.created).to.equal(true);
    expect(await readFile(join(folder.path, "Pulumi.dev.yaml"), "utf8")).to.equal(COMMITTED);
    expect(await readdir(folder.path)).to.deep.equal(before);
    const listed = await pulumi(engine, folder.path, ["stack", "ls", "--json"]);
    expect(JSON.parse(listed.output)).to.have.lengthOf(1);
    expect(await readdir(join(folder.path, "state", "pulumi"))).not.to.satisfy((names: string[]) =>
      names.some((n) => n.startsWith("init-")),
    );
  });

  it("gives the engine the committed configuration, ours over it, and every secret as it was", async () => {
    const stack = await prepare({
      "tiny:owner": "local",
      "tiny:token": new Secret("canary"),
      "tiny:tiers": { prod: { password: new Secret('quo"te\nünï') }, ports: [80, 443] },
    });
    const read = await pulumi(engine, folder.path, ["config", "--show-secrets", "--json", "--stack", "dev"], stack);
    const config = JSON.parse(read.output) as Record<string, { value: string; secret: boolean; objectValue?: unknown }>;
    expect(config["tiny:owner"]?.value).to.equal("local");
    expect(config["tiny:list"]?.objectValue).to.deep.equal(["one"]);
    expect(config["tiny:token"]).to.include({ value: "canary", secret: true });
    expect(config["tiny:tiers"]?.objectValue).to.deep.equal({ prod: { password: 'quo"te\nünï' }, ports: [80, 443] });
    expect(config["tiny:tiers"]?.secret).to.equal(true);
  });

  it("shows no secret in any file, and lets nobody else read what it writes", async () => {
    const stack = await prepare({ "tiny:token": new Secret("canary-in-no-file") });
    for (const entry of await readdir(folder.path, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name === "pulumi") continue;
      expect(await readFile(join(entry.parentPath, entry.name), "utf8"), entry.name).not.to.contain("canary-in-no-file");
    }
    expect((await stat(stack.file)).mode & 0o077).to.equal(0);
    const passphraseFile = stack.environment["PULUMI_CONFIG_PASSPHRASE_FILE"] ?? "";
    expect((await stat(passphraseFile)).mode & 0o077).to.equal(0);
    expect(await readFile(passphraseFile, "utf8")).to.have.length.greaterThan(40);
    expect(`${String(new Secret("canary"))}${JSON.stringify({ a: new Secret("canary") })}`).not.to.contain("canary");
  });

  it("changes nothing and starts nothing the second time", async () => {
    const config = { "tiny:token": new Secret("canary"), "tiny:nested": { a: new Secret("b") } };
    const first = await prepare(config);
    const before = await readFile(first.file, "utf8");
    const started = performance.now();
    const second = await prepareStack(
      { ...engine, pulumi: "/nonexistent/pulumi" },
      { name: "dev", stateDir: join(folder.path, "state"), projectDir: folder.path, config },
    );
    expect(performance.now() - started).to.be.lessThan(300);
    expect(second).to.include({ created: false, changed: false });
    expect(await readFile(first.file, "utf8")).to.equal(before);
  });

  it("encrypts a changed secret anew and leaves the others' text alone", async () => {
    const secure = async (stack: PreparedStack, key: string): Promise<string> =>
      (parse(await readFile(stack.file, "utf8")) as { config: Record<string, { secure: string }> }).config[key]!.secure;
    const first = await prepare({ "tiny:a": new Secret("1"), "tiny:b": new Secret("2") });
    const [a, b] = [await secure(first, "tiny:a"), await secure(first, "tiny:b")];
    const second = await prepare({ "tiny:a": new Secret("1"), "tiny:b": new Secret("3") });
    expect(second.changed).to.equal(true);
    expect(await secure(second, "tiny:a")).to.equal(a);
    expect(await secure(second, "tiny:b")).not.to.equal(b);
    const read = await pulumi(engine, folder.path, ["config", "get", "tiny:b", "--stack", "dev"], second);
    expect(read.output.trim()).to.equal("3");
  });

  it("still works when the local stack file was lost", async () => {
    const first = await prepare({ "tiny:a": new Secret("1") });
    await unlink(first.file);
    await unlink(join(folder.path, "state", "pulumi", "stacks", "dev.secrets.json"));
    const second = await prepare({ "tiny:a": new Secret("1") });
    const up = await pulumi(engine, folder.path, ["preview", "--stack", "dev"], second);
    expect(up.code, up.output).to.equal(0);
  });

  it("refuses committed secrets that no local value replaces, naming all of them", async () => {
    await writeFile(
      join(folder.path, "Pulumi.dev.yaml"),
      "secretsprovider: awskms://alias/x\nconfig:\n  tiny:a:\n    secure: v1:x:y\n  tiny:b:\n    - c:\n        secure: v1:x:y\n",
    );
    const failure = await prepare({}).then(
      () => "",
      (error: unknown) => String(error),
    );
    expect(failure).to.contain("tiny:a, tiny:b[0].c").and.to.contain("Pulumi.dev.yaml");
    const stack = await prepare({ "tiny:a": new Secret("1"), "tiny:b": "2" });
    expect(await readFile(stack.file, "utf8")).not.to.contain("awskms");
  });

  it("refuses a stack that has no committed file", async () => {
    await unlink(join(folder.path, "Pulumi.dev.yaml"));
    const failure = await prepare({}).catch(String);
    expect(failure).to.contain("Pulumi.dev.yaml");
  });
});

describe("Passphrase encryption", function () {
  this.timeout(30_000);
  it("refuses a salt of another passphrase", async () => {
    const { salt } = await crypter("one");
    expect(await crypter("two", salt).catch(String)).to.contain("another passphrase");
  });

  it("refuses text that was tampered with", async () => {
    const { encrypt, decrypt } = await crypter("one");
    const secure = encrypt("text");
    expect(decrypt(secure)).to.equal("text");
    const [version, nonce] = secure.split(":");
    expect(() => decrypt(`${version!}:${nonce!}:${encrypt("other").split(":")[2]!}`)).to.throw();
  });
});
