import { expect } from "chai";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Artifact, BuildEvent } from "../../local/engine/builder/artifact.ts";
import { requireDisk } from "../../local/engine/builder/disk.ts";
import { ensureArtifacts } from "../../local/engine/builder/ensure.ts";
import { BuildError, BuildInterrupted } from "../../local/engine/builder/failure.ts";
import { owner } from "../../local/engine/builder/lock.ts";
import { findToolchain, olderThan } from "../../local/engine/builder/toolchain.ts";
import { temporaryFolder } from "./support.ts";

const HELLO: Artifact = {
  name: "hello",
  kind: "program",
  module: "go",
  package: "./cmd/hello",
  sources: ["cmd/hello"],
  ldflags: "-s -w -X main.version=1.2.3",
  weight: 3,
  gigabytes: 0.01,
};
const DATA: Artifact = {
  name: "data.txt",
  kind: "data",
  module: "go",
  package: "./cmd/data",
  sources: ["cmd/data"],
  weight: 1,
  gigabytes: 0.01,
};
const READER: Artifact = {
  ...HELLO,
  name: "reader",
  package: "./cmd/reader",
  sources: ["cmd/reader"],
  embeds: { artifact: "data.txt", file: "cmd/reader/data.txt" },
};
const TABLE = [HELLO, DATA, READER];

const SOURCES = {
  "go/go.mod": "module example/tiny\n\ngo 1.22\n",
  "go/go.sum": "",
  "go/cmd/hello/main.go": 'package main\n\nimport "fmt"\n\nvar version = "none"\n\nfunc main() { fmt.Println("hello", version) }\n',
  "go/cmd/data/main.go":
    'package main\n\nimport "os"\n\nfunc main() {\n\tif err := os.WriteFile(os.Args[1], []byte("made"), 0o644); err != nil {\n\t\tpanic(err)\n\t}\n}\n',
  "go/cmd/reader/main.go":
    'package main\n\nimport (\n\t_ "embed"\n\t"fmt"\n)\n\n//go:embed data.txt\nvar data string\n\nfunc main() { fmt.Println(data) }\n',
};

describe("The builder of Go programs", function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let events: BuildEvent[];

  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(join(folder.path, name, ".."), { recursive: true });
    await writeFile(join(folder.path, name), text);
  };
  const ensure = (names: readonly string[], more: { goCommand?: string; signal?: AbortSignal; table?: readonly Artifact[] } = {}) => {
    const { table = TABLE, ...options } = more;
    return ensureArtifacts(table, names, (event) => events.push(event), {
      projectDir: folder.path,
      cacheDir: join(folder.path, "cache"),
      ...options,
    });
  };
  const failing = async (promise: Promise<unknown>): Promise<BuildError> =>
    promise.then(
      () => expect.fail("it should have failed"),
      (error: unknown) => {
        expect(error).to.be.instanceOf(BuildError);
        return error as BuildError;
      },
    );
  /** A `go` that answers `env` truly and else runs `script`, in which `$out` is the file to write. */
  const fakeGo = async (script: string): Promise<string> => {
    const { command } = await findToolchain();
    const file = join(folder.path, "fake-go");
    const find = 'while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done';
    await writeFile(file, `#!/bin/sh\nif [ "$1" = env ]; then exec "${command}" "$@"; fi\n${find}\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  };
  const cached = async (): Promise<string[]> =>
    existsSync(join(folder.path, "cache", "bin")) ? readdir(join(folder.path, "cache", "bin")) : [];

  beforeEach(async () => {
    folder = await temporaryFolder();
    events = [];
    for (const [name, text] of Object.entries(SOURCES)) await write(name, text);
  });
  afterEach(() => folder.remove());

  describe("results", () => {
    it("are programs that run, with their flags", async () => {
      const { hello } = await ensure(["hello"]);
      expect(execFileSync(hello ?? "").toString()).to.equal("hello 1.2.3\n");
      expect(hello).to.match(/cache\/bin\/hello-[0-9a-f]{16}\/hello$/);
    });

    it("may embed what another program makes, without a trace in the sources", async () => {
      const before = await readdir(folder.path, { recursive: true });
      const { reader } = await ensure(["reader"]);
      expect(execFileSync(reader ?? "").toString()).to.equal("made\n");
      const after = (await readdir(folder.path, { recursive: true })).filter((name) => !name.startsWith("cache"));
      expect(after.sort()).to.deep.equal(before.sort());
    });

    it("are not built again: the second time nothing is run or reported", async () => {
      const first = await ensure(["hello"]);
      const { mtimeMs } = await stat(first["hello"] ?? "");
      events = [];
      const second = await ensure(["hello"], { goCommand: await fakeGo("echo must not run >&2; exit 1") });
      expect(second).to.deep.equal(first);
      expect((await stat(first["hello"] ?? "")).mtimeMs).to.equal(mtimeMs);
      expect(events).to.deep.equal([]);
    });

    it("are shared by checkouts with equal sources", async () => {
      const first = await ensure(["hello"]);
      for (const [name, text] of Object.entries(SOURCES)) await write(`other/${name}`, text);
      const second = await ensureArtifacts(TABLE, ["hello"], (event) => events.push(event), {
        projectDir: join(folder.path, "other"),
        cacheDir: join(folder.path, "cache"),
      });
      expect(second).to.deep.equal(first);
    });

    it("that nobody used for a month make room for newer ones", async () => {
      const { hello: old } = await ensure(["hello"]);
      const long = new Date(Date.now() - 40 * 24 * 3600 * 1000);
      await utimes(join(old ?? "", ".."), long, long);
      await write("go/cmd/hello/more.go", "package main\n");
      await ensure(["hello"]);
      expect(existsSync(old ?? "")).to.equal(false);
    });
  });

  describe("the key", () => {
    const keyOf = async (table?: readonly Artifact[]): Promise<string> => {
      const goCommand = await fakeGo('printf built > "$out"');
      return (await ensure(["hello"], { goCommand, ...(table === undefined ? {} : { table }) }))["hello"] ?? "";
    };

    it("follows sources, go.mod, go.sum and flags", async () => {
      const keys = [await keyOf()];
      await write("go/cmd/hello/main.go", `${SOURCES["go/cmd/hello/main.go"]}// changed\n`);
      keys.push(await keyOf());
      await write("go/go.mod", "module example/tiny\n\ngo 1.21\n");
      keys.push(await keyOf());
      await write("go/go.sum", "\n");
      keys.push(await keyOf());
      keys.push(await keyOf([{ ...HELLO, ldflags: "-s" }]));
      expect(new Set(keys).size).to.equal(5);
    });

    it("does not follow tests, other programs' sources, or weights", async () => {
      const before = await keyOf();
      await write("go/cmd/hello/main_test.go", "package main\n");
      await write("go/cmd/data/main.go", "package main\n");
      expect(await keyOf([{ ...HELLO, weight: 99 }])).to.equal(before);
    });
  });

  describe("progress", () => {
    it("names every step, how many there are, and what is left", async () => {
      await ensure(["reader", "hello"]);
      const kinds = events
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
      const lefts = events.flatMap((event) => (event.kind === "step" ? [event.leftSeconds] : []));
      expect(lefts.every((left) => left >= 0)).to.equal(true);
    });

    it("beats while a step runs, with the toolchain's last line", async () => {
      const goCommand = await fakeGo('echo "go: downloading example.com/x v1.0.0" >&2; sleep 2.5; printf x > "$out"');
      await ensure(["hello"], { goCommand });
      const beat = events.find((event) => event.kind === "heartbeat");
      expect(beat).to.include({ name: "hello", step: 1, of: 1, detail: "go: downloading example.com/x v1.0.0" });
    });
  });

  describe("an interrupted build", () => {
    it("ends the toolchain with its children, leaves nothing half-done, and says how to go on", async () => {
      const pids = join(folder.path, "pids");
      const goCommand = await fakeGo(`printf half > "$out"; sleep 60 & echo $! $$ > "${pids}.new"; mv "${pids}.new" "${pids}"; wait`);
      const controller = new AbortController();
      const build = failing(ensure(["hello"], { goCommand, signal: controller.signal }));
      while (!existsSync(pids)) await sleep(20);
      controller.abort();
      const failure = await build;
      expect(failure).to.be.instanceOf(BuildInterrupted);
      expect(failure.message).to.contain("hello").and.to.contain("run the same command again");
      expect(await cached()).to.deep.equal([]);
      for (const pid of (await readFile(pids, "utf8")).trim().split(" ")) {
        while (existsSync(`/proc/${pid}/cmdline`) && (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")) !== "")
          await sleep(20);
      }
      const { hello } = await ensure(["hello"]);
      expect(execFileSync(hello ?? "").toString()).to.equal("hello 1.2.3\n");
    });

    it("is made good after SIGKILL: the dead process's lock and leftovers are nobody's", async () => {
      const bin = join(folder.path, "cache", "bin");
      const dead = spawnSync("true").pid;
      const { hello } = await ensure(["hello"]);
      const key = /hello-([0-9a-f]{16})/.exec(hello ?? "")?.[1] ?? "";
      await rm(join(hello ?? "", ".."), { recursive: true });
      await writeFile(join(bin, `.hello-${key}.lock`), `${dead} 12345`);
      await mkdir(join(bin, `.hello-${key}.${dead}`));
      await writeFile(join(bin, `.hello-${key}.lock.${dead}.0a1b2c3d`), "");
      await ensure(["hello"]);
      expect(await cached()).to.deep.equal([`hello-${key}`]);
    });

    it("keeps what earlier steps built", async () => {
      const goCommand = await fakeGo(`case "$out" in *hello*) printf x > "$out";; *) exit 1;; esac`);
      await failing(ensure(["hello", "reader"], { goCommand }));
      expect((await cached()).map((name) => name.replace(/-.*/, ""))).to.deep.equal(["hello"]);
    });
  });

  describe("two at once", () => {
    it("build a thing once; the second waits and says for whom", async () => {
      const count = join(folder.path, "count");
      const goCommand = await fakeGo(`echo built >> "${count}"; sleep 0.7; printf x > "$out"`);
      const results = await Promise.all([ensure(["hello"], { goCommand }), ensure(["hello"], { goCommand })]);
      expect(results[0]).to.deep.equal(results[1]);
      expect(await readFile(count, "utf8")).to.equal("built\n");
      expect(events.filter(({ kind }) => kind === "waiting")).to.have.lengthOf(1);
      expect(events.find((event) => event.kind === "waiting")).to.include({ pid: process.pid });
    });

    it("are told apart by start time, not by a process id that the kernel gives out again", () => {
      expect(owner(process.pid)).to.match(new RegExp(`^${process.pid} \\d+$`));
      expect(owner(spawnSync("true").pid)).to.match(/ gone$/);
    });
  });

  describe("a failure", () => {
    it("of the compiler shows the step, the last lines, and where all of them are", async () => {
      await write("go/cmd/hello/main.go", "package main\n\nfunc main() { undefined() }\n");
      const { message } = await failing(ensure(["hello"]));
      expect(message)
        .to.contain("building hello failed")
        .and.to.contain("main.go:3:15: undefined: undefined")
        .and.to.contain("What to do:");
      const log = /in (\S+\.log)\)/.exec(message)?.[1] ?? "";
      expect(await readFile(log, "utf8")).to.contain("undefined: undefined");
      expect((await cached()).filter((name) => !name.startsWith("."))).to.deep.equal([]);
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
        const { message } = await failing(ensure(["hello"], { goCommand: await fakeGo(`echo '${line}' >&2; exit 1`) }));
        expect(message).to.contain(line).and.to.contain(reason).and.to.contain(fix);
      });
    }

    it("for want of Go says so", async () => {
      const { message } = await failing(ensure(["hello"], { goCommand: join(folder.path, "no-such-go") }));
      expect(message).to.contain("there is no Go").and.to.contain("https://go.dev/dl");
    });

    it("for a Go that is too old comes before anything is built, with both versions", async () => {
      await write("go/go.mod", "module example/tiny\n\ngo 99.1\n");
      const { message } = await failing(ensure(["hello"]));
      expect(message)
        .to.contain("needs 99.1")
        .and.to.contain((await findToolchain()).version.slice(2));
      expect(events).to.deep.equal([]);
    });

    it("for want of disk space comes before anything is built, with the figures", async () => {
      const { message } = await failing(
        requireDisk(1e9, join(folder.path, "none", "yet"), {
          ...(await findToolchain()),
          buildCache: join(folder.path, "go-build"),
          moduleCache: join(folder.path, "mod"),
        }),
      );
      expect(message)
        .to.match(/has \d+\.\d GB free.*about 1000000000\.0 GB/)
        .and.to.contain("GATEHOUSE_CACHE");
    });

    it("of an unknown name or source is an error of ours", async () => {
      expect(await ensure(["nothing"]).catch(String)).to.contain("no artifact is called nothing");
      expect(await ensure(["hello"], { table: [{ ...HELLO, sources: ["gone"] }] }).catch(String)).to.contain("gone");
    });
  });

  it("compares Go versions by number", () => {
    expect(olderThan("1.9.0", "1.26.3")).to.equal(true);
    expect(olderThan("1.26.8", "1.26.3")).to.equal(false);
    expect(olderThan("1.26", "1.26.0")).to.equal(false);
    expect(olderThan("1.27rc1", "1.26.3")).to.equal(false);
  });
});
