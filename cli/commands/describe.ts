/** `gatehouse describe SYSTEM`: a page about it, made from its declaration. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { Command } from "commander";

import { systemPage } from "../../delivery/page.ts";
import type { Requirement } from "../../model/requirement.ts";
import { examples } from "../examples.ts";
import { createOutput } from "../output.ts";
import { findSystem, loadProject, projectDir } from "../project.ts";

const begin = "<!-- made by gatehouse describe -->";
const end = "<!-- end of what is made -->";

export function describeCommand(): Command {
  return new Command("describe")
    .description("show a system's path to production, gates, tiers, targets and requirements, from its declaration")
    .argument("<system>", "name of a folder under systems/")
    .option("--write", "put the page into docs/systems/, and leave there what people wrote")
    .addHelpText(
      "after",
      examples(
        ["gatehouse describe dataenginex", "the page, in Markdown"],
        ["gatehouse describe dataenginex --write", "bring docs/systems/dataenginex.md up to date"],
        ["gatehouse describe dataenginex --json | jq -r .requirements[].id", "for machines"],
      ),
    )
    .action(async (name: string, _options: unknown, command: Command) => {
      const { json = false, write = false } = command.optsWithGlobals<{ json?: boolean; write?: boolean }>();
      const output = createOutput(json);
      const { page, requirements } = await pageOf(name);
      const file = path.join(projectDir, "docs", "systems", `${name}.md`);
      if (write) await writeFile(file, withPage(await readFile(file, "utf8").catch(() => ""), page.title, page.text));
      output.result({ system: name, page: page.text, requirements, ...(write && { written: path.relative(projectDir, file) }) }, () =>
        write ? `Written: ${path.relative(projectDir, file)}` : `# ${page.title}\n\n${page.text}`,
      );
    });
}

/** The page of a system, and its requirements. @throws FaultsError when anything that is declared is wrong. */
export async function pageOf(
  name: string,
): Promise<{ readonly page: { readonly title: string; readonly text: string }; readonly requirements: readonly Requirement[] }> {
  const project = await loadProject();
  const { system } = findSystem(project, name);
  const contexts = project.systems.find((judged) => judged.system.name === name)?.contexts ?? {};
  const requirements = await requirementsOf(name);
  const text = systemPage({
    system,
    contexts: Object.fromEntries(Object.entries(contexts).map(([branch, required]) => [branch, required.map(({ context }) => context)])),
    owners: new Map(project.stacks.map(({ stack, tiers }) => [stack, tiers[name] ?? []])),
    requirements,
  });
  return { page: { title: system.title, text }, requirements };
}

/** What stands in `systems/<name>/requirements.ts`; none where there is no such file. */
async function requirementsOf(name: string): Promise<readonly Requirement[]> {
  const file = path.join(projectDir, "systems", name, "requirements.ts");
  const found = (await import(pathToFileURL(file).href).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return {};
    throw error;
  })) as { requirements?: readonly Requirement[] };
  return found.requirements ?? [];
}

/** A file of docs/systems/ with the made part brought up to date; what people wrote around it stays. */
export function withPage(file: string, title: string, page: string): string {
  const made = `${begin}\n${page}\n${end}`;
  const from = file.indexOf(begin);
  const to = file.indexOf(end);
  if (from !== -1 && to > from) return `${file.slice(0, from)}${made}${file.slice(to + end.length)}`;
  return `# ${title}\n\n${made}\n${file === "" ? "" : `\n${file.replace(/^# .*\n+/, "")}`}`;
}
