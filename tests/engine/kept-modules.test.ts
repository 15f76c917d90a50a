import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const project = path.resolve(import.meta.dirname, "../..");

describe("The project's own modules", () => {
  let root: string;
  const kept = (): string => path.join(root, "node_modules", ".cache", "gatehouse-modules");
  const write = (text: string): Promise<void> => writeFile(path.join(root, "model", "a.ts"), text);
  const answer = (value: string): string => `interface Shape {\n  readonly a: string;\n}\nexport const shape: Shape = { a: "${value}" };\n`;

  /** What a program prints that loads the module; with `fails`, its error. */
  function load(fails = false): string {
    const program = ["--disable-warning=ExperimentalWarning", "--import", "./bin/kept-modules.mjs", "main.ts"];
    try {
      return execFileSync(process.execPath, program, { cwd: root, encoding: "utf8", stdio: "pipe" }).trim();
    } catch (error) {
      if (!fails) throw error;
      return (error as { stderr: string }).stderr;
    }
  }

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "gatehouse-modules-"));
    for (const folder of ["bin", "model"]) await mkdir(path.join(root, folder));
    await copyFile(path.join(project, "bin", "kept-modules.mjs"), path.join(root, "bin", "kept-modules.mjs"));
    await writeFile(path.join(root, "package.json"), '{ "type": "module" }');
    await writeFile(path.join(root, "main.ts"), 'import { shape } from "./model/a.ts";\nconsole.log(shape.a);\n');
    await write(answer("first"));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("are kept without their types, and loaded from there", async () => {
    expect(load()).to.equal("first");
    const file = path.join(kept(), "model%2Fa.ts");
    const text = await readFile(file, "utf8");
    expect(text).to.contain("export const shape").and.not.contain("readonly");
    await writeFile(file, text.replace("first", "kept"));
    expect(load()).to.equal("kept");
  });

  it("are read anew when they have changed, and their old versions do not pile up", async () => {
    load();
    await write(answer("second"));
    expect(load()).to.equal("second");
    expect((await readdir(kept())).sort()).to.deep.equal(["compiled", "main.ts", "model%2Fa.ts"]);
  });

  it("are read anew where what was kept is something else", async () => {
    load();
    for (const text of ["", "x".repeat(1000)]) {
      await writeFile(path.join(kept(), "model%2Fa.ts"), text);
      expect(load()).to.equal("first");
    }
  });

  it("load where nothing can be kept", async () => {
    await writeFile(path.join(root, "node_modules"), "no folder");
    expect(load()).to.equal("first");
  });

  it("tell the line and the column of an error as they stand in the file, the first time and every other", async () => {
    await write(`${answer("first")}const broken: Shape | undefined = undefined;\nconsole.log((broken as unknown as Shape).a);\n`);
    for (const time of ["first", "second"]) expect(load(true), time).to.contain(`${path.join("model", "a.ts")}:6:42`);
  });

  it("are refused by Node itself where they are no TypeScript that it takes", async () => {
    await write("export enum Kind { A }\nexport const shape = { a: Kind.A };\n");
    for (const time of ["first", "second"]) expect(load(true), time).to.contain("ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX");
  });
});
