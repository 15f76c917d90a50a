/** `gatehouse check`: the rules over everything that is declared, without an engine. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { codeOwnersFile } from "../../model/code-owners.ts";
import { presets, presetSettings } from "../../policies/rules/presets.ts";
import { applyExceptions, type Answer } from "../../policies/rules/exceptions.ts";
import { judge, readSettings, rules, scorecards, type Settings } from "../../policies/rules/index.ts";
import { asData, enabled, asMarkdown, asSarif, asText, formats, scoresAsText, stops, type Format, type Report } from "../check/report.ts";
import { examples } from "../examples.ts";
import { Failure, exitCode } from "../failure.ts";
import { createOutput, table } from "../output.ts";
import { judgeProject, projectDir, type JudgedProject } from "../project.ts";

interface Options {
  readonly json?: boolean;
  readonly format?: Format;
  readonly preset?: string;
  readonly config?: string;
  readonly list?: boolean;
  readonly on?: string;
  readonly scorecard?: boolean;
}

/** Read when `--config` names no other; the same file serves `pulumi preview --policy-pack-config`. */
const CONFIG = "policy-config.json";

export function checkCommand(): Command {
  return new Command("check")
    .description("judge everything that is declared by the rules, without an engine or credentials")
    .addOption(new Option("-p, --preset <preset>", "only the rules of a standard").choices(presets.map(({ name }) => name)))
    .addOption(new Option("-f, --format <format>", "how to report").choices(formats).default("text"))
    .option("-c, --config <file>", `levels, parameters and exceptions, as CrossGuard has them (default: ${CONFIG}, where it is there)`)
    .option("--on <day>", "judge exceptions as of this day, such as 2027-06-01 (default: today, in UTC)", day)
    .option("--scorecard", "instead: the Branch-Protection score that OpenSSF Scorecard will give each repository, and the steps to 10")
    .option("--list", "list the rules and check nothing")
    .addHelpText(
      "after",
      examples(
        ["gatehouse check", "every rule, over every system and stack"],
        ["gatehouse check --preset scorecard-10", "only what OpenSSF Scorecard looks at"],
        ["gatehouse check --format sarif > gates.sarif", "for code scanning"],
        ["gatehouse check --json | jq '.answers[].rule'", "what failed, for machines"],
        ["gatehouse check --on 2027-06-01", "which exceptions will be over by then"],
        ["gatehouse check --scorecard", "what OpenSSF Scorecard will say, and what is missing"],
        ["gatehouse check --list", "all rules, with their severity and what they ask for"],
      ),
    )
    .action(async (_options: unknown, self: Command) => {
      const {
        json = false,
        format = "text",
        preset,
        config,
        list = false,
        scorecard = false,
        on = new Date().toISOString().slice(0, 10),
      } = self.optsWithGlobals<Options>();
      const output = createOutput(json || format === "json");
      const own = await readConfig(config);
      const settings = preset === undefined ? own : (presetSettings(preset, rules, own) ?? own);
      if (list) {
        const chosen = enabled(rules, settings);
        const data = chosen.map(({ id, severity, title, why, fix, standards, config: parameters }) => ({
          ...{ id, severity, title, why, fix, standards, parameters },
        }));
        output.result(data, () =>
          table(
            ["SEVERITY", "RULE", "ASKS THAT"],
            chosen.map(({ id, severity, title }) => [severity, id, title]),
          ),
        );
        return;
      }
      const project = await judgeProject();
      // Only here: Pulumi's modules take half a second to load, and no other command needs them.
      const { declaredWorld } = await import("../check/declared.ts");
      const world = await declaredWorld(project);
      if (scorecard) {
        const owned = new Set(
          project.systems.filter(({ files }) => codeOwnersFile(files) !== undefined).map(({ system }) => system.repository.name),
        );
        const scores = scorecards(world.resources, (repository) => owned.has(repository));
        output.result(scores, () => scoresAsText(scores));
        return;
      }
      const results = judge(world, rules, settings);
      const answers = applyExceptions(results, settings, on);
      const report: Report = { rules, settings, answers };
      if (format === "sarif")
        process.stdout.write(
          `${JSON.stringify(
            asSarif(report, (answer) => fileOf(project, answer)),
            null,
            2,
          )}\n`,
        );
      else output.result(asData(report), () => (format === "markdown" ? asMarkdown(report) : asText(report)));
      if (stops(report)) process.exitCode = exitCode.failed;
    });
}

function day(text: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError("It is no day: write it like 2027-06-01.");
  return text;
}

async function readConfig(given: string | undefined): Promise<Settings> {
  const file = path.resolve(given ?? path.join(projectDir, CONFIG));
  if (given === undefined && !existsSync(file)) return {};
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new Failure(exitCode.invalid, `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new Failure(exitCode.invalid, `${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return readSettings(data);
}

/** File of this project that says what an answer is about. */
function fileOf({ systems }: JudgedProject, { subject, file }: Answer): string {
  for (const { system } of systems) {
    const repository = `${system.repository.owner.login}/${system.repository.name}`;
    const written = `systems/${system.name}/repository/${file ?? ""}`;
    // A file that is made from the declaration is changed there.
    if (subject === repository && file !== undefined && existsSync(path.join(projectDir, written))) return written;
    if (subject === repository) return `systems/${system.name}/system.ts`;
    if (subject === system.name || subject.startsWith(`${system.name}-`)) return `systems/${system.name}/system.ts`;
  }
  return "Pulumi.yaml";
}
