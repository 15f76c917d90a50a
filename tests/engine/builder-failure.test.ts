import { expect } from "chai";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { requireDisk } from "../../local/engine/builder/disk.ts";
import { BuildInterrupted } from "../../local/engine/builder/failure.ts";
import { findToolchain } from "../../local/engine/builder/toolchain.ts";
import { failing, HELLO, TABLE, TinyModule } from "./tiny-module.ts";

describe("The builder of Go programs, when it cannot go on", function () {
  this.timeout(120_000);
  let module: TinyModule;
  beforeEach(async () => {
    module = await TinyModule.create();
  });
  afterEach(() => module.remove());

  describe("an interrupted build", () => {
    it("ends the toolchain with its children, leaves nothing half-done, and says how to go on", async () => {
      const pids = join(module.path, "pids");
      const goCommand = await module.fakeGo(
        `printf half > "$out"; sleep 60 & echo $! $$ > "${pids}.new"; mv "${pids}.new" "${pids}"; wait`,
      );
      const controller = new AbortController();
      const build = failing(module.ensure(["hello"], { goCommand, signal: controller.signal }));
      while (!existsSync(pids)) await sleep(20);
      controller.abort();
      const failure = await build;
      expect(failure).to.be.instanceOf(BuildInterrupted);
      expect(failure.message).to.contain("hello").and.to.contain("run the same command again");
      expect(await module.cached()).to.deep.equal([]);
      for (const pid of (await readFile(pids, "utf8")).trim().split(" ")) {
        while (existsSync(`/proc/${pid}/cmdline`) && (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")) !== "")
          await sleep(20);
      }
      const { hello } = await module.ensure(["hello"]);
      expect(execFileSync(hello ?? "").toString()).to.equal("hello 1.2.3\n");
    });

    it("by Ctrl-C ends with the words on how to go on", async () => {
      const marker = join(module.path, "marker");
      const goCommand = await module.fakeGo(`touch "${marker}"; sleep 60`);
      const builder = join(import.meta.dirname, "..", "..", "local", "engine", "builder", "ensure.ts");
      const options = { projectDir: module.path, cacheDir: join(module.path, "cache"), goCommand };
      const source =
        `const { ensureArtifacts } = await import(${JSON.stringify(builder)});\n` +
        `await ensureArtifacts(${JSON.stringify(TABLE)}, ["hello"], () => undefined, ${JSON.stringify(options)})` +
        `.catch((error) => { console.log(error.name, error.message); process.exitCode = 4; });`;
      const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", source]);
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
      const closed = new Promise((resolve) => child.once("close", resolve));
      while (!existsSync(marker)) await sleep(20);
      child.kill("SIGINT");
      expect(await closed).to.equal(4);
      expect(output).to.contain("BuildInterrupted interrupted while building hello").and.to.contain("run the same command again");
    });

    it("is made good after SIGKILL: the dead process's lock and leftovers are nobody's", async () => {
      const bin = join(module.path, "cache", "bin");
      const dead = spawnSync("true").pid;
      const { hello } = await module.ensure(["hello"]);
      const key = /hello-([0-9a-f]{16})/.exec(hello ?? "")?.[1] ?? "";
      await rm(join(hello ?? "", ".."), { recursive: true });
      await writeFile(join(bin, `.hello-${key}.lock`), `${dead} 12345`);
      await mkdir(join(bin, `.hello-${key}.${dead}`));
      await writeFile(join(bin, `.hello-${key}.lock.${dead}.0a1b2c3d`), "");
      await module.ensure(["hello"]);
      expect(await module.cached()).to.deep.equal([`hello-${key}`]);
    });

    it("keeps what earlier steps built", async () => {
      const goCommand = await module.fakeGo(`case "$out" in *hello*) printf x > "$out";; *) exit 1;; esac`);
      await failing(module.ensure(["hello", "reader"], { goCommand }));
      expect((await module.cached()).map((name) => name.replace(/-.*/, ""))).to.deep.equal(["hello"]);
    });
  });

  describe("a failure", () => {
    it("of the compiler shows the step, the last lines, and where all of them are", async () => {
      await module.write("go/cmd/hello/main.go", "package main\n\nfunc main() { undefined() }\n");
      const { message } = await failing(module.ensure(["hello"]));
      expect(message)
        .to.contain("building hello failed")
        .and.to.contain("main.go:3:15: undefined: undefined")
        .and.to.contain("What to do:");
      const log = /in (\S+\.log)\)/.exec(message)?.[1] ?? "";
      expect(await readFile(log, "utf8")).to.contain("undefined: undefined");
      expect((await module.cached()).filter((name) => !name.startsWith("."))).to.deep.equal([]);
    });

    const signs: readonly (readonly [string, string, string])[] = [
      ["write /x: no space left on device", "the disk is full", "free some space"],
      ['Get "https://proxy.example/x": dial tcp: lookup proxy.example: no such host', "could not be downloaded", "check the network"],
      ["verifying x@v1: checksum mismatch", "not the one that go.sum pins", "do not go on"],
      ["missing go.sum entry for module x", "do not fit together", "go mod tidy"],
      ["compile: signal: killed", "ran out of memory", "GOMAXPROCS=1"],
    ];
    for (const [line, reason, fix] of signs) {
      it(`that says "${line}" is explained: ${reason}`, async () => {
        const { message } = await failing(module.ensure(["hello"], { goCommand: await module.fakeGo(`echo '${line}' >&2; exit 1`) }));
        expect(message).to.contain(line).and.to.contain(reason).and.to.contain(fix);
      });
    }

    it("for want of Go says so", async () => {
      const { message } = await failing(module.ensure(["hello"], { goCommand: join(module.path, "no-such-go") }));
      expect(message).to.contain("there is no Go").and.to.contain("https://go.dev/dl");
    });

    it("for a Go that is too old comes before anything is built, with both versions", async () => {
      await module.write("go/go.mod", "module example/tiny\n\ngo 99.1\n");
      const { message } = await failing(module.ensure(["hello"]));
      expect(message)
        .to.contain("needs 99.1")
        .and.to.contain((await findToolchain()).version.slice(2));
      expect(module.events).to.deep.equal([]);
    });

    it("for want of disk space comes before anything is built, with the figures", async () => {
      const { message } = await failing(
        requireDisk(1e9, join(module.path, "none", "yet"), {
          ...(await findToolchain()),
          buildCache: join(module.path, "go-build"),
          moduleCache: join(module.path, "mod"),
        }),
      );
      expect(message)
        .to.match(/has \d+\.\d GB free.*about 1000000000\.0 GB/)
        .and.to.contain("GATEHOUSE_CACHE");
    });

    it("of an unknown name or source is an error of ours", async () => {
      expect(await module.ensure(["nothing"]).catch(String)).to.contain("no artifact is called nothing");
      expect(await module.ensure(["hello"], { table: [{ ...HELLO, sources: ["gone"] }] }).catch(String)).to.contain("gone");
    });
  });
});
