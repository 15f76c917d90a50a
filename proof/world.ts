/** What is proved about: every resource of every stack, and every system with the files of its repository. */
import { readPipelines, factsOf, type Pipelines, type WorkflowFacts } from "../pipelines/index.ts";
import type { System } from "../model/system.ts";
import { Stack, type Declaration } from "../policies/rules/declaration.ts";

export interface ProofSystemInput {
  readonly system: System;
  /** Files that its repository carries, rendered ones too: path → text. */
  readonly files: ReadonlyMap<string, string>;
}

export interface ProofWorldInput {
  /** Of all stacks. What is really declared: the theorems judge this, and take from `system` only what no resource says. */
  readonly resources: readonly Declaration[];
  readonly systems: readonly ProofSystemInput[];
  /** Members of teams, `organization/slug` → logins, where somebody looked them up. What is not here is assumed, and said so. */
  readonly teams?: ReadonlyMap<string, readonly string[]>;
}

/** One system, with what is read from its files. */
export class ProofSystem {
  readonly system: System;
  readonly files: ReadonlyMap<string, string>;
  /** @example "TheDataEngineX/DEX" */
  readonly repository: string;
  readonly pipelines: Pipelines;
  readonly workflows: readonly WorkflowFacts[];

  constructor({ system, files }: ProofSystemInput) {
    this.system = system;
    this.files = files;
    this.repository = `${system.repository.owner.login}/${system.repository.name}`;
    this.pipelines = readPipelines(files);
    this.workflows = factsOf(files);
  }
}

export class ProofWorld {
  readonly resources: readonly Declaration[];
  readonly declared: Stack;
  readonly systems: readonly ProofSystem[];
  readonly teams: ReadonlyMap<string, readonly string[]>;

  constructor({ resources, systems, teams = new Map() }: ProofWorldInput) {
    this.resources = resources;
    this.declared = new Stack(resources);
    this.systems = systems.map((system) => new ProofSystem(system));
    this.teams = teams;
  }

  /** Resources of a type that are about a repository, by the property that names it. @throws UnknownValue where that is not known yet */
  of(type: string, repository: string, property = "repository"): readonly Declaration[] {
    const name = repository.slice(repository.indexOf("/") + 1);
    return this.declared.all(type).filter((resource) => [name, repository].includes(resource.text(property) ?? ""));
  }
}

/** The stack that declares a resource, from its URN. @example "prod" */
export const stackOf = ({ urn }: Declaration): string => urn.split(":")[2] ?? "";
