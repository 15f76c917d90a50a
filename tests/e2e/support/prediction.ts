/** What the proof says before anything is played, of the declared world and of worlds that differ from it in one thing. */
import { Declaration, github } from "../../../policies/rules/declaration.ts";
import { type Counterexample, prove, type ProofWorld, ProofWorld as World, type Theorem, theorems } from "../../../proof/index.ts";

const theorem = (id: string): Theorem => {
  const found = theorems.find((each) => each.id === id);
  if (found === undefined) throw new Error(`there is no theorem ${id}`);
  return found;
};

/** Counterexamples of a theorem about subjects whose names begin so. */
export function counterexamples(world: ProofWorld, id: string, subject: string): Counterexample[] {
  const proofs = prove(world, [theorem(id)]).flatMap((proved) => proved.proofs);
  const about = proofs.filter((proof) => proof.subject === subject || proof.subject.startsWith(`${subject} `));
  if (about.length === 0) throw new Error(`${id} says nothing about ${subject}`);
  const unknown = about.find(({ verdict }) => verdict === "unknown");
  if (unknown !== undefined) throw new Error(`${id} does not know about ${unknown.subject}: ${unknown.reason ?? ""}`);
  return about.flatMap(({ counterexample }) => counterexample ?? []);
}

/** What is different in a world: properties of resources of one type that hold for a repository, and further files of a system. */
export interface Difference {
  readonly system: string;
  readonly change?: {
    /** @example "RepositoryRuleset" */
    readonly type: string;
    readonly where?: (resource: Declaration) => boolean;
    readonly set: Readonly<Record<string, unknown>>;
  };
  readonly files?: Readonly<Record<string, string>>;
}

/** The world with that difference. @throws Error when nothing would be different */
export function differing(world: ProofWorld, { system, change, files = {} }: Difference): ProofWorld {
  const repository = world.systems.find((each) => each.system.name === system)?.system.repository.name ?? "";
  let changed = 0;
  const resources = world.resources.map((resource) => {
    if (change === undefined || resource.type !== github(change.type) || resource.text("repository") !== repository) return resource;
    if (change.where?.(resource) === false) return resource;
    changed += 1;
    return new Declaration({ ...resource.input, properties: { ...resource.input.properties, ...change.set } });
  });
  if (change !== undefined && changed === 0) throw new Error(`${system} declares no ${change.type} to change`);
  const systems = world.systems.map((each) => ({
    system: each.system,
    files: each.system.name === system ? new Map([...each.files, ...Object.entries(files)]) : each.files,
  }));
  return new World({ resources, systems, teams: world.teams });
}
