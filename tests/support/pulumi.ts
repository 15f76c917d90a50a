/** Runs a piece of the program under Pulumi's mocks, and finds what it registered. */
import { register, type Registered, type Registrations, type Surroundings } from "../../cli/check/record.ts";

export { isSecret, numberOf, openSecret, type Registered, type Surroundings } from "../../cli/check/record.ts";

export interface Recording<Result> extends Registrations<Result> {
  /** The one resource of that type and name. */
  readonly one: (type: string, name?: string) => Registered;
  readonly all: (type: string) => readonly Registered[];
}

/** Runs `build`, waits until all is registered, and hands back the record. What `build` throws is thrown, with nothing left behind. */
export async function record<Result>(build: () => Result | Promise<Result>, around: Surroundings = {}): Promise<Recording<Result>> {
  const { resources, ...rest } = await register(build, around);
  const all = (type: string): Registered[] => resources.filter((resource) => resource.type === type);
  return { ...rest, resources, all, one: (type, name) => only(all(type), type, name, resources) };
}

function only(candidates: readonly Registered[], type: string, name: string | undefined, resources: readonly Registered[]): Registered {
  const found = candidates.filter((resource) => name === undefined || resource.name === name);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const have = resources.map((resource) => `  ${resource.type} ${resource.name}`).join("\n");
  throw new Error(`expected one ${type} ${name ?? ""}, found ${found.length}; registered are\n${have}`);
}

/** The URN that the engine would make: mocks keep only the parent's own type, not those above it. */
export function qualifiedUrn(resource: Registered, resources: readonly Registered[]): string {
  const types: string[] = [];
  let at: Registered | undefined = resource;
  while (at !== undefined) {
    types.unshift(at.type);
    const { parent }: Registered = at;
    at = resources.find((candidate) => candidate.urn === parent);
  }
  return `${types.join("$")}::${resource.name}`;
}
