/** Each system by itself, as the project has it: what mutants are made from, and what builds and judges them. */
import { parseDocument } from "yaml";
import { declaredWorld, workflowsOf } from "../../cli/check/declared.ts";
import { projectDir } from "../../cli/project.ts";
import { judgeFleet, type JudgedFleet } from "../../components/fleet/judge.ts";
import { loadStackFiles, loadSystems, type SystemSource } from "../../components/fleet/load.ts";
import { codeOwnersFile } from "../../model/code-owners.ts";
import type { World } from "../../policies/rules/index.ts";
import type { Change, Declared } from "./mutant.ts";

/** A system that can be judged and built over and over again. */
export class Base {
  readonly name: string;
  readonly declared: Declared;
  readonly world: World;
  readonly fleet: JudgedFleet;
  readonly #source: SystemSource;
  readonly #stackFiles: ReadonlyMap<string, string>;

  private constructor(source: SystemSource, stackFiles: ReadonlyMap<string, string>, fleet: JudgedFleet, world: World) {
    this.name = source.folder;
    this.declared = { system: source.declared, files: source.files, resources: world.resources };
    this.world = world;
    this.fleet = fleet;
    this.#source = source;
    this.#stackFiles = stackFiles;
  }

  static async of(source: SystemSource, allStackFiles: ReadonlyMap<string, string>): Promise<Base> {
    const stackFiles = new Map([...allStackFiles].map(([name, text]) => [name, onlyTiersOf(source.folder, text)]));
    const fleet = judgeFleet([source], stackFiles);
    return new Base(source, stackFiles, fleet, await worldOf(fleet, stackFiles));
  }

  /** What is judged after a change. @throws FaultsError where validation refuses it */
  async changed(change: Change): Promise<{ readonly fleet: JudgedFleet; readonly world: World }> {
    if ("resources" in change) return { fleet: this.fleet, world: { ...this.world, resources: change.resources } };
    const source: SystemSource =
      "files" in change ? { ...this.#source, files: change.files } : { ...this.#source, declared: change.system };
    const fleet = judgeFleet([source], this.#stackFiles);
    // A file becomes a resource only by the checks that it makes, and by there being owners: where both are as before, so are all resources.
    if ("files" in change && shapeOf(fleet) === shapeOf(this.fleet))
      return { fleet, world: { ...this.world, workflows: workflowsOf(fleet) } };
    return { fleet, world: await worldOf(fleet, this.#stackFiles) };
  }
}

/** All systems of the project, or those whose names are given. */
export async function loadBases(names: readonly string[] = []): Promise<Base[]> {
  const [sources, stackFiles] = await Promise.all([loadSystems(projectDir), loadStackFiles(projectDir)]);
  const chosen = sources.filter(({ folder }) => names.length === 0 || names.includes(folder));
  const bases: Base[] = [];
  // One after the other: the recorder of registrations is one for the whole process.
  for (const source of chosen) bases.push(await Base.of(source, stackFiles));
  return bases;
}

const shapeOf = ({ systems }: JudgedFleet): string =>
  JSON.stringify(systems.map(({ contexts, files }) => [contexts, codeOwnersFile(files) !== undefined]));

const worldOf = (fleet: JudgedFleet, stackFiles: ReadonlyMap<string, string>): Promise<World> => declaredWorld({ ...fleet, stackFiles });

/** A stack file that shares out the tiers of one system only. */
function onlyTiersOf(system: string, text: string): string {
  const document = parseDocument(text);
  const tiers = document.getIn(["config", "gatehouse:tiers", system]);
  document.setIn(["config", "gatehouse:tiers"], document.createNode(tiers === undefined ? {} : { [system]: tiers }));
  return String(document);
}
