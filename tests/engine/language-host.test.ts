import { expect } from "chai";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../../local/engine/index.ts";
import { prepareStack, Secret, type ConfigValue } from "../../local/engine/stacks.ts";
import { engineIn, nodeArguments, pulumi, temporaryFolder, writeProgram, type Run } from "./support.ts";

interface State {
  readonly deployment: {
    readonly resources?: readonly { readonly type: string; readonly outputs?: Record<string, unknown> }[];
    readonly pending_operations?: readonly unknown[];
  };
}

describe("The language host, with the real engine", function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let engine: Engine;
  let environment: Readonly<Record<string, string>>;

  const program = async (source: string, config: Record<string, ConfigValue> = {}, more = {}): Promise<void> => {
    await writeProgram(folder.path, source, more);
    const stack = await prepareStack(engine, { name: "dev", stateDir: join(folder.path, "state"), projectDir: folder.path, config });
    environment = stack.environment;
  };
  const run = (args: readonly string[], more: Parameters<typeof pulumi>[3] = {}): Promise<Run> =>
    pulumi(engine, folder.path, args, { ...more, environment: { ...environment, ...more.environment } });
  const up = (more: Parameters<typeof pulumi>[3] = {}): Promise<Run> => run(["up", "--yes", "--skip-preview", "--stack", "dev"], more);
  const state = async (): Promise<State> => JSON.parse((await run(["stack", "export", "--stack", "dev"])).output) as State;

  beforeEach(async function () {
    this.timeout(600_000);
    folder = await temporaryFolder();
    engine = await engineIn(folder.path);
  });
  afterEach(() => folder.remove());

  it("runs a program in Node 22, with its configuration and its secrets", async () => {
    await program(
      `import * as pulumi from "@pulumi/pulumi";
       const config = new pulumi.Config();
       export const node = process.version;
       export const where = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack(), process.cwd() === import.meta.dirname];
       export const plain = config.require("plain");
       export const object = config.requireObject("object");
       export const secret = config.requireSecret("secret");
       export const revealed = secret.apply((text) => text.length);\n`,
      { "tiny:plain": "text", "tiny:object": { a: [1, true] }, "tiny:secret": new Secret("canary-value") },
    );
    const first = await up();
    expect(first.code, first.output).to.equal(0);
    const outputs = JSON.parse((await run(["stack", "output", "--json", "--stack", "dev"])).output) as Record<string, unknown>;
    expect(outputs["node"]).to.match(/^v(2[2-9]|[3-9]\d)\./);
    expect(outputs).to.deep.include({ where: ["organization", "tiny", "dev", true], plain: "text", object: { a: [1, true] } });
    expect(outputs["secret"]).to.equal("[secret]");
    expect(outputs["revealed"]).to.equal("[secret]");
    const shown = await run(["stack", "output", "secret", "--show-secrets", "--stack", "dev"]);
    expect(shown.output.trim()).to.equal("canary-value");
    expect(first.output + JSON.stringify(await state())).not.to.contain("canary-value");
  });

  it("shows what the program prints, to both streams, also with no line's end", async () => {
    await program(`console.log("printed out"); console.error("printed err"); process.stdout.write("no end");\n`);
    const { code, output } = await run(["preview", "--stack", "dev"]);
    expect(code, output).to.equal(0);
    expect(output).to.contain("printed out").and.to.contain("printed err").and.to.contain("no end");
  });

  it("uses no plugin from PATH and warns of none", async () => {
    await program("export {};\n");
    const { output } = await run(["preview", "--stack", "dev"]);
    expect(output).not.to.contain("warning").and.not.to.contain("$PATH");
  });

  it("tells a preview from an update", async () => {
    await program(`import * as pulumi from "@pulumi/pulumi"; console.log("dry run:", pulumi.runtime.isDryRun());\n`);
    expect((await run(["preview", "--stack", "dev"])).output).to.contain("dry run: true");
    expect((await up()).output).to.contain("dry run: false");
  });

  it("reports an error of the program once, and fails", async () => {
    await program(`throw new Error("what is wrong");\n`);
    const { code, output } = await up();
    expect(code).not.to.equal(0);
    expect(output).to.contain("what is wrong").and.not.to.contain("non-zero exit code");
  });

  it("says nothing more when the program has told the user what is wrong", async () => {
    await program(`import * as pulumi from "@pulumi/pulumi"; throw new pulumi.RunError("only this line");\n`);
    const { code, output } = await up();
    expect(code).not.to.equal(0);
    expect(output)
      .to.contain("only this line")
      .and.not.to.match(/non-zero exit code|at .*index\.ts/);
  });

  it("reports the code of a program that ends itself, and the signal of one that is killed", async () => {
    await program(`process.exit(3);\n`);
    expect((await up()).output).to.contain("exit code: 3");
    await writeFile(join(folder.path, "index.ts"), `process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);\n`);
    const killed = await up();
    expect(killed.code).not.to.equal(0);
    expect(killed.output).to.contain("SIGKILL");
  });

  it("says what to do when Node runs out of memory", async () => {
    await program(
      `const all = []; for (;;) all.push(new Array(1e5).fill(Math.random()).map(String));\n`,
      {},
      {
        options: { typescript: false, nodeargs: `${nodeArguments} --max-old-space-size=64` },
      },
    );
    expect((await up()).output).to.contain("--max-old-space-size");
  });

  it("honours nodeargs, and keeps whole stack traces with GATEHOUSE_DEBUG=1", async () => {
    await program(`console.log("frames:", Error.stackTraceLimit);\n`);
    expect((await run(["preview", "--stack", "dev"])).output).to.contain("frames: 1\n");
    const debug = await run(["preview", "--stack", "dev"], { environment: { GATEHOUSE_DEBUG: "1" } });
    expect(debug.output).not.to.contain("frames: 1\n");
  });

  it("refuses options that are not of their type", async () => {
    await program("export {};\n", {}, { options: { typescript: "no" } });
    const { code, output } = await up();
    expect(code).not.to.equal(0);
    expect(output).to.contain("runtime.options.typescript").and.to.contain("must be a boolean");
  });

  it("says so when the SDK is not installed", async () => {
    await program("export {};\n");
    await rm(join(folder.path, "node_modules"), { recursive: true });
    expect((await up()).output).to.contain("npm ci");
  });

  it("ends the program on SIGINT, and the engine saves its state", async () => {
    await program(
      `import * as pulumi from "@pulumi/pulumi";
       const thing = new pulumi.ComponentResource("tiny:index:Thing", "before");
       await new Promise((resolve) => thing.urn.apply(resolve));
       process.on("SIGINT", () => { console.log("program was told to end"); process.exit(130); });
       console.log("waiting", process.pid);
       await new Promise(() => { setInterval(() => {}, 1000); });\n`,
    );
    let interrupted = false;
    let pid = 0;
    const { code, output } = await up({
      seen: (text, child) => {
        const found = /waiting (\d+)\n/.exec(text)?.[1];
        if (found === undefined || interrupted) return;
        interrupted = true;
        pid = Number(found);
        child.kill("SIGINT");
      },
    });
    expect(code, output).not.to.equal(0);
    await ended(pid);
    const { deployment } = await state();
    expect(deployment.resources?.map(({ type }) => type)).to.include("tiny:index:Thing");
    expect(deployment.pending_operations ?? []).to.deep.equal([]);
    await writeFile(
      join(folder.path, "index.ts"),
      `import * as pulumi from "@pulumi/pulumi"; new pulumi.ComponentResource("tiny:index:Thing", "before");\n`,
    );
    const next = await up();
    expect(next.code, next.output).to.equal(0);
    expect(next.output).to.contain("2 unchanged");
  });

  it("ends with its program when the engine is killed", async () => {
    await program(`console.log("waiting", process.pid, process.ppid); await new Promise(() => { setInterval(() => {}, 1000); });\n`);
    let pids: number[] = [];
    await up({
      seen: (text, child) => {
        const found = /waiting (\d+) (\d+)\n/.exec(text);
        if (found === null || pids.length > 0) return;
        pids = found.slice(1).map(Number);
        child.kill("SIGKILL");
      },
    });
    for (const pid of pids) await ended(pid);
  });

  it("runs a policy pack and shows what it finds", async () => {
    await program("export {};\n");
    const pack = join(folder.path, "pack");
    await mkdir(join(pack, "node_modules", "@pulumi"), { recursive: true });
    const modules = join(import.meta.dirname, "..", "..", "node_modules", "@pulumi");
    await symlink(join(modules, "pulumi"), join(pack, "node_modules", "@pulumi", "pulumi"));
    await writeFile(join(pack, "PulumiPolicy.yaml"), "runtime:\n  name: nodejs\n  options:\n    typescript: false\nversion: 0.0.1\n");
    await writeFile(join(pack, "package.json"), JSON.stringify({ name: "pack", version: "0.0.1", main: "index.js" }));
    await writeFile(join(pack, "index.js"), `console.error("the pack was started in", process.cwd()); process.exit(7);\n`);
    const { code, output } = await run(["preview", "--stack", "dev", "--policy-pack", pack]);
    expect(code).not.to.equal(0);
    expect(output).to.contain(`the pack was started in ${pack}`);
  });

  it("answers `pulumi about` with the runtime and the real dependencies", async () => {
    await program("export {};\n");
    const { output } = await run(["about", "--json", "--stack", "dev"]);
    const about = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1)) as {
      runtime: { language: string; executable: string; version: string };
      dependencies: { name: string; version: string }[];
    };
    expect(about.runtime).to.include({ language: "nodejs" });
    expect(about.runtime.version).to.match(/^v?2[2-9]\./);
    const sdk = JSON.parse(await readFile(join(folder.path, "node_modules", "@pulumi", "pulumi", "package.json"), "utf8")) as {
      version: string;
    };
    expect(about.dependencies).to.deep.include({ name: "@pulumi/pulumi", version: sdk.version });
  });

  it("installs dependencies when asked, and shows npm's own words when that fails", async () => {
    await program("export {};\n");
    const npm = join(folder.path, "npm");
    await writeFile(npm, '#!/bin/sh\necho "npm was called with $*"\nexit ${NPM_EXIT:-0}\n', { mode: 0o755 });
    await writeFile(join(folder.path, "package-lock.json"), "{}");
    const PATH = `${folder.path}:${engine.environment["PATH"] ?? ""}`;
    const installed = await run(["install", "--no-plugins"], { environment: { PATH } });
    expect(installed.code, installed.output).to.equal(0);
    expect(installed.output).to.contain("npm was called with ci\n");
    const failed = await run(["install", "--no-plugins"], { environment: { PATH, NPM_EXIT: "5" } });
    expect(failed.code).not.to.equal(0);
    expect(failed.output).to.contain("exit code: 5");
  });
});

/** Waits for the end of a process that is not our child. One that its new parent has not looked after yet has ended too. */
async function ended(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`) && !/\) Z /.test(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z "))) await sleep(20);
}
