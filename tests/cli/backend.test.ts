import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { homedir, hostname, tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { backendFolder, lockedByTheDead, mendAttributes } from "../../cli/up/backend.ts";
import { projectDir } from "../../cli/project.ts";

describe("the file backend after a killed engine", () => {
  let folder: string;
  let locks: string;
  let stacks: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "gatehouse-backend-"));
    locks = path.join(folder, "locks/organization/gatehouse/prod");
    stacks = path.join(folder, "stacks/gatehouse");
    await mkdir(locks, { recursive: true });
    await mkdir(stacks, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const lock = async (name: string, content: object): Promise<void> => {
    await writeFile(
      path.join(locks, `${name}.json`),
      JSON.stringify({ hostname: hostname(), timestamp: new Date().toISOString(), ...content }),
    );
    await writeFile(path.join(locks, `${name}.json.attrs`), '{"user.content_type":"text/plain"}');
  };
  const locked = () => lockedByTheDead(folder, "gatehouse", "prod");

  async function deadPid(): Promise<number> {
    const child = spawn("true");
    await once(child, "exit");
    return child.pid!;
  }

  it("is not locked by the dead when there is no lock", async () => {
    expect(await locked()).to.equal(false);
  });

  it("is locked by the dead when the lock's process has ended", async () => {
    await lock("one", { pid: await deadPid() });
    expect(await locked()).to.equal(true);
  });

  it("is locked by the dead when the process id was given to a later process", async () => {
    await lock("one", { pid: process.pid, timestamp: new Date(Date.now() - 3_600_000).toISOString() });
    expect(await locked()).to.equal(true);
  });

  it("is locked by the living when one of its locks is", async () => {
    await lock("one", { pid: await deadPid() });
    await lock("two", { pid: process.pid });
    expect(await locked()).to.equal(false);
  });

  it("says nothing of a lock of another host", async () => {
    await lock("one", { pid: await deadPid(), hostname: `${hostname()}-other` });
    expect(await locked()).to.equal(false);
  });

  for (const torn of ["", '{"user.content_type":']) {
    it(`removes an attribute file that was torn to ${JSON.stringify(torn)}, and leaves the state alone`, async () => {
      await writeFile(path.join(stacks, "prod.json"), "{}");
      await writeFile(path.join(stacks, "prod.json.attrs"), torn);
      expect(await mendAttributes(folder, "gatehouse", "prod")).to.equal(true);
      expect(await readdir(stacks)).to.deep.equal(["prod.json"]);
    });
  }

  it("leaves a whole attribute file, and a missing one", async () => {
    expect(await mendAttributes(folder, "gatehouse", "prod")).to.equal(false);
    await writeFile(path.join(stacks, "prod.json.attrs"), "{}");
    expect(await mendAttributes(folder, "gatehouse", "prod")).to.equal(false);
    expect(await readdir(stacks)).to.deep.equal(["prod.json.attrs"]);
  });

  it("finds the folder as Pulumi does: without options, with ~ as the home, from the project", () => {
    expect(backendFolder("file:///var/state?metadata=skip")).to.equal("/var/state/.pulumi");
    expect(backendFolder("file://~")).to.equal(path.join(homedir(), ".pulumi"));
    expect(backendFolder("file://state")).to.equal(path.join(projectDir, "state/.pulumi"));
    expect(backendFolder("s3://bucket")).to.equal(undefined);
    expect(backendFolder("")).to.equal(undefined);
  });
});
