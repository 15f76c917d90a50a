import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";

import { applied, type Applied } from "./support/rig.ts";

/** The ways a value may be written down. */
function spellings(value: string): string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    encodeURIComponent(value),
  ];
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

describe("the value of a secret", function () {
  this.timeout(600_000);
  let world: Applied;
  /** Every generated value of an Actions secret: random, so that finding one anywhere is no coincidence. */
  let canaries: string[];

  before(async () => {
    world = await applied();
    const { values } = JSON.parse(await readFile(path.join(world.rig.home, "secrets.json"), "utf8")) as {
      values: Record<string, Record<string, Record<string, string>>>;
    };
    canaries = Object.values(values).flatMap((scopes) => Object.values(scopes).flatMap((names) => Object.values(names)));
    expect(canaries).to.not.be.empty;
  });

  const found = (text: string): boolean => canaries.some((canary) => spellings(canary).some((spelling) => text.includes(spelling)));

  it("would be found where it stands: in the file that the command generated it into", async () => {
    expect(found(await readFile(path.join(world.rig.home, "secrets.json"), "utf8"))).to.equal(true);
  });

  it("is in no file of the state folder: stack files, state, logs, request log, cluster", async () => {
    // secrets.json is where local secrets come from, readable by its owner only.
    const files = (await filesBelow(world.rig.home)).filter((file) => path.relative(world.rig.home, file) !== "secrets.json");
    expect(files.length).to.be.greaterThan(100);
    const leaks: string[] = [];
    for (const file of files) {
      const content = await readFile(file, "latin1").catch(() => "");
      if (found(content)) leaks.push(path.relative(world.rig.home, file));
    }
    expect(leaks).to.deep.equal([]);
  });

  // Not the engine's own log at `-v=9`: Pulumi writes every property there, and warns of it.
  it("is in no output: summary, preview with all properties, state export, checks, status, request log", async () => {
    const { rig, github } = world;
    const outputs: Record<string, string> = {};
    const keep = async (name: string, parameters: readonly string[]): Promise<void> => {
      const { stdout, stderr } = await rig.run(parameters);
      expect(stdout.length + stderr.length, name).to.be.greaterThan(0);
      outputs[name] = `${stdout}\n${stderr}`;
    };
    await keep("up", ["up", "--yes"]);
    await keep("preview", ["preview", "--", "--diff"]);
    await keep("refresh", ["pulumi", "--stack", "dev", "--", "refresh", "--preview-only", "--diff", "--non-interactive"]);
    await keep("export of prod", ["pulumi", "--stack", "prod", "--", "stack", "export"]);
    await keep("export of dev", ["pulumi", "--stack", "dev", "--", "stack", "export"]);
    await keep("outputs", ["pulumi", "--stack", "prod", "--", "stack", "output", "--json"]);
    await keep("checks", ["checks", "dataenginex"]);
    await keep("status", ["--json", "local", "status"]);
    outputs["request log"] = await (await fetch(`${github.url}/_gatehouse/requests`)).text();
    outputs["web page"] = await (await fetch(github.url, { headers: { accept: "text/html" } })).text();
    const leaks = Object.entries(outputs).flatMap(([name, text]) => (found(text) ? [name] : []));
    expect(leaks).to.deep.equal([]);
  });
});
