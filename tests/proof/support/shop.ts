/** A small world in which T3 to T8 hold, to make broken ones from: each test changes what it is about, and nothing else is wrong. */
import type { System } from "../../../model/system.ts";
import { Declaration, type DeclarationInput } from "../../../policies/rules/declaration.ts";
import { ProofWorld, prove, type Proof, type Theorem } from "../../../proof/index.ts";
import { shopFiles } from "./shop-files.ts";
import { shopResources } from "./shop-resources.ts";

/** What is different in a world. A resource is named by its kind and its name, as in `AppProject shop-prod`. */
export interface Changes {
  /** Resource → property, parts joined by dots → value; `undefined` takes it away. */
  readonly set?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Resource → options of the resource itself. */
  readonly options?: Readonly<Record<string, Partial<DeclarationInput>>>;
  readonly without?: readonly string[];
  readonly add?: readonly DeclarationInput[];
  /** Path → text; `null` takes the file away. A function gets the text as it was. */
  readonly files?: Readonly<Record<string, string | null | ((text: string) => string)>>;
  readonly system?: Partial<System>;
}

const system: System = {
  name: "shop",
  title: "Shop",
  repository: {
    owner: { login: "acme", kind: "organization", plan: "free" },
    name: "shop",
    description: "A shop",
    visibility: "public",
    teams: { maintainers: "maintain", others: "push" },
    actions: { allowedActions: [] },
  },
  tiers: [
    {
      name: "dev",
      target: { kind: "argocd", application: "shop-dev", namespace: "shop-dev", branch: "dev", path: "deploy/overlays/dev", kinds: [] },
    },
    {
      name: "prod",
      production: true,
      target: { kind: "argocd", application: "shop", namespace: "shop", branch: "main", path: "deploy/overlays/prod", kinds: [] },
    },
  ],
  branches: [
    { name: "main", default: true, tier: "prod", gate: { pullRequest: {}, checks: null } },
    { name: "dev", tier: "dev", gate: { pullRequest: {}, checks: null } },
  ],
  tags: [{ pattern: "v*" }],
  environments: [
    { name: "dev", tier: "dev", deployFrom: { branches: ["main"] } },
    { name: "prod", tier: "prod", deployFrom: { branches: ["main"] }, reviewers: [{ kind: "team", slug: "maintainers" }] },
    { name: "notifications", tier: "prod", deployFrom: { branches: ["main"] } },
  ],
  workflows: { ci: ["ci.yml"], cd: ["cd.yml"] },
};

/** The world with these changes. A change of what is not there is a mistake of the test. */
export function shop({ set = {}, options = {}, without = [], add = [], files = {}, system: other = {} }: Changes = {}): ProofWorld {
  const inputs = new Map(shopResources().map((input) => [`${input.type.split(":").at(-1) ?? ""} ${input.name}`, input]));
  const known = (key: string): DeclarationInput => {
    const input = inputs.get(key);
    if (input === undefined) throw new Error(`the shop has no ${key}`);
    return input;
  };
  for (const [key, properties] of Object.entries(set)) {
    const copy = structuredCloneWithSymbols(known(key).properties) as Record<string, unknown>;
    for (const [path, value] of Object.entries(properties)) assign(copy, path.split("."), value);
    inputs.set(key, { ...known(key), properties: copy });
  }
  for (const [key, changed] of Object.entries(options)) inputs.set(key, { ...known(key), ...changed });
  for (const key of without) if (!inputs.delete(key)) throw new Error(`the shop has no ${key}`);
  const all = new Map(shopFiles);
  for (const [path, change] of Object.entries(files)) {
    const before = all.get(path);
    const text = typeof change === "function" ? change(before ?? "") : change;
    if (text === before) throw new Error(`${path} is as it was`);
    if (text === null) all.delete(path);
    else all.set(path, text);
  }
  const resources = [...inputs.values(), ...add].map((input) => new Declaration(input));
  return new ProofWorld({ resources, systems: [{ system: { ...system, ...other }, files: all }] });
}

/** The system of the shop with other tiers: each changes one by its name. */
export function tiers(changes: Readonly<Record<string, object>>): Partial<System> {
  return { tiers: system.tiers.map((tier) => ({ ...tier, ...changes[tier.name] })) };
}

/** What a theorem says of a world, without what holds. */
export function broken(theorem: Theorem, world: ProofWorld): Proof[] {
  return prove(world, [theorem])
    .flatMap(({ proofs }) => proofs)
    .filter(({ verdict }) => verdict !== "holds");
}

/** Counterexamples as lines: the subject with the claim, then each step. */
export function lines(theorem: Theorem, world: ProofWorld): string[] {
  return broken(theorem, world).flatMap(({ subject, counterexample, reason }) =>
    counterexample === undefined
      ? [`${subject}: unknown, ${reason ?? ""}`]
      : [`${subject}: ${counterexample.claim}`, ...counterexample.steps.map(({ text, at }) => `${text} (${at})`)],
  );
}

function assign(target: Record<string, unknown>, [part = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length > 0) {
    if (typeof target[part] !== "object" || target[part] === null) target[part] = {};
    assign(target[part] as Record<string, unknown>, rest, value);
  } else if (value === undefined) Reflect.deleteProperty(target, part);
  else target[part] = value;
}

/** UNKNOWN and SECRET are symbols, which structuredClone refuses. */
function structuredCloneWithSymbols(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structuredCloneWithSymbols);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, structuredCloneWithSymbols(member)]));
}
