import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";

import { Rig, type Answer } from "../e2e/support/rig.ts";
import { temporaryFolder } from "../support/temporary.ts";

interface ErrorDocument {
  readonly error: { readonly message: string };
}

describe("the command line", function () {
  this.timeout(60_000);
  let rig: Rig;

  beforeEach(() => {
    rig = new Rig(path.join(temporaryFolder("gatehouse-cli-"), "home"));
  });

  /** The command line is wrong: exit code 2, the reason on stderr, nothing on stdout, and no state begun. */
  function expectRefused({ code, stdout, stderr }: Answer, ...reasons: readonly (string | RegExp)[]): void {
    expect(code, stderr).to.equal(2);
    expect(stdout).to.equal("");
    for (const reason of reasons) expect(stderr).to.match(typeof reason === "string" ? new RegExp(reason) : reason);
    expect(stderr, "a stack trace").to.not.match(/^\s+at /m);
    expect(existsSync(rig.home), "a state folder").to.equal(false);
  }

  const refused: readonly (readonly [name: string, parameters: readonly string[], ...reasons: readonly (string | RegExp)[]])[] = [
    ["an unknown command", ["chekcs"], "unknown command 'chekcs'", /Did you mean checks\?/],
    ["an unknown command of a group", ["local", "statsu"], "unknown command 'statsu'", /Did you mean status\?/],
    ["an unknown option", ["up", "--stakc", "dev"], "unknown option '--stakc'", /Did you mean --stack\?/, "--help"],
    ["a missing argument", ["checks"], "missing required argument 'system'", "--help"],
    ["a missing required option", ["pulumi", "--", "stack", "ls"], "required option '-s, --stack <stack>' not specified"],
    ["an argument too many", ["checks", "dataenginex", "main"], "too many arguments"],
    ["a number that is none", ["up", "--yes", "--wait", "abc"], /--wait <seconds>.*'abc' is invalid.*whole number/],
    ["a negative number", ["local", "logs", "github", "--lines=-1"], /--lines <lines>.*'-1' is invalid.*whole number/],
    ["a target that does not exist", ["preview", "--target", "remote"], /'remote' is invalid.*auto, local, configured/],
    ["an argument for pulumi that does not stand after --", ["up", "--yes", "dev"], 'Unexpected argument "dev"', "--stack dev"],
    ["an argument for kubectl that does not stand after --", ["kubectl", "get"], 'Unexpected argument "get"', "after --"],
    ["a stack that does not exist", ["preview", "--stack", "prdo"], 'There is no stack "prdo": did you mean "prod"\\?'],
    ["a system that does not exist", ["checks", "dataenginx"], 'There is no system "dataenginx": did you mean "dataenginex"\\?'],
    ["a promotion to nowhere", ["promote", "dataenginex", "--from", "dev"], "required option '--to <tier>' not specified"],
    [
      "a tier that does not exist",
      ["promote", "dataenginex", "--from", "dev", "--to", "prd"],
      'dataenginex has no tier "prd": did you mean "prod"\\?',
    ],
    [
      "a rollback by two rules",
      ["rollback", "airflow-etl", "--tier", "production", "--kind", "artifact", "--severity", "low"],
      /--kind .*cannot be used with .*--severity/,
    ],
    [
      "an unknown kind of rollback",
      ["rollback", "airflow-etl", "--tier", "production", "--kind", "magic"],
      /immediate, artifact, database/,
    ],
    ["a change that nobody can be asked about", ["up"], "Say --yes"],
    ["a reset that nobody can be asked about", ["local", "reset"], "Say --yes"],
    ["the log of an unknown service", ["local", "logs", "gihtub"], 'no log of "gihtub"'],
  ];
  for (const [name, parameters, ...reasons] of refused) {
    it(`refuses ${name}, with the reason and a hint`, async () => {
      expectRefused(await rig.run(parameters), ...reasons);
    });
  }

  for (const parameters of [["chekcs"], ["up"], ["checks", "dataenginx"], ["up", "--wait", "abc"], ["local"]]) {
    it(`says what is wrong as one JSON document with --json: gatehouse ${parameters.join(" ")}`, async () => {
      const { code, stdout, stderr } = await rig.run([...parameters, "--json"]);
      expect(code).to.equal(2);
      expect((JSON.parse(stdout) as ErrorDocument).error.message).to.not.equal("");
      expect(stderr).to.equal("");
    });
  }

  it("leaves a --json after -- to the other tool", async () => {
    const { code, stdout, stderr } = await rig.run(["pulumi", "--stack", "prdo", "--", "stack", "output", "--json"]);
    expect(code).to.equal(2);
    expect(stdout).to.equal("");
    expect(stderr).to.include('There is no stack "prdo"');
  });

  it("shows help on stdout and ends with 0", async () => {
    const { code, stdout, stderr } = await rig.run(["local", "up", "--help"]);
    expect(code).to.equal(0);
    expect(stdout).to.include("Usage: gatehouse local up");
    expect(stderr).to.equal("");
  });

  it("`local status` ends with 3 when nothing runs, and says how to start", async () => {
    const text = await rig.run(["local", "status"]);
    expect(text.code).to.equal(3);
    expect(text.stdout).to.include("gatehouse local up");
    const json = await rig.run(["local", "status", "--json"]);
    expect(json.code).to.equal(3);
    expect(JSON.parse(json.stdout)).to.deep.equal({ running: false, services: [] });
  });

  it("`local reset` without --yes removes nothing, and with it nothing that is not ours", async () => {
    await mkdir(rig.home);
    const file = path.join(rig.home, "theirs.txt");
    await writeFile(file, "kept");
    expect((await rig.run(["local", "reset"])).code).to.equal(2);
    const { code, stderr } = await rig.run(["local", "reset", "--yes"]);
    expect(code).to.equal(1);
    expect(stderr)
      .to.include("GATEHOUSE_HOME")
      .and.not.match(/^\s+at /m);
    expect(existsSync(file)).to.equal(true);
  });

  it("`local down` and `local reset --yes` are no error where nothing was started", async () => {
    for (const parameters of [
      ["local", "down", "--json"],
      ["local", "reset", "--yes", "--json"],
    ]) {
      const { code, stdout } = await rig.run(parameters);
      expect(code, parameters.join(" ")).to.equal(0);
      expect(() => JSON.parse(stdout) as unknown).to.not.throw();
    }
  });
});
