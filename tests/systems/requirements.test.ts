import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";

import { pageOf, withPage } from "../../cli/commands/describe.ts";
import { loadProject, projectDir } from "../../cli/project.ts";

/** Ids in titles, each with the test files that carry it. */
async function titles(): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for await (const file of glob("tests/**/*.test.ts", { cwd: projectDir })) {
    const text = await readFile(path.join(projectDir, file), "utf8");
    // A title stands behind `it(` or `describe(`, also when it is put together or comes from a table.
    for (const [, id = ""] of text.matchAll(/\[((?:DEX|DK|AKS|AF|BK)-\d+)\]/g)) found.set(id, (found.get(id) ?? new Set()).add(file));
  }
  return found;
}

describe("requirements of the systems", () => {
  it("each has a test whose title carries its id, and no title carries an id that nobody asked for", async () => {
    const { systems } = await loadProject();
    const asked = (await Promise.all(systems.map(({ system }) => pageOf(system.name)))).flatMap(({ requirements }) => requirements);
    const tested = await titles();
    expect(
      asked.filter(({ id }) => !tested.has(id)).map(({ id }) => id),
      "without a test",
    ).to.deep.equal([]);
    const ids = asked.map(({ id }) => id);
    expect(new Set(ids).size, "ids are unique").to.equal(ids.length);
    expect(
      [...tested.keys()].filter((id) => !ids.includes(id)),
      "asked by nobody",
    ).to.deep.equal([]);
  });

  it("every system has requirements and a page in docs/systems that says what is declared today", async () => {
    const { systems } = await loadProject();
    for (const { system } of systems) {
      const { page, requirements } = await pageOf(system.name);
      expect(requirements, system.name).to.not.be.empty;
      const file = path.join(projectDir, "docs/systems", `${system.name}.md`);
      expect(existsSync(file), file).to.equal(true);
      const text = await readFile(file, "utf8");
      expect(withPage(text, page.title, page.text), `run: bin/gatehouse describe ${system.name} --write`).to.equal(text);
    }
  });

  it("a page is written around what people wrote, and only the made part changes", () => {
    const first = withPage("", "Shop", "one");
    expect(first).to.match(/^# Shop\n\n<!-- .*one.*<!-- .*-->\n$/s);
    const noted = `${first}\n## Notes\n\nOurs.\n`;
    expect(withPage(noted, "Shop", "two")).to.equal(noted.replace("one", "two"));
    expect(withPage("# Shop\n\nOld words.\n", "Shop", "one")).to.equal(`${first}\nOld words.\n`);
  });
});
