import { expect } from "chai";
import { existsSync } from "node:fs";
import { mkdir, readdir, realpath, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { BINARY_NAMES, cacheFolder } from "../../local/engine/binaries.ts";
import type { BuildEvent } from "../../local/engine/builder/artifact.ts";
import { sentence, terminalReport } from "../../local/engine/builder/terminal.ts";
import { PLUGIN_VERSIONS, scrubbed } from "../../local/engine/index.ts";
import { findVendorEngine } from "../../local/engine/vendor.ts";
import { engineIn, pulumi, temporaryFolder, writeProgram } from "./support.ts";

describe("The engine", function () {
  this.timeout(600_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  it("keeps everything under the state folder", async () => {
    const engine = await engineIn(folder.path);
    const state = join(folder.path, "state", "pulumi");
    expect(engine.environment["PULUMI_HOME"]).to.equal(join(state, "home"));
    expect(engine.environment["PULUMI_BACKEND_URL"]).to.equal(`file://${join(state, "state")}?metadata=skip`);
    expect(engine.pulumi.startsWith(state)).to.equal(true);
    expect((await pulumi(engine, folder.path, ["version"])).output.trim()).to.match(/^v?3\.259\.0$/);
  });

  it("is the same the second time", async () => {
    const first = await engineIn(folder.path);
    const second = await engineIn(folder.path);
    expect(second).to.deep.equal(first);
  });

  it("writes logs of its own only with GATEHOUSE_DEBUG=1", async () => {
    const runs = async (debug: string) => {
      const engine = await engineIn(folder.path, [], { GATEHOUSE_DEBUG: debug });
      const { code, output } = await pulumi(engine, folder.path, ["version"]);
      expect(code, output).to.equal(0);
      const logs = join(engine.environment["PULUMI_HOME"]!, "logs");
      return (await stat(logs)).isDirectory() ? (await readdir(logs)).length : 0;
    };
    expect(await runs("0")).to.equal(0);
    expect(await runs("1")).to.equal(1);
    expect(await runs("0")).to.equal(0);
  });

  it("finds the language host beside it and each plugin at the SDK's version, in a folder of its own", async () => {
    const engine = await engineIn(folder.path, ["github"]);
    expect(await realpath(join(dirname(engine.pulumi), "pulumi-language-nodejs"))).to.match(
      /pulumi-language-nodejs-[0-9a-f]{16}\/pulumi-language-nodejs$/,
    );
    const plugin = join(
      engine.environment["PULUMI_HOME"]!,
      "plugins",
      `resource-github-v${PLUGIN_VERSIONS.github}`,
      "pulumi-resource-github",
    );
    expect(existsSync(plugin)).to.equal(true);
  });

  it("starts the real GitHub plugin, which checks a program's arguments without a network", async () => {
    const engine = await engineIn(folder.path, ["github"]);
    await writeProgram(
      folder.path,
      `import * as github from "@pulumi/github";
       const provider = new github.Provider("p", { owner: "acme", baseUrl: "http://127.0.0.1:1/", token: "t" });
       new github.RepositoryEnvironment("e", { repository: "r", environment: "prod", waitTimer: 999999, reviewers: [{ users: [1] }] }, { provider });\n`,
      { packages: ["@pulumi/github"] },
    );
    await pulumi(engine, folder.path, ["stack", "init", "dev"]);
    const { code, output } = await pulumi(engine, folder.path, ["preview", "--stack", "dev"]);
    expect(code).not.to.equal(0);
    // The new client answers at once when nobody listens; what matters is that our plugin was the one that was asked.
    expect(output).to.match(/waitTimer|wait_timer|127\.0\.0\.1:1/);
    expect(output).not.to.contain("$PATH");
  });

  it("reads nothing that leads to somebody's real accounts", () => {
    const given = {
      PATH: "/bin",
      HOME: "/home/u",
      GITHUB_TOKEN: "t",
      GITHUB_OWNER: "o",
      GH_TOKEN: "t",
      GH_HOST: "h",
      PULUMI_ACCESS_TOKEN: "t",
      PULUMI_OPTION_REFRESH: "true",
      KUBECONFIG: "/home/u/.kube/config",
      GHOST: "kept",
      UNSET: undefined,
    };
    expect(scrubbed(given)).to.deep.equal({ PATH: "/bin", HOME: "/home/u", GHOST: "kept" });
  });

  describe("of the vendor", () => {
    const plugins = { github: "1.0.0", docker: "2.0.0" };
    const vendor = async (version: string): Promise<Record<string, string>> => {
      const file = join(folder.path, "pulumi");
      await writeFile(file, `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
      return { PATH: `${folder.path}:/nonexistent`, PULUMI_HOME: join(folder.path, "home") };
    };
    const install = async (name: string): Promise<void> => {
      await mkdir(join(folder.path, "home", "plugins", name), { recursive: true });
    };

    it("is used when it is new enough and has its plugins", async () => {
      const environment = await vendor("v3.259.0");
      await install("resource-github-v1.0.0");
      expect(await findVendorEngine(environment, plugins)).to.equal(undefined);
      await install("resource-docker-v2.0.0");
      const found = await findVendorEngine(environment, plugins);
      expect(found?.pulumi).to.equal(join(folder.path, "pulumi"));
      expect(Object.keys(found?.plugins ?? {})).to.have.members(["resource-github-v1.0.0", "resource-docker-v2.0.0"]);
    });

    it("is not used when it is too old, cannot be run, is not there, or is not wanted", async () => {
      await install("resource-github-v1.0.0");
      await install("resource-docker-v2.0.0");
      expect(await findVendorEngine(await vendor("v3.258.9"), plugins)).to.equal(undefined);
      expect(await findVendorEngine(await vendor("v3; exit 1"), plugins)).to.equal(undefined);
      expect(await findVendorEngine({ PATH: "/nonexistent" }, plugins)).to.equal(undefined);
      expect(await findVendorEngine({ ...(await vendor("v3.300.0")), GATEHOUSE_ENGINE: "build" }, plugins)).to.equal(undefined);
    });

    it("is used without its plugins when the user says so, and refused with the reason when it cannot be", async () => {
      const found = await findVendorEngine({ ...(await vendor("v3.300.0")), GATEHOUSE_ENGINE: "path" }, plugins);
      expect(found?.plugins).to.deep.equal({});
      const old = { ...(await vendor("v3.200.0")), GATEHOUSE_ENGINE: "path" };
      expect(await findVendorEngine(old, plugins).catch(String))
        .to.contain("3.259.0")
        .and.to.contain("3.200.0");
      expect(await findVendorEngine({ PATH: "", GATEHOUSE_ENGINE: "path" }, plugins).catch(String)).to.contain("there is none");
      expect(await findVendorEngine({ GATEHOUSE_ENGINE: "vendor" }, plugins).catch(String)).to.contain("path, build or auto");
    });
  });

  it("keeps what it builds in the user's cache", () => {
    expect(cacheFolder({})).to.equal(join(homedir(), ".cache", "gatehouse"));
    expect(cacheFolder({ XDG_CACHE_HOME: "/x" })).to.equal("/x/gatehouse");
    expect(cacheFolder({ XDG_CACHE_HOME: "/x", GATEHOUSE_CACHE: "/y" })).to.equal("/y");
  });

  it("builds what others share first", () => {
    const at = (name: (typeof BINARY_NAMES)[number]): number => BINARY_NAMES.indexOf(name);
    expect(at("kube-apiserver")).to.be.lessThan(at("kube-scheduler"));
    expect(at("github-schema.json")).to.be.lessThan(at("pulumi-resource-github"));
    expect(new Set(BINARY_NAMES).size).to.equal(BINARY_NAMES.length);
  });
});

describe("The report of a build", () => {
  const progress = { name: "argocd", step: 2, of: 3, elapsedSeconds: 65, leftSeconds: 125.4 };
  const events: readonly BuildEvent[] = [
    { kind: "start", names: ["a", "b", "c"], leftSeconds: 190 },
    { kind: "step", ...progress },
    ...Array.from({ length: 15 }, (): BuildEvent => ({ kind: "heartbeat", stepSeconds: 30, ...progress })),
    { kind: "built", stepSeconds: 31, bytes: 12_340_000, ...progress },
    { kind: "finish", elapsedSeconds: 70 },
  ];
  const show = (stream: { isTTY?: boolean; columns?: number }): string => {
    let text = "";
    const report = terminalReport({ ...stream, write: (part: string) => (text += part) });
    events.forEach(report);
    return text;
  };

  it("is plain lines where there is no terminal, with a sign of life every half minute", () => {
    const text = show({});
    expect(text).not.to.contain("\r").and.not.to.contain("\u001b");
    expect(text.trimEnd().split("\n")).to.have.lengthOf(5);
    expect(text).to.contain("[2/3] argocd").and.to.contain("elapsed 1 min 05 s, left about 2 min 05 s").and.to.contain("12.3 MB");
  });

  it("is one line that rewrites itself on a terminal, never wider than it", () => {
    const text = show({ isTTY: true, columns: 40 });
    expect(text.split("\n")).to.have.lengthOf(4);
    for (const drawn of text
      .replaceAll("\r\u001b[K", "\n")
      .split("\n")
      .filter((line) => line.includes("…")))
      expect(drawn.length).to.be.lessThan(40);
  });

  it("says whom it waits for", () => {
    expect(sentence({ kind: "waiting", pid: 42, ...progress })).to.contain("process 42");
  });
});
