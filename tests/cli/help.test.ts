import { readFile } from "node:fs/promises";

import { expect } from "chai";
import type { Command } from "commander";

import { createProgram } from "../../cli/program.ts";

/** Every command with the words that call it. */
function commands(command: Command, words: readonly string[] = []): { readonly name: string; readonly command: Command }[] {
  const own = [...words, command.name()];
  return [{ name: own.join(" "), command }, ...command.commands.flatMap((sub) => commands(sub, own))];
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => void (text += part) });
  command.outputHelp();
  return text;
}

const all = commands(await createProgram(false));

describe("the help of a command", () => {
  it("is there when only that command is loaded, and all are where none is named", async () => {
    const names = async (...parameters: string[]) => (await createProgram(false, parameters)).commands.map((command) => command.name());
    expect(await names("--json", "check", "up")).to.deep.equal(["check"]);
    for (const parameters of [[], ["--help"], ["help", "check"], ["chekc"]])
      expect(await names(...parameters)).to.include.members(["check", "up"]);
  });

  it("tells the version that the package has", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
    expect((await createProgram(false)).version()).to.equal(version);
  });

  it("exists for every command there is", () => {
    expect(all.map(({ name }) => name)).to.have.members([
      "gatehouse",
      "gatehouse up",
      "gatehouse preview",
      "gatehouse check",
      "gatehouse checks",
      "gatehouse prove",
      "gatehouse describe",
      "gatehouse pipelines",
      "gatehouse pipelines propose",
      "gatehouse promote",
      "gatehouse rollback",
      "gatehouse status",
      "gatehouse metrics",
      "gatehouse access",
      "gatehouse local",
      "gatehouse local up",
      "gatehouse local down",
      "gatehouse local status",
      "gatehouse local reset",
      "gatehouse local logs",
      "gatehouse pulumi",
      "gatehouse kubectl",
    ]);
  });

  for (const { name, command } of all) {
    describe(name, () => {
      const help = helpOf(command);
      const examples = help.slice(help.indexOf("Examples:"), help.indexOf("Exit codes:")).trim().split("\n").slice(1);

      it("says what the command does and what each option means", () => {
        expect(command.description()).to.not.equal("");
        expect(help).to.include("--json");
        for (const option of command.options) expect(option.description, option.flags).to.not.equal("");
        for (const argument of command.registeredArguments) expect(argument.description, argument.name()).to.not.equal("");
      });

      it("shows at least two examples, each of this command and with its meaning", () => {
        expect(examples).to.have.length.of.at.least(2);
        for (const example of examples) {
          expect(example.trim().startsWith(name), example).to.equal(true);
          expect(example.trim(), "two spaces, then the meaning").to.match(/\S {2,}\S/);
        }
      });

      it("lists the exit codes", () => {
        const codes = [...help.slice(help.indexOf("Exit codes:")).matchAll(/^ {2}(\d+) /gm)].map(([, code]) => Number(code));
        expect(codes).to.deep.equal([0, 1, 2, 3, 130]);
      });
    });
  }
});
