import { expect } from "chai";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { deserialize, serialize } from "node:v8";

import { judgeFleet } from "../../components/fleet/judge.ts";
import { judgedFleet } from "../../components/fleet/judged.ts";
import { loadStackFiles, loadSystems, type SystemSource } from "../../components/fleet/load.ts";
import { FaultsError } from "../../model/fault.ts";
import { temporaryFolder } from "../support/temporary.ts";

const project = path.resolve(import.meta.dirname, "../..");

describe("What was judged sound", () => {
  let root: string;
  let sources: SystemSource[];
  let stackFiles: Map<string, string>;

  before(async () => {
    [sources, stackFiles] = await Promise.all([loadSystems(project), loadStackFiles(project)]);
  });

  beforeEach(async () => {
    root = temporaryFolder("gatehouse-judged-");
    for (const folder of ["delivery", "pipelines", "components"]) await symlink(path.join(project, folder), path.join(root, folder));
    await cp(path.join(project, "model"), path.join(root, "model"), { recursive: true });
    await cp(path.join(project, "package-lock.json"), path.join(root, "package-lock.json"));
    await mkdir(path.join(root, "node_modules"));
  });

  const folder = (): string => path.join(root, "node_modules", ".cache", "gatehouse");
  const remembered = async (): Promise<string[]> => readdir(folder()).catch(() => []);
  const judge = (of = sources, stacks = stackFiles) => judgedFleet(root, of, stacks);
  /** A change of the first system's source. */
  const changed = (change: Partial<SystemSource>): SystemSource[] =>
    sources.map((source, index) => (index === 0 ? { ...source, ...change } : source));

  it("is remembered as it was judged, with the files that are made from it", async () => {
    const { systems, stacks } = judgeFleet(sources, stackFiles);
    const expected = { systems: systems.map(({ system, files, contexts }) => ({ system, files, contexts })), stacks };
    await judge();
    expect(await judge()).to.deep.equal(expected);
  });

  it("is not judged again", async () => {
    await judge();
    const [name = ""] = await remembered();
    const answer = deserialize(await readFile(path.join(folder(), name))) as { systems: { contexts: object }[] };
    answer.systems[0]!.contexts = { "another-branch": [] };
    await writeFile(path.join(folder(), name), serialize(answer));
    expect((await judge()).systems[0]?.contexts).to.deep.equal({ "another-branch": [] });
  });

  const declared = (): object => sources[0]?.declared as object;
  const changes: Record<string, () => Promise<unknown>> = {
    "a workflow file": () => judge(changed({ files: new Map([...sources[0]!.files, ["README.md", "# Another"]]) })),
    "the name of a file": () =>
      judge(changed({ files: new Map([...sources[0]!.files].map(([file, text]) => [file === "README.md" ? "READ.md" : file, text])) })),
    "something declared": () => judge(changed({ declared: { ...declared(), title: "Another" } })),
    "a stack file": () => judge(sources, new Map([...stackFiles].map(([name, text]) => [name, `${text}# a comment\n`]))),
    "the code that judges": async () => {
      const file = path.join(root, "model", "fnmatch.ts");
      await writeFile(file, `${await readFile(file, "utf8")}\n`);
      return judge();
    },
    "an installed package": async () => {
      const file = path.join(root, "package-lock.json");
      await writeFile(file, (await readFile(file, "utf8")).replace(/"lockfileVersion"/, ' "lockfileVersion"'));
      return judge();
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`is judged again when ${what} has changed`, async () => {
      await judge();
      await change();
      expect(await remembered()).to.have.length(2);
    });
  }

  it("is judged again when what was remembered cannot be read", async () => {
    await judge();
    const [name = ""] = await remembered();
    await writeFile(path.join(folder(), name), "torn");
    expect((await judge()).systems).to.have.length(sources.length);
  });

  it("is kept for ten states of the project", async function () {
    this.timeout(120_000);
    for (let index = 0; index < 12; index += 1)
      await judge(sources, new Map([...stackFiles].map(([name, text]) => [name, `${text}# ${index}\n`])));
    expect(await remembered()).to.have.length(10);
  });

  it("is not what has a fault: that is told each time", async () => {
    const broken = changed({ declared: { ...declared(), title: undefined } });
    for (let time = 0; time < 2; time += 1) {
      const error = await judge(broken).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(FaultsError);
    }
    expect(await remembered()).to.be.empty;
  });

  it("is not what is no plain data", async () => {
    const error = await judge(changed({ declared: { ...declared(), title: () => "Another" } })).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(FaultsError);
  });
});
