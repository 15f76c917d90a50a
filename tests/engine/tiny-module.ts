/** A tiny Go module with three artifacts, and a builder for it that reports into a list. */
import { expect } from "chai";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact, BuildEvent } from "../../local/engine/builder/artifact.ts";
import { ensureArtifacts } from "../../local/engine/builder/ensure.ts";
import { BuildError } from "../../local/engine/builder/failure.ts";
import { findToolchain } from "../../local/engine/builder/toolchain.ts";
import { temporaryFolder } from "./support.ts";

export const HELLO: Artifact = {
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
export const TABLE = [HELLO, DATA, READER];

export const SOURCES = {
  "go/go.mod": "module example/tiny\n\ngo 1.22\n",
  "go/go.sum": "",
  "go/cmd/hello/main.go": 'package main\n\nimport "fmt"\n\nvar version = "none"\n\nfunc main() { fmt.Println("hello", version) }\n',
  "go/cmd/data/main.go":
    'package main\n\nimport "os"\n\nfunc main() {\n\tif err := os.WriteFile(os.Args[1], []byte("made"), 0o644); err != nil {\n\t\tpanic(err)\n\t}\n}\n',
  "go/cmd/reader/main.go":
    'package main\n\nimport (\n\t_ "embed"\n\t"fmt"\n)\n\n//go:embed data.txt\nvar data string\n\nfunc main() { fmt.Println(data) }\n',
};

interface Options {
  readonly goCommand?: string;
  readonly signal?: AbortSignal;
  readonly table?: readonly Artifact[];
}

/** One module in a folder of its own. */
export class TinyModule {
  readonly path: string;
  readonly remove: () => Promise<void>;
  events: BuildEvent[] = [];

  private constructor(path: string, remove: () => Promise<void>) {
    this.path = path;
    this.remove = remove;
  }

  static async create(): Promise<TinyModule> {
    const folder = await temporaryFolder();
    const module = new TinyModule(folder.path, () => folder.remove());
    for (const [name, text] of Object.entries(SOURCES)) await module.write(name, text);
    return module;
  }

  get cacheDir(): string {
    return join(this.path, "cache");
  }

  async write(name: string, text: string): Promise<void> {
    await mkdir(join(this.path, name, ".."), { recursive: true });
    await writeFile(join(this.path, name), text);
  }

  ensure(names: readonly string[], { table = TABLE, ...options }: Options = {}): Promise<Record<string, string>> {
    return ensureArtifacts(table, names, (event) => this.events.push(event), {
      projectDir: this.path,
      cacheDir: this.cacheDir,
      ...options,
    });
  }

  /** A `go` that answers `env` truly and else runs `script`, in which `$out` is the file to write. */
  async fakeGo(script: string): Promise<string> {
    const { command } = await findToolchain();
    const file = join(this.path, "fake-go");
    const find = 'while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done';
    await writeFile(file, `#!/bin/sh\nif [ "$1" = env ]; then exec "${command}" "$@"; fi\n${find}\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }

  /** Names of what lies in the cache. */
  async cached(): Promise<string[]> {
    return existsSync(join(this.cacheDir, "bin")) ? readdir(join(this.cacheDir, "bin")) : [];
  }
}

/** The error of a build that must fail. */
export async function failing(promise: Promise<unknown>): Promise<BuildError> {
  const error: unknown = await promise.then(
    () => expect.fail("it should have failed"),
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(BuildError);
  return error as BuildError;
}
