import { expect } from "chai";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact } from "../../local/engine/builder/artifact.ts";
import { ensureArtifacts } from "../../local/engine/builder/ensure.ts";
import { owner } from "../../local/engine/builder/lock.ts";
import { olderThan } from "../../local/engine/builder/toolchain.ts";
import { HELLO, SOURCES, TABLE, TinyModule } from "./tiny-module.ts";

describe("The builder of Go programs", function () {
  this.timeout(120_000);
  let module: TinyModule;
  beforeEach(async () => {
    module = await TinyModule.create();
  });
  afterEach(() => module.remove());

  describe("results", () => {
    it("are programs that run, with their flags", async () => {
      const { hello } = await module.ensure(["hello"]);
      expect(execFileSync(hello ?? "").toString()).to.equal("hello 1.2.3\n");
      expect(hello).to.match(/cache\/bin\/hello-[0-9a-f]{16}\/hello$/);
    });

    it("may embed what another program makes, without a trace in the sources", async () => {
      const before = await readdir(module.path, { recursive: true });
      const { reader } = await module.ensure(["reader"]);
      expect(execFileSync(reader ?? "").toString()).to.equal("made\n");
      const after = (await readdir(module.path, { recursive: true })).filter((name) => !name.startsWith("cache"));
      expect(after.sort()).to.deep.equal(before.sort());
    });

    it("are not built again: the second time nothing is run or reported", async () => {
      const first = await module.ensure(["hello"]);
      const { mtimeMs } = await stat(first["hello"] ?? "");
      module.events = [];
      const second = await module.ensure(["hello"], { goCommand: await module.fakeGo("echo must not run >&2; exit 1") });
      expect(second).to.deep.equal(first);
      expect((await stat(first["hello"] ?? "")).mtimeMs).to.equal(mtimeMs);
      expect(module.events).to.deep.equal([]);
    });

    it("are shared by checkouts with equal sources", async () => {
      const first = await module.ensure(["hello"]);
      for (const [name, text] of Object.entries(SOURCES)) await module.write(`other/${name}`, text);
      const second = await ensureArtifacts(TABLE, ["hello"], (event) => module.events.push(event), {
        projectDir: join(module.path, "other"),
        cacheDir: join(module.path, "cache"),
      });
      expect(second).to.deep.equal(first);
    });

    it("that nobody used for a month make room for newer ones", async () => {
      const { hello: old } = await module.ensure(["hello"]);
      const long = new Date(Date.now() - 40 * 24 * 3600 * 1000);
      await utimes(join(old ?? "", ".."), long, long);
      await module.write("go/cmd/hello/more.go", "package main\n");
      await module.ensure(["hello"]);
      expect(existsSync(old ?? "")).to.equal(false);
    });
  });

  describe("the key", () => {
    const keyOf = async (table?: readonly Artifact[]): Promise<string> => {
      const goCommand = await module.fakeGo('printf built > "$out"');
      return (await module.ensure(["hello"], { goCommand, ...(table === undefined ? {} : { table }) }))["hello"] ?? "";
    };

    it("follows sources, go.mod, go.sum and flags", async () => {
      const keys = [await keyOf()];
      await module.write("go/cmd/hello/main.go", `${SOURCES["go/cmd/hello/main.go"]}// changed\n`);
      keys.push(await keyOf());
      await module.write("go/go.mod", "module example/tiny\n\ngo 1.21\n");
      keys.push(await keyOf());
      await module.write("go/go.sum", "\n");
      keys.push(await keyOf());
      keys.push(await keyOf([{ ...HELLO, ldflags: "-s" }]));
      expect(new Set(keys).size).to.equal(5);
    });

    it("does not follow tests, other programs' sources, or weights", async () => {
      const before = await keyOf();
      await module.write("go/cmd/hello/main_test.go", "package main\n");
      await module.write("go/cmd/data/main.go", "package main\n");
      expect(await keyOf([{ ...HELLO, weight: 99 }])).to.equal(before);
    });
  });

  describe("progress", () => {
    it("names every step, how many there are, and what is left", async () => {
      await module.ensure(["reader", "hello"]);
      const kinds = module.events
        .filter(({ kind }) => kind !== "heartbeat")
        .map((event) => ("step" in event ? `${event.kind} ${event.step}/${event.of} ${event.name}` : event.kind));
      expect(kinds).to.deep.equal([
        "start",
        "step 1/3 hello",
        "built 1/3 hello",
        "step 2/3 data.txt",
        "built 2/3 data.txt",
        "step 3/3 reader",
        "built 3/3 reader",
        "finish",
      ]);
      const lefts = module.events.flatMap((event) => (event.kind === "step" ? [event.leftSeconds] : []));
      expect(lefts.every((left) => left >= 0)).to.equal(true);
    });

    it("beats while a step runs, with the toolchain's last line", async () => {
      const goCommand = await module.fakeGo('echo "go: downloading example.com/x v1.0.0" >&2; sleep 2.5; printf x > "$out"');
      await module.ensure(["hello"], { goCommand });
      const beat = module.events.find((event) => event.kind === "heartbeat");
      expect(beat).to.include({ name: "hello", step: 1, of: 1, detail: "go: downloading example.com/x v1.0.0" });
    });
  });

  describe("two at once", () => {
    it("build a thing once; the second waits and says for whom", async () => {
      const count = join(module.path, "count");
      const goCommand = await module.fakeGo(`echo built >> "${count}"; sleep 0.7; printf x > "$out"`);
      const results = await Promise.all([module.ensure(["hello"], { goCommand }), module.ensure(["hello"], { goCommand })]);
      expect(results[0]).to.deep.equal(results[1]);
      expect(await readFile(count, "utf8")).to.equal("built\n");
      expect(module.events.filter(({ kind }) => kind === "waiting")).to.have.lengthOf(1);
      expect(module.events.find((event) => event.kind === "waiting")).to.include({ pid: process.pid });
    });

    it("are told apart by start time, not by a process id that the kernel gives out again", () => {
      expect(owner(process.pid)).to.match(new RegExp(`^${process.pid} \\d+$`));
      expect(owner(spawnSync("true").pid)).to.match(/ gone$/);
    });
  });

  it("compares Go versions by number", () => {
    expect(olderThan("1.9.0", "1.26.3")).to.equal(true);
    expect(olderThan("1.26.8", "1.26.3")).to.equal(false);
    expect(olderThan("1.26", "1.26.0")).to.equal(false);
    expect(olderThan("1.27rc1", "1.26.3")).to.equal(false);
  });
});
