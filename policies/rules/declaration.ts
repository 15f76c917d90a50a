/** What a Pulumi program declares, as rules see it. */

/** Stands for a value that nobody knows before the update. */
export const UNKNOWN: unique symbol = Symbol("unknown");
/** Stands for a secret: rules may know that there is one, never what it says. */
export const SECRET: unique symbol = Symbol("secret");

/** A rule asked for a value that is known only after the update. The judge answers "unknown" then, never "pass". */
export class UnknownValue extends Error {
  constructor(path: string) {
    super(`${path} is known only after the update`);
    this.name = "UnknownValue";
  }
}

export interface DeclarationInput {
  /** Type token. @example "github:index/repository:Repository" */
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Plain data, with `UNKNOWN` and `SECRET` in the place of what cannot be said. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly protect?: boolean;
  /** CrossGuard does not tell. */
  readonly retainOnDelete?: boolean | typeof UNKNOWN;
  /** URN of the parent. */
  readonly parent?: string;
  readonly ignoreChanges?: readonly string[];
  /** Secrets stand as `SECRET`. CrossGuard hands them over like everything else. @default true */
  readonly tellsSecrets?: boolean;
}

/** One declared resource. */
export class Declaration {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly protect: boolean;
  readonly parent: string;
  readonly ignoreChanges: readonly string[];
  /** As it was handed in, to make another from it. A rule asks `get`, which knows what is unknown. */
  readonly input: DeclarationInput;
  readonly #retainOnDelete: boolean | typeof UNKNOWN;
  readonly #tellsSecrets: boolean;

  constructor(input: DeclarationInput) {
    this.input = input;
    this.type = input.type;
    this.name = input.name;
    this.urn = input.urn;
    this.protect = input.protect ?? false;
    this.#retainOnDelete = input.retainOnDelete ?? false;
    this.#tellsSecrets = input.tellsSecrets ?? true;
    this.parent = input.parent ?? "";
    this.ignoreChanges = input.ignoreChanges ?? [];
  }

  /** Whether it stays when it leaves the program. @throws UnknownValue where nobody told */
  get retainOnDelete(): boolean {
    if (this.#retainOnDelete === UNKNOWN) throw new UnknownValue(`retainOnDelete of ${this.name}`);
    return this.#retainOnDelete;
  }

  /**
   * The value at a path, `undefined` where nothing is declared. Null counts as nothing.
   *
   * @param path Properties joined by dots, positions of lists as numbers: `rules.pullRequest`, `environments.0.reviewers`.
   * @throws UnknownValue when the value, a part of it, or something on the way to it is not known yet.
   */
  get(path: string): unknown {
    const value = this.#at(path);
    if (holdsUnknown(value)) throw new UnknownValue(`${this.name}.${path}`);
    return value === null ? undefined : value;
  }

  #at(path: string): unknown {
    let value: unknown = this.input.properties;
    for (const part of path.split(".")) {
      if (value === UNKNOWN) throw new UnknownValue(`${this.name}.${path}`);
      value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined;
    }
    return value;
  }

  /** A text, or `undefined` where none is declared or it is something else. @throws UnknownValue */
  text(path: string): string | undefined {
    const value = this.get(path);
    return typeof value === "string" ? value : undefined;
  }

  /** Whether `true` is declared. @throws UnknownValue */
  flag(path: string): boolean {
    return this.get(path) === true;
  }

  /** A number; 0 where none is declared. @throws UnknownValue */
  count(path: string): number {
    const value = this.get(path);
    return typeof value === "number" ? value : 0;
  }

  /** A list; empty where none is declared. @throws UnknownValue */
  list(path: string): readonly unknown[] {
    const value = this.get(path);
    return Array.isArray(value) ? value : [];
  }

  /** The texts of a list. @throws UnknownValue */
  texts(path: string): readonly string[] {
    return this.list(path).filter((member) => typeof member === "string");
  }

  /** Whether something is declared there, even if a part of it is not known yet. @throws UnknownValue */
  has(path: string): boolean {
    const value = this.#at(path);
    if (value === UNKNOWN) throw new UnknownValue(`${this.name}.${path}`);
    return value !== undefined && value !== null;
  }

  /** Whether what is declared there is a secret. @throws UnknownValue also where nobody tells which values are secrets */
  isSecret(path: string): boolean {
    const value = this.get(path);
    if (value !== undefined && value !== SECRET && !this.#tellsSecrets) throw new UnknownValue(`whether ${this.name}.${path} is a secret`);
    return value === SECRET;
  }
}

function holdsUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(holdsUnknown);
}

function repositoryNamed(resource: Declaration, property: string): string | typeof UNKNOWN {
  try {
    return resource.text(property)?.split("/").at(-1) ?? UNKNOWN;
  } catch (error) {
    if (error instanceof UnknownValue) return UNKNOWN;
    throw error;
  }
}

/** All that a stack declares. */
export class Stack {
  readonly resources: readonly Declaration[];
  /** Other stacks of the project may declare more, and nobody tells what. */
  readonly isPart: boolean;
  #byUrn: ReadonlyMap<string, Declaration> | undefined;
  readonly #byType = new Map<string, Declaration[]>();
  readonly #byRepository = new Map<string, ReadonlyMap<string | typeof UNKNOWN, readonly Declaration[]>>();

  constructor(resources: readonly Declaration[], { isPart = false } = {}) {
    this.resources = resources;
    this.isPart = isPart;
    for (const resource of resources) {
      const same = this.#byType.get(resource.type);
      if (same === undefined) this.#byType.set(resource.type, [resource]);
      else same.push(resource);
    }
  }

  /**
   * Resources of a type that are, or may be, about a repository: with a thousand repositories, asking each resource for each of them takes
   * minutes.
   *
   * @param property That names the repository, with its owner or without. A resource where it is not known, or not given, is always among them.
   * @param name Of the repository, without its owner.
   */
  about(type: string, property: string, name: string): readonly Declaration[] {
    const key = `${type} ${property}`;
    const index = this.#byRepository.get(key) ?? this.#index(type, property);
    this.#byRepository.set(key, index);
    return [...(index.get(name) ?? []), ...(index.get(UNKNOWN) ?? [])];
  }

  /**
   * Resources of a type that are, or may be, about the same repository as another resource; all of the type where nobody knows which
   * repository that is about.
   *
   * @param property That names the repository, in both.
   */
  besides(type: string, property: string, resource: Declaration): readonly Declaration[] {
    const name = repositoryNamed(resource, property);
    return name === UNKNOWN ? this.all(type) : this.about(type, property, name);
  }

  /** What a resource belongs to, where the stack declares it. */
  parentOf({ parent }: Declaration): Declaration | undefined {
    this.#byUrn ??= new Map(this.resources.map((resource) => [resource.urn, resource]));
    return this.#byUrn.get(parent);
  }

  /** The repository that a resource is about, where the stack declares it. @throws UnknownValue where one may or may not be it */
  repositoryOf(resource: Declaration): Declaration | undefined {
    const type = github("Repository");
    const name = repositoryNamed(resource, "repository");
    const candidates = name === UNKNOWN ? this.all(type) : this.about(type, "name", name);
    return candidates.find((repository) => (repository.text("name") ?? repository.name) === resource.text("repository"));
  }

  #index(type: string, property: string): ReadonlyMap<string | typeof UNKNOWN, readonly Declaration[]> {
    const index = new Map<string | typeof UNKNOWN, Declaration[]>();
    for (const resource of this.all(type)) {
      const name = repositoryNamed(resource, property);
      const same = index.get(name);
      if (same === undefined) index.set(name, [resource]);
      else same.push(resource);
    }
    return index;
  }

  /** Resources of a type, in the order of their declaration. */
  all(type: string): readonly Declaration[] {
    return this.#byType.get(type) ?? [];
  }
}

/** Type token of a GitHub resource. @example github("RepositoryRuleset") === "github:index/repositoryRuleset:RepositoryRuleset" */
export const github = (kind: string): string => token("github", kind);
/** Type token of a Docker resource. */
export const docker = (kind: string): string => token("docker", kind);
/** Type token of a Kubernetes object. @example kubernetes("argoproj.io/v1alpha1", "Application") */
export const kubernetes = (apiVersion: string, kind: string): string => `kubernetes:${apiVersion}:${kind}`;

const token = (provider: string, kind: string): string => `${provider}:index/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`;
