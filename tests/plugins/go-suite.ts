/** Go's own tests as this project's tests: found in the sources, run once by `go test -json`, each told apart. */
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";

/** One test function of a Go module. */
export interface GoTest {
  /** Package, as `go test` takes it: `./internal/kube`. */
  readonly package: string;
  /** Name of the function: `TestPreviewChangesNothing`. */
  readonly name: string;
}

export interface GoVerdict {
  readonly action: "pass" | "fail" | "skip";
  /** What the test printed; for one that never ran, what the package's build or end printed. */
  readonly output: string;
}

/** A line of `go test -json`; see `go doc test2json`. */
interface GoEvent {
  readonly Action: string;
  readonly Package?: string;
  readonly ImportPath?: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** The test functions of a Go module, by reading its `_test.go` files. */
export function findGoTests(moduleDir: string): GoTest[] {
  return readdirSync(moduleDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith("_test.go"))
    .flatMap((entry) => {
      const source = readFileSync(join(entry.parentPath, entry.name), "utf8");
      const folder = `./${relative(moduleDir, entry.parentPath)}`;
      return [...source.matchAll(/^func (Test(?!Main\b)\w+)\(\w+ \*testing\.T\)/gm)].map(([, name = ""]) => ({ package: folder, name }));
    })
    .sort((a, b) => `${a.package} ${a.name}`.localeCompare(`${b.package} ${b.name}`));
}

/** One run of `go test` over the packages of some tests. */
export class GoRun {
  readonly #verdicts = new Map<string, GoVerdict>();
  readonly #waiting = new Map<string, (verdict: GoVerdict) => void>();
  readonly #output = new Map<string, string>();
  readonly #packageOutput = new Map<string, string>();
  readonly #child: ChildProcess;
  #rest = "";
  #ended = false;

  /** Starts `go test` at once; `environment` is added to this process's own. */
  constructor(moduleDir: string, tests: readonly GoTest[], environment: Readonly<Record<string, string>>) {
    const packages = [...new Set(tests.map((test) => test.package))];
    // -count=1: a cached result says nothing about the API server of today.
    this.#child = spawn("go", ["test", "-json", "-count=1", "-timeout=15m", ...packages], {
      cwd: moduleDir,
      env: { ...process.env, GOFLAGS: "-mod=readonly -buildvcs=false", GOTOOLCHAIN: "local", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const lines = this.#child.stdout === null ? undefined : createInterface({ input: this.#child.stdout });
    lines?.on("line", (line) => {
      this.#line(line);
    });
    this.#child.stderr?.on("data", (data: Buffer) => {
      this.#rest += data.toString();
    });
    this.#child.once("error", (error) => {
      this.#rest += `go cannot be started: ${error.message}\n`;
      this.#end();
    });
    this.#child.once("close", () => {
      this.#end();
    });
  }

  /** The verdict on one test, as soon as it is known. A test that never ran has failed. */
  verdict(test: GoTest): Promise<GoVerdict> {
    const key = `${test.package} ${test.name}`;
    const known = this.#verdicts.get(key) ?? (this.#ended ? this.#never(test.package) : undefined);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => this.#waiting.set(key, resolve));
  }

  /** Ends a run that nobody waits for any more. */
  stop(): void {
    this.#child.kill("SIGTERM");
  }

  #line(line: string): void {
    let event: GoEvent;
    try {
      event = JSON.parse(line) as GoEvent;
    } catch {
      this.#rest += `${line}\n`;
      return;
    }
    const [, folder = ""] = /^[^/]+\/[^/]+\/(.*)$/.exec((event.Package ?? event.ImportPath ?? "").replace(/ \[.*$/, "")) ?? [];
    const place = `./${folder}`;
    // What a subtest prints belongs to its test.
    const [name] = (event.Test ?? "").split("/", 1);
    if (event.Output !== undefined) {
      const [output, key] = name ? [this.#output, `${place} ${name}`] : [this.#packageOutput, place];
      output.set(key, (output.get(key) ?? "") + event.Output);
    }
    if (!name || event.Test !== name) return;
    if (event.Action === "pass" || event.Action === "fail" || event.Action === "skip") {
      const key = `${place} ${name}`;
      this.#settle(key, { action: event.Action, output: this.#output.get(key) ?? "" });
    }
  }

  #settle(key: string, verdict: GoVerdict): void {
    this.#verdicts.set(key, verdict);
    this.#waiting.get(key)?.(verdict);
    this.#waiting.delete(key);
  }

  #never(place: string): GoVerdict {
    return { action: "fail", output: `The test did not run to its end.\n${this.#packageOutput.get(place) ?? ""}${this.#rest}` };
  }

  #end(): void {
    this.#ended = true;
    for (const key of [...this.#waiting.keys()]) this.#settle(key, this.#never(key.split(" ", 1)[0] ?? ""));
  }
}
